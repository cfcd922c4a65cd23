"""The differentiable renderer: one door, two backends, one float64 twin; and triangles as hard surfaces.

Owns the drawing of Gaussians (`rasterize`) and of triangles (`rasterize_triangles`) with their gradients, numba and
CUDA kernels, and their threading settings.
Refuses losses, optimisers, files and windows. Importing it loads torch.
"""

from recon.render import threads  # first: it is best loaded before torch
from recon.render.rasterize import rasterize
from recon.render.triangles import Fragments, interpolate, rasterize_fronts, rasterize_triangles
from recon.render.types import Cameras, Covariance, Gaussians, Options, QuaternionScale, Rendering, Tangents

__all__ = [
    "Cameras",
    "Covariance",
    "Fragments",
    "Gaussians",
    "Options",
    "QuaternionScale",
    "Rendering",
    "Tangents",
    "interpolate",
    "rasterize",
    "rasterize_fronts",
    "rasterize_triangles",
    "threads",
]
