"""The contract of method `splats`: parameters, presets, memory, and what a run yields."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from planted import planted_capture, run, with_views

from recon.errors import InvalidParameter, MethodError, UnusableCapture
from recon.methods.base import Evaluated, Started, Step, Warned
from recon.methods.parameters import parameters_of, with_values
from recon.methods.registry import method_named
from recon.methods.splats import METHOD, Config, forecast, lighten


def test_the_method_is_found_by_name_without_torch():
    code = (
        "import sys; from recon.methods.registry import method_named as m; m('splats'); print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert method_named("splats") is METHOD


def test_every_parameter_has_help_and_every_number_a_range():
    for spec in parameters_of(Config):
        assert spec.info.help.endswith("."), spec.name
        if isinstance(spec.default, (int, float)) and not isinstance(spec.default, bool):
            assert spec.info.low is not None, spec.name
            assert spec.info.high is not None, spec.name


def test_presets_grow_in_steps_and_gaussians():
    presets = [METHOD.presets[name] for name in ("quick", "standard", "best")]
    assert [config.steps for config in presets] == sorted({config.steps for config in presets})
    assert [config.cap for config in presets] == sorted({config.cap for config in presets})


@pytest.mark.parametrize(
    ("name", "value"), [("steps", 0), ("cap", "many"), ("growth", "sometimes"), ("ssim_weight", 2.0)]
)
def test_a_bad_value_is_refused_by_name(name, value):
    with pytest.raises(InvalidParameter, match=name):
        with_values(Config(), {name: value})


def test_forecast_grows_with_pixels_gaussians_and_bands(capture):
    plain = forecast(capture, Config(), "cpu").host_bytes
    assert forecast(capture, Config(cap=10**6), "cpu").host_bytes > plain
    assert forecast(capture, Config(sh_degree=3), "cpu").host_bytes > plain
    larger = with_views(capture, lambda _, view: replace(view, camera=view.camera.resized(4000, 3000)))
    assert forecast(larger, Config(), "cpu").host_bytes > plain
    assert forecast(capture, Config(), "cuda").device_bytes > 0


def test_lightening_ends_and_always_saves_memory(capture):
    capture = with_views(capture, lambda _, view: replace(view, camera=view.camera.resized(4000, 3000)))
    config, notices = Config(cap=10**6, sh_degree=3), []
    while (lighter := lighten(capture, config)) is not None:
        assert forecast(capture, lighter[0], "cpu").host_bytes < forecast(capture, config, "cpu").host_bytes
        config = lighter[0]
        notices.append(lighter[1])
    assert config.sh_degree == 0
    assert config.largest_side < 500
    assert config.cap < 10**4
    assert all(notice.endswith(".") for notice in notices)


def test_a_run_starts_steps_and_leaves_its_live_object(capture, small_config, context):
    events = run(capture, replace(small_config, steps=5), context)
    assert events[0] == Started("splats", 5)
    steps = [event for event in events if isinstance(event, Step)]
    assert [step.step for step in steps] == [1, 2, 3, 4, 5]
    assert all(step.values["gaussians"] > 0 for step in steps)
    assert len(context.live.geometry()) > 0


def test_test_views_are_measured_a_few_times(capture, small_config, context):
    events = run(capture, replace(small_config, steps=9, evaluations=2), context)
    measured = [event for event in events if isinstance(event, Evaluated)]
    assert [event.step for event in measured] == [3, 6]
    assert all(0 < event.psnr < 60 and -1 < event.ssim <= 1 for event in measured)


def test_a_capture_without_training_views_is_refused(capture, small_config, context):
    held_out = with_views(capture, lambda _, view: replace(view, split="test"))
    with pytest.raises(UnusableCapture, match="training"):
        run(held_out, small_config, context)


def test_a_capture_whose_points_are_too_few_starts_from_random_ones_and_says_so(small_config, context):
    bare = replace(planted_capture(views=6), points=None)
    grey = with_views(bare, lambda _, view: replace(view, image=Flat()))
    events = run(grey, replace(small_config, steps=2, initial_points=60), context)
    assert any(isinstance(event, Warned) and "random" in event.message for event in events)


def test_a_diverging_fit_ends_in_a_sentence(capture, small_config, context):
    broken = with_views(capture, lambda _, view: view)
    events = METHOD.run(broken, small_config, context)
    next(event for event in events if isinstance(event, Step))
    context.live.model["means"].data.fill_(float("nan"))
    context.live.model["colors"].data.fill_(float("nan"))
    with pytest.raises(MethodError):
        list(events)


def test_only_live_parameters_matter_from_the_next_step_on(capture, small_config, context):
    events = METHOD.run(capture, small_config, context)
    next(event for event in events if isinstance(event, Step))
    context.live.set("ssim_weight", 0.5)
    assert context.live.config.ssim_weight == 0.5
    with pytest.raises(InvalidParameter, match="ssim_weight"):
        context.live.set("ssim_weight", 5.0)
    with pytest.raises(InvalidParameter, match="sh_degree"):
        context.live.set("sh_degree", 0)


class Flat:
    """A grey image with nothing to match."""

    def read(self, width, height):
        return np.full((height, width, 3), 128, np.uint8)
