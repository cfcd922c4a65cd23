"""Editing splats: which result, its history, what is selected, and the tool in hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, get_args

import numpy as np
from psygnal import SignalGroupDescriptor

from recon.editing import (
    ORIGIN,
    All,
    Clear,
    CropToBox,
    Delete,
    Eye,
    Grow,
    Hide,
    Invert,
    Operation,
    Placement,
    SelectBox,
    SelectBrush,
    SelectByValue,
    SelectFloaters,
    SelectionMode,
    SelectPolygon,
    SelectRectangle,
    SelectSphere,
    ShowAll,
    Transform,
    Triple,
    ValueName,
)
from recon.scene import Camera, Similarity
from viewer.model.edit_exchange import EditExchange, Editor, Save, Target, Told, Wish
from viewer.model.edit_history import History
from viewer.model.gizmo import Axes, Change, Gizmo, turn
from viewer.model.gizmo import Kind as GizmoKind

Tool = Literal["navigate", "rectangle", "lasso", "brush", "sphere", "box", "transform"]
Point = tuple[float, float]
TOOLS: tuple[Tool, ...] = get_args(Tool)
VOLUMES = ("sphere", "box")
AROUND_SELECTION, PART_OF_ALL = 1.2, 0.5  # of its size, to which a volume is made


@dataclass(eq=False)
class EditModel:
    """The edits of all open results; one of them is the target that commands and tools are for.

    The history follows the engine; see `EditExchange`.

    Parameters
    ----------
    editor : Editor
    save : callable, optional
        Given a path and a JSON document after every step, such as `Autosave.save`; writes at once by default.
    target : Target, optional
        What is edited now; a new object after every change.
    tool : str
        One of `TOOLS`.
    brush_radius : float
        Pixels.
    front_only : bool
        Whether tools on the picture leave alone what is behind something.
    gizmo_kind, gizmo_axes
        What the gizmo of volumes and transforms does, and along which axes.
    volume : Placement
        Where the sphere or box stands; the sphere's radius is the scale.
    box_size : (3,) tuple
        Edges of the box before it is placed.
    sensitivity : float
        Of the search for floaters, in [0, 1].
    change : Change, optional
        What a drag of the gizmo does so far.
    message : str
        Why the last step could not be made; empty where it could.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    editor: Editor
    save: Save | None = None
    target: Target | None = None
    tool: Tool = "navigate"
    brush_radius: float = 24.0
    front_only: bool = False
    gizmo_kind: GizmoKind = "move"
    gizmo_axes: Axes = "world"
    volume: Placement = Placement()  # noqa: RUF009  a frozen value
    box_size: Triple = (1.0, 1.0, 1.0)
    sensitivity: float = 0.5
    change: Change | None = None
    message: str = ""

    def __post_init__(self) -> None:
        self._exchange = EditExchange(self.editor, self.save, self._on_target_changed, self._on_said)

    def open(self, key: str, path: Path, cameras: Sequence[Camera] = ()) -> None:
        """Take up splats that the engine has opened, or has opened anew, with the edits saved beside them.

        Parameters
        ----------
        key : str
        path : Path
            Its run folder or its file.
        cameras : sequence of Camera
            Of the training views.
        """
        if key in self._exchange.targets:
            self._exchange.refresh(key)
        else:
            self._exchange.open(key, path, cameras)

    def close(self, key: str) -> None:
        """Let a result go."""
        self._exchange.close(key)
        if self.target and self.target.key == key:
            self.target = None

    def steps_of(self, key: str) -> tuple[Operation, ...]:
        """The steps that were made to a result; none of one that was never opened."""
        target = self._exchange.targets.get(key)
        return target.history.done if target else ()

    def activate(self, key: str | None) -> None:
        """Edit this result from now on; None, or one that was never opened, for nothing."""
        self.cancel()
        self.target = self._exchange.targets.get(key) if key else None
        if self.target and self.target.told is None:
            self._want(self._newest)

    def on_edited(self, told: Told) -> None:
        """Hear that the engine shows what it was asked for."""
        self._exchange.on_edited(told)

    def on_refused(self, key: str | None, message: str) -> None:
        """Hear that the engine could not do what it was asked for."""
        self.change = None
        self._exchange.on_refused(key, message)

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self._newest.history.done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to take again."""
        return bool(self._newest.history.undone)

    @property
    def has_selection(self) -> bool:
        """Whether anything is selected."""
        return bool(self.target and self.target.told and self.target.told.selected)

    def undo(self) -> None:
        """Take the last step back."""
        self.jump(len(self._newest.history.done) - 1)

    def redo(self) -> None:
        """Take the next step again."""
        self.jump(len(self._newest.history.done) + 1)

    def jump(self, count: int) -> None:
        """Go to where so many steps are done."""
        newest = self._newest.history
        if newest.at(count) != newest:
            self._want(Wish(newest.at(count)))

    def do(self, operation: Operation) -> None:
        """Take a step."""
        self._want(Wish(self._newest.history.followed_by(operation)))

    def preview(self, operation: Operation) -> None:
        """Show a step that is still being made; `do` or `cancel` ends it."""
        self._want(Wish(self._newest.history, operation))

    def cancel(self) -> None:
        """Drop the step that is being made."""
        self.change = None
        if self._newest.provisional is not None:
            self._want(Wish(self._newest.history))

    def select_all(self) -> None:
        """Select everything that is not hidden."""
        self.do(All())

    def clear_selection(self) -> None:
        """Select nothing."""
        self.do(Clear())

    def invert(self) -> None:
        """Select what is not selected."""
        self.do(Invert())

    def grow(self) -> None:
        """Select the neighbours of what is selected, too."""
        self.do(Grow())

    def delete(self) -> None:
        """Remove what is selected."""
        if self.has_selection:
            self.do(Delete())

    def hide(self) -> None:
        """Hide what is selected."""
        if self.has_selection:
            self.do(Hide())

    def show_all(self) -> None:
        """Show what was hidden."""
        self.do(ShowAll())

    def adjust(self, operation: Operation, *, provisional: bool = False) -> None:
        """Take a step, or show it, in the place of the last one if that differs in its numbers alone."""
        history = self._newest.history
        if history.done and _is_another(history.done[-1], operation):
            history = History(history.done[:-1])
        self._want(Wish(history, operation) if provisional else Wish(history.followed_by(operation)))

    def clean_up(self) -> None:
        """Select what looks like a floater, for review; `delete` then removes it."""
        self.adjust(SelectFloaters("replace", self.sensitivity))

    def preview_clean_up(self, sensitivity: float) -> None:
        """Show what `clean_up` would select at a sensitivity, and keep that."""
        self.sensitivity = sensitivity
        self.adjust(SelectFloaters("replace", sensitivity), provisional=True)

    def filter(self, value: ValueName, low: float | None, high: float | None, mode: SelectionMode = "replace") -> None:
        """Select splats whose value lies in a range."""
        self.adjust(SelectByValue(mode, value, low, high))

    def preview_filter(
        self, value: ValueName, low: float | None, high: float | None, mode: SelectionMode = "replace"
    ) -> None:
        """Show what `filter` would select."""
        self.adjust(SelectByValue(mode, value, low, high), provisional=True)

    def select_rectangle(self, camera: Camera, start: Point, end: Point, mode: SelectionMode = "replace") -> None:
        """Select within a rectangle on the picture of a camera, in its pixels."""
        self.do(SelectRectangle(mode, Eye.of(camera), self.front_only, start, end))

    def select_lasso(self, camera: Camera, points: Sequence[Point], mode: SelectionMode = "replace") -> None:
        """Select within a closed line on the picture of a camera, in its pixels."""
        self.do(SelectPolygon(mode, Eye.of(camera), self.front_only, tuple(points)))

    def select_brush(
        self, camera: Camera, points: Sequence[Point], radius: float, mode: SelectionMode = "replace"
    ) -> None:
        """Select what a brush passed over on the picture of a camera, in its pixels."""
        self.do(SelectBrush(mode, Eye.of(camera), self.front_only, tuple(points), radius))

    def take(self, tool: Tool) -> None:
        """Take a tool in hand; a volume is placed where the selection is, or in the middle of everything."""
        self.cancel()
        if tool in VOLUMES and self.tool not in VOLUMES:
            self.place_volume()
        self.tool = tool

    def place_volume(self) -> None:
        """Put sphere and box around what is selected, or in the middle of everything."""
        told = self.target.told if self.target else None
        if told and max(told.size) > 0:
            share, largest = AROUND_SELECTION if told.selected else PART_OF_ALL, max(told.size)
            x, y, z = (max(side, 0.02 * largest) / largest for side in told.size)
            self.box_size = 2 * x, 2 * y, 2 * z
            self.volume = Placement(told.center, scale=share * largest / 2)

    def select_volume(self, mode: SelectionMode = "replace") -> None:
        """Select within the sphere or the box that is in hand."""
        if self.tool == "sphere":
            self.do(SelectSphere(mode, self.volume.position, self.volume.scale))
        elif self.tool == "box":
            self.do(SelectBox(mode, self.volume, self.box_size))

    def crop(self) -> None:
        """Remove everything outside the box that is in hand."""
        if self.tool == "box":
            self.do(CropToBox(self.volume, self.box_size))

    @property
    def gizmo(self) -> Gizmo | None:
        """What to draw and to drag; None where the tool in hand has none."""
        told = self.target.told if self.target else None
        if told is None or not told.count:
            return None
        if self.tool in VOLUMES:
            return Gizmo(self.volume, self.gizmo_kind, self.gizmo_axes, stretches=self.tool == "box")
        if self.tool != "transform":
            return None
        return Gizmo(Placement(told.center, self._turned), self.gizmo_kind, self.gizmo_axes)

    def drag(self, change: Change) -> None:
        """Show what a drag of the gizmo does so far."""
        self.change = change
        if self.tool == "transform":
            self.preview(Transform(Placement.of(change.similarity)))

    def drop(self) -> None:
        """Let what the drag did stand."""
        change, self.change = self.change, None
        if change is None:
            return
        if self.tool in VOLUMES:
            self.volume, self.box_size = self.moved_volume(change)
        else:
            self.transform(change.similarity)

    def moved_volume(self, change: Change) -> tuple[Placement, Triple]:
        """Where the volume stands after a change, and the box's size."""
        (x, y, z), (a, b, c) = self.box_size, change.stretch
        return Placement.of(change.similarity @ self.volume.similarity), (x * a, y * b, z * c)

    def transform(self, similarity: Similarity) -> None:
        """Move what is selected, or everything where nothing is."""
        placement = Placement.of(similarity)
        if placement != Placement():
            self.do(Transform(placement))
        else:
            self.cancel()

    def transform_by(self, move: Triple, degrees: Triple, factor: float) -> None:
        """Move, turn about x, then y, then z, and resize, about the middle of what is moved."""
        center = np.array(self.target.told.center if self.target and self.target.told else ORIGIN)
        rotation = np.eye(3)
        for axis, angle in zip(np.eye(3), np.radians(degrees), strict=True):
            rotation = turn(axis, float(angle)) @ rotation
        self.transform(Similarity(factor, rotation, center + move - factor * rotation @ center))

    @property
    def _turned(self) -> tuple[float, float, float, float]:
        """How what is selected has been turned since it was selected: its own axes."""
        similarity = Similarity()
        done = self.target.history.done if self.target else ()
        for operation in reversed(done):
            if not isinstance(operation, Transform):
                break
            similarity = similarity @ operation.placement.similarity
        return Placement.of(similarity).rotation

    @property
    def _newest(self) -> Wish:
        return self._exchange.newest(self.target.key) if self.target else Wish(History())

    def _want(self, wish: Wish) -> None:
        if self.target:
            self._exchange.want(self.target.key, wish)

    def _on_target_changed(self, target: Target) -> None:
        if self.target and self.target.key == target.key:
            self.target = target

    def _on_said(self, message: str) -> None:
        self.message = message


def _is_another(first: Operation, second: Operation) -> bool:
    """Whether two operations are the same but for their numbers."""
    if isinstance(first, SelectByValue) and isinstance(second, SelectByValue):
        return (first.value, first.mode) == (second.value, second.mode)
    return isinstance(first, SelectFloaters) and isinstance(second, SelectFloaters)


def mode_of(*, shift: bool, control: bool) -> SelectionMode:
    """How a selection joins with what was selected before, by the keys that are held."""
    if shift and control:
        return "intersect"
    return "add" if shift else "subtract" if control else "replace"
