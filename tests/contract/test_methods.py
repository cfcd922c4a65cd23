"""What every registered method promises, whatever it reconstructs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy

from recon.errors import InvalidParameter
from recon.io import load_capture
from recon.methods.base import Context, Event, Forecast, Method, Started, State, Step
from recon.methods.parameters import Parameter, parameters_of, with_values
from recon.methods.registry import METHODS, method_named
from recon.scene import Capture, Points

STEPS = 12
METHOD_NAMES = tuple(METHODS)
PARAMETERS = [
    pytest.param(spec, id=f"{name}-{spec.name}")
    for name in METHODS
    for spec in parameters_of(method_named(name).config)
]


@pytest.fixture(scope="module", params=METHOD_NAMES)
def method(request: pytest.FixtureRequest) -> Method:
    return method_named(request.param)


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Capture:
    loaded = load_capture(toy.write_capture(tmp_path_factory.mktemp("method") / "capture"))
    random = np.random.default_rng(0)
    points = Points(random.normal(size=(60, 3)).astype(np.float32), random.random((60, 3), np.float32))
    return dataclasses.replace(loaded, points=points)


@pytest.fixture
def config(method: Method) -> Any:
    return with_values(method.presets["quick"], {"steps": STEPS})


def begin(
    method: Method, capture: Capture, config: Any, cache: Path, resume: State | None = None
) -> tuple[Context, Iterator[Event]]:
    context = Context(seed=3, device="cpu", cache=cache, resume=resume)
    return context, method.run(capture, config, context)


def states(method: Method, capture: Capture, config: Any, cache: Path) -> list[State]:
    """The state after each step."""
    context, events = begin(method, capture, config, cache)
    return [context.live.state() for event in events if isinstance(event, Step)]


def last(context: Context, events: Iterator[Event]) -> State:
    for _ in events:
        pass
    return context.live.state()


def assert_same(first: State, second: State) -> None:
    assert first.values == second.values
    assert first.arrays.keys() == second.arrays.keys()
    for name in first.arrays:
        np.testing.assert_array_equal(first.arrays[name], second.arrays[name], err_msg=name, strict=True)


def test_it_is_registered_under_its_own_name_with_the_three_presets(method: Method) -> None:
    assert METHODS[method.name]
    assert {"quick", "standard", "best"} <= method.presets.keys()
    assert all(isinstance(preset, method.config) for preset in method.presets.values())
    assert method.title
    assert method.summary.endswith(".")


def test_presets_take_more_and_more_steps(method: Method) -> None:
    steps = [method.presets[name].steps for name in ("quick", "standard", "best")]
    assert steps == sorted(steps)


@pytest.mark.parametrize("spec", PARAMETERS)
def test_every_parameter_has_help_and_a_range(spec: Parameter) -> None:
    assert spec.info.help.endswith(".")
    assert spec.info.help[0].isupper()
    if spec.type in (int, float):
        assert spec.info.low is not None
        assert spec.info.high is not None
        assert not spec.info.log or spec.info.low > 0


def test_a_config_is_frozen_and_refuses_what_is_out_of_range(method: Method) -> None:
    config = method.presets["quick"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.steps = 3
    for spec in parameters_of(method.config):
        if spec.type in (int, float):
            with pytest.raises(InvalidParameter, match=spec.name):
                dataclasses.replace(config, **{spec.name: spec.info.high * 2 + 1})


def test_a_config_survives_json(method: Method) -> None:
    import json

    for preset in method.presets.values():
        assert method.config(**json.loads(json.dumps(dataclasses.asdict(preset)))) == preset


def test_every_preset_has_a_forecast_and_can_be_made_lighter_until_nothing_is_left(
    method: Method, capture: Capture
) -> None:
    for preset in method.presets.values():
        config, need = preset, method.forecast(capture, preset, "cpu")
        assert isinstance(need, Forecast)
        assert 0 < need.host_bytes < 10**12
        for _ in range(100):
            lighter = method.lighten(capture, config)
            if lighter is None:
                break
            config, notice = lighter
            assert notice.endswith(".")
            before, need = need, method.forecast(capture, config, "cpu")
            assert need.host_bytes < before.host_bytes
        else:
            pytest.fail("it can be made lighter for ever")


def test_its_events_begin_with_started_and_count_every_step(
    method: Method, capture: Capture, config: Any, tmp_path: Path
) -> None:
    context, events = begin(method, capture, config, tmp_path)
    first = next(events)
    assert first == Started(method.name, STEPS, 0)
    taken = []
    for event in events:
        if isinstance(event, Step):
            assert context.live is not None
            assert math.isfinite(event.loss)
            taken.append(event.step)
    assert taken == list(range(1, STEPS + 1))
    assert len(context.live.geometry()) > 0


def test_one_seed_gives_one_result_and_looking_at_it_changes_nothing(
    method: Method, capture: Capture, config: Any, tmp_path: Path
) -> None:
    context, events = begin(method, capture, config, tmp_path)
    plain = last(context, events)
    context, events = begin(method, capture, config, tmp_path)
    for event in events:
        if isinstance(event, Step):
            context.live.geometry()
            context.live.state()
    assert_same(plain, context.live.state())


@pytest.mark.parametrize(
    "step", [pytest.param(1, marks=pytest.mark.slow), 5, pytest.param(STEPS, marks=pytest.mark.slow)]
)
def test_it_goes_on_from_a_state_exactly(
    method: Method, capture: Capture, config: Any, tmp_path: Path, step: int
) -> None:
    whole = states(method, capture, config, tmp_path)
    context, events = begin(method, capture, config, tmp_path, whole[step - 1])
    assert next(events) == Started(method.name, STEPS, step)
    assert_same(last(context, events), whole[-1])


def test_a_state_is_a_copy(method: Method, capture: Capture, config: Any, tmp_path: Path) -> None:
    context, events = begin(method, capture, config, tmp_path)
    next(event for event in events if isinstance(event, Step))
    state = context.live.state()
    copies = {name: array.copy() for name, array in state.arrays.items()}
    last(context, events)
    for name, copy in copies.items():
        np.testing.assert_array_equal(state.arrays[name], copy)


def test_what_is_set_on_the_way_holds_after_resuming_with_the_changed_config(
    method: Method, capture: Capture, config: Any, tmp_path: Path
) -> None:
    """Each live parameter is set at step 5; going on from step 8 with it in the config must make no difference."""
    changed = dict(_changes(method, config))
    context, events = begin(method, capture, config, tmp_path)
    for event in events:
        if isinstance(event, Step) and event.step == 5:
            for name, value in changed.items():
                context.live.set(name, value)
        if isinstance(event, Step) and event.step == 8:
            middle = context.live.state()
    whole = context.live.state()
    context, events = begin(method, capture, with_values(config, changed), tmp_path, middle)
    assert_same(last(context, events), whole)


def _changes(method: Method, config: Any) -> Iterator[tuple[str, Any]]:
    for spec in parameters_of(method.config):
        if spec.info.live and spec.type in (int, float):
            value = spec.type(getattr(config, spec.name) * 0.5)
            yield spec.name, max(value, spec.info.low)
