"""Depth images become one volume of truncated signed distances (Curless and Levoy 1996), kept only near surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.render import threads
from recon.scene import Camera

BLOCK = 8
TRUNCATION = 4.0  # voxels
MOST_BLOCKS = 400_000  # about 1.6 GB
EMPTY, UNKNOWN = -1.0, 0.0


@dataclass(frozen=True, eq=False)
class DepthImage:
    """What one camera knows of the surface.

    Parameters
    ----------
    camera : Camera
        Without distortion, of the images' size.
    depth : (H, W) float32
        z in world units; `EMPTY` (-1) where the ray meets nothing, `UNKNOWN` (0) where that is not known.
    weight : (H, W) float32
        How much a pixel counts, such as the cosine of its viewing angle.
    """

    camera: Camera
    depth: NDArray[np.float32]
    weight: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Volume:
    """Signed distances at the points of a grid, in blocks of 8 x 8 x 8 where surfaces are.

    Parameters
    ----------
    origin : (3,) float64
        World position of grid point (0, 0, 0).
    voxel : float
        World units between grid points.
    blocks : (X, Y, Z) int32
        Which block lies there, -1 where none is.
    distances : (B, 8, 8, 8) float32
        In truncation lengths, from -1 (inside) to 1 (outside).
    weights : (B, 8, 8, 8) float32
        0 where nothing was seen.
    """

    origin: NDArray[np.float64]
    voxel: float
    blocks: NDArray[np.int32]
    distances: NDArray[np.float32]
    weights: NDArray[np.float32]


def fuse(images: Sequence[DepthImage], low: NDArray[Any], high: NDArray[Any], voxel: float) -> Volume:
    """Fuse depth images within a box.

    Distances are truncated at 4 voxels. Depth is interpolated within surfaces; across their edges, where four
    neighbouring pixels spread over more than 6 pixel footprints, only free space before them is taken.

    Parameters
    ----------
    images : sequence of DepthImage
    low, high : (3,) array
        Corners of the box, world coordinates.
    voxel : float
        World units.

    Raises
    ------
    InputError
        If there is no image, the box is empty, or so many voxels would not fit into memory.
    """
    from recon.fields import tsdf_kernels as kernels

    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    if not images or not (high > low).all() or not voxel > 0:
        raise InputError(f"Fusing needs depth images and a box with an inside, got {len(images)} and {low} to {high}.")
    shape = np.ceil((high - low) / (voxel * BLOCK)).astype(int)
    if float(shape.astype(float).prod()) > 5e8:
        raise InputError(
            f"A volume of {' x '.join(str(8 * n) for n in shape)} voxels is too fine; ask for larger ones."
        )
    packed = _packed(images, low)
    occupied = np.zeros(tuple(shape), np.bool_)
    with threads.LOCK:
        for index in range(len(images)):
            kernels.mark_blocks(packed, index, np.float32(voxel), np.float32(TRUNCATION * voxel), occupied)
        count = int(occupied.sum())
        if count > MOST_BLOCKS:
            raise InputError(
                f"The surface fills {count:,} blocks of voxels, more than {MOST_BLOCKS:,}; ask for larger ones."
            )
        blocks = np.full(occupied.shape, -1, np.int32)
        blocks[occupied] = np.arange(count)
        places = np.argwhere(occupied).astype(np.int32)
        distances, weights = (np.empty((count, BLOCK, BLOCK, BLOCK), np.float32) for _ in range(2))
        kernels.integrate(packed, places, np.float32(voxel), np.float32(TRUNCATION * voxel), distances, weights)
    return Volume(low, voxel, blocks, distances, weights)


def _packed(images: Sequence[DepthImage], origin: NDArray[np.float64]) -> Any:
    """Images as kernels take them: pixels end to end, and cameras relative to the volume's corner."""
    from recon.fields.tsdf_kernels import Images

    sizes = np.array([image.depth.shape for image in images], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes.prod(1))])
    poses = []
    for image in images:
        pose = image.camera.camera_from_world[:3].copy()
        pose[:, 3] += pose[:, :3] @ origin
        poses.append(pose)
    return Images(
        depth=np.concatenate([image.depth.reshape(-1) for image in images]).astype(np.float32),
        weight=np.concatenate([image.weight.reshape(-1) for image in images]).astype(np.float32),
        starts=starts,
        sizes=sizes,
        poses=np.stack(poses).astype(np.float32),
        intrinsics=np.stack([image.camera.intrinsics for image in images]).astype(np.float32),
    )
