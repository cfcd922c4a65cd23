"""Tasks as the status bar sees them."""

from __future__ import annotations

import pytest

from viewer.model import task_list
from viewer.model.task_list import Failure, Task, TaskListModel, TaskProgress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(task_list.time, "monotonic", lambda: now[0])
    return now


def test_time_left_follows_the_pace_since_progress_is_known(clock: list[float]) -> None:
    task = Task("Rendering", lambda: None)
    task.advance(TaskProgress(None, "loading"))
    clock[0] += 50
    for fraction in (0.0, 0.1, 0.2):
        task.advance(TaskProgress(fraction))
        clock[0] += 4
    assert task.seconds_left == pytest.approx(32)
    task.finish(None)
    assert task.seconds_left is None


def test_nobody_knows_the_time_left_at_first(clock: list[float]) -> None:
    task = Task("Rendering", lambda: None)
    assert task.seconds_left is None
    task.advance(TaskProgress(0.3))
    assert task.seconds_left is None
    clock[0] += 1
    task.advance(TaskProgress(0.3))
    assert task.seconds_left is None


def test_what_comes_after_the_end_is_not_heard() -> None:
    stopped, heard = [], []
    task = Task("Rendering", lambda: stopped.append(True))
    for signal in (task.progressed, task.finished, task.failed):
        signal.connect(heard.append)
    task.cancel()
    task.cancel()
    task.advance(TaskProgress(0.5))
    task.finish(1)
    task.fail(Failure("Too late."))
    assert (stopped, heard, task.condition) == ([True], [], "cancelled")


def test_the_list_tells_of_every_change() -> None:
    tasks = TaskListModel()
    told = []
    tasks.changed.connect(lambda: told.append([task.title for task in tasks.tasks]))
    one, two = Task("one", lambda: None), Task("two", lambda: None)
    tasks.add(one)
    tasks.add(two)
    one.advance(TaskProgress(0.5))
    one.finish(None)
    two.fail(Failure("No."))
    assert told == [["one"], ["one", "two"], ["one", "two"], ["two"], ["two"]]
    assert tasks.running == ()
    tasks.dismiss(two)
    assert tasks.tasks == ()
