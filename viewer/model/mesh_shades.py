"""What is worked out of the meshes in the panes: asked for when a pane wants to show it, and kept while it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psygnal import Signal

from recon.scene.similarity import Alignment
from viewer.model.mesh_shade import Legend, Shade, legend_of
from viewer.model.mesh_style import MEASURED, STYLE_TITLES, TO_REFERENCE, MeshStyle, style_for
from viewer.model.meshes import Meshes
from viewer.model.scene import Result
from viewer.model.surface import Surface
from viewer.model.task_list import Task, TaskRunner
from viewer.model.window import WindowModel

KEPT = 8  # shades that no pane shows any more

Work = Callable[..., Any]


@dataclass(frozen=True)
class _Wanted:
    """What is to be worked out; surfaces tell by their identity whether it still holds."""

    key: str
    style: MeshStyle
    reference: str
    surfaces: tuple[Surface, ...]


class MeshShades:
    """Works out, beside the window, what panes show on meshes.

    Parameters
    ----------
    model : WindowModel
        Its panes say what is wanted.
    meshes : Meshes
    tasks : TaskRunner
    work : callable
        A generator function of the style, the mesh and the reference where one is needed, each as its path and its
        edits, which returns a `Shade`.

    Attributes
    ----------
    alignment : Alignment
        In whose unit numbers are told; assign through `measure_in`.
    changed : Signal
        Emitted when something else is to be shown or said.
    """

    changed = Signal()

    def __init__(self, model: WindowModel, meshes: Meshes, tasks: TaskRunner, work: Work) -> None:
        self._model = model
        self._meshes = meshes
        self._tasks = tasks
        self._work = work
        self._held: dict[_Wanted, Shade] = {}
        self._running: dict[_Wanted, Task] = {}
        self._refused: dict[_Wanted, str] = {}
        self._told: tuple[object, ...] = ()
        self.alignment = Alignment()
        for event in (model.compare.events.panes, model.events.results):
            event.connect(self._on_changed)
        meshes.changed.connect(self._on_changed)

    @property
    def pending(self) -> bool:
        """Whether something is being worked out."""
        return bool(self._running)

    def measure_in(self, alignment: Alignment) -> None:
        """Tell numbers in the unit of a project from now on."""
        self.alignment = alignment
        self.changed.emit()

    def of(self, index: int) -> Shade | None:
        """What a pane shows on its mesh; None where nothing is wanted, or not there yet."""
        wanted = self._wanted(index)
        return self._held.get(wanted) if wanted else None

    def references(self, index: int) -> tuple[Result, ...]:
        """The meshes that distances in a pane can be measured to."""
        key = self._model.compare.panes[index].content.key
        return tuple(each for each in self._model.results if each.kind == "mesh" and not each.live and each.key != key)

    def reference_of(self, index: int) -> Result | None:
        """The mesh that distances in a pane are measured to."""
        there = self.references(index)
        chosen = self._model.compare.panes[index].reference
        return next((each for each in there if each.key == chosen), there[0] if there else None)

    def legend(self, index: int) -> Legend | None:
        """What is to be said beside a pane's mesh; None where nothing is."""
        style = self.style_of(index)
        if style not in MEASURED:
            return None
        if style in TO_REFERENCE and self.reference_of(index) is None:
            return Legend(lines=("Open another mesh to measure to.",))
        wanted = self._wanted(index)
        if wanted is None:
            return Legend(lines=("Reading …",))
        if wanted in self._held:
            return legend_of(self._held[wanted], self.alignment)
        return Legend(lines=(self._refused.get(wanted, "Measuring …"),))

    def style_of(self, index: int) -> MeshStyle | None:
        """How a pane draws its mesh; None where it shows none."""
        panes = self._model.compare.panes
        if index >= len(panes) or panes[index].content.kind != "result":
            return None
        key = panes[index].content.key
        result = next((each for each in self._model.results if each.key == key), None)
        if result is None or result.kind != "mesh":
            return None
        return style_for("mesh", panes[index].style)

    def _wanted(self, index: int) -> _Wanted | None:
        """What a pane wants worked out, as soon as what it needs has been read."""
        style = self.style_of(index)
        if style not in MEASURED:
            return None
        keys = [self._model.compare.panes[index].content.key]
        if style in TO_REFERENCE:
            reference = self.reference_of(index)
            keys.append(reference.key if reference else "")
        surfaces = tuple(surface for key in keys if (surface := self._meshes.get(key)) is not None)
        if len(surfaces) < len(keys):
            return None
        return _Wanted(keys[0], style, keys[1] if len(keys) > 1 else "", surfaces)

    def _on_changed(self, *_: object) -> None:
        panes = range(len(self._model.compare.panes))
        told = tuple((self.style_of(index), self.reference_of(index), self._wanted(index)) for index in panes)
        if told == self._told:
            return  # panes change with every movement of the eye
        self._told = told
        wanted = {each for _, _, each in told if each is not None}
        for each in self._running.keys() - wanted:
            self._running.pop(each).cancel()
        self._refused = {each: sentence for each, sentence in self._refused.items() if each in wanted}
        for each in wanted - self._held.keys() - self._running.keys() - self._refused.keys():
            self._start(each)
        spare = [each for each in self._held if each not in wanted]
        for each in spare[: max(0, len(spare) - KEPT)]:
            del self._held[each]
        self.changed.emit()

    def _start(self, wanted: _Wanted) -> None:
        results = [self._model.result(key) for key in (wanted.key, wanted.reference) if key]
        made = [(result.path, surface.operations) for result, surface in zip(results, wanted.surfaces, strict=True)]
        title = f"{STYLE_TITLES[wanted.style]} of {' to '.join(result.title for result in results)}"
        task = self._tasks.run(title, self._work, wanted.style, *made)
        self._running[wanted] = task
        task.finished.connect(lambda shade: self._keep(wanted, shade))
        task.failed.connect(lambda sentence: self._refuse(wanted, sentence))
        task.cancelled.connect(lambda: self._refuse(wanted, "Not measured."))

    def _keep(self, wanted: _Wanted, shade: Shade) -> None:
        if self._running.pop(wanted, None) is None:
            return
        vertices = int(wanted.surfaces[0].source.max(initial=-1)) + 1
        if shade.colors is not None and len(shade.colors) < vertices:
            self._refused[wanted] = "The file has changed since it was opened. Open it again."
        else:
            self._held[wanted] = shade
        self.changed.emit()

    def _refuse(self, wanted: _Wanted, sentence: str) -> None:
        if self._running.pop(wanted, None) is not None:
            self._refused[wanted] = sentence
            self.changed.emit()
