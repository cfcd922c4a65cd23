"""Training views as tensors, at the size the schedule asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recon.io.images import ImageCache
from recon.methods.splatting.frame import Frame
from recon.render import Cameras
from recon.scene import View

SMALLEST_SIDE = 8


@dataclass(frozen=True)
class Photograph:
    """One view, ready to be compared with.

    Parameters
    ----------
    color : (H, W, 3) float32
        sRGB in [0, 1], straight.
    alpha, mask : (H, W, 1) float32, optional
        Coverage of the subject; where the photograph counts.
    camera_from_local : (4, 4) float32
    intrinsics : (4,) float32
        fx, fy, cx, cy in pixels of this size.
    """

    color: Tensor
    alpha: Tensor | None
    mask: Tensor | None
    camera_from_local: Tensor
    intrinsics: Tensor

    def cameras(self, camera_from_local: Tensor) -> Cameras:
        """The camera to draw with, its pose given."""
        height, width = self.color.shape[:2]
        return Cameras(camera_from_local[None], self.intrinsics[None], width, height)


class Photographs:
    """Reads training views through a bounded cache.

    Parameters
    ----------
    views : sequence of View
    cache : ImageCache
    frame : Frame
    device : torch.device
    """

    def __init__(self, views: Sequence[View], cache: ImageCache, frame: Frame, device: torch.device) -> None:
        self.views = views
        self._cache = cache
        self._device = device
        self._transforms = [torch.from_numpy(frame.camera_from_local(view.camera)).float() for view in views]

    def __len__(self) -> int:
        return len(self.views)

    def read(self, index: int, shrinking: float) -> Photograph:
        """One view, `shrinking` times smaller."""
        view = self.views[index]
        width, height = (
            max(SMALLEST_SIDE, round(side / shrinking)) for side in (view.camera.width, view.camera.height)
        )
        camera = view.camera.resized(width, height)
        return Photograph(
            color=self._tensor(self._cache.image(view, width, height)),
            alpha=self._plane(self._cache.alpha(view, width, height)),
            mask=self._plane(self._cache.mask(view, width, height)),
            camera_from_local=self._transforms[index].to(self._device),
            intrinsics=torch.from_numpy(camera.intrinsics).float().to(self._device),
        )

    def _tensor(self, pixels: NDArray[np.uint8]) -> Tensor:
        return torch.from_numpy(pixels).to(self._device).float().div_(255)

    def _plane(self, pixels: NDArray[np.uint8] | None) -> Tensor | None:
        return None if pixels is None else self._tensor(pixels)[..., None]
