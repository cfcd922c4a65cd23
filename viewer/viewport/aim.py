"""VTK's camera made to see what ours sees."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkRenderer

from recon.scene import Camera


def aim(renderer: vtkRenderer, camera: Camera, bounds: NDArray[np.float32] | None = None) -> None:
    """Look through a camera.

    Parameters
    ----------
    renderer : vtkRenderer
    camera : Camera
        With square pixels; its size has the shape of the renderer's.
    bounds : (2, 3) float32, optional
        Of what is drawn besides VTK's own, world coordinates: without it nothing would set the clipping range where VTK
        has nothing to draw.
    """
    aimed = renderer.GetActiveCamera()
    pose = camera.world_from_camera
    aimed.SetPosition(*pose[:3, 3])
    aimed.SetFocalPoint(*(pose[:3, 3] + pose[:3, 2]))
    aimed.SetViewUp(*-pose[:3, 1])
    aimed.SetViewAngle(math.degrees(2 * math.atan(camera.height / 2 / camera.fy)))
    aimed.SetWindowCenter(1 - 2 * camera.cx / camera.width, 2 * camera.cy / camera.height - 1)
    low, high = np.reshape(renderer.ComputeVisiblePropBounds(), (3, 2)).T
    if bounds is not None:
        # VTK says "nothing" by a box whose lowest corner is above its highest.
        low, high = (np.minimum(low, bounds[0]), np.maximum(high, bounds[1])) if (low <= high).all() else bounds
    if (low <= high).all():
        renderer.ResetCameraClippingRange(np.stack([low, high], axis=1).ravel().tolist())
