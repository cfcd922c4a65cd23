"""The parts of method `splats`.

Owns the fit of Gaussians to photographs: initial points, parameters, growth, loss, schedules, appearance, and the loop
that yields events. Refuses drawing (`recon.render`), measuring (`recon.evaluate`), reading photographs (`recon.io`),
run folders and user interfaces. Importing it loads torch.
"""

from recon.methods.splatting.fit import train

__all__ = ["train"]
