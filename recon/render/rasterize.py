"""The one door to the renderer: CUDA tensors go to gsplat, CPU tensors to our own kernels."""

from __future__ import annotations

from recon.render.checks import check
from recon.render.types import Cameras, Gaussians, Options, Rendering


def rasterize(gaussians: Gaussians, cameras: Cameras, options: Options | None = None) -> Rendering:
    """Draw Gaussians into cameras by depth-ordered alpha blending (EWA splatting, Zwicker 2001; 3DGS, Kerbl 2023).

    Differentiable with respect to means, shape, opacities, harmonics, features, background and
    `cameras.camera_from_world`. On the CPU the result is the same bit for bit whatever the number of threads.

    Parameters
    ----------
    gaussians : Gaussians
    cameras : Cameras
        On the same device as the Gaussians.
    options : Options, optional

    Returns
    -------
    Rendering

    Raises
    ------
    ValueError
        If shapes, types or devices do not fit together, or back faces of covariances are to be culled.
    DeviceUnavailable
        If the tensors are on a GPU and its kernels cannot be built or loaded.
    """
    options = options or Options()
    check(gaussians, cameras, options)
    if gaussians.means.is_cuda:
        from recon.render import cuda

        return cuda.rasterize(gaussians, cameras, options)
    from recon.render import cpu

    return cpu.rasterize(gaussians, cameras, options)
