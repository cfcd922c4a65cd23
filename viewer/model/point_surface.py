"""The surface through a result's points, made beside the window and opened when it is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from psygnal import Signal

from viewer.model.scene import Result
from viewer.model.task_list import Task, TaskRunner

IN_RUN, BESIDE = "poisson", "-surface"
SUFFIX = ".glb"


class PointSurfaceModel:
    """Makes surfaces through splats.

    Parameters
    ----------
    tasks : TaskRunner
    work : callable
        Importable generator function of (path of the points, path of the mesh to write) that returns the latter.
    save_all : callable
        Writes edits that wait to be written: the surface is that of what is shown.

    Attributes
    ----------
    made : Signal
        Emitted with the path of a mesh that has been written.
    refused : Signal
        Emitted with a sentence that says why there is none.
    """

    made = Signal(Path)
    refused = Signal(str)

    def __init__(self, tasks: TaskRunner, work: Callable[..., Any], save_all: Callable[[], None]) -> None:
        self._tasks = tasks
        self._work = work
        self._save_all = save_all
        self._running: dict[str, Task] = {}

    @staticmethod
    def can_make(result: Result | None) -> bool:
        """Whether a result has points of its own: splats that are finished."""
        return result is not None and result.kind == "splats" and not result.live

    def make(self, result: Result | None) -> None:
        """Make the surface through a result's points; nothing where that is under way."""
        if result is None or not self.can_make(result) or self.is_busy(result):
            return
        self._save_all()
        source = result.run or result.path
        task = self._tasks.run(f"Surface through {result.title}", self._work, source, surface_path(source))
        self._running[result.key] = task
        task.finished.connect(self._on_made)
        task.failed.connect(self._on_failed)

    def is_busy(self, result: Result) -> bool:
        """Whether its surface is being made."""
        task = self._running.get(result.key)
        return task is not None and task.condition == "running"

    def _on_made(self, path: Path) -> None:
        self.made.emit(path)

    def _on_failed(self, sentence: str) -> None:
        self.refused.emit(sentence)


def surface_path(source: Path) -> Path:
    """Where the surface through a run or a file is written: in the one, beside the other; never over another."""
    name = source / IN_RUN if source.is_dir() else source.with_name(source.name.split(".")[0] + BESIDE)
    number = 1
    while True:
        path = name.with_name(f"{name.name}{f'-{number}' if number > 1 else ''}{SUFFIX}")
        if not path.exists():
            return path
        number += 1
