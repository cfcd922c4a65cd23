"""Shapes taken apart: the solid inside a mesh, splats or points, and the few parts whose union comes close to it.

Owns what is inside a shape, distances from parts and their derivatives, and the search for parts.
Refuses files, photographs, drawing and figures of quality (`recon.evaluate` makes those), and loads no torch.
"""

from recon.shapes.blocks import blocks_of, superquadrics
from recon.shapes.polytopes import convexes
from recon.shapes.search import Config
from recon.shapes.solid import Solid, solid_of

__all__ = ["Config", "Solid", "blocks_of", "convexes", "solid_of", "superquadrics"]
