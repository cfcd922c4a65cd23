"""Cameras as pyramids, each holding its photograph."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from recon.scene import View
from viewer.model.frusta import image_corners
from viewer.model.look import colors
from viewer.viewport.texture import PixelTexture

LINE_WIDTH = 1.5  # pixels of a plain screen
WIDEST_ATLAS = 4096
WIDEST_CELL = 128
EDGES = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4), (4, 1))


class FrustaLayer:
    """One pyramid for each view: coloured by what it is for, and otherwise where it is selected.

    All pyramids are two actors and one texture, whatever their number.
    """

    def __init__(self, plotter: pv.BasePlotter, views: Sequence[View], depth: float) -> None:
        self._views = views
        self._rows = {view.name: row for row, view in enumerate(views)}
        self._columns = math.ceil(math.sqrt(len(views)))
        self._cell = min(WIDEST_CELL, WIDEST_ATLAS // self._columns)
        side = self._columns * self._cell
        self._atlas = np.full((side, side, 3), _rgb(colors().line), np.uint8)
        self._texture = PixelTexture(smooth=True)
        self._texture.show(self._atlas)
        corners = np.stack([image_corners(view.camera, depth) for view in views])
        self._lines = _pyramids(np.stack([view.camera.center for view in views]), corners)
        self._actors = (
            plotter.add_mesh(self._lines, scalars="color", rgb=True, lighting=False, **_WITHOUT_SIDE_EFFECTS),
            plotter.add_mesh(self._planes(corners), color="white", lighting=False, **_WITHOUT_SIDE_EFFECTS),
        )
        self._actors[1].SetTexture(self._texture.texture)
        self._selected: str | None = None
        self.recolor()

    def select(self, name: str | None) -> None:
        """Mark one view, or none."""
        self._selected = name
        self.recolor()

    def recolor(self) -> None:
        """Take the colours that hold now."""
        now = colors()
        train, test = _rgb(now.train), _rgb(now.test)
        lines = np.array([test if view.split == "test" else train for view in self._views], np.uint8)
        if self._selected in self._rows:
            lines[self._rows[self._selected]] = _rgb(now.selected)
        self._lines.cell_data["color"] = np.repeat(lines, len(EDGES), axis=0)

    def set_photo(self, name: str, pixels: NDArray[np.uint8]) -> None:
        """Put a thumbnail, (H, W, 3) uint8, into its pyramid. `refresh` shows it."""
        y, x = divmod(self._rows[name], self._columns)
        rows = np.linspace(0, pixels.shape[0] - 1, self._cell).round().astype(int)[::-1]
        columns = np.linspace(0, pixels.shape[1] - 1, self._cell).round().astype(int)
        part = np.s_[y * self._cell : (y + 1) * self._cell, x * self._cell : (x + 1) * self._cell]
        self._atlas[part] = pixels[rows][:, columns]

    def set_pixel_ratio(self, ratio: float) -> None:
        """Draw lines for a screen that has so many pixels for one."""
        self._actors[0].prop.line_width = LINE_WIDTH * ratio

    def refresh(self) -> None:
        """Take the thumbnails set since the last time."""
        self._texture.show(self._atlas)

    def set_visible(self, visible: bool) -> None:
        """Show or hide all pyramids."""
        for actor in self._actors:
            actor.SetVisibility(visible)

    def remove(self, plotter: pv.BasePlotter) -> None:
        """Take it out of the scene."""
        plotter.remove_actor(list(self._actors), reset_camera=False, render=False)

    def _planes(self, corners: NDArray[np.float64]) -> pv.PolyData:
        count = len(corners)
        faces = np.column_stack([np.full(count, 4), np.arange(4 * count).reshape(count, 4)])
        mesh = pv.PolyData(corners.reshape(-1, 3), faces=faces.ravel())
        y, x = np.divmod(np.arange(count), self._columns)
        inset = 0.5  # texels; else the neighbours in the atlas bleed in
        left, right = x * self._cell + inset, (x + 1) * self._cell - inset
        bottom, top = y * self._cell + inset, (y + 1) * self._cell - inset
        places = np.stack([left, top, right, top, right, bottom, left, bottom], axis=1).reshape(-1, 2)
        mesh.active_texture_coordinates = (places / (self._columns * self._cell)).astype(np.float32)
        return mesh


_WITHOUT_SIDE_EFFECTS = {"render": False, "reset_camera": False, "pickable": False, "show_scalar_bar": False}


def _rgb(color: str) -> tuple[int, ...]:
    return pv.Color(color).int_rgb


def _pyramids(centers: NDArray[np.float64], corners: NDArray[np.float64]) -> pv.PolyData:
    points = np.concatenate([centers[:, None], corners], axis=1)
    edges = np.array(EDGES) + 5 * np.arange(len(centers))[:, None, None]
    lines = np.concatenate([np.full((*edges.shape[:2], 1), 2), edges], axis=2)
    mesh = pv.PolyData(points.reshape(-1, 3), lines=lines.ravel())
    mesh.cell_data["color"] = np.zeros((mesh.n_cells, 3), np.uint8)
    return mesh
