"""Families: shapes that are made alike, taken apart alike, so that the same part is the same thing in each (BSP-Net).

Owns what a family is learned from, the network that turns a shape into planes, and which planes bound which part.
Refuses files of shapes, what is inside one (`recon.shapes` tells that) and figures of quality.
"""

from recon.families.cubes import GRID_POINTS, Cube, cube_of
from recon.families.family import Family
from recon.families.training import Config, learn

__all__ = ["GRID_POINTS", "Config", "Cube", "Family", "cube_of", "learn"]
