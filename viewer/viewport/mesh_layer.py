"""A mesh of the user's, with its texture or colours, or what has been worked out of it."""

from __future__ import annotations

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import mutable
from vtkmodules.vtkCommonDataModel import vtkStaticCellLocator
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

import shaders
from recon.scene import Camera, Mesh
from viewer.model.mesh_shade import Shade
from viewer.model.mesh_style import MeshStyle
from viewer.model.surface import Surface
from viewer.viewport.mesh_light import MeshLight
from viewer.viewport.texture import PixelTexture

PLAIN_COLOR = "#b9bec7"
LINE_COLOR, LINE_WIDTH = "#ff9f1c", 4.0
LIGHT, NO_LIGHT = (0.25, 0.8), (0.0, 1.0)  # ambient and diffuse; unlit, a colour is multiplied by both
LIGHT_ON_NUMBERS = 0.55, 0.45  # less, or colours could not be read by their bar
OWN: tuple[MeshStyle, ...] = ("shaded", "colors", "parts", "wireframe")  # drawn in the mesh's own colours
PAINTED: tuple[MeshStyle, ...] = ("shaded", "colors")
UNLIT: tuple[MeshStyle, ...] = ("colors", "wireframe")
MOST_BACKS, STEP = 64, 1e-6  # backs of faces that are looked through at most; of the way, past one
QUIETLY = {"render": False, "reset_camera": False, "pickable": False, "show_scalar_bar": False}


