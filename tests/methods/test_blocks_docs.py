"""docs/blocks.md names every parameter and preset as the code has it."""

from pathlib import Path

import pytest

from recon.methods.blocks import PRESETS, Config
from recon.methods.parameters import Parameter, parameters_of

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "blocks.md").read_text(encoding="utf-8")


def parameter_row(spec: Parameter) -> str:
    default = str(spec.default).lower() if isinstance(spec.default, bool) else f"{spec.default}"
    limits = ", ".join(spec.choices) or ("" if spec.info.low is None else f"{spec.info.low:g} to {spec.info.high:g}")
    live = "live" if spec.info.live else ""
    return f"| `{spec.name}` | {default} | {spec.info.unit} | {limits} | {live} | {spec.info.help} |"


def preset_row(name: str, config: Config) -> str:
    texels = f"{config.texture_size} | {config.largest_side}"
    return f"| {name} | {config.steps} | {config.restarts} | {config.initial_blocks} | {config.searches} | {texels} |"


@pytest.mark.parametrize("spec", parameters_of(Config), ids=lambda spec: spec.name)
def test_the_page_has_every_parameter(spec):
    assert parameter_row(spec) in PAGE


@pytest.mark.parametrize("name", PRESETS)
def test_the_page_has_every_preset(name):
    assert preset_row(name, PRESETS[name]) in PAGE
