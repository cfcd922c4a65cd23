"""Finished geometry as pictures: numpy out, nothing to differentiate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from recon.errors import DeviceUnavailable
from recon.render.rasterize import rasterize
from recon.render.types import Cameras, Gaussians, Options, Tangents
from recon.scene import Blocks, Camera, Splats
from recon.scene.block_surfaces import splats_of, surfels_of

Color = tuple[float, float, float]
BLACK: Color = (0.0, 0.0, 0.0)
WHITE: Color = (1.0, 1.0, 1.0)
AS_FITTED: dict[str, Any] = {"blur": 0.1, "antialiased": True, "cull_backfaces": True}  # blocks, as their method draws


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


class ViewDrawer(Protocol):
    """Whatever draws one thing from many cameras; see `Drawer`. `sampling` says how pixels become smooth."""

    device: str
    sampling: str

    def draw(self, camera: Camera, *, background: Color = BLACK, depth: bool = False, sky: bool = False) -> Drawing:
        """Draw as a camera sees it, in the camera's size."""
        ...


class Drawer:
    """Geometry held ready on a device, to be drawn from many cameras.

    Parameters
    ----------
    geometry : Splats or Blocks
        Blocks are drawn as they are fitted, a flat Gaussian for each texel, before their sky if they have one.
    device : {"auto", "cpu", "cuda"}
        "auto" is the GPU where there is one.

    Raises
    ------
    DeviceUnavailable
        If "cuda" is asked for and there is none.
    """

    sampling = "by the footprint of each Gaussian"

    def __init__(self, geometry: Splats | Blocks, device: str = "auto") -> None:
        self.device = choose_device(device)
        self._blocks = geometry if isinstance(geometry, Blocks) else None
        self.geometry = geometry if isinstance(geometry, Splats) else splats_of(geometry)
        if self._blocks is None:
            self.gaussians = Gaussians.from_splats(self.geometry, self.device)
        else:
            self.gaussians = _gaussians_of(self._blocks, self.device)
        self._kept: dict[str, Any] = {}

    def kept(self, name: str, make: Callable[[Splats], Any]) -> Any:
        """What a way of drawing derives from the geometry alone: made at its first use, and kept."""
        if name not in self._kept:
            self._kept[name] = make(self.geometry)
        return self._kept[name]

    def draw(self, camera: Camera, *, background: Color = BLACK, depth: bool = False, sky: bool = False) -> Drawing:
        """Draw as a camera sees it, in the camera's size, antialiased if the geometry was fitted so.

        Parameters
        ----------
        camera : Camera
            Without lens distortion.
        background : tuple of float
            sRGB in [0, 1].
        depth : bool
            Whether to make the depth image too.
        sky : bool
            Whether blocks stand before their sky, if they have one, instead of the background.

        Returns
        -------
        Drawing

        Raises
        ------
        ValueError
            If the camera still has lens distortion.
        """
        options = Options(antialiased=self.geometry.antialiased, depth=depth)
        if self._blocks is not None:
            options = replace(options, **AS_FITTED)
        with torch.inference_mode():
            cameras = Cameras.of([camera], self.device)
            behind = torch.tensor(background, dtype=torch.float32, device=self.device)
            if self._blocks is None or self._blocks.sky is None or not sky:
                rendering = rasterize(self.gaussians, cameras, replace(options, background=behind))
                color = rendering.features[0]
            else:
                rendering = rasterize(self.gaussians, cameras, options)
                far = torch.from_numpy(self._blocks.sky_toward(_directions(camera))).to(self.device)
                color = rendering.features[0] + (1 - rendering.alpha[0, ..., None]) * far
            return Drawing(
                color=color.clamp(0, 1).cpu().numpy(),
                alpha=rendering.alpha[0].cpu().numpy(),
                depth=None if rendering.depth is None else rendering.depth[0].cpu().numpy(),
            )


def _gaussians_of(blocks: Blocks, device: str) -> Gaussians:
    def tensor(array: NDArray[np.float32]) -> torch.Tensor:
        return torch.from_numpy(array).to(device)

    surfels = surfels_of(blocks)
    shape = Tangents(tensor(surfels.u), tensor(surfels.v))
    return Gaussians(tensor(surfels.means), tensor(surfels.opacities), shape, features=tensor(surfels.colors))


def _directions(camera: Camera) -> NDArray[np.float64]:
    """(H, W, 3): directions of pixels in world coordinates, of any length."""
    rows, columns = np.mgrid[: camera.height, : camera.width] + 0.5
    local = np.stack([(columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy, np.ones_like(rows)], -1)
    return np.asarray(local @ camera.world_from_camera[:3, :3].T)


def draw(
    geometry: Splats | Blocks, camera: Camera, *, background: Color = BLACK, depth: bool = False, device: str = "auto"
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