class MeshLayer:
    """One mesh in the scene.

    Parameters
    ----------
    plotter : BasePlotter
    surface : Surface
    """

    def __init__(self, plotter: pv.BasePlotter, surface: Surface) -> None:
        self.surface = surface
        self._renderer = plotter.renderer
        self._data = _poly_data(surface.mesh)
        self._mapper = vtkPolyDataMapper()
        self._mapper.SetInputData(self._data)
        self._mapper.SetScalarModeToUsePointFieldData()
        self._mapper.SetColorModeToDirectScalars()
        self._mapper.ScalarVisibilityOff()
        self._actor = vtkActor()
        self._actor.SetMapper(self._mapper)
        self._actor.PickableOff()
        self._actor.GetProperty().SetInterpolationToGouraud()  # by the normals; it would be flat otherwise
        self._texture = _texture(surface.mesh)
        light = surface.mesh.light
        self._light = None if light is None else MeshLight(self._renderer, self._actor, self._data, light)
        self._shade: Shade | None = None
        self._lines: vtkActor | None = None
        self._drawn: tuple[MeshStyle, Shade | None] | None = None
        self._locator: vtkStaticCellLocator | None = None
        self._renderer.AddActor(self._actor)
        self.set_style("shaded")

    def set_style(self, style: MeshStyle, shade: Shade | None = None) -> None:
        """Draw it another way.

        Parameters
        ----------
        style : str
        shade : Shade, optional
            What a measured style shows; without it the mesh is drawn plain.
        """
        if self._drawn == (style, shade):
            return
        self._drawn = style, shade
        own = style in OWN
        textured = own and self._texture is not None
        self._actor.SetTexture(self._texture.texture if textured else None)
        self._color_by("color" if own and not textured else self._shaded_by(shade))
        self._show_lines(shade)
        properties = self._actor.GetProperty()
        properties.SetColor(pv.Color("white" if textured else PLAIN_COLOR).float_rgb)
        properties.SetLighting(style not in UNLIT)
        lamps = LIGHT_ON_NUMBERS if shade is not None and shade.colors is not None else LIGHT
        ambient, diffuse = NO_LIGHT if style in UNLIT else lamps
        properties.SetAmbient(ambient)
        properties.SetDiffuse(diffuse)
        if style == "wireframe":
            properties.SetRepresentationToWireframe()
        else:
            properties.SetRepresentationToSurface()
        properties.SetBackfaceCulling(self.surface.mesh.one_sided and style in PAINTED)
        self._use_shaders(style)

    def set_visible(self, visible: bool) -> None:
        """Show or hide it."""
        self._actor.SetVisibility(visible)
        if self._lines is not None:
            self._lines.SetVisibility(visible)

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
        hit = self._met(camera.center, camera.center + ray * farthest)
        return None if hit is None else float((hit - camera.center) @ rotation[:, 2])

    def _met(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """The first point of what is drawn between two points."""
        hit, place, where, sub_cell, cell = [0.0] * 3, mutable(0.0), [0.0] * 3, mutable(0), mutable(0)
        along, culled = end - start, bool(self._actor.GetProperty().GetBackfaceCulling())
        for _ in range(MOST_BACKS):
            if not self._locator.IntersectWithLine(start, end, 0.0, place, hit, where, sub_cell, cell):
                return None
            a, b, c = self.surface.mesh.vertices[self.surface.mesh.faces[cell.get()]].astype(np.float64)
            if not culled or np.cross(b - a, c - a) @ along < 0:
                return np.array(hit)
            start = np.array(hit) + STEP * along
        return None

    def remove(self) -> None:
        """Take it out of the scene."""
        for actor in (self._actor, self._lines):
            if actor is not None:
                self._renderer.RemoveActor(actor)
        if self._light is not None:
            self._light.remove()

    def _color_by(self, name: str) -> None:
        there = bool(name) and self._data.GetPointData().HasArray(name)
        self._mapper.SetScalarVisibility(there)
        if there:
            self._mapper.SelectColorArray(name)

    def _shaded_by(self, shade: Shade | None) -> str:
        """The name of the colours to draw in; empty for none."""
        if shade is None or shade.colors is None:
            return ""
        if shade is not self._shade:
            self._shade = shade
            self._data.point_data["shade"] = shade.colors[self.surface.source]
        return "shade"

    def _show_lines(self, shade: Shade | None) -> None:
        if self._lines is not None:
            self._renderer.RemoveActor(self._lines)
            self._lines = None
        if shade is not None and shade.lines is not None and len(shade.lines):
            self._lines = _bright(shade.lines)
            self._lines.SetVisibility(self._actor.GetVisibility())
            self._renderer.AddActor(self._lines)

    def _use_shaders(self, style: MeshStyle) -> None:
        properties = self._actor.GetShaderProperty()
        properties.ClearAllShaderReplacements()
        if self._light is not None and style in OWN:
            self._light.add()
        if style == "normals":
            code = shaders.source("normals.frag.glsl")
            properties.AddFragmentShaderReplacement("//VTK::Light::Impl", True, code, False)


def _poly_data(mesh: Mesh) -> pv.PolyData:
    data = pv.PolyData.from_regular_faces(mesh.vertices, mesh.faces)
    if mesh.colors is not None:
        data.point_data["color"] = _eight_bits(mesh.colors)
    if mesh.uv is not None:
        data.active_texture_coordinates = mesh.uv
    if mesh.normals is not None:
        data.point_data.active_normals = mesh.normals
    return data


def _texture(mesh: Mesh) -> PixelTexture | None:
    if mesh.texture is None:
        return None
    texture = PixelTexture(smooth=True)
    texture.show(np.ascontiguousarray(mesh.texture[::-1]))
    return texture


def _bright(lines: NDArray[np.float32]) -> vtkActor:
    """Lines that are seen well, a hair before the surface that they lie on."""
    cells = np.column_stack([np.full(len(lines), 2), np.arange(2 * len(lines)).reshape(-1, 2)])
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(pv.PolyData(lines.reshape(-1, 3), lines=cells.ravel()))
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.PickableOff()
    properties = actor.GetProperty()
    properties.SetColor(pv.Color(LINE_COLOR).float_rgb)
    properties.SetLighting(False)
    properties.SetLineWidth(LINE_WIDTH)
    code = shaders.source("before.vert.glsl")
    actor.GetShaderProperty().AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, code, False)
    return actor


def _eight_bits(colors: NDArray[np.float32]) -> NDArray[np.uint8]:
    return (np.clip(colors, 0, 1) * 255 + 0.5).astype(np.uint8)
