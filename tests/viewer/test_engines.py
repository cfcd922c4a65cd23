"""The pool of engines: who draws what, and what becomes of it when a process goes."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from engine_desk import Desk, wait_until

from recon.methods.base import Started, Step, Stop
from recon.runs import Job
from viewer.engine.allowance import SHORTEST_INTERVAL
from viewer.engine.engines import Engines


@pytest.fixture
def desk():
    desk = Desk(make_client=Engines)
    desk.client.start()
    desk.client.open("a", "a.ply")
    yield desk
    desk.client.close()


@pytest.fixture
def running(desk: Desk, tmp_path: Path):
    """A run beside the viewing engine."""
    desk.client.reconstruct(Job(Path("photos"), tmp_path / "run"))
    desk.key = desk.wait_for("run_started")
    return desk


def test_nothing_is_emitted_but_what_engines_say(running: Desk) -> None:
    running.wait_for("opened")
    assert running.of("refused") == running.of("edited") == running.of("measured") == running.of("died") == []
    assert all(hasattr(opened, "key") for opened in running.of("opened"))


def test_results_and_runs_are_drawn_side_by_side(running: Desk) -> None:
    running.wait_until(lambda: {opened.key for opened in running.of("opened")} == {"a", running.key})
    running.ask(30, pane="left")
    running.ask(31, pane="right", key=running.key)
    running.wait_until(lambda: {"left", "right"} <= set(running.panes))
    running.work(3 * SHORTEST_INTERVAL)  # a result at rest is drawn once, a run again and again
    assert running.panes.count("left") == 1
    assert running.panes.count("right") >= 2
    assert running.client.running == (running.key,)
    assert running.client.run_pid(running.key) != running.client.pid


def test_a_pane_that_turns_away_from_a_run_sees_no_more_of_it(running: Desk) -> None:
    running.ask(31, key=running.key)
    running.wait_for("drawn")
    running.ask(30)
    running.wait_until(lambda: running.of("drawn")[-1].key == "a")
    running.work(2 * SHORTEST_INTERVAL)
    assert running.of("drawn")[-1].key == "a"


def test_the_result_of_a_run_takes_its_place(running: Desk) -> None:
    pid = running.client.run_pid(running.key)
    running.client.tell(running.key, Stop())
    assert running.wait_for("run_ended") == (running.key, "")
    opened = len(running.of("opened"))
    running.wait_for("opened", opened + 1)
    running.ask(33, key=running.key)
    running.wait_until(lambda: bool(running.of("drawn")) and running.of("drawn")[-1].rgba[4, 16, 2] == 7)
    assert running.client.running == ()
    assert wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_run_leaves_everything_else_and_can_be_resumed(running: Desk) -> None:
    running.wait_until(lambda: bool(running.events(Step)))
    (Path(running.key) / "saved").write_text("50")
    os.kill(running.client.run_pid(running.key), signal.SIGKILL)
    key, sentence = running.wait_for("run_died")
    assert (key, "resume it from its last checkpoint" in sentence) == (running.key, True)
    running.ask(30)
    running.wait_for("drawn")
    running.client.resume(running.key)
    running.wait_until(lambda: len(running.events(Started)) == 2)
    assert running.events(Started)[-1].first_step == 50
    assert running.of("died") == []


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_restarted_viewing_engine_holds_what_it_held(desk: Desk) -> None:
    desk.client.open("b", "b.ply")
    desk.client.edit("b", ["hide", "delete"])
    desk.wait_for("edited")
    os.kill(desk.client.pid, signal.SIGKILL)
    assert "restart it" in desk.wait_for("died")
    desk.ask(30)  # harmless
    desk.client.start()
    assert desk.wait_for("edited", 2).count == 1232
    for pane, key in (("left", "a"), ("right", "b")):
        desk.ask(30, pane=pane, key=key)
    desk.wait_until(lambda: {frame.key for frame in desk.of("drawn")} == {"a", "b"})


def test_a_run_that_cannot_begin_is_said(desk: Desk) -> None:
    desk.client.reconstruct(Job(Path()))
    assert desk.wait_for("run_ended") == ("", "There is nothing to reconstruct.")


def test_closing_saves_runs_and_leaves_no_process(running: Desk) -> None:
    running.wait_until(lambda: bool(running.events(Step)))
    processes = [psutil.Process(pid) for pid in (running.client.pid, running.client.run_pid(running.key))]
    running.client.close()
    assert not any(process.is_running() for process in processes)
    assert (Path(running.key) / "saved").exists()


def test_nothing_is_drawn_for_a_key_nobody_opened(desk: Desk) -> None:
    desk.ask(30, key="nothing")
    desk.client.forget("a")
    desk.ask(30)
    desk.work(0.3)
    assert desk.of("refused") == desk.of("drawn") == []
