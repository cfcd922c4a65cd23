"""Chairs and tables whose parts are known exactly and have names: a set of shapes that are made alike."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sample_scenes.csg import Csg, Polytope

Floats = NDArray[np.float64]

CHAIRS = 0.6  # share of them
ARMED = 0.4  # share of the chairs
SUNK = 0.01  # that parts reach into each other


@dataclass(frozen=True, eq=False)
class Furniture:
    """A chair or a table: it stands on z = 0, a chair looks along +y.

    Parameters
    ----------
    names : tuple of str
        Of the parts: "top" is a seat or a table's plate; legs and arms are told apart by where they are.
    csg : Csg
        The parts, in that order.
    """

    names: tuple[str, ...]
    csg: Csg


def make_furniture(seed: int) -> Furniture:
    """Invent a chair or a table; the same seed always gives the same one."""
    generator = np.random.default_rng([seed, 29])
    chair = generator.random() < CHAIRS
    width, depth = (generator.uniform(0.42, 0.6, 2) if chair else generator.uniform((0.7, 0.5), (1.2, 0.9))).tolist()
    height = float(generator.uniform(0.38, 0.5) if chair else generator.uniform(0.45, 0.75))
    thickness = float(generator.uniform(0.04, 0.09))
    parts = {"top": _box((0, 0, height - thickness / 2), (width, depth, thickness))}
    parts |= _legs(generator, width, depth, height - thickness + SUNK)
    if chair:
        parts |= _back(generator, width, depth, height)
    return Furniture(tuple(parts), Csg(tuple(parts.values())))


def _legs(generator: np.random.Generator, width: float, depth: float, height: float) -> dict[str, Polytope]:
    """Four, which may be narrower where they stand."""
    thickness = float(generator.uniform(0.05, 0.09))
    taper = float(generator.uniform(0.6, 1.0))
    inset = float(generator.uniform(0.0, 0.04)) + thickness / 2
    legs = {}
    for (side, x), (end, y) in product((("left", -1), ("right", 1)), (("back", -1), ("front", 1))):
        middle = x * (width / 2 - inset), y * (depth / 2 - inset), height / 2
        legs[f"{side} {end} leg"] = _box(middle, (thickness, thickness, height), taper)
    return legs


def _back(generator: np.random.Generator, width: float, depth: float, height: float) -> dict[str, Polytope]:
    """What one leans on, and what for the arms in some."""
    rise, thickness = float(generator.uniform(0.35, 0.6)), float(generator.uniform(0.04, 0.08))
    parts = {"back": _box((0, (thickness - depth) / 2, height + (rise - SUNK) / 2), (width, thickness, rise + SUNK))}
    if generator.random() < ARMED:
        over, size = float(generator.uniform(0.15, 0.25)), float(generator.uniform(0.05, 0.07))
        length = depth - thickness + SUNK
        for side, x in (("left", -1), ("right", 1)):
            middle = x * (width - size) / 2, (thickness - SUNK) / 2, height + over / 2
            parts[f"{side} arm"] = _box(middle, (size, length, over + 2 * SUNK))
    return parts


def _box(middle: tuple[float, float, float], size: tuple[float, float, float], taper: float = 1.0) -> Polytope:
    """Upright, and at its lower end as much narrower as is said."""
    corners = np.array(list(product((-0.5, 0.5), repeat=3)))
    corners[:, :2] *= np.where(corners[:, 2:] < 0, taper, 1.0)
    return Polytope(corners * size + np.array(middle), np.eye(3))
