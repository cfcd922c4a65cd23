"""Finished geometry as pictures: numpy out, nothing to differentiate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from recon.errors import DeviceUnavailable
from recon.render.rasterize import rasterize
from recon.render.types import Cameras, Gaussians, Options
from recon.scene import Camera, Splats

Color = tuple[float, float, float]
BLACK: Color = (0.0, 0.0, 0.0)
WHITE: Color = (1.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False)
class Drawing:
    """One picture.

    Parameters
    ----------
    color : (H, W, 3) float32
        sRGB in [0, 1], over the background.
    alpha : (H, W) float32
        How much of a pixel the geometry covers, in [0, 1].
    depth : (H, W) float32, optional
        Expected z in camera coordinates and world units; 0 where nothing is.
    """

    color: NDArray[np.float32]
    alpha: NDArray[np.float32]
    depth: NDArray[np.float32] | None = None


class Drawer:
    """Geometry held ready on a device, to be drawn from many cameras.

    Parameters
    ----------
    geometry : Splats
    device : {"auto", "cpu", "cuda"}
        "auto" is the GPU where there is one.

    Raises
    ------
    DeviceUnavailable
        If "cuda" is asked for and there is none.
    """

    def __init__(self, geometry: Splats, device: str = "auto") -> None:
        self.device = choose_device(device)
        self.geometry = geometry
        self.gaussians = Gaussians.from_splats(geometry, self.device)
        self._kept: dict[str, Any] = {}

    def kept(self, name: str, make: Callable[[Splats], Any]) -> Any:
        """What a way of drawing derives from the geometry alone: made at its first use, and kept."""
        if name not in self._kept:
            self._kept[name] = make(self.geometry)
        return self._kept[name]

    def draw(self, camera: Camera, *, background: Color = BLACK, depth: bool = False) -> Drawing:
        """Draw as a camera sees it, in the camera's size, antialiased if the geometry was fitted so.

        Parameters
        ----------
        camera : Camera
            Without lens distortion.
        background : tuple of float
            sRGB in [0, 1].
        depth : bool
            Whether to make the depth image too.

        Returns
        -------
        Drawing

        Raises
        ------
        ValueError
            If the camera still has lens distortion.
        """
        options = Options(
            background=torch.tensor(background, dtype=torch.float32, device=self.device),
            antialiased=self.geometry.antialiased,
            depth=depth,
        )
        with torch.inference_mode():
            rendering = rasterize(self.gaussians, Cameras.of([camera], self.device), options)
            return Drawing(
                color=rendering.features[0].clamp(0, 1).cpu().numpy(),
                alpha=rendering.alpha[0].cpu().numpy(),
                depth=None if rendering.depth is None else rendering.depth[0].cpu().numpy(),
            )


def draw(
    geometry: Splats, camera: Camera, *, background: Color = BLACK, depth: bool = False, device: str = "auto"
) -> Drawing:
    """Draw one picture; see `Drawer`, which is the better choice for several."""
    return Drawer(geometry, device).draw(camera, background=background, depth=depth)


def choose_device(device: str) -> str:
    """Turn "auto" into "cuda" where there is a GPU, else into "cpu".

    Raises
    ------
    DeviceUnavailable
        If "cuda" is asked for and there is none.
    """
    if device == "cpu":
        return "cpu"
    if torch.cuda.is_available():
        return "cuda"
    if device == "auto":
        return "cpu"
    raise DeviceUnavailable("A CUDA device was asked for, and there is none that can be used. Choose the device cpu.")
