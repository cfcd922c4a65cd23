"""What the active pane shows is what is edited, filmed, photographed and exported."""

from __future__ import annotations

from psygnal import Signal

from recon.scene import Blocks
from viewer.engine.engines import Engines
from viewer.engine.messages import Opened, Refused
from viewer.model import Result, WindowModel
from viewer.model.block_editing import BlockModel
from viewer.model.editing import EditModel
from viewer.model.filming import Subject
from viewer.model.mesh_editing import MeshEditModel
from viewer.model.meshes import Meshes
from viewer.model.surface import Surface


class ActiveResult:
    """Says which result the tools are for, and has it edited.

    Parameters
    ----------
    model : WindowModel
    engines : Engines
    edit : EditModel
    blocks : BlockModel
    mesh : MeshEditModel
    meshes : Meshes
        Reads the blocks and meshes that are edited.

    Attributes
    ----------
    subject : Subject, optional
        What can be filmed and exported; None while nothing is shown, or a run that goes on.
    changed : Signal
        It is another.
    """

    changed = Signal()

    def __init__(
        self,
        model: WindowModel,
        engines: Engines,
        edit: EditModel,
        blocks: BlockModel,
        mesh: MeshEditModel,
        meshes: Meshes,
    ) -> None:
        self._model = model
        self._edit = edit
        self._blocks, self._mesh, self._meshes = blocks, mesh, meshes
        self.subject: Subject | None = None
        self._opened: set[str] = set()
        engines.opened.connect(self._on_opened)
        engines.edited.connect(edit.on_edited)
        engines.refused.connect(self._on_refused)
        meshes.changed.connect(self._on_read)
        self._read: dict[str, Blocks | Surface] = {}
        for event in (model.compare.events.panes, model.compare.events.active, model.events.results):
            event.connect(self._on_changed)
        blocks.events.target.connect(self._on_target_changed)

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

    def _on_read(self) -> None:
        """Take up blocks and meshes that have been read, or read anew, and let go of those that are gone."""
        there = {result.key: result for result in self._model.results}
        for key in self._read.keys() - {key for key in there if self._made(key) is not None}:
            del self._read[key]
            self._blocks.close(key)
            self._mesh.close(key)
        for key, result in there.items():
            made = self._made(key)
            if made is None or self._read.get(key) is made:
                continue
            self._read[key] = made
            if isinstance(made, Blocks):
                self._blocks.open(key, result.path, made, result.parts)
            else:
                self._mesh.open(key, result.path, made)
        self._on_changed()

    def _made(self, key: str) -> Blocks | Surface | None:
        """What was read of a result, before any edit."""
        blocks = self._meshes.blocks(key)
        return self._meshes.original(key) if blocks is None else blocks

    def _on_refused(self, refused: Refused) -> None:
        self._edit.on_refused(refused.key, refused.message)

    def _on_target_changed(self, *_: object) -> None:
        """Offer carried splats for export as soon as there are some."""
        if self.subject is not None and self.subject.carries != (self._blocks.carries != ""):
            self._on_changed()

    def _on_changed(self, *_: object) -> None:
        there = {result.key for result in self._model.results if not result.live}
        for key in self._opened - there:
            self._edit.close(key)
        self._opened &= there
        result = self.result
        key = result.key if result is not None and result.key in self._opened else None
        if (self._edit.target.key if self._edit.target else None) != key:
            self._edit.activate(key)
        read = self._read.get(result.key) if result is not None else None
        self._blocks.activate(result.key if result is not None and isinstance(read, Blocks) else None)
        self._mesh.activate(result.key if result is not None and isinstance(read, Surface) else None)
        subject = None
        if result is not None and not result.live:
            carries = self._blocks.target is not None and self._blocks.carries != ""
            light = isinstance(read, Surface) and read.mesh.light is not None
            subject = Subject(result.title, result.run or result.path, result.kind, carries, light)
        if subject != self.subject:
            self.subject = subject
            self.changed.emit()
