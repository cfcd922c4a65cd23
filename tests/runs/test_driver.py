from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from recon.errors import DeviceUnavailable, DiskFull, MethodError, OutOfMemory, TriptychError
from recon.methods.base import (
    Cancel,
    Cancelled,
    Command,
    Event,
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
from recon.runs import Reconstruction, driver, load_run, reconstruct, resume

pytestmark = pytest.mark.usefixtures("unmeasured")


class Scripted:
    """Gives commands after certain steps, as a user would: `feed` it the events."""

    def __init__(self, script: dict[int, list[Command]]) -> None:
        self.script = script
        self.waiting: list[Command] = []

    def __call__(self) -> Command | None:
        return self.waiting.pop(0) if self.waiting else None

    def feed(self, event: Event) -> None:
        if isinstance(event, Step):
            self.waiting += self.script.pop(event.step, [])


def begin(capture: Path, out: Path, commands: Any = lambda: None, **changes: Any) -> Reconstruction:
    return reconstruct(capture, out, commands=commands, method="toy", device="cpu", seed=1, changes=changes)


def drive(capture: Path, out: Path, script: dict[int, list[Command]] | None = None, **changes: Any) -> list[Event]:
    user = Scripted(dict(script or {}))
    events = []
    for event in begin(capture, out, user, **changes):
        events.append(event)
        user.feed(event)
    return events


@pytest.fixture
def saving_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "CHECKPOINT_SECONDS", 0.0)


def leave_at(run: Iterable[Event], step: int) -> None:
    """Stop pulling at a step, as if the process died there."""
    for event in run:
        if event == Step(step, getattr(event, "loss", 0.0), getattr(event, "values", {})):
            return


def result(out: Path) -> bytes:
    return (out / "result.ply").read_bytes()


def test_a_run_tells_its_story_and_leaves_its_files(capture_folder: Path, tmp_path: Path) -> None:
    events = drive(capture_folder, tmp_path / "run")
    kinds = [type(event) for event in events if type(event) is not Stage]
    assert kinds[0] is Started
    assert kinds[-2:] == [Saved, Finished]
    assert [event.step for event in events if isinstance(event, Step)] == list(range(1, 41))
    assert {"run.json", "events.jsonl", "checkpoint", "result.ply", "metrics.json"} <= {
        path.name for path in (tmp_path / "run").iterdir()
    }
    run = load_run(tmp_path / "run")
    assert list(run.events()) == events
    assert run.status() == "finished"


def test_metrics_have_their_fixed_names(capture_folder: Path, tmp_path: Path) -> None:
    drive(capture_folder, tmp_path / "run", nap=0.001)
    metrics = load_run(tmp_path / "run").metrics()
    fixed = {"protocol", "mean", "views", "train_seconds", "total_seconds", "peak_memory_mb", "geometry"}
    assert fixed <= metrics.keys()
    assert metrics["geometry"] == {"kind": "splats", "count": 50}
    assert 0.04 <= metrics["train_seconds"] <= metrics["total_seconds"]
    assert metrics["peak_memory_mb"] > 10


