"""Blocks, each a solid of its own with its texture, and the ground they stand on."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from recon.scene import Blocks, Camera, Ground
from recon.scene.block_surfaces import DETAIL, atlas, atlas_uv, faces, local_vertices, smooth_normals
from viewer.model.block_view import met, part_color
from viewer.model.mesh_style import MeshStyle
from viewer.viewport.mesh_layer import PLAIN_COLOR, QUIETLY
from viewer.viewport.texture import PixelTexture

AMBIENT, AMBIENT_SELECTED = 0.3, 0.5
DIFFUSE = 0.7  # unlit, a colour is multiplied by both
GROUND_DETAIL = 48  # squares along each edge; a graded ground is curved on its texture
GROUND_PART = 0.35  # brightness of the ground where blocks are drawn in their own colours


class BlockLayer:
    """The blocks of one result in the scene.

    Parameters
    ----------
    plotter : BasePlotter
    """

    def __init__(self, plotter: pv.BasePlotter) -> None:
        self._plotter = plotter
        self._solids: dict[int, _Solid] = {}
        self._ground: _Ground | None = None
        self._numbers: tuple[int, ...] = ()
        self._blocks: Blocks | None = None
        self._visible, self._style = True, "shaded"

    def show(self, numbers: tuple[int, ...], blocks: Blocks, selected: Collection[int]) -> None:
        """Show blocks, known by their numbers; only what has changed is made anew."""
        self._numbers, self._blocks = numbers, blocks
        for row, number in enumerate(numbers):
            if number not in self._solids:
                self._solids[number] = _Solid(self._plotter, number)
            self._solids[number].show(blocks, row, selected=number in selected)
        if self._ground is None and blocks.ground is not None:
            self._ground = _Ground(self._plotter, blocks.ground)
        self._apply()

    def set_visible(self, visible: bool) -> None:
        """Show or hide all of them."""
        self._visible = visible
        self._apply()

    def set_style(self, style: MeshStyle) -> None:
        """Draw them shaded, in their bare colours, each in one colour, or as wires."""
        self._style = style
        self._apply()

    def depth_at(self, camera: Camera, x: float, y: float) -> float | None:
        """How far before the camera one is met at a pixel, along the viewing axis; None where none is."""
        found = met(self._blocks, camera, x, y) if self._visible and self._blocks is not None else None
        return found[1] if found else None

    def remove(self) -> None:
        """Take them out of the scene."""
        for part in (*self._solids.values(), *([self._ground] if self._ground else [])):
            self._plotter.remove_actor(part.actor, reset_camera=False, render=False)
        self._solids.clear()
        self._ground = None

    def _apply(self) -> None:
        for number, solid in self._solids.items():
            solid.actor.SetVisibility(self._visible and number in self._numbers)
            solid.set_style(self._style)
        if self._ground is not None:
            self._ground.actor.SetVisibility(self._visible and self._style != "wireframe")
            self._ground.set_style(self._style)


class _Solid:
    """One block: a grid in the block's own frame, placed by a matrix, so that moving it costs nothing."""

    def __init__(self, plotter: pv.BasePlotter, number: int) -> None:
        self._color = part_color(number)
        self._data = _surface(np.zeros((6 * (DETAIL + 1) ** 2, 3), np.float32), faces(DETAIL))
        self.actor = plotter.add_mesh(self._data, color="white", ambient=AMBIENT, diffuse=DIFFUSE, **QUIETLY)
        self.actor.GetProperty().SetBackfaceCulling(True)  # else one looks into blocks that are not opaque
        self._texture = PixelTexture(smooth=True)
        self._shape: tuple[bytes, ...] = ()
        self._tiles: NDArray[np.uint8] | None = None

    def show(self, blocks: Blocks, row: int, *, selected: bool) -> None:
        arrays = [array[row : row + 1] for array in blocks.shape]
        shape = tuple(array.tobytes() for array in arrays)
        if shape != self._shape:
            self._shape = shape
            points = local_vertices(blocks.part(np.array([row])), DETAIL)
            self._data.points = points[0].astype(np.float32)
            self._data.point_data.active_normals = smooth_normals(points, DETAIL)[0].astype(np.float32)
        if self._tiles is None or not np.array_equal(blocks.textures[row], self._tiles):
            self._tiles = blocks.textures[row]
            self._data.active_texture_coordinates = atlas_uv(DETAIL, self._tiles.shape[1]).astype(np.float32)
            self._texture.show(np.ascontiguousarray(atlas(self._tiles)[::-1]))
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = blocks.world_from_block[row], blocks.centers[row]
        placed = vtkMatrix4x4()
        placed.DeepCopy(matrix.ravel())
        self.actor.SetUserMatrix(placed)
        properties = self.actor.GetProperty()
        properties.SetOpacity(float(blocks.opacities[row]))
        properties.SetAmbient(AMBIENT_SELECTED if selected else AMBIENT)

    def set_style(self, style: MeshStyle) -> None:
        plain = style in ("parts", "wireframe")
        self.actor.SetTexture(None if plain else self._texture.texture)
        properties = self.actor.GetProperty()
        properties.SetColor(self._color if plain else (1.0, 1.0, 1.0))
        properties.SetLighting(style in ("shaded", "parts"))
        if style == "wireframe":
            properties.SetRepresentationToWireframe()
        else:
            properties.SetRepresentationToSurface()


class _Ground:
    """The ground, in its bare colours."""

    def __init__(self, plotter: pv.BasePlotter, ground: Ground) -> None:
        count = GROUND_DETAIL + 1
        corner = (np.arange(GROUND_DETAIL)[:, None] * count + np.arange(GROUND_DETAIL)).ravel()
        squares = np.stack([corner, corner + count, corner + count + 1, corner, corner + count + 1, corner + 1], axis=1)
        data = _surface(ground.grid(GROUND_DETAIL, GROUND_DETAIL).reshape(-1, 3), squares.reshape(-1, 3))
        row, column = (each.ravel() / GROUND_DETAIL for each in np.indices((count, count)))
        data.active_texture_coordinates = np.stack([column, 1 - row], axis=1).astype(np.float32)
        self.actor = plotter.add_mesh(data, color=PLAIN_COLOR, lighting=False, **QUIETLY)
        self._texture = PixelTexture(smooth=True)
        self._texture.show(np.ascontiguousarray(ground.texture[::-1]))

    def set_style(self, style: MeshStyle) -> None:
        self.actor.SetTexture(None if style == "parts" else self._texture.texture)
        self.actor.GetProperty().SetColor(*[GROUND_PART if style == "parts" else 1.0] * 3)


def _surface(points: NDArray[np.floating], triangles: NDArray[np.integer]) -> pv.PolyData:
    corners = np.concatenate([np.full((len(triangles), 1), 3), triangles], axis=1)
    return pv.PolyData(np.asarray(points, np.float32), faces=corners.ravel())
