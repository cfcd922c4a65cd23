"""Registering: which result is moved onto which, the pairs of points picked for it, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from psygnal import SignalGroupDescriptor

from recon.scene import Similarity
from recon.scene.similarity import Triple
from viewer.model.compare import Content
from viewer.model.scene import Result
from viewer.model.task_list import Task, TaskRunner
from viewer.model.window import WindowModel

PickedPairs = tuple[tuple[Triple, Triple], ...]
FEWEST = 3
ALONE = "Open a second result first, the one that this is to be moved onto."
TOO_FEW = "Pick at least three pairs, or none to go by the shapes alone."
EDITED = "It was edited meanwhile, so nothing was moved. Register it again."
UNDO = "Undo takes it back."


@dataclass(frozen=True, eq=False)
class Registered:
    """How a result is to be moved, and how well that fits, in words."""

    similarity: Similarity
    sentence: str


@dataclass(frozen=True)
class Mark:
    """A picked point: on which result, where, and the number of its pair from 1."""

    key: str
    point: Triple
    number: int


@dataclass(eq=False)
class RegisterModel:
    """Moves one result onto another. Assigning a field announces it through `events`; use the methods to change it.

    Parameters
    ----------
    model : WindowModel
    tasks : TaskRunner
    work : callable
        Importable generator function of (path of what is moved, path of what stays, pairs, whether the size may change)
        that returns `Registered`.
    edits : callable
        The edits of the result of a key; they are compared to see whether it was edited meanwhile.
    move : callable
        Moves the result of a key as a whole, as a step that can be undone; returns a sentence where it cannot.
    save_all : callable
        Writes edits that wait to be written: what is registered is what is shown.
    moving, fixed : str
        Keys of the results; empty while nothing is being registered.
    pairs : tuple of ((3,) tuple, (3,) tuple)
        Picked on what is moved and on what stays, world coordinates of either.
    open : Mark, optional
        A point whose partner is still to be picked.
    scale : bool
        Whether the size may change.
    busy : bool
        Whether it is being worked out.
    said : str
        How well it fitted; empty before.
    message : str
        Why it could not be done; empty where it could.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    model: WindowModel
    tasks: TaskRunner
    work: Callable[..., Any]
    edits: Callable[[str], object]
    move: Callable[[str, Similarity], str]
    save_all: Callable[[], None]
    moving: str = ""
    fixed: str = ""
    pairs: PickedPairs = ()
    open: Mark | None = None
    scale: bool = True
    busy: bool = False
    said: str = ""
    message: str = ""

    def __post_init__(self) -> None:
        self._task: Task | None = None
        self.model.events.results.connect(self._on_results_changed)

    @property
    def others(self) -> tuple[Result, ...]:
        """What the active result can be moved onto."""
        key = self.moving or self.model.compare.pane.content.key
        return tuple(each for each in self.model.results if each.key != key and not each.live)

    @property
    def can_begin(self) -> bool:
        """Whether the active pane shows something finished, and there is another result."""
        key = self.model.compare.pane.content.key
        finished = any(each.key == key and not each.live for each in self.model.results)
        return finished and self.model.compare.pane.content.kind == "result" and bool(self.others)

    def begin(self) -> None:
        """Take the active pane's result to be moved, onto another one that is shown, if any is."""
        self.stop()
        if not self.can_begin:
            self.model.notice = ALONE
            return
        moving = self.model.compare.pane.content.key
        shown = [key for key in self.model.compare.keys if any(each.key == key for each in self.others)]
        fixed = (shown or [each.key for each in self.others])[0]
        self.said = self.message = ""
        self.model.picking = True
        self.fixed = fixed
        self.moving = moving
        self._show_fixed()

    def choose(self, fixed: str) -> None:
        """Move it onto this one instead; points that were picked are forgotten."""
        if self.moving and fixed != self.fixed and not self.busy:
            self._forget()
            self.fixed = fixed
            self._show_fixed()

    def stop(self) -> None:
        """Register no more; what is being worked out is dropped."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        self._forget()
        self.busy, self.said = False, ""
        if self.moving:
            self.model.picking = False
        self.moving = self.fixed = ""

    def pick(self, key: str, point: ArrayLike) -> None:
        """Take a point that was clicked on a result: the first of a pair, or the partner of the one before."""
        if not self.moving or self.busy or self.said:
            return
        x, y, z = np.asarray(point, np.float64).tolist()
        if key not in (self.moving, self.fixed):
            self.message = f"Click on {self.title(self.moving)} or on {self.title(self.fixed)}."
            return
        self.message = ""
        first = self.open
        if first is None or first.key == key:
            self.open = Mark(key, (x, y, z), len(self.pairs) + 1)
            return
        both = (first.point, (x, y, z)) if first.key == self.moving else ((x, y, z), first.point)
        self.open = None
        self.pairs = (*self.pairs, both)

    def take_back(self) -> None:
        """Forget the last point."""
        if self.open is not None:
            self.open = None
        elif self.pairs:
            moving, _ = self.pairs[-1]
            self.pairs = self.pairs[:-1]
            self.open = Mark(self.moving, moving, len(self.pairs) + 1)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Every point that was picked."""
        marks = [
            Mark(key, point, number)
            for number, pair in enumerate(self.pairs, start=1)
            for key, point in zip((self.moving, self.fixed), pair, strict=True)
        ]
        return (*marks, *([self.open] if self.open else []))

    @property
    def can_register(self) -> bool:
        """Whether there are no pairs, or enough."""
        return bool(self.moving) and not self.busy and not self.said and (not self.pairs or len(self.pairs) >= FEWEST)

    def register(self) -> None:
        """Work out how it is to be moved, and move it; without pairs, by the shapes alone."""
        if not self.can_register:
            self.message = TOO_FEW
            return
        self.save_all()
        self.message, self.busy = "", True
        moving, fixed = (self.model.result(key) for key in (self.moving, self.fixed))
        paths = [result.run or result.path for result in (moving, fixed)]
        edits = [self.edits(result.key) for result in (moving, fixed)]
        title = f"Registering {moving.title} onto {fixed.title}"
        task = self._task = self.tasks.run(title, self.work, *paths, self.pairs, self.scale)
        task.finished.connect(lambda found: self._on_found(task, found, edits))
        task.failed.connect(lambda sentence: self._on_ended(task, sentence))
        task.cancelled.connect(lambda: self._on_ended(task, ""))

    def title(self, key: str) -> str:
        """What a result is called."""
        return next((each.title for each in self.model.results if each.key == key), "")

    def _on_found(self, task: Task, found: Registered, edits: list[object]) -> None:
        if task is not self._task:
            return
        self._task, self.busy = None, False
        if [self.edits(key) for key in (self.moving, self.fixed)] != edits:
            self.message = EDITED
            return
        self.message = self.move(self.moving, found.similarity)
        if not self.message:
            self._forget()
            self.model.picking = False
            self.said = f"{found.sentence} {UNDO}"

    def _on_ended(self, task: Task, sentence: str) -> None:
        if task is self._task:
            self._task, self.busy = None, False
            self.message = sentence

    def _on_results_changed(self) -> None:
        there = {each.key for each in self.model.results}
        if self.moving and not {self.moving, self.fixed} <= there:
            self.stop()

    def _forget(self) -> None:
        self.open, self.pairs, self.message = None, (), ""

    def _show_fixed(self) -> None:
        """Have both on screen: points are picked on either."""
        compare = self.model.compare
        if self.fixed not in compare.keys:
            compare.arrange("panes")
            active = compare.active
            compare.show_beside(Content.result(self.fixed))
            compare.activate(active)
