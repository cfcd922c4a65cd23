"""What there is: cameras, captures and geometry as frozen dataclasses over numpy arrays.

Owns the types every other package speaks in, and the maths that needs nothing but numpy.
Refuses files, torch, threads and anything that draws: those live above it.
"""

from recon.scene.blocks import Blocks, Ground, Merges
from recon.scene.camera import NO_DISTORTION, Camera, Distortion
from recon.scene.capture import Capture, DepthMap, Pixels, Points, View, hold_out
from recon.scene.harmonics import SH_C0
from recon.scene.mesh import Mesh
from recon.scene.similarity import Alignment, Similarity
from recon.scene.splats import Splats

Geometry = Splats | Mesh | Blocks

__all__ = [
    "NO_DISTORTION",
    "SH_C0",
    "Alignment",
    "Blocks",
    "Camera",
    "Capture",
    "DepthMap",
    "Distortion",
    "Geometry",
    "Ground",
    "Merges",
    "Mesh",
    "Pixels",
    "Points",
    "Similarity",
    "Splats",
    "View",
    "hold_out",
]
