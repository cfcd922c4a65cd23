"""Textures that share their pixels with numpy arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLTexture


class PixelTexture:
    """A texture of 8-bit pixels, shown as they are: no colour map, no filtering unless asked for."""

    def __init__(self, *, smooth: bool = False) -> None:
        self._image = vtkImageData()
        self.texture = vtkOpenGLTexture()
        self.texture.SetInputData(self._image)
        self.texture.SetColorModeToDirectScalars()
        self.texture.SetInterpolate(smooth)
        self.texture.RepeatOff()
        self.texture.MipmapOff()
        self.show(np.zeros((1, 1, 4), np.uint8))

    def show(self, pixels: NDArray[np.uint8]) -> None:
        """Take (H, W, C) uint8 pixels, first row lowest, without copying; call again when they change."""
        height, width, channels = pixels.shape
        self._image.SetDimensions(width, height, 1)
        self._image.GetPointData().SetScalars(numpy_to_vtk(pixels.reshape(-1, channels)))
        self._image.Modified()
