"""The scenes there are: the desk, and as many random ones as there are seeds."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from recon.scene import Camera
from sample_scenes.scene import Block, Scene, Texture, Vector, orbit, yaw

OAK = ((0.80, 0.62, 0.42), (0.50, 0.33, 0.19), (0.24, 0.15, 0.09))
LYING = (float(np.sqrt(0.5)), 0.0, float(np.sqrt(0.5)), 0.0)
UNIT: Vector = (1.0, 1.0, 1.0)


def _cameras(poses: list[NDArray[np.float64]], width: int, height: int, focal: float) -> tuple[Camera, ...]:
    return tuple(Camera(width, height, focal, focal, width / 2, height / 2, pose) for pose in poses)


def _ground(half_x: float, half_y: float, seed: int) -> Block:
    """A table top whose upper side is z = 0."""
    texture = Texture("wood", OAK, 0.17, seed)
    return Block("ground", (half_x, half_y, 0.03), (0.1, 0.15), yaw(0), (0.0, 0.0, -0.03), texture)


DESK = (
    _ground(0.62, 0.48, 3),
    Block(
        "atlas",
        (0.20, 0.15, 0.028),
        (0.08, 0.08),
        yaw(18),
        (-0.16, 0.10, 0.028),
        Texture("book", ((0.13, 0.27, 0.50), (0.88, 0.78, 0.50), (0.93, 0.90, 0.82)), 0.045, 11),
    ),
    Block(
        "novel",
        (0.125, 0.085, 0.02),
        (0.1, 0.1),
        yaw(-22),
        (-0.17, 0.09, 0.076),
        Texture("book", ((0.66, 0.16, 0.17), (0.95, 0.86, 0.74), (0.95, 0.92, 0.85)), 0.03, 23),
    ),
    Block(
        "ball",
        (0.10, 0.10, 0.10),
        (1.0, 1.0),
        (0.88, 0.35, -0.28, 0.15),
        (0.20, -0.14, 0.10),
        Texture(
            "wedges",
            (
                (0.92, 0.44, 0.10),
                (0.95, 0.93, 0.86),
                (0.10, 0.52, 0.55),
                (0.95, 0.93, 0.86),
                (0.85, 0.18, 0.30),
                (0.95, 0.93, 0.86),
                (0.30, 0.30, 0.32),
            ),
            1 / 6,
            31,
        ),
    ),
    Block(
        "tin",
        (0.072, 0.072, 0.105),
        (0.12, 1.0),
        yaw(40),
        (0.22, 0.20, 0.105),
        Texture("stripes", ((0.16, 0.52, 0.33), (0.93, 0.89, 0.72), (0.72, 0.14, 0.14)), 0.075, 47),
    ),
    Block(
        "cube",
        (0.07, 0.07, 0.07),
        (0.35, 0.35),
        yaw(31),
        (-0.08, -0.22, 0.07),
        Texture(
            "tiles",
            (
                (0.95, 0.80, 0.15),
                (0.82, 0.20, 0.16),
                (0.15, 0.42, 0.75),
                (0.92, 0.92, 0.90),
                (0.20, 0.62, 0.30),
                (0.09, 0.09, 0.10),
            ),
            0.0465,
            58,
        ),
    ),
    Block(
        "lemon",
        (0.078, 0.052, 0.052),
        (1.15, 1.0),
        yaw(-35),
        (-0.37, -0.16, 0.052),
        Texture("peel", ((0.95, 0.82, 0.16), (0.74, 0.58, 0.08), (0.66, 0.74, 0.18)), 0.012, 67),
    ),
)


def desk() -> Scene:
    """A desk with two books, a ball, a tin, a puzzle cube and a lemon, seen from two rings: 30 views of 192x144."""
    generator = np.random.default_rng(7)
    target = (-0.02, 0.0, 0.04)
    poses = orbit(16, 26, 1.06, target, generator) + orbit(14, 50, 1.10, target, generator)
    return Scene("desk", 7, DESK, _cameras(poses, 192, 144, 195.0))


def _random_texture(generator: np.random.Generator, hue: float) -> Texture:
    def tint(shift: float, saturation: float, value: float) -> Vector:
        return colorsys.hsv_to_rgb((hue + shift) % 1, saturation, value)

    pattern = str(generator.choice(["marble", "stripes", "tiles", "peel"]))
    colors = (tint(0, 0.75, 0.85), tint(0.08, 0.55, 0.35), tint(-0.08, 0.35, 0.95))
    return Texture(pattern, colors, float(generator.uniform(0.03, 0.06)), int(generator.integers(1000)))


def _random_block(generator: np.random.Generator, index: int, count: int) -> Block:
    """A block on its own share of a ring around the middle of the table."""
    kinds = [(0.1, 0.1), (0.12, 1.0), (1.0, 1.0), (0.5, 0.5)]
    exponents = kinds[index % len(kinds)]
    half = generator.uniform(0.06, 0.10, 3)
    angle = 2 * np.pi * (index + generator.uniform(-0.1, 0.1)) / count
    radius = 0.0 if count == 1 else 0.24
    translation = (float(radius * np.cos(angle)), float(radius * np.sin(angle)), float(half[2]))
    scale = (float(half[0]), float(half[1]), float(half[2]))
    texture = _random_texture(generator, (index + 0.2) / count)
    return Block(f"block{index + 1}", scale, exponents, yaw(generator.uniform(0, 360)), translation, texture)


def make_scene(seed: int, objects: int = 4, views: int = 12, width: int = 64, height: int = 48) -> Scene:
    """Invent a small scene; the same arguments always give the same one.

    Parameters
    ----------
    seed : int
    objects : int
        Blocks on the table, 1 to 6.
    views : int
        Cameras, spread over two rings.
    width, height : int
        Image size in pixels.

    Returns
    -------
    Scene
        About one unit across, z up, the table at z = 0.
    """
    generator = np.random.default_rng(seed)
    blocks = tuple(_random_block(generator, index, objects) for index in range(objects))
    low = (views + 1) // 2
    poses = orbit(low, 24, 1.05, (0.0, 0.0, 0.05), generator) + orbit(
        views - low, 48, 1.05, (0.0, 0.0, 0.05), generator
    )
    return Scene(
        f"random{seed}", seed, (_ground(0.55, 0.45, seed), *blocks), _cameras(poses, width, height, 1.1 * width)
    )
