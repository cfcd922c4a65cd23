"""Tasks that are done when a test says so."""

from __future__ import annotations

from typing import Any

from viewer.model.task_list import Failure, Task


class FakeTasks:
    """Notes what was asked for; `finish` does the oldest."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Task, Any, tuple[Any, ...]]] = []
        self.titles: list[str] = []
        self.stopped: list[str] = []

    def run(self, title: str, function: Any, *arguments: Any) -> Task:
        task = Task(title, lambda: self.stopped.append(title))
        self.titles.append(title)
        self.waiting.append((task, function, arguments))
        return task

    def finish(self) -> None:
        task, function, arguments = self.waiting.pop(0)
        generator = function(*arguments)
        try:
            while True:
                task.advance(next(generator))
        except StopIteration as end:
            task.finish(end.value)
        except Exception as error:  # noqa: BLE001 - as the process tells it
            task.fail(Failure(str(error)))
