"""A run that is saved and resumed ends with the same bytes as one that never stopped."""

import json
from dataclasses import replace

import numpy as np
import pytest
from planted import run, with_views

from recon.errors import RunError
from recon.methods.base import Context, Started, State, Step
from recon.methods.splats import METHOD


def stop_after(capture, config, context, step) -> State:
    """Run to a step, and take the state through the forms a checkpoint gives it."""
    events = METHOD.run(capture, config, context)
    next(event for event in events if isinstance(event, Step) and event.step == step)
    state = context.live.state()
    events.close()
    return State({name: array.copy() for name, array in state.arrays.items()}, json.loads(json.dumps(state.values)))


@pytest.mark.parametrize("growth", ["error", "mcmc"])
@pytest.mark.parametrize("step", [1, 20, 33])
def test_resumed_equals_uninterrupted(capture, small_config, tmp_path, growth, step):
    config = replace(small_config, steps=60, growth=growth, exposure=True, pose_refinement=True, initial_points=40)
    whole = Context(3, "cpu", tmp_path)
    run(capture, config, whole)
    state = stop_after(capture, config, Context(3, "cpu", tmp_path), step)
    rest = Context(3, "cpu", tmp_path, resume=state)
    events = run(capture, config, rest)
    assert events[0] == Started("splats", 60, step)
    finished, resumed = whole.live.state(), rest.live.state()
    assert finished.values == resumed.values
    for name, array in finished.arrays.items():
        np.testing.assert_array_equal(resumed.arrays[name], array, err_msg=name)


def test_a_state_is_a_copy(capture, small_config, context):
    events = METHOD.run(capture, small_config, context)
    next(event for event in events if isinstance(event, Step))
    state = context.live.state()
    before = {name: array.copy() for name, array in state.arrays.items()}
    next(events)
    for name, array in before.items():
        np.testing.assert_array_equal(state.arrays[name], array)


def test_seeds_make_runs_differ_and_repeat(capture, small_config, tmp_path):
    def result(seed):
        context = Context(seed, "cpu", tmp_path)
        run(capture, replace(small_config, steps=30), context)
        return context.live.geometry().means

    np.testing.assert_array_equal(result(1), result(1))
    assert not np.array_equal(result(1), result(2))


@pytest.mark.parametrize("degree", [0, 2])
def test_a_fork_may_change_the_degree_of_the_harmonics(capture, small_config, tmp_path, degree):
    state = stop_after(capture, small_config, Context(0, "cpu", tmp_path), 10)
    fork = Context(0, "cpu", tmp_path, resume=state)
    run(capture, replace(small_config, steps=14, sh_degree=degree), fork)
    assert fork.live.geometry().degree == degree


def test_a_fork_may_go_on_for_longer(capture, small_config, tmp_path):
    config = replace(small_config, steps=10)
    state = stop_after(capture, config, Context(0, "cpu", tmp_path), 10)
    fork = Context(0, "cpu", tmp_path, resume=state)
    steps = [event.step for event in run(capture, replace(config, steps=15), fork) if isinstance(event, Step)]
    assert steps == [11, 12, 13, 14, 15]


def test_missing_photographs_are_told(capture, small_config, tmp_path):
    state = stop_after(capture, small_config, Context(0, "cpu", tmp_path), 2)
    fewer = replace(capture, views=capture.views[:-1])
    with pytest.raises(RunError, match="training views"):
        run(fewer, small_config, Context(0, "cpu", tmp_path, resume=state))
    assert with_views(capture, lambda _, view: view).train
