"""Training views as tensors, at the size the schedule asks for."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

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


class _Bands(NamedTuple):
    color: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None
    mask: NDArray[np.uint8] | None


class Photographs:
    """Reads training views through a bounded cache, one ahead of need.

    Parameters
    ----------
    views : sequence of View
    largest_side : int
        Views that are larger, in pixels, are reduced to it.
    frame : Frame
        The local frame of their cameras.
    device : torch.device
    """

    def __init__(self, views: Sequence[View], largest_side: int, frame: Frame, device: torch.device) -> None:
        self._views = views
        self._largest_side = largest_side
        self._cache = ImageCache()
        self._device = device
        self._transforms = [torch.from_numpy(frame.camera_from_local(view.camera)).float().to(device) for view in views]
        self._intrinsics: dict[tuple[int, float], Tensor] = {}
        self._reader = ThreadPoolExecutor(1, "photographs")
        self._ahead: tuple[int, float] | None = None
        self._pending: Future[_Bands] | None = None

    def __len__(self) -> int:
        return len(self._views)

    def camera_from_local(self, index: int) -> Tensor:
        """(4, 4) float32: a view's pose."""
        return self._transforms[index]

    def read(self, index: int, shrinking: float) -> Photograph:
        """One view, `shrinking` times smaller than it is at most trained at."""
        pending = self._pending if self._ahead == (index, shrinking) else None
        bands = self._decode(index, shrinking) if pending is None else pending.result()
        return Photograph(
            color=self._tensor(bands.color),
            alpha=self._plane(bands.alpha),
            mask=self._plane(bands.mask),
            camera_from_local=self._transforms[index],
            intrinsics=self._resized_intrinsics(index, shrinking),
        )

    def expect(self, index: int, shrinking: float) -> None:
        """Begin to decode the view that is wanted next, while this one is learned from."""
        self._ahead = (index, shrinking)
        self._pending = self._reader.submit(self._decode, index, shrinking)

    def _size(self, index: int, shrinking: float) -> tuple[int, int]:
        camera = self._views[index].camera
        factor = min(1.0, self._largest_side / max(camera.width, camera.height)) / shrinking
        return max(SMALLEST_SIDE, round(camera.width * factor)), max(SMALLEST_SIDE, round(camera.height * factor))

    def _decode(self, index: int, shrinking: float) -> _Bands:
        view, size = self._views[index], self._size(index, shrinking)
        return _Bands(self._cache.image(view, *size), self._cache.alpha(view, *size), self._cache.mask(view, *size))

    def _resized_intrinsics(self, index: int, shrinking: float) -> Tensor:
        key = (index, shrinking)
        if key not in self._intrinsics:
            camera = self._views[index].camera.resized(*self._size(index, shrinking))
            self._intrinsics[key] = torch.from_numpy(camera.intrinsics).float().to(self._device)
        return self._intrinsics[key]

    def _tensor(self, pixels: NDArray[np.uint8]) -> Tensor:
        return torch.from_numpy(pixels).to(self._device).float().div_(255)

    def _plane(self, pixels: NDArray[np.uint8] | None) -> Tensor | None:
        return None if pixels is None else self._tensor(pixels)[..., None]
