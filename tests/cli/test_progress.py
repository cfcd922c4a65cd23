from __future__ import annotations

import pytest

from recon.cli import console
from recon.cli import progress as module
from recon.cli.console import clock
from recon.cli.progress import LiveProgress, PlainProgress, Status
from recon.methods.base import Evaluated, Stage, Started, Step, Warned


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (125, "2:05"), (3723, "1:02:03")])
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_numbers_tell_step_pace_time_left_loss_and_quality(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    status = Status()
    status.take(Started("toy", 1100))
    for step in range(1, 101):
        now = step / 20
        status.take(Step(step, 0.5, {"gaussians": 12345.0}))
    status.take(Evaluated(100, 27.125, 0.9))
    assert status.numbers() == "step 100/1,100 · 20 it/s · 0:50 left · loss 0.5000 · test 27.12 dB · 12,345 Gaussians"


def test_pace_is_of_the_last_seconds_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    status = Status()
    for step in range(100):
        now += 10.0 if step < 50 else 0.1
        status.take(Step(step, 0.5))
    assert status.rate == pytest.approx(10, rel=0.1)


def test_plain_progress_tells_stages_once_and_steps_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    with PlainProgress() as shown:
        shown.show(Started("toy", 200))
        for fraction in (0.1, 0.2, 0.3):
            shown.show(Stage("Looking", fraction))
        shown.show(Warned("Mind [the] gap."))
        for step in range(1, 201):
            now = step / 10
            shown.show(Step(step, 0.5))
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[:3] == ["Starting", "Looking", "Training"]
    assert len(lines[3:]) == 3
    assert lines[-1].startswith("  step ")
    assert err == "Note: Mind [the] gap.\n"


def drawn(progress: LiveProgress) -> str:
    with console.out.capture() as capture:
        console.out.print(progress.drawn())
    return capture.get()


@pytest.mark.usefixtures("capsys")
def test_live_progress_draws_every_kind_of_moment() -> None:
    with LiveProgress() as shown:
        shown.show(Started("toy", 20))
        for event, told in (
            (Stage("Looking"), ["Looking"]),
            (Stage("Looking", 0.5), ["Looking", "50%"]),
            (Step(5, 0.25), ["Training", "25%", "step 5/20"]),
            (Evaluated(5, 20.0, 0.5), ["test 20.00 dB"]),
        ):
            shown.show(event)
            assert all(text in drawn(shown) for text in told)
        shown.show(Stage("Measuring"))
        assert "%" not in drawn(shown)


def test_the_time_left_of_a_stage_is_told_from_its_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("recon.cli.progress.time.monotonic", lambda: now[0])
    status = Status()
    status.take(Stage("Matching", 0.2))
    assert status.numbers() == ""
    now[0] += 30
    status.take(Stage("Matching", 0.5))
    assert status.numbers() == "50% done, 0:50 left"
    status.take(Stage("Placing"))
    assert status.numbers() == ""
