"""From what is optimised to blocks in the capture's frame, and how these may be merged further."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from recon.methods.blocking.hierarchy import merges_of
from recon.methods.blocking.model import GROUND_GRADING, GROUND_LEVELS, GROUND_REACH, Model, sky_harmonics
from recon.methods.blocks import Config
from recon.scene import Blocks, Ground, Similarity
from recon.scene.superquadrics import cube_centers
from recon.scene.transforms import quaternion_of, transformed

SKY_TEXELS = 16


@torch.no_grad()
def blocks_of(model: Model, local_from_world: Similarity, config: Config, *, merges: bool = False) -> Blocks:
    """The living blocks, with the ground and the sky."""
    slots = model.indices
    side = model.levels[-1]
    shapes = model.shapes(slots)
    rotations = shapes.rotations.cpu().double().numpy()
    quaternions = [quaternion_of(rotation) for rotation in rotations]
    opacities = np.ones(len(slots)) if model.hard else model.opacities(slots).cpu().numpy()
    local = Blocks(
        centers=_floats(shapes.centers),
        quaternions=np.array(quaternions, np.float32).reshape(-1, 4),
        scales=_floats(shapes.scales),
        exponents=_floats(shapes.exponents),
        tapers=_floats(shapes.tapers),
        opacities=opacities.astype(np.float32),
        textures=_texels(model.textures(slots, side)).reshape(-1, 6, side, side, 3),
        names=tuple(f"block {index + 1}" for index in range(len(slots))),
        ground=_ground(model) if config.ground else None,
        sky=_sky(model),
    )
    if merges and len(local) > 1:
        local = merges_of(local)
    return transformed(local, local_from_world.inverse)


def _floats(tensor: Tensor) -> np.ndarray:
    return tensor.cpu().numpy().astype(np.float32)


def _texels(tiles: Tensor) -> np.ndarray:
    """(N, H, W, 3) uint8 of (N, 3, H, W)."""
    return np.rint(tiles.permute(0, 2, 3, 1).cpu().numpy() * 255).clip(0, 255).astype(np.uint8)


def _ground(model: Model) -> Ground:
    height, slope_x, slope_y = model["plane"].tolist()
    axes = GROUND_REACH * np.array([[1, 0, slope_x], [0, 1, slope_y]])
    levels = [model[f"ground_{level}"] for level in GROUND_LEVELS]
    size = (GROUND_LEVELS[-1], GROUND_LEVELS[-1])
    grown = [functional.interpolate(level, size=size, mode="bilinear", align_corners=False) for level in levels]
    texture = _texels(torch.sigmoid(sum(grown[1:], grown[0])))[0]
    return Ground(np.array([0, 0, height], np.float32), axes.astype(np.float32), texture, GROUND_GRADING)


def _sky(model: Model) -> np.ndarray:
    directions = cube_centers(SKY_TEXELS)
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    harmonics = sky_harmonics(torch.from_numpy(directions).float().to(model.device))
    return np.rint(model.sky(harmonics).cpu().numpy() * 255).astype(np.uint8)
