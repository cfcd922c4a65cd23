"""From splats to a textured mesh: depth images, their fusion, cleaning, unwrapping and painting.

Owns the way from fitted Gaussians and photographs to a mesh that other programs can use. Refuses fitting Gaussians
(`recon.methods.splatting`), volumes (`recon.fields`), mending (`recon.meshes`), drawing (`recon.render`) and files.
Importing it loads torch.
"""

from recon.methods.surfacing.options import MeshOptions
from recon.methods.surfacing.pipeline import TexturedMesh, mesh_from_splats

__all__ = ["MeshOptions", "TexturedMesh", "mesh_from_splats"]
