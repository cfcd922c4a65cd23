"""What is worked out of a mesh to be seen on it: colours, lines, and the numbers that go with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.scene.similarity import Alignment
from viewer.model.ramps import Ramp

TICKS = 5


@dataclass(frozen=True)
class Scale:
    """What a bar of colours stands for.

    Parameters
    ----------
    title : str
    ramp : {"diverging", "sequential"}
    low, high : float
        At the ends; beyond them colours stay as they are there.
    power : int
        Of the unit of length: 1 for a distance, -1 for a curvature.
    """

    title: str
    ramp: Ramp
    low: float
    high: float
    power: int


@dataclass(frozen=True)
class Fact:
    """A number worth telling; of the unit of length to a power, or a plain count for 0."""

    label: str
    value: float
    power: int = 0


@dataclass(frozen=True, eq=False)
class Shade:
    """What is seen on a mesh.

    Parameters
    ----------
    colors : (V, 3) uint8, optional
        Of the vertices as they were read; None leaves the mesh plain.
    lines : (L, 2, 3) float32, optional
        To be drawn brightly, world coordinates.
    scale : Scale, optional
        By which colours are read.
    facts : tuple of Fact
    """

    colors: NDArray[np.uint8] | None = None
    lines: NDArray[np.float32] | None = None
    scale: Scale | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Legend:
    """What is said beside a mesh that is shown by numbers, in words.

    Parameters
    ----------
    title : str
    ramp : {"diverging", "sequential"}, optional
        Of the bar; None where there is none.
    ticks : tuple of str
        Beside the bar, evenly, from its lower end to its upper one.
    lines : tuple of str
    """

    title: str = ""
    ramp: Ramp | None = None
    ticks: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()


def legend_of(shade: Shade, alignment: Alignment) -> Legend:
    """Say in words what a shade tells, in the unit of the project where that is known."""
    lines = tuple(f"{fact.label}  {_number(fact.value, fact.power, alignment)}" for fact in shade.facts)
    scale = shade.scale
    if scale is None:
        return Legend(lines=lines)
    unit = alignment.unit if alignment.scale else "units"
    factor = (alignment.scale or 1.0) ** scale.power
    title = f"{scale.title}, {unit}" if scale.power == 1 else f"{scale.title}, 1/{unit.removesuffix('s')}"
    values = np.linspace(scale.low, scale.high, TICKS) * factor
    return Legend(title, scale.ramp, tuple(f"{value:.3g}" for value in values), lines)


def _number(value: float, power: int, alignment: Alignment) -> str:
    if power == 0:
        return f"{value:,.0f}"
    unit = alignment.unit if alignment.scale else "units"
    return f"{value * (alignment.scale or 1.0) ** power:.3g} {unit}"
