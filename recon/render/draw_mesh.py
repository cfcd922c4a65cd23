"""Meshes as pictures in their own colours, unlit, as photographs can be compared with.

Light that a mesh has beside its texture is added where the eye is.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from recon.render.draw import BLACK, Color, Drawer, Drawing, choose_device
from recon.render.triangles import NOTHING, rasterize_fronts, rasterize_triangles
from recon.render.types import Cameras
from recon.scene import Camera, Geometry, Mesh
from recon.scene.harmonics import first_terms

PLAIN = 0.75  # brightness of a mesh that has no colours
# Where in a pixel it is looked through, from its centre: the four corners of a square that is turned, so that edges
# near the horizontal and the vertical have four steps too (rotated-grid sampling).
SAMPLES = ((-0.125, -0.375), (0.375, -0.125), (0.125, 0.375), (-0.375, 0.125))

Floats = NDArray[np.float32]


class MeshDrawer:
    """A mesh held ready on a device, to be drawn from many cameras: both sides of its faces, or outsides alone.

    Parameters
    ----------
    geometry : Mesh
    device : {"auto", "cpu", "cuda"}
        "auto" is the GPU where there is one.

    Raises
    ------
    DeviceUnavailable
        If "cuda" is asked for and there is none.
    """

    sampling = "four samples of each pixel"

    def __init__(self, geometry: Mesh, device: str = "auto") -> None:
        self.device = choose_device(device)
        self.geometry = geometry
        self._rasterize = rasterize_fronts if geometry.one_sided else rasterize_triangles
        self._vertices = torch.from_numpy(np.ascontiguousarray(geometry.vertices)).to(self.device)
        self._faces = torch.from_numpy(np.ascontiguousarray(geometry.faces)).to(self.device)

    @property
    def colored(self) -> bool:
        """Whether it has colours of its own; else it is drawn in an even grey."""
        return self.geometry.texture is not None or self.geometry.colors is not None

    def draw(
        self,
        camera: Camera,
        *,
        background: Color = BLACK,
        depth: bool = False,
        sky: bool = False,  # noqa: ARG002 - as of whatever can be compared
    ) -> Drawing:
        """Draw as a camera sees it, in the camera's size: the mean of four samples of each pixel.

        Parameters
        ----------
        camera : Camera
            Without lens distortion.
        background : tuple of float
            sRGB in [0, 1].
        depth : bool
            Whether to make the depth image too.
        sky : bool
            Nothing to a mesh, which has none.

        Returns
        -------
        Drawing

        Raises
        ------
        ValueError
            If the camera still has lens distortion.
        """
        shape = camera.height, camera.width
        light = _light(self.geometry, camera)
        color, alpha, distance = (np.zeros(size, np.float32) for size in ((*shape, 3), shape, shape))
        for x, y in SAMPLES:
            shifted = replace(camera, cx=camera.cx - x, cy=camera.cy - y)
            self._add_sample(shifted, light, (color, alpha, distance))
        distance /= np.maximum(alpha, 1e-12)  # the mean over those samples that meet it
        alpha /= len(SAMPLES)
        color = color / len(SAMPLES) + (1 - alpha[..., None]) * np.float32(background)
        return Drawing(color, alpha, distance if depth else None)

    def _add_sample(self, camera: Camera, light: Floats | None, sums: tuple[Floats, Floats, Floats]) -> None:
        """Look once through every pixel, and add what is there times its opacity."""
        color, alpha, distance = sums
        with torch.inference_mode():
            fragments = self._rasterize(self._vertices, self._faces, Cameras.of([camera], self.device))
        found = fragments.faces[0, ..., 0].cpu().numpy()
        hit = found != NOTHING
        corners = self.geometry.faces[found[hit]]
        weights = fragments.barycentrics[0, ..., 0, :].cpu().numpy()[hit]
        rgb, opacity = self._shades(corners, weights, hit)
        if light is not None:
            rgb = np.clip(rgb + _blended(light, corners, weights), 0, 1)
        color[hit] += rgb * opacity[:, None]
        alpha[hit] += opacity
        distance[hit] += fragments.depth[0, ..., 0].cpu().numpy()[hit] * opacity

    def _shades(self, corners: NDArray[np.int32], weights: Floats, hit: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Colour (P, 3) and opacity (P,) of the points that were met."""
        mesh, opaque = self.geometry, np.ones(len(corners), np.float32)
        if mesh.texture is not None and mesh.uv is not None:
            texels = _looked_up(mesh.texture, _blended(mesh.uv, corners, weights), hit)
            return texels[:, :3], texels[:, 3] if texels.shape[1] == 4 else opaque
        if mesh.colors is not None:
            return _blended(mesh.colors, corners, weights), opaque
        return np.full((len(corners), 3), PLAIN, np.float32), opaque


def drawer_of(geometry: Geometry, device: str = "auto") -> Drawer | MeshDrawer:
    """What draws this geometry so that photographs can be compared with it.

    Raises
    ------
    DeviceUnavailable
        If "cuda" is asked for and there is none.
    """
    return MeshDrawer(geometry, device) if isinstance(geometry, Mesh) else Drawer(geometry, device)


def _blended(values: Floats, corners: NDArray[np.int32], weights: Floats) -> Floats:
    """(P, D): values at vertices, weighted within faces."""
    return np.asarray((values[corners] * weights[..., None]).sum(1), np.float32)


def _light(mesh: Mesh, camera: Camera) -> Floats | None:
    """(V, 3): what is added to the colours of vertices seen from a camera; None for nothing."""
    if mesh.light is None:
        return None
    return np.asarray(np.einsum("vk,vkc->vc", first_terms(mesh.vertices, camera.center), mesh.light), np.float32)


def _looked_up(texture: NDArray[np.uint8], uv: Floats, hit: NDArray[np.bool_]) -> Floats:
    """(P, 3) or (P, 4): a texture between its texels; it repeats beyond [0, 1]."""
    import cv2

    height, width = texture.shape[:2]
    beyond = (uv < 0) | (uv > 1)
    u, v = np.where(beyond, uv - np.floor(uv), uv).T
    places = np.zeros((2, *hit.shape), np.float32)
    places[0][hit], places[1][hit] = u * width - 0.5, (1 - v) * height - 0.5
    image = cv2.remap(texture, places[0], places[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(image[hit], np.float32) / 255
