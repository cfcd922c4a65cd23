"""Training views as one long list of pixels, and their cameras, in the local frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recon.methods.splatting.frame import Frame
from recon.render import Cameras
from recon.scene import Camera, View

SMALLEST_SIDE = 8
COUNTS = 128  # mask values from here on count


@dataclass(frozen=True, eq=False)
class Views:
    """P pixels of the training views, of each view by rows.

    Parameters
    ----------
    cameras : tuple of Cameras
        One each.
    colors : (P, 3) uint8
        sRGB; over white where there is transparency.
    directions : (P, 3) float32
        Unit, local.
    counted : (C,) int64
        Those pixels that masks let count.
    starts : tuple of int
        Where each view's pixels begin, and the end.
    depths : tuple of (H * W,) float32 arrays or None
        z, local, 0 where unknown; of each view.
    """

    cameras: tuple[Cameras, ...]
    colors: Tensor
    directions: Tensor
    counted: NDArray[np.int64]
    starts: tuple[int, ...]
    depths: tuple[NDArray[np.float32] | None, ...]

    def __len__(self) -> int:
        return len(self.cameras)

    def view_of(self, pixels: NDArray[np.int64]) -> NDArray[np.int64]:
        """(B,) int64: which view each pixel belongs to."""
        return np.searchsorted(self.starts, pixels, "right") - 1


def size_of(camera: Camera, largest_side: int) -> tuple[int, int]:
    """Width and height of a view that is reduced to a longest side."""
    factor = min(1.0, largest_side / max(camera.width, camera.height))
    return max(SMALLEST_SIDE, round(camera.width * factor)), max(SMALLEST_SIDE, round(camera.height * factor))


def read_views(views: Sequence[View], largest_side: int, frame: Frame, device: torch.device) -> Iterator[float | Views]:
    """Read photographs one by one: yields the share that is read, and at last all of them."""
    cameras, colors, directions, counted, depths, starts = [], [], [], [], [], [0]
    for done, view in enumerate(views, start=1):
        camera = view.camera.resized(*size_of(view.camera, largest_side))
        cameras.append(cameras_of(camera, frame, device))
        color, counts = _color(view, camera), np.ones(camera.height * camera.width, np.bool_)
        if view.mask is not None:
            counts = view.mask.read(camera.width, camera.height).reshape(-1) >= COUNTS
        colors.append(torch.from_numpy(color.reshape(-1, 3)).to(device))
        directions.append(cameras[-1].directions().reshape(-1, 3))
        counted.append(np.flatnonzero(counts) + starts[-1])
        depth = None if view.depth is None else view.depth.read(camera.width, camera.height).reshape(-1)
        depths.append(None if depth is None else np.where(counts, depth / frame.radius, 0).astype(np.float32))
        starts.append(starts[-1] + len(counts))
        yield done / len(views)
    yield Views(
        *(tuple(cameras), torch.cat(colors), torch.cat(directions), np.concatenate(counted), tuple(starts)),
        tuple(depths),
    )


def cameras_of(camera: Camera, frame: Frame, device: torch.device | str) -> Cameras:
    """One camera, local."""
    transform = torch.from_numpy(frame.camera_from_local(camera)).float()
    intrinsics = torch.from_numpy(camera.intrinsics).float()
    return Cameras(transform[None].to(device), intrinsics[None].to(device), camera.width, camera.height)


def center_of(cameras: Cameras) -> Tensor:
    """(3,) float32: where the first camera stands."""
    transform = cameras.camera_from_world[0]
    return -transform[:3, :3].T @ transform[:3, 3]


def _color(view: View, camera: Camera) -> NDArray[np.uint8]:
    color = view.image.read(camera.width, camera.height)
    if view.alpha is None:
        return np.array(color)
    alpha = view.alpha.read(camera.width, camera.height)[..., None].astype(np.float32) / 255
    return np.rint(color * alpha + 255 * (1 - alpha)).astype(np.uint8)
