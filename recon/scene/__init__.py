"""What there is: cameras, captures and geometry as frozen dataclasses over numpy arrays.

Owns the types every other package speaks in, and the maths that needs nothing but numpy.
Refuses files, torch, threads and anything that draws: those live above it.
"""

from recon.scene.camera import NO_DISTORTION, Camera, Distortion
from recon.scene.capture import Capture, DepthMap, Pixels, Points, View, hold_out
from recon.scene.mesh import Mesh
from recon.scene.similarity import Alignment, Similarity
from recon.scene.splats import SH_C0, Splats

Geometry = Splats | Mesh

__all__ = [
    "NO_DISTORTION",
    "SH_C0",
    "Alignment",
    "Camera",
    "Capture",
    "DepthMap",
    "Distortion",
    "Geometry",
    "Mesh",
    "Pixels",
    "Points",
    "Similarity",
    "Splats",
    "View",
    "hold_out",
]
