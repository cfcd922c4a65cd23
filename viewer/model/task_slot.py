"""One place in the window where work is started: it runs, and then one line says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from psygnal import Signal

from viewer.model.task_list import Task


class TaskSlot:
    """The newest task of one panel, and the line about it.

    Attributes
    ----------
    task : Task, optional
        The one that runs or has failed; None where nothing is to be said, or all went well.
    written : Path, optional
        What the last task made.
    question : str
        Something to be asked before anything is written; empty where nothing is.
    changed : Signal
    """

    changed = Signal()

    def __init__(self) -> None:
        self.task: Task | None = None
        self.written: Path | None = None
        self.question = ""
        self._yes: Callable[[], None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a task runs."""
        return self.task is not None and self.task.condition == "running"

    def ask_before_overwriting(self, path: Path, start: Callable[[], Task]) -> None:
        """Start, at once where nothing stands at `path`, else when `answer` is called."""
        occupied = path.is_file() or (path.is_dir() and any(path.iterdir()))
        if not occupied:
            self.follow(start())
            return
        what = "holds files already" if path.is_dir() else "exists already"
        self.task, self.written, self.question = None, None, f"{path.name} {what}. Replace it?"
        self._yes = lambda: self.follow(start())
        self.changed.emit()

    def answer(self, yes: bool) -> None:
        """Answer the question."""
        start, self._yes, self.question = self._yes, None, ""
        if yes and start:
            start()
        else:
            self.changed.emit()

    def follow(self, task: Task) -> None:
        """Show this task from now on; its result is the path it has written."""
        self.task, self.written, self.question = task, None, ""
        task.progressed.connect(lambda _: self.changed.emit())
        task.failed.connect(lambda _: self.changed.emit())
        task.cancelled.connect(self.clear)
        task.finished.connect(self._on_finished)
        self.changed.emit()

    def clear(self) -> None:
        """Say nothing any more."""
        if not self.busy:
            self.task, self.written, self.question, self._yes = None, None, "", None
            self.changed.emit()

    def _on_finished(self, result: Path) -> None:
        self.task, self.written = None, result
        self.changed.emit()
