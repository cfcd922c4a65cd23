"""What the active pane shows is what is edited, filmed, photographed and exported."""

from __future__ import annotations

from recon.scene.similarity import Alignment
from viewer.engine.engines import Engines
from viewer.engine.messages import Opened, Refused
from viewer.model import Result, WindowModel
from viewer.model.camera_path import CameraPathModel, path_file
from viewer.model.capture import CaptureModel
from viewer.model.editing import EditModel
from viewer.model.exporting import ExportModel
from viewer.model.filming import FilmingModel, ScreenshotModel, Subject


class ActiveResult:
    """Tells the tools which result they are for.

    Parameters
    ----------
    model : WindowModel
    engines : Engines
    edit : EditModel
    capture : CaptureModel
    """

    def __init__(self, model: WindowModel, engines: Engines, edit: EditModel, capture: CaptureModel) -> None:
        self._model = model
        self._edit = edit
        self._capture = capture
        self._subject: Subject | None = None
        self._opened: set[str] = set()
        engines.opened.connect(self._on_opened)
        engines.edited.connect(edit.on_edited)
        engines.refused.connect(self._on_refused)
        for event in (model.compare.events.panes, model.compare.events.active, model.events.results):
            event.connect(self._on_changed)

    def attach(self, export: ExportModel, filming: FilmingModel, screenshot: ScreenshotModel) -> None:
        """Keep these at it too."""
        self._export, self._filming, self._screenshot = export, filming, screenshot
        self._path: CameraPathModel = filming.path
        self._capture.events.alignment.connect(self._tell_tools)

    @property
    def result(self) -> Result | None:
        """What the active pane shows."""
        key = self._model.compare.pane.content.key
        return next((result for result in self._model.results if result.key == key), None)

    def _on_opened(self, opened: Opened) -> None:
        result = next((result for result in self._model.results if result.key == opened.key), None)
        if result is None or result.live or result.kind != "splats":
            return
        capture = self._model.scene.capture if self._model.scene else None
        self._edit.open(result.key, result.path, [view.camera for view in capture.train] if capture else [])
        self._opened.add(result.key)
        self._on_changed()

    def _on_refused(self, refused: Refused) -> None:
        self._edit.on_refused(refused.key, refused.message)

    def _on_changed(self, *_: object) -> None:
        there = {result.key for result in self._model.results if not result.live}
        for key in self._opened - there:
            self._edit.close(key)
        self._opened &= there
        result = self.result
        key = result.key if result is not None and result.key in self._opened else None
        if (self._edit.target.key if self._edit.target else None) != key:
            self._edit.activate(key)
        subject = None
        if result is not None and not result.live:
            subject = Subject(result.title, result.run or result.path, result.kind)
        if subject != self._subject:
            self._subject = subject
            self._tell_tools()
            self._path.capture = self._model.scene.capture if self._model.scene else None
            self._path.open(path_file(subject.path) if subject else None)

    def _tell_tools(self, *_: object) -> None:
        alignment = self._capture.alignment
        self._export.show(self._subject, alignment.similarity if alignment != Alignment() else None)
        self._filming.show(self._subject)
        self._screenshot.show(self._subject)
