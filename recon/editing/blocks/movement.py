"""How far a block has moved, and splats moved as far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.scene import Blocks, Similarity, Splats
from recon.scene.rotations import matrices_of
from recon.scene.transforms import stretched, transformed

Floats = NDArray[np.float64]

# A block that was moved and moved back is where it was, whatever rounding says: parts of coordinates, of the smallest
# half size, of a unit quaternion's entries, and of a size, below which nothing has changed.
ROUNDING, PLACED, TURNED, RESIZED = 4 * float(np.finfo(np.float32).eps), 1e-5, 1e-6, 1e-6


@dataclass(frozen=True, eq=False)
class Frame:
    """Where a block stands, and how large it is.

    Parameters
    ----------
    center : (3,) float64
        World coordinates.
    quaternion : (4,) float64
        world_from_block as w, x, y, z.
    scales : (3,) float64
        Half sizes, world units.
    """

    center: Floats
    quaternion: Floats
    scales: Floats

    @classmethod
    def of(cls, blocks: Blocks, row: int) -> Frame:
        """One block's."""
        arrays = blocks.centers[row], blocks.quaternions[row], blocks.scales[row]
        return cls(*(array.astype(np.float64) for array in arrays))

    @property
    def rotation(self) -> Floats:
        """(3, 3) float64: world_from_block."""
        return np.asarray(matrices_of(self.quaternion[None])[0])


@dataclass(frozen=True, eq=False)
class Movement:
    """From one frame to another.

    Parameters
    ----------
    before, after : Frame
    """

    before: Frame
    after: Frame

    @property
    def stays(self) -> bool:
        """Whether both are the same but for rounding."""
        before, after = self.before, self.after
        largest = float(np.abs([before.center, after.center]).max())
        near = np.abs(after.center - before.center).max() <= ROUNDING * largest + PLACED * before.scales.min()
        return bool(near) and not self._turns and np.array_equal(self.factors, np.ones(3))

    @property
    def factors(self) -> Floats:
        """(3,) float64: how much larger it is along each of its axes; all the same where they differ by rounding."""
        factors = self.after.scales / self.before.scales
        for whole in (1.0, float(factors[0])):
            if np.allclose(factors, whole, rtol=RESIZED, atol=0):
                return np.full(3, whole)
        return np.asarray(factors)

    def carry(self, splats: Splats) -> Splats:
        """Splats that go along with the block: turned with their harmonics, and resized as the block is."""
        before, after, factors = self.before, self.after, self.factors
        scale = float(factors[0])
        if not np.array_equal(factors, np.full(3, scale)):
            splats, scale = stretched(splats, before.center, before.rotation, factors), 1.0
        rotation = after.rotation @ before.rotation.T if self._turns else np.eye(3)
        return transformed(splats, Similarity(scale, rotation, after.center - scale * rotation @ before.center))

    @property
    def _turns(self) -> bool:
        same = (np.abs(self.after.quaternion - sign * self.before.quaternion).max() for sign in (1, -1))
        return bool(min(same) > TURNED)
