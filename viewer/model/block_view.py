"""Looking at blocks: which one lies under a pixel, how they are drawn apart, and by which colours they are told."""

from __future__ import annotations

import colorsys
import dataclasses

import numpy as np
from numpy.typing import NDArray

from recon.scene import Blocks, Camera, superquadrics

Floats = NDArray[np.float64]
STEPS, HALVINGS = 160, 24  # along a line of sight within a block's reach, and of the step on which it is met
FARTHEST_APART = 1.5  # how far a block goes at most, in distances from where all go away from
GOLDEN = 0.618034  # of a turn of the hue from one number to the next: neighbours are never alike


def met(blocks: Blocks, camera: Camera, x: float, y: float) -> tuple[int, float] | None:
    """The first block that the line of sight through a pixel meets.

    Parameters
    ----------
    blocks : Blocks
    camera : Camera
        Without lens distortion.
    x, y : float
        Pixels; (0, 0) is the outer corner of the first one.

    Returns
    -------
    row : int
    depth : float
        Along the viewing axis, world units. None instead of both where nothing is met.
    """
    if not len(blocks):
        return None
    ray = camera.world_from_camera[:3, :3] @ [(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, 1.0]
    middles = (blocks.centers - camera.center) @ ray / (ray @ ray)
    wide = 1 + np.abs(blocks.tapers).max(1)
    reach = np.linalg.norm(blocks.scales, axis=1) * wide / np.linalg.norm(ray)
    first = np.maximum(middles - reach, 0.0)
    depths = first[:, None] + (middles + reach - first)[:, None] * np.linspace(0, 1, STEPS)
    inside = _norm(blocks, camera.center, ray, depths) <= 1
    inside &= depths > 0
    if not inside.any():
        return None
    step = inside.argmax(axis=1)
    rows = np.arange(len(blocks))
    high, low = depths[rows, step], depths[rows, np.maximum(step - 1, 0)]
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        within = _norm(blocks, camera.center, ray, middle[:, None])[:, 0] <= 1
        low, high = np.where(within, low, middle), np.where(within, middle, high)
    high[~inside.any(axis=1)] = np.inf
    row = int(high.argmin())
    return row, float(high[row])


def _norm(blocks: Blocks, center: Floats, ray: Floats, depths: Floats) -> Floats:
    """(B, S): of places on a line of sight, those of each block in its own frame."""
    offsets = center + depths[..., None] * ray - blocks.centers[:, None]
    return superquadrics.norm(offsets @ blocks.world_from_block, *blocks.shape)


def apart(blocks: Blocks, amount: float) -> Blocks:
    """Blocks moved away from each other, to be looked at one by one.

    All go away from the place on the ground below the middle of them, so that none goes down into the ground; without a
    ground they go away from their middle.

    Parameters
    ----------
    blocks : Blocks
    amount : float
        From 0, where they belong, to 1.
    """
    if amount <= 0 or not len(blocks):
        return blocks
    center = blocks.centers.astype(np.float64)
    origin = center.mean(axis=0)
    if blocks.ground is not None:
        up = blocks.ground.up
        origin -= ((origin - blocks.ground.center) @ up) * up
    moved = center + FARTHEST_APART * amount * (center - origin)
    return dataclasses.replace(blocks, centers=moved.astype(np.float32))


def part_color(number: int) -> tuple[float, float, float]:
    """The colour by which a block is told from others, sRGB in [0, 1]."""
    return colorsys.hls_to_rgb((0.57 + number * GOLDEN) % 1.0, 0.62, 0.55)
