"""A mesh's light, added to its texture by the graphics card for wherever the eye is."""

from __future__ import annotations

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkDataObject
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

import shaders
from recon.scene.mesh import LIGHT_TERMS

NAMES = [f"light{term}" for term in range(LIGHT_TERMS)]
DECLARED = "".join(f"in vec3 {name};\n" for name in NAMES) + "out vec3 addedLight;\n"


class MeshLight:
    """Light at the vertices of a mesh that is drawn with a texture.

    Parameters
    ----------
    renderer : vtkRenderer
    actor : vtkActor
        In world coordinates.
    data : pv.PolyData
        What its mapper draws.
    light : (V, 4, 3) float32
        See `recon.scene.Mesh`.
    """

    def __init__(self, renderer: vtkRenderer, actor: vtkActor, data: pv.PolyData, light: NDArray[np.float32]) -> None:
        self._renderer, self._properties = renderer, actor.GetShaderProperty()
        mapper: vtkPolyDataMapper = actor.GetMapper()
        mapper.SetVBOShiftScaleMethod(0)  # or vertices would be told to shaders in other units than the eye
        for term, name in enumerate(NAMES):
            data.point_data[name] = np.ascontiguousarray(light[:, term])
            mapper.MapDataArrayToVertexAttribute(name, name, vtkDataObject.FIELD_ASSOCIATION_POINTS, -1)
        self._observer = renderer.AddObserver("StartEvent", self._set_eye)

    def add(self) -> None:
        """Put it into the actor's shaders."""
        put = self._properties.AddVertexShaderReplacement
        put("//VTK::PositionVC::Dec", True, "//VTK::PositionVC::Dec\n" + DECLARED, False)
        put("//VTK::PositionVC::Impl", True, shaders.source("mesh_light.vert.glsl"), False)
        put = self._properties.AddFragmentShaderReplacement
        put("//VTK::PositionVC::Dec", True, "//VTK::PositionVC::Dec\nin vec3 addedLight;\n", False)
        put("//VTK::TCoord::Impl", True, shaders.source("mesh_light.frag.glsl"), False)
        self._set_eye()

    def remove(self) -> None:
        """Follow the eye no more."""
        self._renderer.RemoveObserver(self._observer)

    def _set_eye(self, *_: object) -> None:
        eye = self._renderer.GetActiveCamera().GetPosition()
        self._properties.GetVertexCustomUniforms().SetUniform3f("eye", list(eye))
