"""Gaussian splats as plain arrays of activated values."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Splats:
    """N anisotropic Gaussians in the capture's world frame.

    Parameters
    ----------
    means : (N, 3) float32
        Centres, world units.
    quaternions : (N, 4) float32
        Rotation world_from_gaussian as w, x, y, z; unit length.
    scales : (N, 3) float32
        Standard deviations along the Gaussian's axes, world units, linear.
    opacities : (N,) float32
        In [0, 1].
    sh : (N, K, 3) float32
        Spherical harmonics of the colour, K = (degree + 1)^2 in {1, 4, 9, 16}, in the basis and order of the 3DGS PLY.
    antialiased : bool
        Whether they were fitted with (and must be drawn with) opacity compensation for the screen-space blur.

    Raises
    ------
    ValueError
        If shapes disagree, or a value is not finite.
    """

    kind: ClassVar[Literal["splats"]] = "splats"

    means: NDArray[np.float32]
    quaternions: NDArray[np.float32]
    scales: NDArray[np.float32]
    opacities: NDArray[np.float32]
    sh: NDArray[np.float32]
    antialiased: bool = False

    def __post_init__(self) -> None:
        count = len(self.means)
        wanted = {"means": (count, 3), "quaternions": (count, 4), "scales": (count, 3), "opacities": (count,)}
        for name, shape in wanted.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise ValueError(f"splats.{name} must have shape {shape}, got {array.shape}")
        if self.sh.ndim != 3 or self.sh.shape[::2] != (count, 3) or self.sh.shape[1] not in (1, 4, 9, 16):
            raise ValueError(f"splats.sh must have shape ({count}, 1|4|9|16, 3), got {self.sh.shape}")
        for name in (*wanted, "sh"):
            if not np.isfinite(getattr(self, name)).all():
                raise ValueError(f"splats.{name} holds values that are not finite")

    def __len__(self) -> int:
        return len(self.means)

    def part(self, rows: slice | NDArray[np.integer] | NDArray[np.bool_]) -> Splats:
        """Some of the splats: those of a slice, of indices, or where a mask is true."""
        names = ("means", "quaternions", "scales", "opacities", "sh")
        return dataclasses.replace(self, **{name: getattr(self, name)[rows] for name in names})

    @property
    def degree(self) -> int:
        """Degree of the spherical harmonics, 0 to 3."""
        return math.isqrt(self.sh.shape[1]) - 1
