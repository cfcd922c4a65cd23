"""Random blocks for tests."""

from __future__ import annotations

import numpy as np

from recon.scene import Blocks, Ground, Merges


def some_blocks(count: int = 5, side: int = 6, seed: int = 0, *, whole: bool = True) -> Blocks:
    """Blocks of every shape; with a ground, a sky and merges where they are to be whole."""
    random = np.random.default_rng(seed)
    quaternions = random.normal(size=(count, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    arrays = [
        random.normal(size=(count, 3)), quaternions, random.uniform(0.2, 1, (count, 3)),
        random.uniform(0.1, 1.3, (count, 2)), random.uniform(-0.9, 0.9, (count, 2)), np.ones(count),
    ]  # fmt: skip
    textures = random.integers(0, 256, (count, 6, side, side, 3), np.uint8)
    names = tuple(f"block {index + 1}" for index in range(count))
    blocks = Blocks(*(array.astype(np.float32) for array in arrays), textures, names)
    if not whole:
        return blocks
    picture = random.integers(0, 256, (9, 7, 3), np.uint8)
    ground = Ground(np.float32([0, 0, -1]), np.float32([[3, 0, 0], [0, 2, 0.1]]), picture, 1.5)
    sky = random.integers(0, 256, (6, 4, 4, 3), np.uint8)
    merges = None
    if count > 1:
        pairs = np.array([[0, 1]] + [[i + 2, count + i] for i in range(count - 2)], np.int32)
        merged = some_blocks(count - 1, side, seed + 1, whole=False)
        merges = Merges(pairs, np.linspace(0.1, 0.5, count - 1).astype(np.float32), merged)
    return Blocks(*(array.astype(np.float32) for array in arrays), textures, names, ground, sky, merges)
