"""Editing blocks: which result, its history, which blocks are selected, and what is being done to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from psygnal import Signal, SignalGroupDescriptor

from recon.editing import Placement, Replay, edits_path, load_block_edits
from recon.editing.blocks import (
    AddBlock,
    BlockOperation,
    CarrySplats,
    ChooseNumber,
    DeleteBlocks,
    DuplicateBlocks,
    EditedBlocks,
    Mark,
    MarkBlocks,
    MergeBlocks,
    MoveBlocks,
    RenameBlock,
    ShapeBlocks,
    ShapeName,
    SplitBlock,
    StretchBlocks,
    reachable_numbers,
)
from recon.editing.placement import triple
from recon.errors import InputError, TriptychError
from recon.scene import Blocks, Camera
from viewer.model.block_target import BlockTarget, Steps, room_for
from viewer.model.block_view import apart, met
from viewer.model.edit_exchange import Editor, Save, write_edits
from viewer.model.edit_history import History
from viewer.model.gizmo import Axes, Change, Gizmo
from viewer.model.gizmo import Kind as GizmoKind
from viewer.model.scores import PartScore

NEW_SIZE = 0.12  # half an edge of a block that is added, of the size of all
BESIDE = 1.15  # of its width, by which a copy stands beside


@dataclass(eq=False)
class BlockModel:
    """The edits of all open blocks; one result is the target that commands and the pointer are for.

    Parameters
    ----------
    editor : Editor
        Told of every step, so that what it draws and measures is the edited result.
    save : callable, optional
        Given a path and a JSON document after every step, such as `Autosave.save`; writes at once by default.
    target : BlockTarget, optional
        What is edited now; a new object after every change.
    selection : tuple of int
        Numbers of the selected blocks.
    gizmo_kind, gizmo_axes
        What the gizmo does, and along which axes.
    explode : float
        How far blocks are drawn apart, in [0, 1].
    carriable : mapping of str to str
        Titles of the splats of the same capture that blocks can carry, by path.
    message : str
        Why the last step could not be made; empty where it could.

    Attributes
    ----------
    changed : Signal
        Emitted with the key of a result that is to be drawn otherwise, or no more.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()
    changed = Signal(str)

    editor: Editor
    save: Save | None = None
    target: BlockTarget | None = None
    selection: tuple[int, ...] = ()
    gizmo_kind: GizmoKind = "move"
    gizmo_axes: Axes = "world"
    explode: float = 0.0
    carriable: Mapping[str, str] = field(default_factory=dict)
    message: str = ""

    def __post_init__(self) -> None:
        self._targets: dict[str, BlockTarget] = {}
        self._replays: dict[str, Replay[EditedBlocks]] = {}

    # Which blocks

    def open(self, key: str, path: Path, blocks: Blocks, errors: Sequence[PartScore | None] = ()) -> None:
        """Take up blocks that were read, with the edits saved beside them, and their image errors where known."""
        replay = self._replays[key] = Replay(EditedBlocks.of(blocks))
        operations: tuple[BlockOperation, ...] = ()
        saves = True
        try:
            operations = load_block_edits(edits_path(path))
            edited = replay.apply(operations)
        except TriptychError as error:
            edited, operations, saves = replay.start, (), False
            self.message = str(error)
        if self.target and self.target.key == key:
            self._select_of(edited.numbers)
        self._keep(BlockTarget(key, path, edited, History(operations), saves=saves, errors=tuple(errors)))
        if operations:
            self.editor.edit(key, operations)

    def close(self, key: str) -> None:
        """Let a result go."""
        self._targets.pop(key, None)
        self._replays.pop(key, None)
        if self.target and self.target.key == key:
            self.activate(None)
        self.changed.emit(key)

    def activate(self, key: str | None) -> None:
        """Edit this result from now on; None, or one that was never opened, for nothing."""
        if self.target and self.target.key == key:
            return
        self.cancel()
        self.selection = ()
        self.target = self._targets.get(key) if key else None

    def steps_of(self, key: str) -> tuple[BlockOperation, ...]:
        """The steps that were made to a result; none of one that was never opened."""
        target = self._targets.get(key)
        return target.history.done if target else ()

    def target_of(self, key: str) -> BlockTarget | None:
        """A result as its edits leave it."""
        return self._targets.get(key)

    def shown(self, key: str) -> tuple[tuple[int, ...], Blocks] | None:
        """What is to be drawn of a result: the numbers and the blocks, apart where they are drawn so."""
        target = self._targets.get(key)
        if target is None:
            return None
        edited = target.edited
        numbers = tuple(number for number in edited.numbers if number not in edited.hidden)
        return numbers, apart(edited.visible, self.explode)

    def number_at(self, camera: Camera, x: float, y: float) -> int | None:
        """The block of the target under a pixel of a camera's picture."""
        shown = self.shown(self.target.key) if self.target else None
        found = met(shown[1], camera, x, y) if shown else None
        return shown[0][found[0]] if shown and found else None

    # Selecting

    def select(self, number: int | None, *, add: bool = False) -> None:
        """Select a block, or nothing; with `add` take it in, or out where it was in."""
        if number is None:
            self.selection = self.selection if add else ()
        elif not add:
            self.selection = (number,)
        elif number in self.selection:
            self.selection = tuple(each for each in self.selection if each != number)
        else:
            self.selection = (*self.selection, number)

    def select_all(self) -> None:
        """Select every block that is not hidden."""
        edited = self._edited
        self.selection = tuple(each for each in edited.numbers if each not in edited.hidden) if edited else ()

    @property
    def free(self) -> tuple[int, ...]:
        """The selected blocks that are not locked: those that can be changed."""
        edited = self._edited
        return tuple(number for number in self.selection if number not in edited.locked) if edited else ()

    # Going back and forth

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return bool(self.target and self.target.history.done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to take again."""
        return bool(self.target and self.target.history.undone)

    def undo(self) -> None:
        """Take the last step back."""
        if self.target:
            self.jump(len(self.target.history.done) - 1)

    def redo(self) -> None:
        """Take the next step again."""
        if self.target:
            self.jump(len(self.target.history.done) + 1)

    def jump(self, count: int) -> None:
        """Go to where so many steps are done."""
        if self.target and self.target.history.at(count) != self.target.history:
            self._go(self.target.history.at(count))

    def do(self, operation: BlockOperation) -> None:
        """Take a step; in the place of the last one where that differs in its value alone."""
        if self.target:
            self._go(room_for(self.target.history, operation).followed_by(operation))

    def preview(self, operation: BlockOperation) -> None:
        """Show a step that is still being made; `do` or `cancel` ends it."""
        if self.target:
            self._go(self.target.history, operation)

    def cancel(self) -> None:
        """Drop the step that is being made."""
        if self.target and self.target.provisional is not None:
            self._go(self.target.history)

    # Changing blocks

    def shape(self, name: ShapeName, value: float, *, provisional: bool = False) -> None:
        """Give the selected blocks another exponent, taper or opacity."""
        if self.free:
            (self.preview if provisional else self.do)(ShapeBlocks(self.free, name, value))

    def set_opacity(self, number: int, value: float, *, provisional: bool = False) -> None:
        """Give one block another opacity."""
        if self._edited and number not in self._edited.locked:
            (self.preview if provisional else self.do)(ShapeBlocks((number,), "opacity", value))

    def mark(self, numbers: Iterable[int], mark: Mark, *, on: bool) -> None:
        """Hide or show, lock or unlock blocks."""
        marked = tuple(numbers)
        if marked:
            self.do(MarkBlocks(marked, mark, on))

    def toggle(self, mark: Mark) -> None:
        """Hide or lock the selected blocks; where all are so, the other way round."""
        edited = self._edited
        if edited and self.selection:
            there = edited.hidden if mark == "hidden" else edited.locked
            self.mark(self.selection, mark, on=not there.issuperset(self.selection))

    def show_all(self) -> None:
        """Show what was hidden."""
        if self._edited:
            self.mark(sorted(self._edited.hidden), "hidden", on=False)

    def rename(self, number: int, name: str) -> None:
        """Call a block something else."""
        edited = self._edited
        if edited and name.strip() and edited.block(number).names != (name.strip(),):
            self.do(RenameBlock(number, name.strip()))

    def duplicate(self) -> None:
        """Copy the selected blocks to beside themselves."""
        edited = self._edited
        if edited and self.selection:
            some = edited.blocks.part(edited.rows(self.selection))
            low, high = some.bounds()
            self.do(DuplicateBlocks(self.selection, (BESIDE * float(high[0] - low[0]), 0.0, 0.0)))

    def delete(self) -> None:
        """Remove the selected blocks that are not locked."""
        if self.free:
            self.do(DeleteBlocks(self.free))

    def split(self, axis: int | None = None) -> None:
        """Cut the selected block in two halves, across its longest axis unless told."""
        edited = self._edited
        if edited and len(self.free) == 1:
            scales = edited.block(self.free[0]).scales[0]
            self.do(SplitBlock(self.free[0], int(scales.argmax()) if axis is None else axis))

    @property
    def can_merge(self) -> bool:
        """Whether two blocks are selected that can become one."""
        return len(self.free) == 2

    def merge(self) -> None:
        """Put one block in the place of the two that are selected."""
        if self.can_merge:
            self.do(MergeBlocks(*self.free))

    def add(self, place: Iterable[float] | None = None) -> None:
        """Add a block at a place in the world, by default in the middle of all."""
        edited = self._edited
        if edited is None:
            return
        bounds = edited.blocks.bounds() if len(edited.blocks) else np.array([[-1.0] * 3, [1.0] * 3])
        size = NEW_SIZE * float((bounds[1] - bounds[0]).max())
        middle = triple(bounds.mean(0) if place is None else list(place))
        self.do(AddBlock(Placement(middle), (size, size, size), f"block {edited.next_number + 1}"))

    # With splats

    @property
    def carries(self) -> str:
        """Path of the splats that the blocks carry; empty for none."""
        return self._edited.carries if self._edited else ""

    def carry(self, splats: str) -> None:
        """Have the blocks carry the splats of a run folder or a file from now on; none where it is empty."""
        if splats != self.carries:
            self.do(CarrySplats(splats))

    # How many

    @property
    def numbers(self) -> tuple[int, int]:
        """The smallest and largest number of blocks that can be chosen; both the same where there is no choice."""
        edited = self._edited
        return reachable_numbers(edited) if edited else (0, 0)

    def choose_number(self, count: int, *, provisional: bool = False) -> None:
        """Have so many blocks."""
        (self.preview if provisional else self.do)(ChooseNumber(count))

    # By the gizmo

    @property
    def gizmo(self) -> Gizmo | None:
        """What to draw and to drag, around the selected blocks; None where nothing can be moved."""
        edited, free = self._edited, self.free
        if edited is None or not free or self.explode > 0:
            return None
        some = edited.blocks.part(edited.rows(free))
        w, x, y, z = some.quaternions[0].tolist() if len(free) == 1 else (1.0, 0.0, 0.0, 0.0)
        placement = Placement(triple(some.centers.mean(0)), (w, x, y, z))
        return Gizmo(placement, self.gizmo_kind, self.gizmo_axes, stretches=len(free) == 1)

    def drag(self, change: Change) -> None:
        """Show what a drag of the gizmo does so far."""
        operation = self._moved(change)
        if operation is not None:
            self.preview(operation)

    def drop(self, change: Change) -> None:
        """Let what a drag did stand."""
        operation = self._moved(change)
        if operation is not None:
            self.do(operation)

    def _moved(self, change: Change) -> BlockOperation | None:
        if not self.free:
            return None
        if change.stretch != (1.0, 1.0, 1.0):
            return StretchBlocks(self.free, change.stretch)
        return MoveBlocks(self.free, Placement.of(change.similarity))

    # Keeping

    @property
    def _edited(self) -> EditedBlocks | None:
        return self.target.edited if self.target else None

    def _go(self, history: Steps, provisional: BlockOperation | None = None) -> None:
        target = self.target
        if target is None:
            return
        begins = room_for(history, provisional).done if provisional else history.done
        try:
            edited = self._replays[target.key].apply((*begins, provisional) if provisional else begins)
        except InputError as error:
            self.message = str(error)
            return
        before = target.history
        self.message = self.message if not target.saves else ""
        self._select_of(edited.numbers)
        self._keep(replace(target, edited=edited, history=history, provisional=provisional))
        made = tuple(number for number in edited.numbers if number not in target.edited.numbers)
        if made and len(history.done) > len(before.done) and not isinstance(history.done[-1], ChooseNumber):
            self.selection = made
        if edited.carries or history.done != before.done:  # what is carried follows a drag
            self.editor.edit(target.key, (*begins, provisional) if provisional else begins)
        if history.done != before.done:
            self._write(target.key)

    def _keep(self, target: BlockTarget) -> None:
        self._targets[target.key] = target
        if self.target and self.target.key == target.key:
            self.target = target
        self.changed.emit(target.key)

    def _select_of(self, numbers: Collection[int]) -> None:
        """Let go of what is no longer there; first, so that nobody ever sees it selected."""
        there = tuple(number for number in self.selection if number in numbers)
        if there != self.selection:
            self.selection = there

    def _write(self, key: str) -> None:
        target = self._targets[key]
        if not target.saves:
            return
        self.message = write_edits(target.path, target.history.done, self.save) or self.message
