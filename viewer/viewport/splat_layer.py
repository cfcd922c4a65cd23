"""The engine's picture in a VTK scene, with its depth."""

from __future__ import annotations

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLActor, vtkOpenGLPolyDataMapper

import shaders
from viewer.viewport.texture import PixelTexture

SAMPLES = 32  # along each side, to find how far off a picture is


class SplatLayer:
    """A quad over the whole viewport that writes colour and depth.

    Drawn in the translucent pass, after all opaque things, so that it blends over them or is hidden by them. That needs
    plain blending: neither order-independent transparency nor depth peeling heeds the depth it writes.

    Parameters
    ----------
    renderer : vtkRenderer
        The scene to draw into.
    """

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._color, self._depth = PixelTexture(smooth=True), PixelTexture()
        self.actor = _quad()
        self.actor.GetProperty().SetTexture("splatColor", self._color.texture)
        self.actor.GetProperty().SetTexture("splatDepth", self._depth.texture)
        self.actor.VisibilityOff()
        self._uniforms = _use_shaders(self.actor)
        self._reference = 0.0
        self._set_clipping_range()
        renderer.SetUseOIT(False)
        # They take the quad for a small thing at the origin and leave it out where the origin is not in view.
        renderer.GetCullers().RemoveAllItems()
        # VTK offers the fragment shader no projection matrix, and the clipping range changes with every frame.
        renderer.AddObserver("StartEvent", self._set_clipping_range)
        renderer.AddActor(self.actor)

    def show(self, rgba: NDArray[np.uint8], depth: NDArray[np.float32]) -> None:
        """Show a picture from now on.

        Parameters
        ----------
        rgba : (H, W, 4) uint8
            sRGB times alpha, and alpha; first row lowest.
        depth : (H, W) float32
            z along the viewing axis, world units.
        """
        self._color.show(rgba)
        self._reference = _typical(rgba[..., 3], depth)
        self._depth.show((depth - np.float32(self._reference))[..., None].view(np.uint8))
        self.actor.VisibilityOn()

    def hide(self) -> None:
        """Show nothing."""
        self.actor.VisibilityOff()

    def _set_clipping_range(self, *_: object) -> None:
        near, far = self._renderer.GetActiveCamera().GetClippingRange()
        self._uniforms.SetUniform2f("clippingRange", [near - self._reference, far - self._reference])
        self._uniforms.SetUniformf("reference", self._reference)


def _typical(alpha: NDArray[np.uint8], depth: NDArray[np.float32]) -> float:
    """The median depth of what is covered, from one pixel in many."""
    part = np.s_[:: max(1, depth.shape[0] // SAMPLES), :: max(1, depth.shape[1] // SAMPLES)]
    covered = depth[part][alpha[part] > 0]
    return float(np.float32(np.median(covered))) if len(covered) else 0.0


def _quad() -> vtkOpenGLActor:
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    mesh = pv.PolyData(corners, faces=[4, 0, 1, 2, 3])
    # VTK declares and fills texture coordinates only where there are some; ours come from the position.
    mesh.active_texture_coordinates = corners[:, :2] * 0.5 + 0.5
    mapper = vtkOpenGLPolyDataMapper()
    mapper.SetInputData(mesh)
    mapper.SetVBOShiftScaleMethod(0)
    mapper.ScalarVisibilityOff()
    actor = vtkOpenGLActor()
    actor.SetMapper(mapper)
    actor.ForceTranslucentOn()
    actor.UseBoundsOff()
    actor.PickableOff()
    actor.GetProperty().LightingOff()
    return actor


def _use_shaders(actor: vtkOpenGLActor) -> object:
    """Put our code into VTK's shader; returns the fragment shader's own uniforms."""
    properties = actor.GetShaderProperty()
    properties.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, "out vec2 quadPosition;\n", False)
    properties.AddVertexShaderReplacement(
        "//VTK::PositionVC::Impl", True, shaders.source("splat_quad.vert.glsl"), False
    )
    properties.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, "in vec2 quadPosition;\n", False)
    # Not at Light::Impl: with textures present, VTK multiplies the colour by the texture again after it.
    properties.AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, shaders.source("splat_quad.frag.glsl"), False)
    return properties.GetFragmentCustomUniforms()
