"""Fields in space and the surfaces in them: truncated signed distances fused from depth images, and their zero set.

Owns the sparse volume, its fusion kernels and the extraction of triangles. Refuses drawing, photographs and fitting.
"""

from recon.fields.isosurface import extract
from recon.fields.tsdf import DepthImage, Volume, fuse

__all__ = ["DepthImage", "Volume", "extract", "fuse"]
