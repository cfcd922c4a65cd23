"""The differentiable renderer: one door, two backends, one float64 twin.

Owns the drawing of Gaussians and its gradients (`rasterize`), numba and CUDA kernels, and their threading settings.
Refuses losses, optimisers, files and windows. Importing it loads torch.
"""

from recon.render import threads  # first: it is best loaded before torch
from recon.render.rasterize import rasterize
from recon.render.types import Cameras, Covariance, Gaussians, Options, QuaternionScale, Rendering, Tangents

__all__ = [
    "Cameras",
    "Covariance",
    "Gaussians",
    "Options",
    "QuaternionScale",
    "Rendering",
    "Tangents",
    "rasterize",
    "threads",
]
