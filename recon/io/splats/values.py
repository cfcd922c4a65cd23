"""What every splat format needs: checked values, and the few codes that several formats share."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.scene import SH_C0, Splats

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
AnyFloats = NDArray[np.floating]

# Splats that are coded at once: what a block needs beside the scene stays in the processor's cache.
ROWS_AT_ONCE = 1 << 13
# A quaternion this close to unit length is left alone, so that what was read once is not changed by reading it again.
UNIT = 1e-6
# Beyond these, float32 opacities and scales say the same again; they keep 0 and 1 away from infinity.
LARGEST_LOGIT = 20.0
SMALLEST_SCALE = 1e-30
# No scene is packed tighter than this; a file that claims so would only fill the memory.
LARGEST_EXPANSION = 200
SMALL = 32 << 20


def blocks(count: int, size: int = ROWS_AT_ONCE) -> Iterator[slice]:
    """Cut `count` rows into slices of at most `size`."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def empty_splats(count: int, degree: int) -> dict[str, Floats]:
    """Arrays to be filled by a reader, by the names that `splats_of` takes."""
    shapes = {"means": (3,), "quaternions": (4,), "scales": (3,), "opacities": (), "sh": ((degree + 1) ** 2, 3)}
    return {name: np.empty((count, *shape), np.float32) for name, shape in shapes.items()}


def splats_of(path: Path, arrays: dict[str, Floats], antialiased: bool = False) -> Splats:
    """Splats from what a file holds.

    Parameters
    ----------
    path : Path
        For messages.
    arrays : dict
        From `empty_splats`, filled; quaternions of any length, those of none become the identity.
    antialiased : bool

    Raises
    ------
    UnreadableFile
        If a value is not finite, or a size is negative.
    """
    _normalize(arrays["quaternions"])
    try:
        splats = Splats(**arrays, antialiased=antialiased)
    except ValueError:
        raise UnreadableFile(f"{path}: {_broken(arrays)}.") from None
    if len(splats) and splats.scales.min() < 0:
        count = int((splats.scales < 0).any(axis=1).sum())
        raise UnreadableFile(f"{path}: the scales of {count} of {len(splats)} splats are negative.")
    np.clip(splats.opacities, 0, 1, out=splats.opacities)
    return splats


def _broken(arrays: dict[str, Floats]) -> str:
    for name, array in arrays.items():
        count = len(array) - int(np.isfinite(array).all(axis=tuple(range(1, array.ndim))).sum())
        if count:
            return f"the {name} of {count} of {len(array)} splats are not finite numbers"
    return "its arrays do not fit together"


def _normalize(quaternions: Floats) -> None:
    for part in blocks(len(quaternions)):
        block = quaternions[part]
        with np.errstate(all="ignore"):
            length = np.linalg.norm(block.astype(np.float64), axis=1)
            off = np.abs(length - 1) > UNIT
            block[off] = block[off] / length[off, None]
        block[length == 0] = (1, 0, 0, 0)


def check_size(path: Path, wanted: int, found: int) -> None:
    """Refuse a file that claims more data than it can hold.

    Parameters
    ----------
    path : Path
    wanted : int
        Bytes its data takes once unpacked, by its header.
    found : int
        Bytes it has.

    Raises
    ------
    UnreadableFile
    """
    if wanted > SMALL + LARGEST_EXPANSION * found:
        raise UnreadableFile(
            f"{path} is damaged: it speaks of {wanted / 1e6:,.0f} MB of data, the file has only {found / 1e6:,.3f} MB."
        )


def read_exactly(path: Path) -> bytes:
    """The whole of a file that is not empty."""
    data = path.read_bytes()
    if not data:
        raise UnreadableFile(f"{path} is empty.")
    return data


def sigmoid(logits: AnyFloats) -> NDArray[np.float64]:
    """Opacity of a logit."""
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-logits.astype(np.float64))))


def logit(opacities: AnyFloats) -> NDArray[np.float64]:
    """Logit of an opacity, at most `LARGEST_LOGIT` from zero."""
    values = opacities.astype(np.float64)
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(np.log(values) - np.log1p(-values), -LARGEST_LOGIT, LARGEST_LOGIT))


def log_scale(scales: AnyFloats) -> NDArray[np.float64]:
    """Logarithm of scales; flat ones count as `SMALLEST_SCALE`."""
    return np.asarray(np.log(np.maximum(scales.astype(np.float64), SMALLEST_SCALE)))


def to_bytes(values: AnyFloats) -> Bytes:
    """Values from 0 to 1 as the nearest of 256 steps."""
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


def color_of(dc: AnyFloats) -> NDArray[np.floating[Any]]:
    """Display colour of the constant harmonic, as it stands: not limited to [0, 1]."""
    return np.asarray(0.5 + SH_C0 * dc)


def dc_of(color: AnyFloats) -> NDArray[np.floating[Any]]:
    """Constant harmonic of a display colour."""
    return np.asarray((color - 0.5) / SH_C0)


def smallest_three(quaternions: AnyFloats) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Quaternions without their largest component, which the others imply.

    Parameters
    ----------
    quaternions : (N, 4)
        Unit length, in any order of components.

    Returns
    -------
    largest : (N,) int64
        Which component was left out.
    rest : (N, 3) float64
        The others in their order, of the sign for which the largest is positive; at most sqrt(1/2) in size.
    """
    largest = np.argmax(np.abs(quaternions), axis=1)
    signs = np.sign(np.take_along_axis(quaternions, largest[:, None], axis=1))
    others = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])[largest]
    return largest, np.take_along_axis(quaternions.astype(np.float64), others, axis=1) * np.where(signs == 0, 1, signs)


def from_smallest_three(largest: NDArray[np.integer], rest: AnyFloats) -> NDArray[np.float64]:
    """Unit quaternions from what `smallest_three` gives."""
    quaternions = np.empty((len(rest), 4))
    others = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])[largest]
    np.put_along_axis(quaternions, others, rest, axis=1)
    missing = np.sqrt(np.maximum(0, 1 - (rest**2).sum(axis=1)))
    np.put_along_axis(quaternions, largest[:, None].astype(np.int64), missing[:, None], axis=1)
    return quaternions


def degree_of(path: Path, rest: int) -> int:
    """Degree of harmonics with `rest` coefficients a channel beyond the constant one."""
    degree = math.isqrt(rest + 1) - 1
    if (degree + 1) ** 2 != rest + 1 or not 0 <= degree <= 3:
        raise UnreadableFile(f"{path} has {rest} harmonics a channel; 0, 3, 8 or 15 were wanted (degree 0 to 3).")
    return degree


def morton_order(means: Floats) -> NDArray[np.int64]:
    """An order of splats in which neighbours in space are near each other (Morton 1966)."""
    if len(means) == 0:
        return np.zeros(0, np.int64)
    low, high = means.min(axis=0), means.max(axis=0)
    with np.errstate(all="ignore"):
        unit = np.nan_to_num((means.astype(np.float64) - low) / np.where(high > low, high - low, 1))
    codes = np.zeros(len(means), np.uint64)
    for axis in range(3):
        bits = (unit[:, axis] * (2**21 - 1)).astype(np.uint64)
        for shift, mask in MORTON_STEPS:
            bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
        codes |= bits << np.uint64(axis)
    return np.argsort(codes, kind="stable")


MORTON_STEPS = (
    (32, 0x1F00000000FFFF),
    (16, 0x1F0000FF0000FF),
    (8, 0x100F00F00F00F00F),
    (4, 0x10C30C30C30C30C3),
    (2, 0x1249249249249249),
)
