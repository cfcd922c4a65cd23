"""Shapes against depth: of the capture's depth images, or of its points where they are seen.

A pixel's depth is that of its ray on the plane of the face that it meets, so a face that stands askew to the ray is
pushed across its own plane and not along the ray, which would pull it apart.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recon.methods.shaping.layers import NOTHING, draw_front
from recon.methods.shaping.primitives import Primitives
from recon.methods.shaping.views import Views
from recon.render import Cameras

TRUSTED = 1.0  # how far from a primitive, in sides of its voxel, a depth may be its own
FARTHEST_OFFSET = 0.6  # half diagonals that a primitive may move at no cost
OFFSET_COST = 0.2
WINDOW = 5  # pixels across, within which a nearer point hides a farther one
HIDES = 1.5  # voxels by which it must be nearer

Floats = NDArray[np.float32]


def depth_loss(vertices: Tensor, faces: Tensor, primitives: Primitives, cameras: Cameras, target: Tensor) -> Tensor:
    """Mean distance along z, in sides of each pixel's voxel, of both sets from (H * W,) depths; 0 is unknown."""
    bounds = (0, primitives.fine_faces, len(faces))
    losses = []
    for first, last in pairwise(bounds):
        if first == last:
            continue
        drawn = draw_front(vertices, faces[first:last], cameras, 1)
        names, depth = drawn.faces.reshape(-1), drawn.depth.reshape(-1)
        pixels = ((names != NOTHING) & (target > 0)).nonzero()[:, 0]
        error = (depth[pixels] - target[pixels]).abs() / primitives.face_sizes(names[pixels] + first)
        trusted = error.detach() < TRUSTED
        losses.append((error * trusted).sum() / max(int(trusted.sum()), 1))
    return torch.stack(losses).sum()


def offset_cost(offsets: Tensor) -> Tensor:
    """What primitives pay for leaving their voxel."""
    return OFFSET_COST * torch.relu(offsets.abs() - FARTHEST_OFFSET).sum()


def targets(views: Views, positions: Floats) -> tuple[Floats, ...]:
    """(H * W,) depths of each view: measured ones where the capture brings any, else those of its points.

    Parameters
    ----------
    views : Views
    positions : (N, 3) float32
        Local.
    """
    if any(depth is not None for depth in views.depths):
        sizes = (cameras.width * cameras.height for cameras in views.cameras)
        pairs = zip(views.depths, sizes, strict=True)
        return tuple(np.zeros(size, np.float32) if depth is None else depth for depth, size in pairs)
    return tuple(_of_points(cameras, positions) for cameras in views.cameras)


def _of_points(cameras: Cameras, positions: Floats) -> Floats:
    """Depths of points at the pixels that they fall on, without those that nearer ones hide."""
    import cv2

    transform, (fx, fy, cx, cy) = cameras.camera_from_world[0].cpu().numpy(), cameras.intrinsics[0].cpu().numpy()
    local = positions @ transform[:3, :3].T + transform[:3, 3]
    local = local[local[:, 2] > HIDES]
    columns = np.floor(local[:, 0] / local[:, 2] * fx + cx)
    rows = np.floor(local[:, 1] / local[:, 2] * fy + cy)
    inside = (columns >= 0) & (columns < cameras.width) & (rows >= 0) & (rows < cameras.height)
    places = rows[inside].astype(np.int64) * cameras.width + columns[inside].astype(np.int64)
    nearest = np.full(cameras.height * cameras.width, np.inf, np.float32)
    np.minimum.at(nearest, places, local[inside, 2])
    image = nearest.reshape(cameras.height, cameras.width)
    around = cv2.erode(np.minimum(image, 1e9), np.ones((WINDOW, WINDOW), np.uint8))
    return np.where(nearest < around.reshape(-1) + HIDES, nearest, 0).astype(np.float32)
