"""Depth images that are read when they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.undistort import Warp


@dataclass(frozen=True)
class DepthImage:
    """A depth image on disk, as `DepthMap`: .npy, or an image of one 16-bit or floating-point channel.

    Parameters
    ----------
    path : Path
    unit : float
        World units that a value of one stands for.
    warp : Warp, optional
        Undoes the distortion of the camera that it was taken with.
    """

    path: Path
    unit: float
    warp: Warp | None = None

    def read(self, width: int, height: int) -> NDArray[np.float32]:
        """Read at a size by nearest pixels: (height, width) float32, z in world units, 0 where unknown.

        Raises
        ------
        UnreadableFile
        """
        depth = self._load().astype(np.float32) * np.float32(self.unit)
        depth[~np.isfinite(depth) | (depth < 0)] = 0
        if self.warp is not None:
            depth = _nearest(depth, self.warp.source.width, self.warp.source.height)
            depth = self.warp.apply(depth, nearest=True)
        return _nearest(depth, width, height)

    def _load(self) -> NDArray[Any]:
        try:
            depth = self._load_npy() if self.path.suffix.lower() == ".npy" else self._load_image()
        except (OSError, ValueError, EOFError) as error:
            raise UnreadableFile(f"{self.path} could not be read as a depth image ({error}).") from error
        if depth is None or depth.ndim != 2 or depth.size == 0 or depth.dtype.kind not in "uif":
            raise UnreadableFile(f"{self.path} is not a depth image: one channel of numbers was wanted.")
        return depth

    def _load_npy(self) -> NDArray[Any]:
        # Mapped, not loaded, so that a header cannot ask for more memory than the file holds.
        return np.asarray(np.load(self.path, mmap_mode="r", allow_pickle=False)).squeeze()

    def _load_image(self) -> NDArray[Any] | None:
        import cv2

        data = np.fromfile(self.path, np.uint8)
        return None if data.size == 0 else cv2.imdecode(data, cv2.IMREAD_UNCHANGED)


def _nearest(depth: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    import cv2

    if depth.shape == (height, width):
        return depth
    return np.asarray(cv2.resize(depth, (width, height), interpolation=cv2.INTER_NEAREST_EXACT), np.float32)
