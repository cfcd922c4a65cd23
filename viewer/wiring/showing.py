"""From what has been opened to what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from psygnal import Signal

from viewer.engine.director import Director
from viewer.model import Content, Result, Scene, WindowModel
from viewer.model.capture import CaptureModel
from viewer.model.find_cameras import FindCamerasModel
from viewer.model.opening import Found, OpeningModel

PICTURES = {"photographs", "video"}


class Showing:
    """Shows what is opened: together what was opened together; beside what is there what belongs to it.

    A capture takes the place of the one that was open, and of its results. Files join what is open; a run joins where
    it is of the same capture.

    Parameters
    ----------
    opening : OpeningModel
    director : Director
    model : WindowModel
    capture : CaptureModel
    cameras : FindCamerasModel
        Offers what is to be done with photographs that have none.
    captures : Path
        The folder in which captures are made of them.

    Attributes
    ----------
    replaced : Signal
        Emitted with the scene that is about to take the place of the one that was open.
    shown : Signal
        Emitted when something else is shown than before.
    """

    replaced = Signal(Scene)
    shown = Signal()

    def __init__(
        self,
        opening: OpeningModel,
        director: Director,
        model: WindowModel,
        capture: CaptureModel,
        cameras: FindCamerasModel,
        captures: Path,
    ) -> None:
        self._opening = opening
        self._director = director
        self._model = model
        self._capture = capture
        self._cameras = cameras
        self._captures = captures
        self._arrived: list[Found] = []
        self._asked: list[Path] = []
        opening.found.connect(self._on_found)
        opening.changed.connect(self._on_changed)

    @property
    def pending(self) -> bool:
        """Whether something is still to be shown."""
        return bool(self._arrived or self._opening.pending)

    def _on_found(self, found: Found) -> None:
        self._arrived.append(found)

    def _on_changed(self) -> None:
        """Wait until all have come; they are shown in the order in which they were asked for."""
        self._asked += [path for path in self._opening.pending if path not in self._asked]
        if not self._opening.pending:
            asked, self._asked = self._asked, []
            arrived, self._arrived = self._arrived, []
            if arrived:
                self._show(sorted(arrived, key=lambda found: _place(found.path, asked)))

    def _show(self, arrived: Sequence[Found]) -> None:
        for found in arrived:
            if found.photographs is not None:
                self._cameras.offer(found.photographs, self._captures)
        others = [found for found in arrived if found.kind not in PICTURES]
        if others:
            self._cameras.withdraw()
            home = _home(others)
            if self._joins(home):
                self._add([result for found in others for result in found.scene.results])
            else:
                self._replace(others, home)
        self.shown.emit()

    def _joins(self, home: Found | None) -> bool:
        """Whether what was opened is shown beside what is there."""
        scene, source = self._model.scene, self._capture.source
        if scene is None:
            return False
        if home is None:
            return True
        return home.kind == "run" and source is not None and home.source is not None and home.source.path == source.path

    def _is_of_results(self, home: Found) -> bool:
        """Whether a capture that was opened may be that of the results that are shown."""
        source = self._capture.source
        return source is None or (home.source is not None and home.source.path == source.path)

    def _add(self, results: Sequence[Result]) -> None:
        for result in results:
            self._model.add_result(result)
            self._model.compare.show_beside(Content.result(result.key))
        self._model.notice = ""

    def _replace(self, others: Sequence[Found], home: Found | None) -> None:
        results = tuple(result for found in others for result in found.scene.results)
        if home is not None and home.kind == "capture" and not results and self._is_of_results(home):
            results = self._model.results
        notices = tuple(dict.fromkeys(notice for found in others for notice in found.scene.notices))
        title = ", ".join(found.scene.title for found in others)
        scene = Scene(title, home.scene.capture if home else None, results, notices)
        self._capture.show(home.capture if home else None, home.source if home else None, home.left_out if home else ())
        self.replaced.emit(scene)  # before: what was read for the old scene is forgotten then
        self._director.show_scene(scene)
        if self._capture.alignment.up is not None:
            self._model.turn_to(self._capture.up)


def _place(path: Path, asked: Sequence[Path]) -> int:
    return asked.index(path) if path in asked else len(asked)


def _home(founds: Sequence[Found]) -> Found | None:
    """Whose photographs are shown: the last capture's, or else the first run's that has them."""
    captures = [found for found in founds if found.kind == "capture"]
    runs = [found for found in founds if found.kind == "run" and found.capture is not None]
    return (captures[-1:] or runs[:1] or [None])[0]
