"""The error of geometry against one photograph, laid over the geometry and seen from anywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.evaluate.comparison import compare
from recon.evaluate.sheets import error_colors
from recon.render.draw import Drawer, Drawing
from recon.render.draw_mesh import MeshDrawer
from recon.scene import Camera, View

SAME_DEPTH = 0.03  # part of the depth by which a point may lie behind what the photograph's camera sees
UNSEEN = 0.25  # brightness of what the photograph does not show
SAME_PLACE = 1e-6

Image = NDArray[np.float32]


class ErrorMap:
    """How far geometry is from a photograph, pixel by pixel of the photograph, in colours.

    Parameters
    ----------
    drawer : Drawer or MeshDrawer
    view : View
    longest : int
        Longest side, in pixels, at which the two are compared; never more than the view's own.

    Raises
    ------
    UnreadableFile
        If the photograph cannot be read.
    """

    def __init__(self, drawer: Drawer | MeshDrawer, view: View, longest: int) -> None:
        factor = min(1.0, longest / max(view.camera.width, view.camera.height))
        size = max(1, round(view.camera.width * factor)), max(1, round(view.camera.height * factor))
        self._drawer = drawer
        self._camera = view.camera.resized(*size)
        self._colors = error_colors(compare(drawer, view, size).error).astype(np.float32) / 255
        self._depth = drawer.draw(self._camera, depth=True).depth

    def draw(self, camera: Camera) -> Drawing:
        """Draw through a camera.

        From where the photograph was taken, it is all shown; from elsewhere, what the photograph saw of the geometry,
        and the rest dimmed.
        """
        drawing = self._drawer.draw(camera, depth=True)
        moved = self._camera.camera_from_world @ camera.world_from_camera
        if np.abs(moved - np.eye(4)).max() < SAME_PLACE:
            x, y, _ = self._pixels(camera, moved, np.ones_like(drawing.depth))
            inside = self._inside(x, y)
            depth = np.where(drawing.depth > 0, drawing.depth, drawing.depth.max(initial=1.0))
            alpha = np.maximum(drawing.alpha, inside)
        else:
            x, y, z = self._pixels(camera, moved, np.where(drawing.depth > 0, drawing.depth, 1))
            seen_depth = _sampled(self._depth, x, y)
            inside = self._inside(x, y) & (z > 0) & (z <= seen_depth * (1 + SAME_DEPTH))
            depth, alpha = drawing.depth, drawing.alpha
        shown = _sampled(self._colors, x, y) * alpha[..., None]
        return Drawing(np.where(inside[..., None], shown, UNSEEN * drawing.color), alpha, depth)

    def _pixels(self, camera: Camera, moved: NDArray[np.float64], depth: Image) -> tuple[Image, Image, Image]:
        """Where in the photograph the points at these depths lie, and their depth there."""
        x = (np.arange(camera.width, dtype=np.float32) + 0.5 - camera.cx) / camera.fx * depth
        y = ((np.arange(camera.height, dtype=np.float32) + 0.5 - camera.cy) / camera.fy)[:, None] * depth
        rows = moved.astype(np.float32)
        u, v, z = (row[0] * x + row[1] * y + row[2] * depth + row[3] for row in rows[:3])
        with np.errstate(divide="ignore", invalid="ignore"):
            pixels = self._camera.fx * u / z + self._camera.cx, self._camera.fy * v / z + self._camera.cy
        return *(np.asarray(np.nan_to_num(values), np.float32) for values in pixels), z

    def _inside(self, x: Image, y: Image) -> NDArray[np.bool_]:
        return (x >= 0) & (x <= self._camera.width) & (y >= 0) & (y <= self._camera.height)


def _sampled(image: Image, x: Image, y: Image) -> Image:
    """An image at places in pixels, whose centres are at +0.5."""
    import cv2

    sampled = cv2.remap(
        image, x - np.float32(0.5), y - np.float32(0.5), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(sampled, np.float32)
