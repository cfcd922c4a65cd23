"""One superquadric for what two hold together."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from recon.scene import Blocks, superquadrics
from recon.scene.block_surfaces import vertices
from recon.scene.transforms import multiplied

Floats = NDArray[np.float64]
POINTS, DETAIL = 3000, 8
MARGIN = 0.1  # around both, on either side: with nothing but points inside, a block twice as large would fit as well
SHARPNESS = (6.0, 25.0)  # of the border between inside and outside, by the logarithm of the norm
LOOKS = 12  # times that derivatives are taken at each sharpness
SMALLEST, LARGEST = 0.1, 1.3  # exponents, as fits of photographs have them
STEEPEST = 0.98


def union_of(pair: Blocks) -> Blocks:
    """One block, painted as the first, that covers two as well as one can.

    It begins as the box around both along the axes of the larger one; Levenberg-Marquardt then makes its soft occupancy
    that of the two at points around them, always the same.

    Parameters
    ----------
    pair : Blocks
        Two.
    """
    from scipy.optimize import least_squares

    frame = pair.part(np.array([int(pair.volumes.argmax())]))
    rotation = frame.world_from_block[0]
    corners = vertices(pair, DETAIL).reshape(-1, 3) @ rotation
    low, high = corners.min(0), corners.max(0)
    reach = MARGIN * (high - low)
    random = np.random.default_rng(0).random((POINTS, 3))
    points = low - reach + (high - low + 2 * reach) * random
    occupied = pair.inside(points @ rotation.T).astype(np.float64)
    middle, half = (low + high) / 2, (high - low) / 2
    share = pair.volumes / pair.volumes.sum()
    values = np.concatenate([np.zeros(9), np.clip(share @ pair.exponents, 0.15, 1.2), share @ pair.tapers])
    for sharpness in SHARPNESS:
        found = least_squares(
            lambda values, sharpness=sharpness: _occupancy(values, points, middle, half, sharpness) - occupied,
            values,
            method="lm",
            diff_step=1e-3,
            max_nfev=LOOKS * (len(values) + 1),
        )
        values = found.x
    turn, scales, exponents, tapers, shift = _parts(values, half)
    return dataclasses.replace(
        frame,
        centers=((middle + shift) @ rotation.T)[None].astype(np.float32),
        quaternions=multiplied(frame.quaternions, turn[None]).astype(np.float32),
        scales=scales.astype(np.float32),
        exponents=exponents.astype(np.float32),
        tapers=tapers.astype(np.float32),
        opacities=pair.opacities.max()[None],
        names=pair.names[:1],
    )


def _parts(values: Floats, half: Floats) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Turn (4,), scales (1, 3), exponents (1, 2), tapers (1, 2) and shift (3,), all in the larger block's frame."""
    turn = np.concatenate([[1.0], values[:3] / 2])
    scales = half * np.exp(np.clip(values[3:6], -3, 1))
    exponents, tapers = np.clip(values[9:11], SMALLEST, LARGEST), np.clip(values[11:], -STEEPEST, STEEPEST)
    return turn / np.linalg.norm(turn), scales[None], exponents[None], tapers[None], values[6:9] * half


def _occupancy(values: Floats, points: Floats, middle: Floats, half: Floats, sharpness: float) -> Floats:
    """(P,): near one inside the block that some values mean, near zero outside."""
    turn, scales, exponents, tapers, shift = _parts(values, half)
    w, vector = turn[0], -turn[1:]  # from the frame to the turned block: the inverse rotation
    offset = points - (middle + shift)
    twice = 2 * np.cross(vector, offset)
    local = offset + w * twice + np.cross(vector, twice)
    norm = superquadrics.norm(local[None], scales, exponents, tapers)[0]
    return np.asarray(1 / (1 + np.exp(np.clip(sharpness * np.log(np.maximum(norm, 1e-9)), -50, 50))))
