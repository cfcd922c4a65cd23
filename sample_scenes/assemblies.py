"""Solids whose parts are known exactly: superquadrics stuck to each other."""

from __future__ import annotations

import colorsys
import dataclasses

import numpy as np
from numpy.typing import NDArray

from recon.scene import Blocks
from recon.scene.block_surfaces import sample

Floats = NDArray[np.float64]

FEWEST, MOST = 3, 7
SMALLEST, LARGEST = 0.12, 0.4
LEAST_SHARED, MOST_SHARED = 0.005, 0.2  # of a part's volume that lies in others
SUNK = 0.12  # of a part's depth that is sunk into what it sticks to


def make_assembly(seed: int) -> Blocks:
    """Invent three to seven superquadrics that hang together; the same seed always gives the same ones.

    Each part but the first is sunk a little into another; at most a fifth of any lies in the others.
    """
    generator = np.random.default_rng([seed, 11])
    count = int(generator.integers(FEWEST, MOST + 1))
    made = _superquadric(generator, np.zeros(3), 0, count)
    while len(made) < count:
        grown = made.joined(_attached(generator, made, count))
        if _is_apart(grown, generator):
            made = grown
    return made


def _superquadric(generator: np.random.Generator, center: Floats, index: int, count: int) -> Blocks:
    quaternion = generator.normal(size=4)
    scales = SMALLEST * (LARGEST / SMALLEST) ** generator.random(3)
    color = np.array(colorsys.hsv_to_rgb(index / count, 0.6, 0.9))
    return Blocks(
        centers=center[None].astype(np.float32),
        quaternions=(quaternion / np.linalg.norm(quaternion))[None].astype(np.float32),
        scales=scales[None].astype(np.float32),
        exponents=generator.uniform(0.1, 1.2, (1, 2)).astype(np.float32),
        tapers=np.zeros((1, 2), np.float32),
        opacities=np.ones(1, np.float32),
        textures=np.broadcast_to(np.rint(255 * color).astype(np.uint8), (1, 6, 4, 4, 3)).copy(),
        names=(f"part {index + 1}",),
    )


def _attached(generator: np.random.Generator, made: Blocks, count: int) -> Blocks:
    """Another part at a random place of a random part's surface, its middle straight out from that one's middle."""
    host = made.part(np.array([generator.integers(len(made))]))
    place = sample(host, 1, generator)[0]
    outward = (place - host.centers[0]) / np.linalg.norm(place - host.centers[0])
    part = _superquadric(generator, np.zeros(3), len(made), count)
    depth = 1 / part.norm(outward[None])[0, 0]  # from its middle to its surface, towards the host
    center = place + (1 - 2 * SUNK) * depth * outward
    return dataclasses.replace(part, centers=center[None].astype(np.float32))


def _is_apart(blocks: Blocks, generator: np.random.Generator) -> bool:
    """Whether the last part sticks to the others, and none is hidden in the others."""
    points = generator.uniform(*blocks.bounds(), (60_000, 3))
    inside = blocks.norm(points) <= 1
    shared = (inside & (inside.sum(0) > 1)).sum(1) / np.maximum(inside.sum(1), 1)
    return bool(shared[-1] > LEAST_SHARED and (shared < MOST_SHARED).all())
