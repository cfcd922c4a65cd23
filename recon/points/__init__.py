"""Points of any result: brought into the frame of another result, and the surface through them.

Owns how a result becomes points with normals, registration (a first guess from pairs or from features, then refined),
and Poisson reconstruction. The only room that knows Open3D, which it loads when it is first needed.
Refuses files, photographs and drawing, and loads no torch.
"""

from recon.points.cloud import Cloud, cloud_of
from recon.points.library import require_open3d
from recon.points.normals import with_normals
from recon.points.pairs import similarity_of_pairs
from recon.points.poisson import PoissonOptions, Surfaced, poisson
from recon.points.registration import RegisterOptions, Registration, register

__all__ = [
    "Cloud",
    "PoissonOptions",
    "RegisterOptions",
    "Registration",
    "Surfaced",
    "cloud_of",
    "poisson",
    "register",
    "require_open3d",
    "similarity_of_pairs",
    "with_normals",
]
