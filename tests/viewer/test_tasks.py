"""Work beside the window: real processes that finish, fail, are cancelled and are killed."""

from __future__ import annotations

import multiprocessing
import queue
import time
from pathlib import Path

import pytest
import task_functions as work

from viewer.engine import tasks as engine
from viewer.engine.tasks import Tasks
from viewer.model.task_list import Task

PATIENCE = 30.0


class Desk:
    """A window's thread without a window, and what the tasks have said."""

    def __init__(self) -> None:
        self.calls: queue.Queue = queue.Queue()
        self.tasks = Tasks(self.calls.put)
        self.said: list[tuple[str, object]] = []

    def run(self, function, *arguments) -> Task:
        task = self.tasks.run("Work", function, *arguments)
        task.progressed.connect(lambda progress: self.said.append(("progressed", progress)))
        task.finished.connect(lambda result: self.said.append(("finished", result)))
        task.failed.connect(lambda message: self.said.append(("failed", message)))
        task.cancelled.connect(lambda: self.said.append(("cancelled", None)))
        return task

    def wait_for(self, name: str) -> object:
        deadline = time.monotonic() + PATIENCE
        while name not in (each for each, _ in self.said):
            self.calls.get(timeout=max(deadline - time.monotonic(), 0.01))()
        return next(value for each, value in self.said if each == name)


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.tasks.close()
    assert not [child for child in multiprocessing.active_children() if child.name == "task"]


def test_work_is_told_of_and_gives_its_result(desk: Desk) -> None:
    task = desk.run(work.count, 5)
    assert desk.tasks.list.tasks == (task,)
    assert desk.wait_for("finished") == 5
    assert (task.condition, task.result) == ("finished", 5)
    assert desk.tasks.list.tasks == ()


def test_progress_that_nobody_looks_at_does_not_pile_up(desk: Desk) -> None:
    desk.run(work.count, 2000)
    assert desk.calls.get(timeout=PATIENCE) is not None  # while nothing is run, all others wait in its place
    time.sleep(1)
    assert desk.calls.qsize() <= 2
    desk.tasks.close()


@pytest.mark.parametrize(
    ("function", "sentence", "in_report"),
    [
        (work.refuse, "photo.jpg is no photograph.", ""),
        (work.stumble, "This is a bug in Triptych: KeyError('oops'). Please report it.", "task_functions.py"),
        (work.run_out_of_memory, "Memory ran out", ""),
        (work.die, "most likely for want of memory", ""),
    ],
    ids=["refused", "bug", "memory", "killed"],
)
def test_failure_is_a_sentence(desk: Desk, function, sentence: str, in_report: str) -> None:
    task = desk.run(function)
    assert sentence in desk.wait_for("failed")
    assert in_report in task.report
    assert bool(task.report) == bool(in_report)
    assert desk.tasks.list.tasks == (task,), "it stays until it is dismissed"
    desk.tasks.list.dismiss(task)
    assert desk.tasks.list.tasks == ()


def test_cancelling_leaves_nothing_half_written(desk: Desk, tmp_path: Path) -> None:
    task = desk.run(work.write_slowly, tmp_path / "film.mp4")
    desk.wait_for("progressed")
    assert list(tmp_path.iterdir())
    task.cancel()
    assert task.condition == "cancelled"
    assert desk.tasks.list.tasks == ()
    desk.tasks.close()
    assert not list(tmp_path.iterdir())
    assert [name for name, _ in desk.said] == ["progressed", "cancelled"]


def test_work_that_will_not_end_is_killed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SECONDS_TO_CLEAN_UP", 0.3)
    task = desk.run(work.ignore_the_end)
    desk.wait_for("progressed")
    task.cancel()
    desk.tasks.close()
    assert not [child for child in multiprocessing.active_children() if child.name == "task"]


def test_tasks_run_beside_each_other(desk: Desk, tmp_path: Path) -> None:
    slow = desk.run(work.write_slowly, tmp_path / "a")
    desk.run(work.count, 3)
    assert desk.wait_for("finished") == 3
    assert slow.condition == "running"
