"""Training views as tensors in scene units, at the sizes the schedule asks for: few pixels, all kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from recon.methods.blocking.model import sky_harmonics
from recon.render import Cameras
from recon.scene import Camera, Similarity, View

SMALLEST_SIDE = 16


@dataclass(frozen=True)
class Photograph:
    """One view, ready to be compared with.

    Parameters
    ----------
    color : (H, W, 3) float32
        sRGB in [0, 1]; over white where it has transparency.
    half : (H // 2, W // 2, 3) float32
        The same at half the size.
    mask : (H, W, 1) float32, optional
        Where it counts.
    cameras : Cameras
        Its camera; world coordinates are scene units.
    harmonics : (H, W, 9) float32
        Of each pixel's direction, for the sky.
    """

    color: Tensor
    half: Tensor
    mask: Tensor | None
    cameras: Cameras
    harmonics: Tensor


def halved(image: Tensor) -> Tensor:
    """(H // 2, W // 2, C): means of two by two pixels."""
    return functional.avg_pool2d(image.permute(2, 0, 1)[None], 2)[0].permute(1, 2, 0).contiguous()


def camera_from_local(camera: Camera, local_from_world: Similarity) -> np.ndarray:
    """(4, 4) float64: rigid, from scene units to a camera whose unit they are."""
    world_from_local, transform = local_from_world.inverse, camera.camera_from_world
    shift = transform[:3, :3] @ world_from_local.translation + transform[:3, 3]
    moved = np.eye(4)
    moved[:3, :3] = transform[:3, :3] @ world_from_local.rotation
    moved[:3, 3] = shift / world_from_local.scale
    return moved


class Photographs:
    """Training views, read once for each size.

    Parameters
    ----------
    views : sequence of View
    largest_side : int
        Views that are larger, in pixels, are reduced to it.
    local_from_world : Similarity
    device : torch.device
        Where the tensors lie.
    """

    def __init__(
        self, views: Sequence[View], largest_side: int, local_from_world: Similarity, device: torch.device
    ) -> None:
        self._views = views
        self._largest_side = largest_side
        self._local_from_world = local_from_world
        self.device = device
        self._read: dict[tuple[int, int], Photograph] = {}

    def __len__(self) -> int:
        return len(self._views)

    def read(self, index: int, divisor: int) -> Photograph:
        """One view, so many times smaller than it is at most fitted at."""
        if (index, divisor) not in self._read:
            self._read[index, divisor] = self._made(self._views[index], divisor)
        return self._read[index, divisor]

    @property
    def longest_side(self) -> int:
        """Of the largest view as it is fitted at, in pixels."""
        return max(max(self.size(view, 1)) for view in self._views)

    def size(self, view: View, divisor: int) -> tuple[int, int]:
        """Width and height of a view at a divisor."""
        camera = view.camera
        factor = min(1.0, self._largest_side / max(camera.width, camera.height)) / divisor
        return max(SMALLEST_SIDE, round(camera.width * factor)), max(SMALLEST_SIDE, round(camera.height * factor))

    def _made(self, view: View, divisor: int) -> Photograph:
        width, height = self.size(view, divisor)
        color = self._tensor(view.image.read(width, height))
        if view.alpha is not None:
            alpha = self._tensor(view.alpha.read(width, height))[..., None]
            color = color * alpha + 1 - alpha
        mask = None
        if view.mask is not None:
            mask = self._tensor(view.mask.read(width, height))[..., None]
            color = color * mask
        camera = view.camera.resized(width, height)
        transform = torch.from_numpy(camera_from_local(camera, self._local_from_world)).float().to(self.device)
        intrinsics = torch.from_numpy(camera.intrinsics).float().to(self.device)
        cameras = Cameras(transform[None], intrinsics[None], width, height)
        return Photograph(color, halved(color), mask, cameras, sky_harmonics(cameras.directions()))

    def _tensor(self, pixels: np.ndarray) -> Tensor:
        return torch.from_numpy(np.array(pixels)).to(self.device).float().div_(255)
