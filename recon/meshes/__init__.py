"""Tools for triangle meshes: what is wrong with one, and how it is mended, cleaned, closed, made smaller or smoother.

Owns topology and changes of finished meshes; each tool takes a `Mesh` and returns a new one, with its texture where the
tool can keep it. Refuses files, drawing and fitting, and loads no torch.
"""

from recon.meshes.changes import simplify, smooth, with_normals
from recon.meshes.convex import in_convexes
from recon.meshes.holes import close_holes
from recon.meshes.parts import keep_components, part
from recon.meshes.repair import Repaired, repair
from recon.meshes.topology import Topology, topology
from recon.meshes.union import require_union, united

__all__ = [
    "Repaired",
    "Topology",
    "close_holes",
    "in_convexes",
    "keep_components",
    "part",
    "repair",
    "require_union",
    "simplify",
    "smooth",
    "topology",
    "united",
    "with_normals",
]
