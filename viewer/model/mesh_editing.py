"""Editing meshes: which result, its history, what is being worked out, and the box in hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from psygnal import SignalGroupDescriptor

from recon.editing import Placement, Triple, edits_path, load_mesh_edits
from recon.editing.meshes import CropMesh, FillHoles, MeshOperation, RemoveSmall, SimplifyMesh, SmoothMesh
from recon.editing.placement import triple
from recon.errors import TriptychError
from viewer.model.edit_exchange import Editor, Save, write_edits
from viewer.model.edit_history import History, title
from viewer.model.gizmo import Axes, Change, Gizmo
from viewer.model.gizmo import Kind as GizmoKind
from viewer.model.meshes import Meshes
from viewer.model.surface import Surface
from viewer.model.task_list import Task, TaskRunner

Steps = History[MeshOperation]
Tool = Literal["navigate", "box"]
KEPT = 6  # states of meshes that undo and redo need not work out again
PART_OF_ALL = 0.8  # of its size, to which the box is made


@dataclass(frozen=True, eq=False)
class MeshTarget:
    """A mesh that can be edited.

    Parameters
    ----------
    key : str
    path : Path
        Its file.
    surface : Surface
        As it is shown.
    history : History
        As it is shown.
    saves : bool
        False where there is a file of edits that could not be understood, which must not be lost.
    """

    key: str
    path: Path
    surface: Surface
    history: Steps = field(default_factory=History)
    saves: bool = True


@dataclass(eq=False)
class MeshEditModel:
    """The edits of all open meshes; one of them is the target that commands and the box are for.

    A step is worked out beside the window; the history moves when it is there, and stays where it was when it fails.

    Parameters
    ----------
    meshes : Meshes
        Shows a mesh as its edits leave it.
    tasks : TaskRunner
    work : callable
        A generator function of the mesh's path and the operations, which returns a `Surface`.
    editor : Editor
        Told of every step, so that what it measures is the edited mesh.
    save : callable, optional
        Given a path and a JSON document after every step, such as `Autosave.save`; writes at once by default.
    target : MeshTarget, optional
        What is edited now; a new object after every change.
    tool : {"navigate", "box"}
    gizmo_kind, gizmo_axes
        What the gizmo of the box does, and along which axes.
    volume : Placement
        Where the box stands.
    box_size : (3,) tuple
        Edges of the box before it is placed.
    change : Change, optional
        What a drag of the gizmo does so far.
    busy : str
        What is being worked out for the target; empty where nothing is.
    message : str
        Why the last step could not be made; empty where it could.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    meshes: Meshes
    tasks: TaskRunner
    work: Callable[..., Any]
    editor: Editor
    save: Save | None = None
    target: MeshTarget | None = None
    tool: Tool = "navigate"
    gizmo_kind: GizmoKind = "move"
    gizmo_axes: Axes = "world"
    volume: Placement = Placement()  # noqa: RUF009  a frozen value
    box_size: Triple = (1.0, 1.0, 1.0)
    change: Change | None = None
    busy: str = ""
    message: str = ""

    def __post_init__(self) -> None:
        self._targets: dict[str, MeshTarget] = {}
        self._running: dict[str, tuple[Task, Steps]] = {}
        self._states: dict[tuple[Path, tuple[MeshOperation, ...]], Surface] = {}

    # Which mesh

    def open(self, key: str, path: Path, surface: Surface) -> None:
        """Take up a mesh that was read, with the edits saved beside it."""
        self.close(key)
        operations: tuple[MeshOperation, ...] = ()
        saves = True
        try:
            operations = load_mesh_edits(edits_path(path))
        except TriptychError as error:
            saves = False
            self.message = str(error)
        self._keep(MeshTarget(key, path, surface, saves=saves))
        if operations:
            self._want(key, History(operations))

    def close(self, key: str) -> None:
        """Let a result go."""
        self._stop(key)
        target = self._targets.pop(key, None)
        if target is not None:
            self._states = {state: surface for state, surface in self._states.items() if state[0] != target.path}
        if self.target and self.target.key == key:
            self.activate(None)

    def activate(self, key: str | None) -> None:
        """Edit this result from now on; None, or one that was never opened, for nothing."""
        if self.target and self.target.key == key:
            return
        self.tool, self.change = "navigate", None
        self.target = self._targets.get(key) if key else None
        self._tell_busy()

    def steps_of(self, key: str) -> tuple[MeshOperation, ...]:
        """The steps that were made to a result; none of one that was never opened."""
        target = self._targets.get(key)
        return target.history.done if target else ()

    @property
    def pending(self) -> bool:
        """Whether something is being worked out."""
        return bool(self._running)

    # Going back and forth

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._newest.done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to take again."""
        return bool(self._newest.undone)

    def undo(self) -> None:
        """Take the last step back."""
        self.jump(len(self._newest.done) - 1)

    def redo(self) -> None:
        """Take the next step again."""
        self.jump(len(self._newest.done) + 1)

    def jump(self, count: int) -> None:
        """Go to where so many steps are done."""
        newest = self._newest
        if self.target and newest.at(count) != newest:
            self._want(self.target.key, newest.at(count))

    def do(self, operation: MeshOperation) -> None:
        """Take a step."""
        if self.target:
            self._want(self.target.key, self._newest.followed_by(operation))

    def cancel(self) -> None:
        """Drop what is being dragged."""
        self.change = None

    # Steps

    def simplify(self, faces: int) -> None:
        """Have at most so many faces."""
        self.do(SimplifyMesh(faces))

    def smooth(self, rounds: int) -> None:
        """Smooth in so many rounds."""
        self.do(SmoothMesh(rounds))

    def fill_holes(self, longest: int) -> None:
        """Close holes of at most so many edges."""
        self.do(FillHoles(longest))

    def remove_small(self, smallest: float) -> None:
        """Remove components of less than this share of the largest one's area."""
        self.do(RemoveSmall(smallest))

    # The box

    def take(self, tool: Tool) -> None:
        """Take the box in hand, around the middle of the mesh; or nothing."""
        self.change = None
        if tool == "box" and self.tool != "box" and self.target and len(self.target.surface.mesh.vertices):
            points = self.target.surface.mesh.vertices
            low, high = points.min(0).astype(np.float64), points.max(0).astype(np.float64)
            sides = np.maximum(high - low, 0.02 * float((high - low).max()))
            self.volume = Placement(triple((low + high) / 2))
            self.box_size = triple(PART_OF_ALL * sides)
        self.tool = tool

    def crop(self) -> None:
        """Remove what is not within the box."""
        if self.tool == "box":
            self.do(CropMesh(self.volume, self.box_size))
            self.tool = "navigate"

    @property
    def gizmo(self) -> Gizmo | None:
        """What to draw and to drag around the box; None where there is none."""
        if self.target is None or self.tool != "box":
            return None
        return Gizmo(self.volume, self.gizmo_kind, self.gizmo_axes, stretches=True)

    def drag(self, change: Change) -> None:
        """Show what a drag of the gizmo does so far."""
        self.change = change

    def drop(self, change: Change) -> None:
        """Let what a drag did stand."""
        self.change = None
        self.volume, self.box_size = self.moved_volume(change)

    def moved_volume(self, change: Change) -> tuple[Placement, Triple]:
        """Where the box stands after a change, and its size."""
        (x, y, z), (a, b, c) = self.box_size, change.stretch
        return Placement.of(change.similarity @ self.volume.similarity), (x * a, y * b, z * c)

    # Working it out

    @property
    def _newest(self) -> Steps:
        """What the target is to be shown as in the end."""
        if self.target is None:
            return History()
        running = self._running.get(self.target.key)
        return running[1] if running else self.target.history

    def _want(self, key: str, history: Steps) -> None:
        """Show this instead, as soon as it is worked out; of several wishes only the newest counts."""
        self._stop(key)
        target, operations = self._targets[key], history.done
        known = self.meshes.original(key) if not operations else self._states.get((target.path, operations))
        if known is not None:
            self._show(key, history, known)
            return
        task = self.tasks.run(f"{title(operations[-1])}: {target.path.name}", self.work, target.path, operations)
        self._running[key] = task, history
        task.finished.connect(lambda surface: self._on_finished(key, task, surface))
        task.failed.connect(lambda sentence: self._on_ended(key, task, sentence))
        task.cancelled.connect(lambda: self._on_ended(key, task, ""))
        self._tell_busy()
        self._retell(key)

    def _stop(self, key: str) -> None:
        running = self._running.pop(key, None)
        if running:
            running[0].cancel()

    def _on_finished(self, key: str, task: Task, surface: Surface) -> None:
        running = self._running.get(key)
        if running is None or running[0] is not task:
            return
        del self._running[key]
        history = running[1]
        self._states[self._targets[key].path, history.done] = surface
        while len(self._states) > KEPT:
            del self._states[next(iter(self._states))]
        self._show(key, history, surface)

    def _on_ended(self, key: str, task: Task, sentence: str) -> None:
        """Stay where one was."""
        running = self._running.get(key)
        if running is None or running[0] is not task:
            return
        del self._running[key]
        self.message = sentence
        self._tell_busy()
        self._retell(key)

    def _show(self, key: str, history: Steps, surface: Surface) -> None:
        before = self._targets[key]
        self.message = self.message if not before.saves else ""
        self._keep(replace(before, history=history, surface=surface))
        self._tell_busy()
        self.meshes.show(key, surface)
        if history.done != before.history.done:
            self.editor.edit(key, history.done)
            self._write(key)

    def _keep(self, target: MeshTarget) -> None:
        self._targets[target.key] = target
        if self.target and self.target.key == target.key:
            self.target = target

    def _retell(self, key: str) -> None:
        """Have those who look at the target look again: what can be undone may have changed."""
        self._keep(replace(self._targets[key]))

    def _tell_busy(self) -> None:
        running = self._running.get(self.target.key) if self.target else None
        self.busy = title(running[1].done[-1]) if running else ""

    def _write(self, key: str) -> None:
        target = self._targets[key]
        if not target.saves:
            return
        self.message = write_edits(target.path, target.history.done, self.save) or self.message
