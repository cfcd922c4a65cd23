"""Tools for triangle meshes: what is wrong with one, and how it is mended, cleaned, closed, made smaller or smoother.

Owns topology and changes of finished meshes; each tool takes a `Mesh` and returns a new one, with its texture where the
tool can keep it. Refuses files, drawing and fitting, and loads no torch.
"""

from recon.meshes.changes import simplify, smooth, with_normals, with_vertex_colors
from recon.meshes.convex import in_convexes
from recon.meshes.creases import Creased, creased
from recon.meshes.curvature import mean_curvature
from recon.meshes.holes import boundary_loops, close_holes
from recon.meshes.parts import keep_components, part
from recon.meshes.repair import Repaired, repair
from recon.meshes.topology import Topology, topology
from recon.meshes.union import require_union, united

__all__ = [
    "Creased",
    "Repaired",
    "Topology",
    "boundary_loops",
    "close_holes",
    "creased",
    "in_convexes",
    "keep_components",
    "mean_curvature",
    "part",
    "repair",
    "require_union",
    "simplify",
    "smooth",
    "topology",
    "united",
    "with_normals",
    "with_vertex_colors",
]
