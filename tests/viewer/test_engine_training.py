"""A reconstruction in an engine: seen, steered, and ended in every way, without a renderer."""

from __future__ import annotations

import itertools
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from engine_desk import Desk

from recon.methods.base import Finished, Pause, Resume, Saved, Set, Step, Stop, Warned
from recon.runs import Job
from viewer.engine.allowance import KEPT, RESERVE, SHARE, SHORTEST_INTERVAL, Allowance
from viewer.engine.reporter import INTERVAL, Reporter


@pytest.fixture
def desk():
    desk = Desk()
    desk.client.start()
    yield desk
    desk.client.close()


@pytest.fixture
def running(desk: Desk, tmp_path: Path):
    """A run that has begun."""
    desk.client.reconstruct(Job(Path("photos"), tmp_path / "run"))
    desk.key = str(desk.wait_for("run_started"))
    return desk


def test_a_run_is_seen_as_it_goes_on(running: Desk, tmp_path: Path) -> None:
    assert running.key == str(tmp_path / "run")
    running.ask(30, key=running.key)
    running.wait_for("drawn", 3)  # asked for once
    shown = [int(frame.rgba[4, 15, 2]) for frame in running.of("drawn")]
    assert len(set(shown)) == 3
    assert running.wait_for("opened").key == running.key


def test_a_pane_that_leaves_gets_no_more_pictures(running: Desk) -> None:
    running.ask(30, key=running.key)
    running.wait_for("drawn")
    running.client.leave("left")
    running.work(0.3)
    seen = len(running.of("drawn"))
    running.work(3 * SHORTEST_INTERVAL)
    assert len(running.of("drawn")) == seen


def test_moving_the_camera_is_answered_at_once(running: Desk) -> None:
    running.ask(30, key=running.key)
    running.wait_for("drawn")
    start = time.monotonic()
    for width in range(40, 45):
        running.ask(width, key=running.key)
        running.wait_until(lambda width=width: running.of("drawn")[-1].camera.width == width)
    assert time.monotonic() - start < 5 * SHORTEST_INTERVAL


def test_steps_are_thinned_and_warnings_are_not(running: Desk) -> None:
    running.wait_until(lambda: running.events(Step) and running.events(Step)[-1].step > 550)
    assert len(running.events(Step)) < 100
    steps = [step.step for step in running.events(Step)]
    assert steps == sorted(steps)
    assert [warned.message for warned in running.events(Warned)][:5] == [
        f"This was step {step}." for step in (100, 200, 300, 400, 500)
    ]


def test_a_paused_run_is_drawn_and_goes_on(running: Desk) -> None:
    running.wait_until(lambda: bool(running.events(Step)))
    running.client.tell(Pause())
    running.work(0.5)
    step = running.events(Step)[-1].step
    for done in range(1, 4):
        running.ask(30 + done, key=running.key)
        running.wait_until(lambda done=done: running.of("drawn") and running.of("drawn")[-1].camera.width == 30 + done)
    running.work(0.3)
    assert running.events(Step)[-1].step <= step + INTERVAL / 0.001
    running.client.tell(Resume())
    running.wait_until(lambda: running.events(Step)[-1].step > step + 200)


def test_stopping_ends_the_run_without_a_complaint(running: Desk) -> None:
    running.client.tell(Stop())
    assert running.wait_for("run_ended") == ""
    assert isinstance(running.of("happened")[-1], Finished)
    assert not running.client.running


@pytest.mark.parametrize(
    ("name", "sentence"), [("crash", "The fit diverged."), ("bug", "A bug in Triptych ended the run")]
)
def test_a_failure_is_a_sentence_and_the_engine_lives(running: Desk, name: str, sentence: str) -> None:
    running.client.tell(Set(name, 0))
    assert sentence in running.wait_for("run_ended")
    running.client.open("a", "a.ply")
    running.ask(20)
    running.wait_for("drawn")


def test_a_run_that_cannot_begin_ends_in_a_sentence(desk: Desk, tmp_path: Path) -> None:
    desk.client.reconstruct(Job(Path()))
    assert desk.wait_for("run_ended") == "There is nothing to reconstruct."
    desk.client.resume(tmp_path / "nowhere")
    assert "does not exist" in desk.wait_for("run_ended", 2)
    assert desk.of("run_started") == []


def test_closing_saves_the_run_which_can_be_resumed(running: Desk) -> None:
    running.wait_until(lambda: bool(running.events(Step)))
    seen = running.events(Step)[-1].step
    running.client.close()
    saved = int((Path(running.key) / "saved").read_text())
    assert saved >= seen
    again = Desk()
    again.client.start()
    again.client.resume(running.key)
    again.wait_until(lambda: bool(again.events(Step)))
    again.client.close()
    assert again.events(Step)[0].step > saved


def test_closing_a_paused_run_saves_it(running: Desk) -> None:
    running.wait_until(lambda: bool(running.events(Step)))
    running.client.tell(Pause())
    running.work(0.3)
    running.client.close()
    assert (Path(running.key) / "saved").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_run_is_told_within_two_seconds(running: Desk) -> None:
    start = time.monotonic()
    os.kill(running.client.pid, signal.SIGKILL)
    assert "The system ended the reconstruction" in running.wait_for("died")
    assert time.monotonic() - start < 2


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_pictures_use_no_more_than_their_share() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    spent, seconds = 0.0, 600.0
    while clock.now < seconds:
        clock.now += 0.02  # a step
        if allowance.may_draw():
            clock.now += 0.05
            spent += 0.05
            allowance.spend(0.05)
    assert spent <= SHARE * seconds + RESERVE + 0.05
    assert spent >= SHARE * seconds


def test_a_changing_geometry_leaves_a_reserve_for_moves() -> None:
    clock = Clock()
    allowance = Allowance(clock)
    refreshed = []
    while clock.now < 60:
        clock.now += 0.02
        if allowance.may_refresh():
            refreshed.append(clock.now)
            allowance.refreshed(0.01)
            allowance.spend(0.1)
    assert min(b - a for a, b in itertools.pairwise(refreshed)) >= SHORTEST_INTERVAL
    moves = 0
    while allowance.may_draw():
        clock.now += 0.01
        allowance.spend(0.01)
        moves += 1
    assert moves >= (KEPT - 0.11) / 0.01


def test_a_step_waits_until_something_else_comes() -> None:
    clock, sent = Clock(), []
    reporter = Reporter(lambda happened: sent.append(happened.event), clock)
    for step in range(5):
        reporter.tell(Step(step, 0.0))
        clock.now += INTERVAL / 10
    reporter.tell(Saved(4))
    reporter.tell(Step(5, 0.0))
    reporter.flush()
    assert sent == [Step(0, 0.0), Step(4, 0.0), Saved(4), Step(5, 0.0)]
