"""A photograph laid over its own render."""

from __future__ import annotations

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLRenderer

from recon.scene import Camera
from viewer.model.frusta import image_corners
from viewer.viewport.texture import PixelTexture


class PhotoLayer:
    """A photograph held before its camera, drawn over everything else.

    Seen from where it was taken it covers exactly what it shows. It has a renderer of its own, above the scene's, so
    that nothing in the scene can stand before it.
    """

    def __init__(self, window: object) -> None:
        self.renderer = vtkOpenGLRenderer()
        self.renderer.SetLayer(1)
        self.renderer.InteractiveOff()
        window.SetNumberOfLayers(max(2, window.GetNumberOfLayers()))
        window.AddRenderer(self.renderer)
        self._texture = PixelTexture(smooth=True)
        self._mesh = pv.PolyData(np.zeros((4, 3)), faces=[4, 0, 1, 2, 3])
        self._mesh.active_texture_coordinates = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._mesh)
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
        self._actor.SetTexture(self._texture.texture)
        self._actor.GetProperty().LightingOff()
        self._actor.VisibilityOff()
        self.renderer.AddActor(self._actor)
        self._shown: NDArray[np.uint8] | None = None

    def show(self, camera: Camera, pixels: NDArray[np.uint8], opacity: float) -> None:
        """Show a photograph, (H, W, 3) uint8, at an opacity in [0, 1]."""
        self._mesh.points = image_corners(camera, 1.0)
        if pixels is not self._shown:
            self._shown = pixels
            self._texture.show(np.ascontiguousarray(pixels[::-1]))
        self._actor.GetProperty().SetOpacity(opacity)
        self._actor.SetVisibility(opacity > 0)

    def hide(self) -> None:
        """Show nothing."""
        self._actor.VisibilityOff()
