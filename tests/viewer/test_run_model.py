"""The run that is going on: its states, what may be asked, and the time left."""

from __future__ import annotations

from pathlib import Path

import pytest
from trainers import Clock, FakeTrainer

from recon.methods.base import (
    Cancel,
    Cancelled,
    Evaluated,
    Failed,
    Finished,
    Pause,
    Resume,
    Save,
    Saved,
    Set,
    Stage,
    Started,
    Step,
    Stop,
    Warned,
)
from recon.runs import Job
from viewer.model.curves import Curves
from viewer.model.run import RunModel

JOB = Job(Path("capture"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trainer() -> FakeTrainer:
    return FakeTrainer()


@pytest.fixture
def run(trainer: FakeTrainer, clock: Clock) -> RunModel:
    return RunModel(trainer, clock)


def train(run: RunModel, clock: Clock, last: int, seconds: float = 0.1) -> None:
    for step in range(run.step + 1, last + 1):
        clock.now += seconds
        run.on_event(Step(step, 1 / step, {"gaussians": 100.0}))


@pytest.fixture
def running(run: RunModel, clock: Clock) -> RunModel:
    run.start(JOB)
    run.on_started(Path("/runs/a"))
    run.on_event(Started("toy", 1000))
    train(run, clock, 10)
    return run


def test_a_run_from_start_to_end(run: RunModel, trainer: FakeTrainer, clock: Clock) -> None:
    states = []
    run.changed.connect(lambda: states.append(run.state))
    run.start(JOB)
    run.on_started(Path("/runs/a"))
    run.on_event(Stage("Looking", 0.5))
    assert (run.stage, run.fraction) == ("Looking", 0.5)
    run.on_event(Started("toy", 20))
    train(run, clock, 20)
    assert run.fraction == 1.0
    run.on_event(Evaluated(20, 25.0, 0.8))
    run.on_event(Saved(20))
    run.on_event(Stage("Measuring test views", 0.5))
    assert run.seconds_left is None
    run.on_event(Finished(20))
    run.on_ended("")
    assert trainer.asked == [JOB]
    assert states == ["preparing", "preparing", "running", "finished"]
    assert (run.path, run.step, run.saved_step) == (Path("/runs/a"), 20, 20)
    assert run.curves.last("psnr") == 25.0


def test_only_one_run_at_a_time(running: RunModel, trainer: FakeTrainer) -> None:
    running.start(JOB)
    running.start_from(Path("/runs/b"), Curves())
    assert trainer.asked == [JOB]


def test_commands_go_where_they_make_sense(running: RunModel, trainer: FakeTrainer) -> None:
    running.resume()
    running.save()
    running.set("rate", 0.5)
    running.pause()
    running.pause()
    assert running.state == "paused"
    assert running.can_resume
    running.resume()
    running.stop()
    assert running.state == "stopping"
    for refused in (running.stop, running.cancel, running.pause, running.save):
        refused()
    running.set("rate", 0.9)
    assert trainer.asked[1:] == [Save(), Set("rate", 0.5), Pause(), Resume(), Stop()]
    assert [(mark.step, mark.text) for mark in running.curves.marks] == [(10, "rate = 0.5")]


def test_before_the_first_step_it_can_only_be_cancelled(run: RunModel, trainer: FakeTrainer) -> None:
    run.start(JOB)
    assert run.can_cancel
    assert not any((run.can_stop, run.can_pause, run.can_save, run.can_resume))
    run.cancel()
    run.on_event(Cancelled(0))
    assert trainer.asked == [JOB, Cancel()]
    assert run.message == "Cancelled at step 0. Nothing was saved."
    assert not run.can_resume  # there is no folder


@pytest.mark.parametrize(
    ("happens", "state", "message"),
    [
        (lambda run: run.on_event(Failed("The walk went astray.")), "failed", "The walk went astray."),
        (lambda run: run.on_ended("The disk is full."), "failed", "The disk is full."),
        (lambda run: run.on_ended(""), "interrupted", "The run stopped before its end."),
        (lambda run: run.on_died("The engine is gone."), "interrupted", "The engine is gone."),
    ],
)
def test_an_end_that_was_none_can_be_resumed(
    running: RunModel, trainer: FakeTrainer, happens, state: str, message: str
) -> None:
    happens(running)
    running.on_ended("something later")
    assert (running.state, running.message) == (state, message)
    running.resume()
    assert trainer.asked[-1] == Path("/runs/a")
    assert running.state == "preparing"
    assert running.message == ""


def test_warnings_are_passed_on(running: RunModel) -> None:
    heard: list[str] = []
    running.warned.connect(heard.append)
    running.on_event(Warned("No points."))
    assert heard == ["No points."]


def test_time_left_follows_recent_speed_without_pauses_and_evaluations(running: RunModel, clock: Clock) -> None:
    assert running.rate == pytest.approx(10.0)
    train(running, clock, 400, seconds=0.05)
    assert running.rate == pytest.approx(20.0, rel=0.02)
    clock.now += 60  # an evaluation
    train(running, clock, 500, seconds=0.05)
    assert running.rate == pytest.approx(20.0, rel=0.02)
    assert running.seconds_left == pytest.approx(25.0, rel=0.02)


def test_a_new_run_has_curves_of_its_own(running: RunModel) -> None:
    before = running.curves
    running.on_event(Finished(10))
    running.start(JOB)
    assert running.curves is not before
    assert len(before.points("loss")[0]) == 10
    assert (running.step, running.path) == (0, None)
