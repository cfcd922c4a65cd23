"""Curves over steps: recorded, read back, thinned, smoothed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trainers import FakeTrainer, WindowThread

from recon.methods.base import Evaluated, Started, Step
from viewer.model.curve_board import COLORS, CurveBoard
from viewer.model.curves import Curve, Curves, read_curves, smoothed, speed, thinned
from viewer.model.run import RunModel


def of_steps(last: int, seconds: float = 0.1) -> Curves:
    curves = Curves()
    for step in range(1, last + 1):
        curves.take(Step(step, 1 / step, {"gaussians": 10.0 * step}), step * seconds)
    return curves


def test_a_curve_grows_and_is_cut() -> None:
    curve = Curve()
    for step in range(1000):
        curve.append(step, 2.0 * step)
    assert len(curve) == 1000
    assert curve.values[-1] == 1998
    curve.cut(9)
    assert curve.steps.tolist() == list(range(10))


def test_what_a_resumed_run_tells_again_counts_once() -> None:
    curves = of_steps(50)
    curves.take(Evaluated(30, 20.0, 0.5), 3)
    curves.take(Evaluated(50, 21.0, 0.5), 5)
    curves.take(Started("toy", 100, first_step=40), 60)
    assert curves.points("psnr")[0].tolist() == [30]
    for step in range(41, 61):
        curves.take(Step(step, 7.0), step)
    steps, losses = curves.points("loss")
    assert steps.tolist() == list(range(1, 61))
    assert losses[40:].tolist() == [7.0] * 20


def test_curves_are_read_back_from_a_damaged_log(tmp_path: Path) -> None:
    records = [
        {"time": 1.0, "type": "started", "method": "toy", "total_steps": 9, "first_step": 0},
        {"time": 2.0, "type": "step", "step": 1, "loss": 0.5, "values": {"gaussians": 4}},
        {"time": 2.5, "type": "step", "step": 2, "loss": None, "values": {}},
        {"time": 2.6, "type": "step", "step": "two", "values": 3},
        {"time": 2.7, "type": "set", "step": 2, "name": "rate", "value": 0.25},
        {"time": 3.0, "type": "evaluated", "step": 2, "psnr": 21.0, "ssim": 0.6},
    ]
    log = tmp_path / "events.jsonl"
    log.write_text("\n".join(map(json.dumps, records)) + '\n{"time": 4, "typ')
    curves = read_curves(tmp_path)
    steps, losses = curves.points("loss")
    assert steps.tolist() == [1, 2]
    assert losses[0] == 0.5
    assert math.isnan(losses[1])
    assert [(mark.step, mark.text) for mark in curves.marks] == [(2, "rate = 0.25")]
    assert [quantity.title for quantity in curves.quantities] == ["Loss", "Test PSNR", "Gaussians", "Speed"]
    assert read_curves(tmp_path / "nowhere").quantities == ()


def test_speed_leaves_pauses_out() -> None:
    times = np.concatenate([np.arange(1, 101) * 0.1, 3600 + np.arange(101, 201) * 0.1])
    steps, rates = speed(np.arange(1.0, 201.0), times)
    assert rates == pytest.approx(np.full(len(rates), 10.0), rel=1e-6)
    assert steps[-1] == 200


def test_the_last_value_before_a_step_is_found() -> None:
    curves = of_steps(50)
    assert curves.last("loss") == 1 / 50
    assert curves.last("loss", 10.7) == 1 / 10
    assert curves.last("loss", 0) is None
    assert curves.last("nothing") is None


@given(st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=1, max_size=400), st.integers(4, 100))
def test_thinning_keeps_the_extremes_and_the_end(values: list[float], most: int) -> None:
    everything = np.array(values)
    steps, kept = thinned(np.arange(len(values), dtype=float), everything, most)
    assert (np.diff(steps) > 0).all()
    assert len(steps) <= max(most + 5, 5)
    assert steps[-1] == len(values) - 1
    np.testing.assert_array_equal(kept, everything[steps.astype(int)])
    if not np.isnan(everything).any():
        assert kept.max() == everything.max()
        assert kept.min() == everything.min()


def test_smoothing_is_a_mean_of_neighbours_that_passes_over_gaps() -> None:
    assert smoothed(np.array([0.0, 3.0, 6.0, 9.0]), 3).tolist() == [1.5, 3.0, 6.0, 7.5]
    assert smoothed(np.array([1.0, np.nan, 3.0]), 3).tolist() == [1.0, 2.0, 3.0]
    values = np.random.default_rng(0).normal(size=500)
    assert smoothed(values, 50).std() < values.std() / 3
    assert smoothed(values, 1) is values


@pytest.fixture
def thread() -> WindowThread:
    return WindowThread()


def test_the_board_follows_the_run_and_keeps_colours(thread: WindowThread) -> None:
    run = RunModel(FakeTrainer())
    board = CurveBoard(run, thread.post)
    board.add("/a", "a", of_steps(5))
    run.start_from(Path("/nowhere/b"), Curves())
    assert [(line.title, line.color) for line in board.lines] == [("a", 0), ("b", 1)]
    assert board.lines[1].curves is run.curves
    board.remove("/a")
    board.add("/c", "c", of_steps(5))
    assert [(line.title, line.color) for line in board.lines] == [("b", 1), ("c", 0)]
    for number in range(20):
        board.add(f"/{number}", str(number), of_steps(2))
    assert len(board.lines) == COLORS
    assert len({line.color for line in board.lines}) == COLORS


def test_a_past_run_is_read_beside_the_window(thread: WindowThread, tmp_path: Path) -> None:
    (tmp_path / "events.jsonl").write_text('{"time": 1, "type": "step", "step": 1, "loss": 2.0}\n')
    board = CurveBoard(RunModel(FakeTrainer()), thread.post)
    board.add_run(tmp_path)
    assert board.lines == ()
    thread.run_next()
    assert board.lines[0].curves.last("loss") == 2.0
    assert [quantity.name for quantity in board.quantities] == ["loss", "speed"]
