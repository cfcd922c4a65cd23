"""A mesh of the user's, with its texture or colours."""

from __future__ import annotations

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import mutable
from vtkmodules.vtkCommonDataModel import vtkStaticCellLocator

from recon.scene import Camera, Mesh
from viewer.model.window import MeshStyle
from viewer.viewport.texture import PixelTexture

PLAIN_COLOR = "#b9bec7"
FEATURE_ANGLE = 45.0  # degrees between faces from which on an edge is drawn sharp
QUIETLY = {"render": False, "reset_camera": False, "pickable": False, "show_scalar_bar": False}


class MeshLayer:
    """One mesh in the scene.

    Parameters
    ----------
    plotter : BasePlotter
    mesh : Mesh
    """

    def __init__(self, plotter: pv.BasePlotter, mesh: Mesh) -> None:
        self.mesh = mesh
        self._data = _poly_data(mesh)
        colored = mesh.texture is None and mesh.colors is not None
        scalars = {"scalars": "color", "rgb": True} if colored else {"color": PLAIN_COLOR}
        if mesh.texture is not None:
            scalars = {"color": "white"}
        self._actor = plotter.add_mesh(self._data, line_width=1.0, ambient=0.25, diffuse=0.8, **scalars, **QUIETLY)
        self._actor.prop.interpolation = "Gouraud"  # by the normals; it would be flat otherwise
        if mesh.texture is not None:
            self._texture = PixelTexture(smooth=True)
            self._texture.show(np.ascontiguousarray(mesh.texture[::-1]))
            self._actor.SetTexture(self._texture.texture)
        self._locator: vtkStaticCellLocator | None = None

    def set_style(self, style: MeshStyle) -> None:
        """Draw it shaded, in its bare colours, or as wires."""
        properties = self._actor.GetProperty()
        properties.SetLighting(style in ("shaded", "parts"))
        if style == "wireframe":
            properties.SetRepresentationToWireframe()
        else:
            properties.SetRepresentationToSurface()

    def set_visible(self, visible: bool) -> None:
        """Show or hide it."""
        self._actor.SetVisibility(visible)

    def depth_at(self, camera: Camera, x: float, y: float) -> float | None:
        """How far before the camera it is met at a pixel, along the viewing axis; None where it is not."""
        if not self._actor.GetVisibility():
            return None
        if self._locator is None:
            self._locator = vtkStaticCellLocator()
            self._locator.SetDataSet(self._data)
            self._locator.BuildLocator()
        rotation = camera.world_from_camera[:3, :3]
        ray = rotation @ [(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, 1.0]
        farthest = np.linalg.norm(camera.center - self._data.center) + self._data.length
        hit, place, where, sub_cell, cell = [0.0] * 3, mutable(0.0), [0.0] * 3, mutable(0), mutable(0)
        end = camera.center + ray * farthest
        if not self._locator.IntersectWithLine(camera.center, end, 0.0, place, hit, where, sub_cell, cell):
            return None
        return float((np.array(hit) - camera.center) @ rotation[:, 2])

    def remove(self, plotter: pv.BasePlotter) -> None:
        """Take it out of the scene."""
        plotter.remove_actor(self._actor, reset_camera=False, render=False)


def _poly_data(mesh: Mesh) -> pv.PolyData:
    count = len(mesh.faces)
    faces = np.concatenate([np.full((count, 1), 3), mesh.faces], axis=1)
    data = pv.PolyData(mesh.vertices, faces=faces.ravel())
    if mesh.colors is not None:
        data.point_data["color"] = _eight_bits(mesh.colors)
    if mesh.uv is not None:
        data.active_texture_coordinates = mesh.uv
    if mesh.normals is not None:
        data.point_data.active_normals = mesh.normals
        return data
    return data.compute_normals(
        cell_normals=False, split_vertices=True, feature_angle=FEATURE_ANGLE, consistent_normals=False
    )


def _eight_bits(colors: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
