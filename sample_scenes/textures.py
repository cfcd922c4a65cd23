"""Solid procedural textures: a colour for every point, from noise that is the same on every machine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sample_scenes.scene import Block, Texture

Array = NDArray[np.float64]


def _lattice(x: NDArray[np.uint32], y: NDArray[np.uint32], z: NDArray[np.uint32], seed: int) -> Array:
    """Random values in [0, 1) on integer points, by integer hashing (the finaliser of MurmurHash3)."""
    mixed = x * np.uint32(0x8DA6B343) ^ y * np.uint32(0xD8163841) ^ z * np.uint32(0xCB1AB31F)
    mixed = mixed ^ np.uint32(seed * 0x9E3779B1 & 0xFFFFFFFF)
    mixed = (mixed ^ mixed >> np.uint32(16)) * np.uint32(0x85EBCA6B)
    mixed = (mixed ^ mixed >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return (mixed ^ mixed >> np.uint32(16)) / 2.0**32


def value_noise(points: Array, seed: int) -> Array:
    """Smooth noise in [0, 1] with features of size one: (N, 3) float64 to (N,) float64."""
    floor = np.floor(points)
    fraction = points - floor
    fade = fraction**3 * (fraction * (fraction * 6 - 15) + 10)
    corner = floor.astype(np.int64).astype(np.uint32)
    result = np.zeros(len(points))
    for offset in np.ndindex(2, 2, 2):
        shifted = corner + np.array(offset, np.uint32)
        weight = np.prod(np.where(offset, fade, 1 - fade), axis=1)
        result += weight * _lattice(*shifted.T, seed)
    return result


def fractal_noise(points: Array, seed: int, octaves: int = 4) -> Array:
    """Noise in [0, 1] with detail down to 2^-(octaves - 1): (N, 3) float64 to (N,) float64."""
    total = np.zeros(len(points))
    for octave in range(octaves):
        total += value_noise(points * 2.0**octave, seed + octave) * 0.6**octave
    return total / sum(0.6**octave for octave in range(octaves))


def _mix(texture: Texture, first: int, second: int, amount: Array) -> Array:
    one, two = np.array(texture.colors[first]), np.array(texture.colors[second])
    return one + (two - one) * np.clip(amount, 0, 1)[:, None]


def _step(values: Array, softness: float = 0.15) -> Array:
    return np.clip(0.5 + values / softness, 0, 1)


def _wood(points: Array, block: Block) -> Array:
    """Planks along x, each with its own tone and grain; colours: light, dark, gap."""
    texture = block.texture
    across = points[:, 1] / texture.period
    plank = np.floor(across)
    shift = np.stack([plank * 7.3, plank * 3.1, plank * 0], axis=1)
    grain = fractal_noise(points * [4.0, 60.0, 60.0] + shift, texture.seed)
    rings = fractal_noise(points * [2.5, 14.0, 14.0] + shift, texture.seed + 9, 3)
    tone = value_noise(np.stack([plank, plank * 0, plank * 0], axis=1), texture.seed + 20)
    color = _mix(texture, 0, 1, 0.35 * tone + 0.9 * (rings - 0.35) + 0.7 * (grain - 0.35))
    gap = _step(0.03 - np.abs(across - np.round(across)), 0.03)
    return color + (np.array(texture.colors[2]) - color) * gap[:, None]


def _marble(points: Array, block: Block) -> Array:
    """Veins bent by noise; colours: body, vein, second tint."""
    texture = block.texture
    scaled = points / texture.period
    bend = fractal_noise(scaled, texture.seed)
    vein = np.abs(np.sin(np.pi * (scaled @ [0.6, 0.5, 0.7] + 3 * bend)))
    color = _mix(texture, 0, 2, 1.6 * (fractal_noise(scaled * 1.7, texture.seed + 7) - 0.3))
    return color + (np.array(texture.colors[1]) - color) * (1 - vein[:, None]) ** 2


def _stripes(points: Array, block: Block) -> Array:
    """Bands across z; colours: one, other, line between."""
    texture = block.texture
    phase = points[:, 2] / texture.period
    wave = np.sin(2 * np.pi * phase)
    color = _mix(texture, 0, 1, _step(wave, 0.4))
    line = _step(0.2 - np.abs(wave), 0.1)
    return color + (np.array(texture.colors[2]) - color) * line[:, None]


def _wedges(points: Array, block: Block) -> Array:
    """Slices around z, as on a beach ball; the colours take turns, the last one is the cap."""
    texture = block.texture
    count = max(2, round(1 / texture.period))
    angle = (np.arctan2(points[:, 1], points[:, 0]) / (2 * np.pi) + 0.5) * count
    slices = np.array(texture.colors[:-1])
    color = slices[np.floor(angle).astype(int) % len(slices)]
    radius = np.linalg.norm(points, axis=1)
    cap = _step(np.abs(points[:, 2]) / np.maximum(radius, 1e-12) - 0.9, 0.04)
    return color + (np.array(texture.colors[-1]) - color) * cap[:, None]


def _tiles(points: Array, block: Block) -> Array:
    """Coloured tiles with joints, as on a puzzle cube; the last colour is the joint."""
    texture = block.texture
    scaled = points / texture.period + 0.5
    cell = np.floor(scaled)
    pick = _lattice(*cell.astype(np.int64).astype(np.uint32).T, texture.seed)
    tiles = np.array(texture.colors[:-1])
    color = tiles[(pick * len(tiles)).astype(int)]
    distance = np.sort(np.abs(scaled - cell - 0.5), axis=1)[:, 1]
    joint = _step(distance - 0.43, 0.04)
    return color + (np.array(texture.colors[-1]) - color) * joint[:, None]


def _book(points: Array, block: Block) -> Array:
    """Paper between two covers, the spine at -x; colours: cover, print, paper."""
    texture = block.texture
    x, y, z = (points / block.scale).T
    bend = fractal_noise(points / texture.period, texture.seed)
    veins = _step(0.25 - np.abs(np.sin(np.pi * (points[:, 0] / texture.period + 4 * bend))), 0.3)
    edge = np.maximum(np.abs(x), np.abs(y))
    title = _step(np.maximum(np.abs(x - 0.35) * 2.2, np.abs(y)) - 0.55, 0.06)
    letters = _step(np.sin(7 * np.pi * y) - 0.1, 0.4) * _step(0.17 - np.abs(np.abs(x - 0.35) - 0.12) * 2.2, 0.1)
    print_ = np.maximum(_step(0.03 - np.abs(edge - 0.82), 0.03), np.where(title < 0.5, 1 - letters, 0.6 * veins))
    cover = _mix(texture, 0, 1, print_)
    sheets = np.array(texture.colors[2]) * (0.8 + 0.2 * np.sin(12 * z + 6 * bend))[:, None]
    inside = (np.abs(z) < 0.75) & (x > -0.96)
    return np.where(inside[:, None], sheets, cover)


def _peel(points: Array, block: Block) -> Array:
    """Spotted skin; colours: skin, spot, ripe end."""
    texture = block.texture
    scaled = points / texture.period
    color = _mix(texture, 0, 2, 2.2 * (fractal_noise(scaled * 0.3, texture.seed) - 0.3))
    spots = _step(value_noise(scaled * 1.3, texture.seed + 5) - 0.68, 0.12)
    return color + (np.array(texture.colors[1]) - color) * spots[:, None]


PATTERNS: dict[str, Callable[[Array, Block], Array]] = {
    "wood": _wood,
    "marble": _marble,
    "stripes": _stripes,
    "wedges": _wedges,
    "tiles": _tiles,
    "book": _book,
    "peel": _peel,
}


def color(points: Array, block: Block) -> Array:
    """Unlit colour of a block.

    Parameters
    ----------
    points : (N, 3) float64
        In the block's frame, world units.
    block : Block

    Returns
    -------
    (N, 3) float64
        sRGB in [0, 1].
    """
    worn = 0.72 + 0.56 * fractal_noise(points / 0.03, block.texture.seed + 40, 3)
    return np.clip(PATTERNS[block.texture.pattern](points, block) * worn[:, None], 0, 1)
