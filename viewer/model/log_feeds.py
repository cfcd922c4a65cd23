"""Who is listened to for the log."""

from __future__ import annotations

import logging
from collections.abc import Callable
from weakref import WeakSet

from viewer.model.log import Level, LogModel
from viewer.model.opening import OpeningModel
from viewer.model.run import RunModel
from viewer.model.task_list import Task, TaskListModel
from viewer.model.window import WindowModel

ENDS = {"finished": "finished", "cancelled": "was cancelled", "interrupted": "was interrupted", "paused": "paused"}


def log_window(log: LogModel, model: WindowModel) -> None:
    """Note what the engine says of itself, and what the window has to say."""

    def on_engine_changed() -> None:
        engine = model.engine
        log.add("error" if engine.condition == "stopped" else "info", engine.message, "engine")
        if engine.condition == "ready":
            log.add("info", f"Ready: {engine.device}" if engine.device else "Ready", "engine")

    model.events.engine.connect(on_engine_changed)
    model.events.notice.connect(lambda notice: log.add("warning", notice, "window"))


def log_opening(log: LogModel, opening: OpeningModel) -> None:
    """Note what is being opened, and what could not be."""
    told: set[object] = set()

    def on_changed() -> None:
        there = {*opening.pending, *opening.failures}
        for path in opening.pending:
            if path not in told:
                log.add("info", f"Opening {path.name} …", "window")
        for failure in opening.failures:
            if failure not in told:
                log.add("error", failure.message, "window")
        told.clear()
        told.update(there)

    opening.changed.connect(on_changed)


def log_run(log: LogModel, run: RunModel) -> None:
    """Note the warnings of runs, and where they begin and end."""
    told: list[tuple[str, str]] = [("idle", "")]

    def on_changed() -> None:
        state = (run.state, run.message)
        if state == told[-1]:
            return
        told[-1] = state
        name = run.path.name if run.path else "The run"
        if run.state == "failed":
            log.add("error", run.message or f"{name} failed.", "run")
        elif run.state == "interrupted":
            log.add("warning", run.message or f"{name} was interrupted.", "run")
        elif run.state == "running":
            log.add("info", f"{name} is running.", "run")
        elif run.state in ENDS:
            log.add("info", run.message or f"{name} {ENDS[run.state]}.", "run")

    run.changed.connect(on_changed)
    run.warned.connect(lambda message: log.add("warning", message, "run"))


def log_tasks(log: LogModel, tasks: TaskListModel) -> None:
    """Note where tasks begin and what becomes of them."""
    known: WeakSet[Task] = WeakSet()

    def on_changed() -> None:
        for task in tasks.tasks:
            if task not in known:
                known.add(task)
                follow(task.title, task)

    def follow(title: str, task: Task) -> None:
        log.add("info", f"{title} …", "task")
        task.finished.connect(lambda _: log.add("info", f"{title}: done.", "task"))
        task.cancelled.connect(lambda: log.add("info", f"{title}: cancelled.", "task"))
        task.failed.connect(lambda message: log.add("error", f"{title}: {message}", "task"))

    tasks.changed.connect(on_changed)


class PythonLog(logging.Handler):
    """Notes what libraries log and warn of in this process; from `install` to `remove`.

    Parameters
    ----------
    log : LogModel
    post : callable
        Runs a function on the window's thread, whichever thread it is called from.
    """

    def __init__(self, log: LogModel, post: Callable[[Callable[[], None]], None]) -> None:
        super().__init__(logging.INFO)
        self._log, self._post = log, post

    def install(self) -> None:
        """Begin to listen to loggers and warnings."""
        logging.getLogger().addHandler(self)
        logging.captureWarnings(True)

    def remove(self) -> None:
        """Listen no more."""
        logging.getLogger().removeHandler(self)
        logging.captureWarnings(False)

    def emit(self, record: logging.LogRecord) -> None:
        """Take in one record."""
        level: Level = (
            "error" if record.levelno >= logging.ERROR else "warning" if record.levelno >= logging.WARNING else "info"
        )
        source, text = (
            ("python", record.getMessage()) if record.name == "py.warnings" else (record.name, self.format(record))
        )
        self._post(lambda: self._log.add(level, text, source))
