"""Work done beside the window: what it is called, how far it is, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from psygnal import Signal

Condition = Literal["running", "finished", "failed", "cancelled"]


@dataclass(frozen=True)
class TaskProgress:
    """How far a task is.

    Parameters
    ----------
    fraction : float, optional
        In [0, 1]; None where nobody can say.
    message : str
        What is being done, in a few words.
    """

    fraction: float | None
    message: str = ""


@dataclass(frozen=True)
class Failure:
    """Why a task failed.

    Parameters
    ----------
    message : str
        A sentence for the user.
    report : str
        What a bug report needs; empty where the sentence says it all.
    """

    message: str
    report: str = ""


class Task:
    """One piece of work. Its signals are emitted on the window's thread.

    Parameters
    ----------
    title : str
        Such as "Rendering orbit.mp4".
    stop : callable
        Asks whoever does the work to end it.

    Attributes
    ----------
    progressed : Signal
        Emitted with a `TaskProgress`.
    finished : Signal
        Emitted with what the work gave.
    failed : Signal
        Emitted with a sentence; `report` holds more where it was a bug.
    cancelled : Signal
    """

    progressed = Signal(TaskProgress)
    finished = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, title: str, stop: Callable[[], None]) -> None:
        self.title = title
        self.condition: Condition = "running"
        self.progress = TaskProgress(None)
        self.message = ""
        self.report = ""
        self.result: Any = None
        self._stop = stop
        self._known: list[tuple[float, float]] = []

    @property
    def seconds_left(self) -> float | None:
        """How long it will take at the pace so far; None while that is unknown."""
        if self.condition != "running" or len(self._known) < 2:
            return None
        (begun, first), (now, last) = self._known
        return (now - begun) / (last - first) * (1 - last) if last > first else None

    def cancel(self) -> None:
        """End it; what it has half written is removed."""
        if self.condition == "running":
            self._settle("cancelled")
            self._stop()
            self.cancelled.emit()

    def advance(self, progress: TaskProgress) -> None:
        """Note how far it is."""
        if self.condition != "running":
            return
        self.progress = progress
        if progress.fraction is not None:
            # The first known fraction is where pace begins: before it, libraries were loaded.
            self._known[1:] = [(time.monotonic(), progress.fraction)]
        self.progressed.emit(progress)

    def finish(self, result: Any) -> None:
        """Note that it is done."""
        if self.condition == "running":
            self._settle("finished")
            self.result = result
            self.finished.emit(result)

    def fail(self, failure: Failure) -> None:
        """Note that it went wrong."""
        if self.condition == "running":
            self._settle("failed")
            self.message, self.report = failure.message, failure.report
            self.failed.emit(failure.message)

    def _settle(self, condition: Condition) -> None:
        self.condition = condition


class TaskRunner(Protocol):
    """Whoever can do work beside the window."""

    def run(self, title: str, function: Callable[..., Any], *arguments: Any) -> Task:
        """Start a generator function of `TaskProgress` that returns its result, in a process of its own."""
        ...


class TaskListModel:
    """The tasks worth showing: those that run, and those that failed until they are dismissed.

    Attributes
    ----------
    changed : Signal
        Emitted when a task comes, goes, moves on or ends.
    """

    changed = Signal()

    def __init__(self) -> None:
        self._tasks: list[Task] = []

    @property
    def tasks(self) -> tuple[Task, ...]:
        """All of them, oldest first."""
        return tuple(self._tasks)

    @property
    def running(self) -> tuple[Task, ...]:
        """Those that are not done."""
        return tuple(task for task in self._tasks if task.condition == "running")

    def add(self, task: Task) -> None:
        """Show a task from now on."""
        self._tasks.append(task)
        task.progressed.connect(lambda _: self.changed.emit())
        task.failed.connect(lambda _: self.changed.emit())
        task.finished.connect(lambda _: self.dismiss(task))
        task.cancelled.connect(lambda: self.dismiss(task))
        self.changed.emit()

    def dismiss(self, task: Task) -> None:
        """Show a task no more."""
        if task in self._tasks:
            self._tasks.remove(task)
            self.changed.emit()
