"""Blocks to edit with, and who hears of it."""

from __future__ import annotations

import numpy as np

from recon.scene import SH_C0, Blocks, Camera, Ground, Splats


class Editor:
    """Notes what the engine is told."""

    def __init__(self) -> None:
        self.told = []

    def edit(self, key, operations) -> None:
        self.told.append((key, tuple(operations)))


def row(count: int = 4, spacing: float = 2.0) -> Blocks:
    """Upright boxes in a row along x, one unit wide, on a ground at z = 0."""
    textures = np.full((count, 6, 4, 4, 3), 200, np.uint8)
    centers = np.zeros((count, 3), np.float32)
    centers[:, 0], centers[:, 2] = spacing * np.arange(count), 0.5
    arrays = np.tile(np.float32([1, 0, 0, 0]), (count, 1)), np.full((count, 3), 0.5, np.float32)
    shapes = np.full((count, 2), 0.1, np.float32), np.zeros((count, 2), np.float32), np.ones(count, np.float32)
    ground = Ground(np.zeros(3, np.float32), np.float32([[9, 0, 0], [0, 9, 0]]), np.zeros((4, 4, 3), np.uint8))
    return Blocks(centers, *arrays, *shapes, textures, tuple(f"b{index}" for index in range(count)), ground)


def spots() -> Splats:
    """A white splat on each of the boxes, and a red one on the ground between two of them."""
    means = np.float32([[0, 0, 1], [2, 0, 1], [4, 0, 1], [6, 0, 1], [3, 0, 0]])
    colors = np.ones((5, 1, 3), np.float32)
    colors[4] = 1, 0, 0
    quaternions, scales = np.tile(np.float32([1, 0, 0, 0]), (5, 1)), np.full((5, 3), 0.15, np.float32)
    sh = (colors - np.float32(0.5)) / np.float32(SH_C0)
    return Splats(means, quaternions, scales, np.full(5, 0.99, np.float32), sh)


def above(scale: int = 1) -> Camera:
    """Looks straight down on x = 0 to 8 from ten units above."""
    pose = np.diag([1.0, -1, -1, 1])
    pose[:3, 3] = 4, 0, 10
    return Camera(400 * scale, 200 * scale, 400 * scale, 400 * scale, 200 * scale, 100 * scale, pose)
