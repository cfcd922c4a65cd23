"""Real runs in engines that are killed, closed or short of memory: what is said, and that one call goes on."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
import toy
from engine_desk import Desk
from toy_backend import ToyBackend

import sample_scenes
from recon.methods import registry
from recon.methods.base import Started
from recon.runs import Job, fork, load_run
from viewer.engine.backend import SplatBackend
from viewer.engine.engines import Engines
from viewer.model import WindowModel
from viewer.model.run import RunModel
from viewer.wiring.training import EngineTrainer, Training

STEPS = 300
PATIENCE = 120.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")


class Workplace(Desk):
    """Engines, and the model of the run that trains in one of them, wired as in the window."""

    def __init__(self, make_backend=ToyBackend) -> None:
        super().__init__(make_backend, Engines, PATIENCE)
        trainer = EngineTrainer(self.client)
        self.run = RunModel(trainer)
        self.training = Training(WindowModel(), self.client, trainer, self.run)

    @property
    def pid(self) -> int:
        return self.client.run_pid(str(self.run.path))

    def steps_beyond(self, step: int) -> None:
        self.wait_until(lambda: self.run.state == "running" and self.run.step > step)

    def end(self) -> None:
        self.wait_until(lambda: not self.run.active)


@pytest.fixture(scope="module")
def toy_method():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry.METHODS, "toy", "toy")
        yield


@pytest.fixture
def place(toy_method):
    place = Workplace()
    yield place
    place.client.close()


@pytest.fixture(scope="module")
def capture(tmp_path_factory) -> Path:
    return toy.write_capture(tmp_path_factory.mktemp("captures") / "toy")


def job(capture: Path, out: Path, **changes) -> Job:
    return Job(capture, out, method="toy", device="cpu", changes={"steps": STEPS, "nap": 0.004} | changes)


@pytest.fixture(scope="module")
def whole(toy_method, capture: Path, tmp_path_factory) -> bytes:
    """The result of a run that nothing happened to."""
    place = Workplace()
    out = tmp_path_factory.mktemp("runs") / "whole"
    place.run.start(job(capture, out))
    place.end()
    place.client.close()
    assert place.run.state == "finished", place.run.message
    return (out / "result.ply").read_bytes()


def test_a_killed_run_is_told_within_two_seconds_and_goes_on_to_the_same_result(
    place: Workplace, capture: Path, tmp_path: Path, whole: bytes
) -> None:
    place.run.start(job(capture, tmp_path / "run"))
    for step in (80, 180):
        place.steps_beyond(step)
        start = time.monotonic()
        os.kill(place.pid, signal.SIGKILL)
        place.wait_until(lambda: place.run.state == "interrupted")
        assert time.monotonic() - start < 2
        assert "resume it from its last checkpoint" in place.run.message
        assert place.client.running == ()
        assert place.run.can_resume
        place.run.resume()
    place.end()
    assert place.run.state == "finished", place.run.message
    first_steps = [event.first_step for event in place.events(Started)]
    assert len(first_steps) == 3
    assert 0 < first_steps[1] < first_steps[2]
    assert (tmp_path / "run" / "result.ply").read_bytes() == whole


@pytest.mark.slow
def test_splats_killed_while_they_train_end_with_the_same_bytes(tmp_path: Path) -> None:
    results = []
    for kills in (0, 2):
        place, out = Workplace(SplatBackend), tmp_path / f"run{kills}"
        changes = {"steps": 400, "cap": 4000, "growth_interval": 20}
        place.run.start(Job(sample_scenes.path("desk"), out, preset="quick", device="cpu", changes=changes))
        for kill in range(kills):
            place.steps_beyond(120 * (kill + 1))
            place.run.save()
            place.wait_until(lambda place=place, kill=kill: (place.run.saved_step or 0) > 120 * (kill + 1))
            start = time.monotonic()
            os.kill(place.pid, signal.SIGKILL)
            place.wait_until(lambda place=place: place.run.state == "interrupted")
            assert time.monotonic() - start < 2
            place.run.resume()
        place.end()
        place.client.close()
        assert place.run.state == "finished", place.run.message
        assert len(place.events(Started)) == kills + 1
        results.append((out / "result.ply").read_bytes())
    assert results[0] == results[1]


def test_closing_in_the_middle_leaves_a_run_that_goes_on_to_the_same_result(
    place: Workplace, capture: Path, tmp_path: Path, whole: bytes
) -> None:
    place.run.start(job(capture, tmp_path / "run"))
    place.steps_beyond(100)
    place.client.close()
    run = load_run(tmp_path / "run")
    assert run.status() == "interrupted"
    saved = run.progress().step
    assert saved >= 100

    again = Workplace()
    again.client.resume(run.path)
    again.wait_for("run_ended")
    again.client.close()
    assert again.events(Started)[0].first_step == saved
    assert (run.path / "result.ply").read_bytes() == whole


def test_closing_a_paused_run_keeps_its_last_step(place: Workplace, capture: Path, tmp_path: Path) -> None:
    place.run.start(job(capture, tmp_path / "run"))
    place.steps_beyond(20)
    place.run.pause()
    place.work(0.3)
    place.client.close()
    last = [record["step"] for record in load_run(tmp_path / "run").records() if record["type"] == "step"][-1]
    assert load_run(tmp_path / "run").progress().step == last


def test_every_command_reaches_a_run(place: Workplace, capture: Path, tmp_path: Path) -> None:
    place.run.start(job(capture, tmp_path / "run", steps=100_000))
    place.steps_beyond(10)
    place.run.save()
    place.wait_until(lambda: (place.run.saved_step or 0) >= 10)
    place.run.pause()
    place.work(0.3)
    step = place.run.step
    place.run.set("rate", 0.5)
    place.work(0.3)
    assert place.run.step <= step + 1
    place.run.resume()
    place.steps_beyond(step + 10)
    place.run.stop()
    place.end()
    assert place.run.state == "finished", place.run.message
    sets = [record for record in load_run(tmp_path / "run").records() if record["type"] == "set"]
    assert [(record["name"], record["value"]) for record in sets] == [("rate", 0.5)]
    assert step - 1 <= sets[0]["step"] <= step + 1
    stopped = load_run(tmp_path / "run").progress().step

    child = fork(tmp_path / "run", tmp_path / "child", {"count": 50, "steps": 100_000, "rate": 0.1})
    place.run.start_from(child.path, place.run.curves)
    place.steps_beyond(stopped)
    assert place.events(Started)[-1].first_step == stopped
    place.run.cancel()
    place.end()
    assert place.run.state == "cancelled"
    assert not (child.path / "result.ply").exists()
    assert place.run.can_resume


def test_a_run_that_has_just_told_its_end_goes_on_at_once(place: Workplace, capture: Path, tmp_path: Path) -> None:
    place.run.start(job(capture, tmp_path / "run"))
    place.steps_beyond(20)
    place.run.cancel()
    place.end()  # its engine has not said yet that it is done
    assert place.run.state == "cancelled"
    place.run.resume()
    place.end()
    assert place.run.state == "finished", place.run.message
    place.run.start(job(capture, tmp_path / "another", steps=20))
    place.end()
    assert place.run.state == "finished", place.run.message
    assert place.run.path == tmp_path / "another"


def test_memory_that_runs_out_is_a_sentence_and_the_run_can_go_on(
    place: Workplace, capture: Path, tmp_path: Path
) -> None:
    place.run.start(job(capture, tmp_path / "run", trouble="memory"))
    place.end()
    assert place.run.state == "failed"
    assert place.run.message.startswith("Memory ran out. Use a larger --downscale")
    assert place.run.can_resume
    child = fork(tmp_path / "run", tmp_path / "child", {"trouble": "none"})
    place.run.start_from(child.path, place.run.curves)
    place.end()
    assert place.run.state == "finished", place.run.message


def test_a_run_too_large_for_the_machine_is_refused_in_a_sentence(
    place: Workplace, capture: Path, tmp_path: Path
) -> None:
    place.run.start(job(capture, tmp_path / "run", gigabytes=10_000, count=10))
    place.end()
    assert place.run.state == "failed"
    assert "of memory would be needed even at the smallest setting" in place.run.message
    assert not (tmp_path / "run").exists()
