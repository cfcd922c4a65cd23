"""VTK's camera made to see what ours sees."""

from __future__ import annotations

import math

from vtkmodules.vtkRenderingCore import vtkRenderer

from recon.scene import Camera


def aim(renderer: vtkRenderer, camera: Camera) -> None:
    """Look through a camera with square pixels, whose size has the shape of the renderer's."""
    aimed = renderer.GetActiveCamera()
    pose = camera.world_from_camera
    aimed.SetPosition(*pose[:3, 3])
    aimed.SetFocalPoint(*(pose[:3, 3] + pose[:3, 2]))
    aimed.SetViewUp(*-pose[:3, 1])
    aimed.SetViewAngle(math.degrees(2 * math.atan(camera.height / 2 / camera.fy)))
    aimed.SetWindowCenter(1 - 2 * camera.cx / camera.width, 2 * camera.cy / camera.height - 1)
    renderer.ResetCameraClippingRange()
