"""docs/METHOD.md names every parameter and preset of every method as the code has it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from recon.methods.parameters import Parameter, parameters_of
from recon.methods.registry import METHODS, method_named

DOCS = Path(__file__).resolve().parents[2] / "docs"
REGISTERED = tuple(METHODS)  # before any test registers more
# The columns of each method's table of presets.
COLUMNS = {
    "splats": ("steps", "cap", "sh_degree", "largest_side"),
    "blocks": ("steps", "restarts", "initial_blocks", "searches", "texture_size", "largest_side"),
    "surface": ("steps", "cap", "largest_side", "resolution", "faces", "texture"),
    "primitives": ("steps", "largest_side", "most_primitives", "evaluations"),
}
INHERITED = {"surface": "splats"}  # whose page tells of the parameters that a method shares with another


@cache
def page(method: str) -> str:
    return (DOCS / f"{method}.md").read_text(encoding="utf-8")


def own_parameters(method: str) -> list[Parameter]:
    shared = parameters_of(method_named(INHERITED[method]).config) if method in INHERITED else ()
    names = {spec.name for spec in shared}
    return [spec for spec in parameters_of(method_named(method).config) if spec.name not in names]


def parameter_row(spec: Parameter) -> str:
    default = str(spec.default).lower() if isinstance(spec.default, bool) else f"{spec.default}"
    limits = ", ".join(spec.choices) or ("" if spec.info.low is None else f"{spec.info.low:g} to {spec.info.high:g}")
    live = "live" if spec.info.live else ""
    return f"| `{spec.name}` | {default} | {spec.info.unit} | {limits} | {live} | {spec.info.help} |"


def preset_row(name: str, config: Any, columns: tuple[str, ...]) -> str:
    return " | ".join([f"| {name}", *(str(getattr(config, column)) for column in columns)]) + " |"


PARAMETERS = [(method, spec) for method in REGISTERED for spec in own_parameters(method)]
PRESETS = [(method, preset) for method in REGISTERED for preset in method_named(method).presets]


@pytest.mark.parametrize(("method", "spec"), PARAMETERS, ids=lambda value: getattr(value, "name", value))
def test_the_page_has_every_parameter(method: str, spec: Parameter) -> None:
    assert parameter_row(spec) in page(method)


@pytest.mark.parametrize(("method", "preset"), PRESETS)
def test_the_page_has_every_preset(method: str, preset: str) -> None:
    assert preset_row(preset, method_named(method).presets[preset], COLUMNS[method]) in page(method)
