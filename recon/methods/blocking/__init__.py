"""The parts of the method `blocks`.

Owns superquadrics as they are optimised, the ground and the sky they are seen against, and the search for how many
there should be. Refuses files, run folders, and drawing by anything but `recon.render.rasterize`.
"""

from recon.methods.blocking.fit import train

__all__ = ["train"]