def test_how_often_it_is_saved_does_not_change_the_result(
    capture_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive(capture_folder, tmp_path / "rarely")
    monkeypatch.setattr(driver, "CHECKPOINT_SECONDS", 0.0)
    often = begin(capture_folder, tmp_path / "often")
    saved = [event for event in often if isinstance(event, Saved)]
    assert len(saved) > 40
    assert result(tmp_path / "often") == result(tmp_path / "rarely")


@pytest.mark.parametrize("step", [1, 2, 20, 39, 40])
@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_a_run_left_at_any_step_ends_with_the_same_bytes(
    capture_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, seconds: float
) -> None:
    monkeypatch.setattr(driver, "CHECKPOINT_SECONDS", seconds)
    drive(capture_folder, tmp_path / "whole")
    broken = begin(capture_folder, tmp_path / "broken")
    leave_at(broken, step)
    broken.close()
    assert load_run(tmp_path / "broken").status() == "interrupted"
    assert isinstance(list(resume(tmp_path / "broken"))[-1], Finished)
    assert result(tmp_path / "broken") == result(tmp_path / "whole")


def test_a_finished_run_can_be_resumed_to_the_same_bytes(capture_folder: Path, tmp_path: Path) -> None:
    drive(capture_folder, tmp_path / "run")
    before = result(tmp_path / "run")
    events = list(resume(tmp_path / "run"))
    assert not [event for event in events if isinstance(event, Step)]
    assert result(tmp_path / "run") == before


@pytest.mark.usefixtures("saving_always")
def test_costs_add_up_over_sittings(capture_folder: Path, tmp_path: Path) -> None:
    first = begin(capture_folder, tmp_path / "run", nap=0.005)
    leave_at(first, 20)
    first.close()
    list(resume(tmp_path / "run"))
    assert load_run(tmp_path / "run").metrics()["train_seconds"] > 40 * 0.005


def test_stop_keeps_what_there_is(capture_folder: Path, tmp_path: Path) -> None:
    events = drive(capture_folder, tmp_path / "run", {10: [Stop()]})
    assert events[-1] == Finished(10, {"psnr": 20.0, "ssim": 0.5})
    drive(capture_folder, tmp_path / "short", steps=10)
    assert result(tmp_path / "run") == result(tmp_path / "short")


def test_a_stopped_run_can_still_go_on_to_its_end(capture_folder: Path, tmp_path: Path) -> None:
    drive(capture_folder, tmp_path / "whole")
    drive(capture_folder, tmp_path / "run", {10: [Stop()]})
    list(resume(tmp_path / "run"))
    assert result(tmp_path / "run") == result(tmp_path / "whole")


def test_cancel_keeps_the_last_checkpoint_and_makes_no_result(capture_folder: Path, tmp_path: Path) -> None:
    events = drive(capture_folder, tmp_path / "run", {10: [Save(), Cancel()]})
    assert events[-2:] == [Saved(10), Cancelled(10)]
    run = load_run(tmp_path / "run")
    assert not (run.path / "result.ply").exists()
    assert (run.status(), run.progress().step) == ("cancelled", 10)


def test_pause_holds_still_and_is_not_counted(capture_folder: Path, tmp_path: Path) -> None:
    polls = 0

    def commands() -> Command | None:
        nonlocal polls
        polls += 1
        return Pause() if polls == 5 else Resume() if polls == 20 else None

    events = list(begin(capture_folder, tmp_path / "run", commands))
    assert isinstance(events[-1], Finished)
    assert load_run(tmp_path / "run").metrics()["total_seconds"] < 15 * 0.02 + 0.2
    drive(capture_folder, tmp_path / "unpaused")
    assert result(tmp_path / "run") == result(tmp_path / "unpaused")


def test_a_parameter_set_on_the_way_works_from_the_next_step(capture_folder: Path, tmp_path: Path) -> None:
    drive(capture_folder, tmp_path / "plain")
    drive(capture_folder, tmp_path / "set", {10: [Set("rate", "0.5")]})
    drive(capture_folder, tmp_path / "same", {10: [Set("rate", 0.01)]})
    assert result(tmp_path / "set") != result(tmp_path / "plain")
    assert result(tmp_path / "same") == result(tmp_path / "plain")


@pytest.mark.parametrize("saved", [5, 10, 15])
@pytest.mark.parametrize("died", [11, 16, 30])
def test_what_was_set_is_set_again_after_a_kill(capture_folder: Path, tmp_path: Path, saved: int, died: int) -> None:
    """Set at step 10 and 20; the last checkpoint before, at or after that; death at `died`, and again at step 12."""
    script: dict[int, list[Command]] = {10: [Set("rate", 0.5)], 20: [Set("rate", 0.1)]}
    drive(capture_folder, tmp_path / "whole", script)

    user = Scripted({**{step: list(orders) for step, orders in script.items()}})
    user.script.setdefault(saved, []).insert(0, Save())
    for event in begin(capture_folder, tmp_path / "run", user):
        user.feed(event)
        if isinstance(event, Step) and event.step == max(died, saved + 1):
            break
    again = resume(tmp_path / "run")
    leave_at(again, max(12, saved + 1))
    again.close()

    last = Scripted({20: [Set("rate", 0.1)]} if died < 20 else {})
    for event in resume(tmp_path / "run", last):
        last.feed(event)
    assert result(tmp_path / "run") == result(tmp_path / "whole")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (Set("rate", "fast"), "rate must be"),
        (Set("rate", 7.0), "rate must be"),
        (Set("steps", 80), "cannot be changed while running"),
        (Set("speed", 1), "no parameter 'speed'"),
    ],
)
def test_what_cannot_be_set_is_said_and_the_run_goes_on(
    capture_folder: Path, tmp_path: Path, command: Command, said: str
) -> None:
    events = drive(capture_folder, tmp_path / "run", {10: [command]})
    (warning,) = [event for event in events if isinstance(event, Warned)]
    assert said in warning.message
    assert isinstance(events[-1], Finished)


@pytest.mark.usefixtures("saving_always")
@pytest.mark.parametrize(
    ("trouble", "wanted"),
    [("method", MethodError), ("memory", OutOfMemory), ("disk", DiskFull), ("cuda", DeviceUnavailable)],
)
def test_a_failure_is_told_as_an_event_and_raised(
    capture_folder: Path, tmp_path: Path, trouble: str, wanted: type[TriptychError]
) -> None:
    events: list[Event] = []
    with pytest.raises(wanted) as caught:
        events.extend(begin(capture_folder, tmp_path / "run", trouble=trouble))
    assert events[-1] == Failed(str(caught.value))
    left = load_run(tmp_path / "run")
    assert (left.status(), left.progress().step) == ("failed", 20)
    assert not (left.path / "result.ply").exists()


def test_our_own_bugs_are_not_dressed_up(capture_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        drive(capture_folder, tmp_path / "run", trouble="bug")
    assert load_run(tmp_path / "run").status() == "failed"


@pytest.mark.usefixtures("saving_always")
def test_a_full_disk_while_saving_leaves_the_checkpoint_before(
    capture_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(capture_folder, tmp_path / "run")
    leave_at(run, 10)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("recon.runs.files.flush_to_disk", full)
        with pytest.raises(DiskFull):
            list(run)
    assert load_run(tmp_path / "run").progress().step == 9


def test_giving_a_run_up_frees_its_lock(capture_folder: Path, tmp_path: Path) -> None:
    run = begin(capture_folder, tmp_path / "run")
    leave_at(run, 5)
    assert load_run(tmp_path / "run").status() == "running"
    run.close()
    assert load_run(tmp_path / "run").status() == "interrupted"
