"""What a search of the structure promises: it can be left, saved and resumed in its middle, and it ends better."""

from dataclasses import replace

import numpy as np
import pytest
import toy

from recon.io import load_capture
from recon.methods.base import Context, Stage, Step
from recon.methods.blocks import METHOD, Config
from recon.scene import Points

SMALL = Config(steps=8, searches=1, max_blocks=3, initial_blocks=3, texture_size=4, trial=0.3, evaluations=0)


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    loaded = load_capture(toy.write_capture(tmp_path_factory.mktemp("search") / "capture"))
    random = np.random.default_rng(0)
    points = Points(random.normal(size=(60, 3)).astype(np.float32), random.random((60, 3), np.float32))
    return replace(loaded, points=points)


def assert_same(first, second):
    assert first.values == second.values
    for name in first.arrays:
        np.testing.assert_array_equal(first.arrays[name], second.arrays[name], err_msg=name)


def until_searching(capture, cache, trials):
    """A run in the middle of its search, and its state before."""
    context = Context(0, "cpu", cache)
    events, before, seen = METHOD.run(capture, SMALL, context), None, 0
    for event in events:
        if isinstance(event, Step):
            before = context.live.state()
        if isinstance(event, Stage) and event.name.startswith("Searching"):
            seen += 1
            if seen == trials:
                return context, events, before
    raise AssertionError("nothing was searched")


def test_a_search_that_is_left_changes_nothing(capture, tmp_path):
    context, events, before = until_searching(capture, tmp_path, 4)
    events.close()
    assert_same(context.live.state(), before)


def test_a_state_saved_in_a_search_goes_on_as_if_it_had_not_been(capture, tmp_path):
    context, events, before = until_searching(capture, tmp_path, 4)
    middle = context.live.state()
    assert_same(middle, before)
    for _ in events:
        pass
    resumed = Context(0, "cpu", tmp_path, resume=middle)
    for _ in METHOD.run(capture, SMALL, resumed):
        pass
    assert_same(resumed.live.state(), context.live.state())


def test_of_several_starts_the_best_is_kept(capture, tmp_path):
    context = Context(0, "cpu", tmp_path)
    config = replace(SMALL, steps=12, restarts=3, searches=0, start="random")
    assert sum(isinstance(event, Step) for event in METHOD.run(capture, config, context)) == 12
    state = context.live.state()
    scores = state.values["scores"]
    assert len(set(scores)) == 3
    assert state.values["seeds"] == [[0, 0], [0, 1], [0, 2]]
    trainer = context.live
    stage = trainer.stage
    assert trainer.score(stage) == pytest.approx(min(scores), rel=1e-5)


def test_there_are_never_more_blocks_than_wanted(capture, tmp_path):
    context = Context(0, "cpu", tmp_path)
    for event in METHOD.run(capture, replace(SMALL, max_blocks=2, initial_blocks=2), context):
        if isinstance(event, Step):
            assert event.values["blocks"] <= 2
    assert len(context.live.geometry()) <= 2
