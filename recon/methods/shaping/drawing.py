"""Finished primitives as pictures, drawn by their network or by their bake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np
import torch

from recon.methods.base import State
from recon.methods.primitives import Config
from recon.methods.shaping.layers import Hits, Layers, Surface, draw_front, layers_of
from recon.methods.shaping.radiance import Look
from recon.methods.shaping.scene import Scene
from recon.methods.shaping.trainer import looks_of
from recon.methods.shaping.views import cameras_of
from recon.methods.splatting.frame import Frame
from recon.render.draw import BLACK, Color, Drawing, choose_device
from recon.render.draw_mesh import SAMPLES
from recon.scene import Camera

BAND, AT_ONCE = 1 << 19, 1 << 15  # pixels that are looked through, and shaded, at a time

Kind = Literal["network", "baked"]


class PrimitivesDrawer:
    """Primitives held ready on a device, to be drawn from many cameras before their own background.

    Parameters
    ----------
    surface : Surface
    look : Look
    frame : Frame
    device : str
    fitted_side : int
        The longest side, in pixels, of the photographs they were fitted to. Pictures up to twice as large take four
        samples of each pixel; what is larger shows nothing finer, and takes one.
    """

    sampling = "four samples of each pixel, one where a picture is over twice as large as those fitted to"

    def __init__(self, surface: Surface, look: Look, frame: Frame, device: str, fitted_side: int) -> None:
        self.surface, self.look, self.frame, self.device = surface, look, frame, device
        self._fitted_side = fitted_side

    @torch.inference_mode()
    def draw(self, camera: Camera, *, background: Color = BLACK, depth: bool = False, sky: bool = False) -> Drawing:
        """Draw as a camera sees it, in its size; see `recon.render.draw.Drawer`. Depth is that of the nearest face."""
        color = np.zeros((camera.height, camera.width, 3), np.float32)
        alpha = np.zeros((camera.height, camera.width), np.float32)
        large = max(camera.width, camera.height) > 2 * self._fitted_side
        samples = ((0.0, 0.0),) if large else SAMPLES
        for x, y in samples:
            for rows, band in _bands(replace(camera, cx=camera.cx - x, cy=camera.cy - y)):
                once = self._draw_once(band, background, sky=sky)
                color[rows] += once[0] / len(samples)
                alpha[rows] += once[1] / len(samples)
        return Drawing(color.clip(0, 1), alpha, self.depth(camera) if depth else None)

    @torch.inference_mode()
    def depth(self, camera: Camera) -> np.ndarray:
        """(H, W) float32: z of the nearest fine face, or of the nearest coarse one where there is none, world units."""
        cameras, fine = cameras_of(camera, self.frame, self.device), self.surface.fine_faces
        near = np.zeros((camera.height, camera.width), np.float32)
        for faces in (self.surface.faces[:fine], self.surface.faces[fine:]):
            found = draw_front(self.surface.vertices, faces, cameras, 1).depth[0, ..., 0].cpu().numpy()
            near = np.where(near > 0, near, found)
        return near * np.float32(self.frame.radius)

    @torch.inference_mode()
    def sky(self, camera: Camera) -> np.ndarray:
        """(H, W, 3) float32: the background alone."""
        directions = cameras_of(camera, self.frame, self.device).directions().reshape(-1, 3)
        return self.look.background(directions).reshape(camera.height, camera.width, 3).cpu().numpy()

    def _draw_once(self, camera: Camera, background: Color, *, sky: bool) -> tuple[np.ndarray, np.ndarray]:
        cameras = cameras_of(camera, self.frame, self.device)
        layers, directions = layers_of(self.surface, cameras), cameras.directions().reshape(-1, 3)
        colors, alphas = [], []
        for first in range(0, len(directions), AT_ONCE):
            part = slice(first, first + AT_ONCE)
            hits = Hits.of(Layers(layers.faces[part], layers.weights[part]), slice(None), self.surface)
            opacities, shades = self.look.shade(hits, directions[part], self.surface)
            behind = torch.tensor(background, device=directions.device).expand(len(directions[part]), 3)
            if sky:
                behind = self.look.background(directions[part])
            color, left = hits.composed(opacities, shades, behind)
            colors.append(color)
            alphas.append(1 - left)
        shape = camera.height, camera.width
        return torch.cat(colors).reshape(*shape, 3).cpu().numpy(), torch.cat(alphas).reshape(shape).cpu().numpy()


def _bands(camera: Camera) -> Iterator[tuple[slice, Camera]]:
    """A picture cut into bands of rows, as large ones do not fit into memory at once."""
    count = max(1, BAND // camera.width)
    for first in range(0, camera.height, count):
        last = min(first + count, camera.height)
        yield slice(first, last), replace(camera, height=last - first, cy=camera.cy - first)


def drawer_of_state(state: State, config: Config, device: str, kind: Kind = "network") -> PrimitivesDrawer | None:
    """What draws a state by its network or its bake; None where it has none yet."""
    chosen = choose_device(device)
    place = torch.device(chosen)
    radiance, bake = looks_of(state, config, place)
    look = radiance if kind == "network" else bake
    if look is None:
        return None
    scene = Scene.of_state(state, place)
    return PrimitivesDrawer(scene.surface(config), look, scene.frame, chosen, config.largest_side)
