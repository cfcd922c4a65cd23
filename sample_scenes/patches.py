"""Patches of surfaces as a voxel cuts them out: planes, edges, corners, cylinders and bumps, as points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

KINDS = ("plane", "edge", "corner", "cylinder", "bump")
SHARES = (0.35, 0.22, 0.12, 0.16, 0.15)
POINTS = 256
REACH = 0.6  # half the side of the cube that is cut out, in voxels: a little beyond the voxel
HALF = 1.6  # half the side of a surface, in voxels
CANDIDATES = 3000
FEWEST_INSIDE, FEWEST = 30, 60

Floats = NDArray[np.float64]


def make_patches(count: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Invent patches; the same arguments always give the same ones.

    Parameters
    ----------
    count, seed : int

    Returns
    -------
    points : (count, 256, 3) float32
        In voxels about the centre of the voxel, evenly over the surface.
    kinds : (count,) int64
        Which of `KINDS` each is.
    """
    generator = np.random.default_rng([seed, 11])
    patches, kinds = np.empty((count, POINTS, 3), np.float32), np.empty(count, np.int64)
    made = 0
    while made < count:
        kind = int(generator.choice(len(KINDS), p=SHARES))
        surface = _SURFACES[KINDS[kind]](generator) @ _rotation(generator).T
        centered = KINDS[kind] == "bump" and generator.random() < 0.5
        middle = surface.mean(0) if centered else surface[generator.integers(len(surface))]
        surface = surface - middle + generator.uniform(-0.5, 0.5, 3)
        patch = surface[(np.abs(surface) < REACH).all(1)]
        if (np.abs(patch) < 0.5).all(1).sum() < FEWEST_INSIDE or len(patch) < FEWEST:
            continue
        enough = len(patch) >= POINTS
        patches[made] = patch[
            generator.permutation(len(patch))[:POINTS] if enough else generator.integers(0, len(patch), POINTS)
        ]
        kinds[made] = kind
        made += 1
    return patches, kinds


def _rotation(generator: np.random.Generator) -> Floats:
    """Any, or along the axes, or about one of them, as what people build mostly stands."""
    choice = generator.random()
    if choice < 0.5:
        q, r = np.linalg.qr(generator.normal(size=(3, 3)))
        return np.asarray(q * np.sign(np.diag(r)))
    axes = np.eye(3)[generator.permutation(3)] * generator.choice([-1, 1], 3)
    if choice < 0.75:
        return np.asarray(axes)
    a = generator.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    return np.asarray(axes @ turn)


def _square(generator: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    u, v = generator.uniform(-HALF, HALF, (2, CANDIDATES))
    return u, v, np.zeros(CANDIDATES)


def _plane(generator: np.random.Generator) -> Floats:
    return np.stack(_square(generator), 1)


def _edge(generator: np.random.Generator) -> Floats:
    u, v, zero = _square(generator)
    angle = np.radians(generator.uniform(60, 150)) if generator.random() < 0.5 else np.pi / 2
    away, first = np.abs(v), generator.random(CANDIDATES) < 0.5
    sides = np.stack([u, away, zero], 1), np.stack([u, away * np.cos(angle), away * np.sin(angle)], 1)
    return np.where(first[:, None], *sides)


def _corner(generator: np.random.Generator) -> Floats:
    u, v, zero = _square(generator)
    a, b = np.abs(u), np.abs(v)
    sides = np.stack([np.stack(side, 1) for side in ((a, b, zero), (a, zero, b), (zero, a, b))])
    return sides[generator.integers(0, 3, CANDIDATES), np.arange(CANDIDATES)]


def _cylinder(generator: np.random.Generator) -> Floats:
    u, v, _ = _square(generator)
    radius, turn = generator.uniform(0.08, 0.8), v / HALF * np.pi
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), u], 1)


def _bump(generator: np.random.Generator) -> Floats:
    u, v, _ = _square(generator)
    height = generator.uniform(0.1, 0.5) * generator.choice([-1, 1])
    width = generator.uniform(0.15, 0.5)
    return np.stack([u, v, height * np.exp(-(u * u + v * v) / (2 * width * width))], 1)


_SURFACES: dict[str, Callable[[np.random.Generator], Floats]] = {
    "plane": _plane,
    "edge": _edge,
    "corner": _corner,
    "cylinder": _cylinder,
    "bump": _bump,
}
