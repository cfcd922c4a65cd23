"""How far each block is from the photographs, over the pixels in which it is seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from recon.evaluate.comparison import compare
from recon.evaluate.metrics import HIGHEST_PSNR
from recon.render.draw import Drawer
from recon.render.triangles import NOTHING, rasterize_triangles
from recon.render.types import Cameras
from recon.scene import Blocks, Camera, View
from recon.scene.block_surfaces import DETAIL, faces, vertices

GROUND_CORNERS = np.array([[0, 2, 3], [0, 3, 1]], np.int32)


@dataclass(frozen=True)
class PartError:
    """The image error of one block.

    Parameters
    ----------
    name : str
        Of the block.
    pixels : int
        In which nothing is before it, of all views together; those that masks leave out do not count.
    mean_absolute_error : float, optional
        Of these pixels and all channels, in [0, 1]; None where no view shows the block.
    psnr : float, optional
        From the mean squared error over the same, decibels, at most 100.
    """

    name: str
    pixels: int
    mean_absolute_error: float | None
    psnr: float | None

    def to_json(self) -> dict[str, str | int | float | None]:
        """As plain values."""
        return asdict(self)


def part_errors(blocks: Blocks, views: Sequence[View], device: str = "auto") -> tuple[PartError, ...]:
    """Measure the image error of every block, in the order of the blocks.

    Parameters
    ----------
    blocks : Blocks
    views : sequence of View
    device : {"auto", "cpu", "cuda"}

    Raises
    ------
    UnreadableFile
        If a photograph cannot be read.
    DeviceUnavailable
        If the device does not exist.
    """
    if not len(blocks):
        return ()
    drawer, counts = Drawer(blocks, device), np.zeros(len(blocks), np.int64)
    absolute, squared = np.zeros((2, len(blocks)))
    for view in views:
        comparison = compare(drawer, view)
        rows = rows_seen(blocks, view.camera, drawer.device)
        seen = (rows >= 0) if comparison.mask is None else (rows >= 0) & comparison.mask
        away = comparison.photo[seen].astype(np.float64) - comparison.render[seen]
        counts += np.bincount(rows[seen], minlength=len(blocks))
        absolute += np.bincount(rows[seen], np.abs(away).mean(1), len(blocks))
        squared += np.bincount(rows[seen], np.square(away).mean(1), len(blocks))
    return tuple(map(_part_error, blocks.names, counts.tolist(), absolute.tolist(), squared.tolist()))


def rows_seen(blocks: Blocks, camera: Camera, device: str = "cpu") -> NDArray[np.int64]:
    """(H, W) int64: the row of the block that the middle of each pixel shows; -1 for the ground, or nothing."""
    points = vertices(blocks, DETAIL).reshape(len(blocks), -1, 3)
    each = faces(DETAIL)
    triangles = [each + np.int32(row * points.shape[1]) for row in range(len(blocks))]
    corners = points.reshape(-1, 3)
    if blocks.ground is not None:
        triangles.append(GROUND_CORNERS + np.int32(len(corners)))
        corners = np.concatenate([corners, blocks.ground.grid(1, 1).reshape(-1, 3)])
    arrays = corners.astype(np.float32), np.ascontiguousarray(np.concatenate(triangles), np.int32)
    with torch.inference_mode():
        tensors = (torch.from_numpy(array).to(device) for array in arrays)
        found = rasterize_triangles(*tensors, Cameras.of([camera], device)).faces[0, ..., 0].cpu().numpy()
    rows = found.astype(np.int64) // len(each)
    return np.where((found == NOTHING) | (rows >= len(blocks)), -1, rows)


def _part_error(name: str, pixels: int, absolute: float, squared: float) -> PartError:
    if not pixels:
        return PartError(name, 0, None, None)
    psnr = min(-10 * math.log10(max(squared / pixels, 1e-30)), HIGHEST_PSNR)
    return PartError(name, pixels, absolute / pixels, psnr)
