"""Whoever draws and writes, without drawing and writing."""

from __future__ import annotations

from viewer.model.task_list import Task


class FakeStudio:
    """Notes what is asked of it; tests move its tasks on."""

    def __init__(self) -> None:
        self.asked: list[tuple] = []
        self.tasks: list[Task] = []
        self.stopped = 0

    def film(self, *order) -> Task:
        return self._note("film", *order)

    def snapshot(self, *order) -> Task:
        return self._note("snapshot", *order)

    def export(self, *order) -> Task:
        return self._note("export", *order)

    def forecast(self, *order) -> Task:
        return self._note("forecast", *order)

    def _note(self, *order) -> Task:
        self.asked.append(order)
        self.tasks.append(Task(order[0].title(), self._stop))
        return self.tasks[-1]

    def _stop(self) -> None:
        self.stopped += 1
