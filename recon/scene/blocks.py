"""Blocks: textured superquadrics, with the ground they stand on and the sky behind them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from recon.scene import superquadrics
from recon.scene.rotations import matrices_of

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
UNIT_TOLERANCE = 1e-3
LARGEST_GRADING = 10.0


@dataclass(frozen=True, eq=False)
class Ground:
    """A textured rectangle that everything stands on.

    Parameters
    ----------
    center : (3,) float32
        World coordinates of its middle.
    axes : (2, 3) float32
        From the middle to the middles of two sides, world units; their cross product points up.
    texture : (H, W, 3) uint8
        sRGB; rows along the first axis, columns along the second.
    grading : float
        How much smaller texels are in the middle than at the rim: one at s in [-1, 1] of its row lies at
        sinh(g s) / sinh(g) of the axis; 0 where all are equal.
    """

    center: NDArray[np.float32]
    axes: NDArray[np.float32]
    texture: Bytes
    grading: float = 0.0

    def __post_init__(self) -> None:
        _check("ground.center", self.center, (3,))
        _check("ground.axes", self.axes, (2, 3))
        if not 0 <= self.grading <= LARGEST_GRADING:
            raise ValueError(f"ground.grading must be in [0, {LARGEST_GRADING:g}], got {self.grading}")
        _check_texture("ground.texture", self.texture, (*self.texture.shape[:2], 3), 3)

    def grid(self, rows: int, columns: int) -> Floats:
        """(rows + 1, columns + 1, 3) float64: corners that are evenly spread over the texture."""
        first, second = (graded(np.linspace(-1, 1, count + 1), self.grading) for count in (rows, columns))
        axes = self.axes.astype(np.float64)
        return np.asarray(self.center + first[:, None, None] * axes[0] + second[None, :, None] * axes[1])

    @property
    def up(self) -> Floats:
        """(3,) float64: unit normal."""
        normal = np.cross(*self.axes.astype(np.float64))
        return np.asarray(normal / np.linalg.norm(normal))


@dataclass(frozen=True, eq=False)
class Merges:
    """How blocks are put together, two at a time, until one is left.

    Parameters
    ----------
    pairs : (M, 2) int32
        Step i makes one of two: below B a number is one of the blocks, from B on the result of step number - B.
    costs : (M,) float32
        What each step makes worse: volume that the one block has and the two had not, or the other way round, as a
        part of all blocks' volume.
    blocks : Blocks
        What each step makes; M of them.
    """

    pairs: NDArray[np.int32]
    costs: NDArray[np.float32]
    blocks: Blocks

    def __post_init__(self) -> None:
        steps = len(self.blocks)
        _check("merges.pairs", self.pairs, (steps, 2))
        _check("merges.costs", self.costs, (steps,))


@dataclass(frozen=True, eq=False)
class Blocks:
    """B textured superquadrics in the capture's world frame; `recon.scene.superquadrics` has their formula.

    Parameters
    ----------
    centers : (B, 3) float32
        World coordinates.
    quaternions : (B, 4) float32
        Rotation world_from_block as w, x, y, z; unit length. The block's z axis is its pole.
    scales : (B, 3) float32
        Half sizes a, b, c, world units.
    exponents : (B, 2) float32
        e1 (towards the poles) and e2 (around z), in [0.05, 2]: 0.1 is a box, 1 an ellipsoid; 0.1 and 1 a cylinder.
    tapers : (B, 2) float32
        kx and ky in [-1, 1]: how much wider the block is at its upper pole, along x and along y.
    opacities : (B,) float32
        In [0, 1]; one in every finished result.
    textures : (B, 6, n, n, 3) uint8
        sRGB; one tile for each face of the cube in `superquadrics.cube_grid`, rows and columns as there.
    names : tuple of str
    ground : Ground, optional
    sky : (6, m, m, 3) uint8, optional
        What is seen behind everything, far away: sRGB, a cube map of directions in world coordinates.
    merges : Merges, optional
        For choosing a smaller number of blocks afterwards.

    Raises
    ------
    ValueError
        If shapes disagree, or a value is not finite or out of its range.
    """

    kind: ClassVar[Literal["blocks"]] = "blocks"

    centers: NDArray[np.float32]
    quaternions: NDArray[np.float32]
    scales: NDArray[np.float32]
    exponents: NDArray[np.float32]
    tapers: NDArray[np.float32]
    opacities: NDArray[np.float32]
    textures: Bytes
    names: tuple[str, ...]
    ground: Ground | None = None
    sky: Bytes | None = None
    merges: Merges | None = None

    def __post_init__(self) -> None:
        count, side = len(self.centers), self.textures.shape[2] if self.textures.ndim == 5 else 0
        widths = {"centers": (3,), "quaternions": (4,), "scales": (3,), "exponents": (2,), "tapers": (2,)}
        for name, width in (widths | {"opacities": ()}).items():
            _check(f"blocks.{name}", getattr(self, name), (count, *width))
        _check_texture("blocks.textures", self.textures, (count, 6, side, side, 3), 5)
        if self.sky is not None:
            _check_texture("blocks.sky", self.sky, (6, *self.sky.shape[1:3], 3), 4)
        if len(self.names) != count:
            raise ValueError(f"blocks need one name each, got {len(self.names)} for {count}")
        self._check_ranges()
        if self.merges is not None and len(self.merges.pairs) >= max(count, 1):
            raise ValueError(f"{count} blocks can be merged at most {count - 1} times, got {len(self.merges.pairs)}")

    def _check_ranges(self) -> None:
        low, high = superquadrics.SMALLEST_EXPONENT, superquadrics.LARGEST_EXPONENT
        lengths = np.linalg.norm(self.quaternions.astype(np.float64), axis=1)
        wrong = {
            "scales must be above 0": self.scales <= 0,
            f"exponents must be in [{low:g}, {high:g}]": (self.exponents < low - 1e-6) | (self.exponents > high),
            "tapers must be in [-1, 1]": np.abs(self.tapers) > 1,
            "opacities must be in [0, 1]": (self.opacities < 0) | (self.opacities > 1),
            "quaternions must have unit length": np.abs(lengths - 1) > UNIT_TOLERANCE,
        }
        for sentence, broken in wrong.items():
            if broken.any():
                raise ValueError(f"blocks.{sentence}")

    def __len__(self) -> int:
        return len(self.centers)

    @property
    def world_from_block(self) -> Floats:
        """(B, 3, 3) float64: rotations."""
        return matrices_of(self.quaternions)

    @property
    def shape(self) -> tuple[Floats, Floats, Floats]:
        """Scales, exponents and tapers in float64, as `superquadrics` takes them."""
        return self.scales.astype(np.float64), self.exponents.astype(np.float64), self.tapers.astype(np.float64)

    @property
    def volumes(self) -> Floats:
        """(B,) float64: world units cubed, exact."""
        return superquadrics.volumes(*self.shape)

    def part(self, rows: slice | NDArray[np.integer] | NDArray[np.bool_]) -> Blocks:
        """Some of the blocks, with the ground and the sky, without the merges."""
        names = ("centers", "quaternions", "scales", "exponents", "tapers", "opacities", "textures")
        chosen = np.arange(len(self))[rows]
        kept = tuple(self.names[index] for index in chosen)
        return dataclasses.replace(self, **{name: getattr(self, name)[rows] for name in names}, names=kept, merges=None)

    def bare(self) -> Blocks:
        """The blocks alone: no ground, no sky, no merges."""
        return dataclasses.replace(self, ground=None, sky=None, merges=None)

    def joined(self, others: Blocks) -> Blocks:
        """These blocks and others, whose textures are as large; without merges."""
        names = ("centers", "quaternions", "scales", "exponents", "tapers", "opacities", "textures")
        both: dict[str, Any] = {name: np.concatenate([getattr(self, name), getattr(others, name)]) for name in names}
        return dataclasses.replace(self, **both, names=self.names + others.names, merges=None)

    def reduced_to(self, count: int) -> Blocks:
        """At most so many blocks, by the cheapest of the merges; as few as the merges allow.

        Raises
        ------
        ValueError
            If fewer than one are asked for.
        """
        if count < 1:
            raise ValueError(f"blocks cannot be reduced to {count}; ask for at least 1")
        if self.merges is None or count >= len(self):
            return self
        steps = min(len(self) - count, len(self.merges.pairs))
        there = np.ones(len(self) + steps, bool)
        there[self.merges.pairs[:steps].ravel()] = False
        return self.joined(self.merges.blocks.part(slice(0, steps))).part(there)

    def local(self, points: NDArray[np.floating]) -> Floats:
        """World points (P, 3) in the frame of every block: (B, P, 3) float64, world units."""
        centred = np.asarray(points, np.float64)[None] - self.centers[:, None]
        return np.asarray(centred @ self.world_from_block)

    def norm(self, points: NDArray[np.floating]) -> Floats:
        """(B, P) float64: below one where a world point (P, 3) is inside a block, one on its surface."""
        return superquadrics.norm(self.local(points), *self.shape)

    def inside(self, points: NDArray[np.floating]) -> NDArray[np.bool_]:
        """(P,) bool: whether each world point is in any block."""
        return np.asarray((self.norm(points) <= 1).any(axis=0))

    def sky_toward(self, directions: NDArray[np.floating]) -> NDArray[np.float32]:
        """Colours (..., 3) in [0, 1] of the sky in world directions (..., 3) of any length; black where there is none.

        Between the middles of texels colours are mixed linearly, within each face.
        """
        if self.sky is None:
            return np.zeros(directions.shape, np.float32)
        face, flat = superquadrics.grid_of(np.asarray(directions, np.float64))
        size = np.array(self.sky.shape[1:3])
        place = np.clip((flat + 1) / 2 * size - 0.5, 0, size - 1)
        low = np.minimum(place.astype(int), np.maximum(size - 2, 0))
        row, column = np.moveaxis((place - low)[..., None], -2, 0)
        high = np.minimum(low + 1, size - 1)
        texels = self.sky.astype(np.float64) / 255
        upper = texels[face, low[..., 0], low[..., 1]] * (1 - column) + texels[face, low[..., 0], high[..., 1]] * column
        lower = (
            texels[face, high[..., 0], low[..., 1]] * (1 - column) + texels[face, high[..., 0], high[..., 1]] * column
        )
        return np.asarray(upper * (1 - row) + lower * row, np.float32)

    def bounds(self) -> Floats:
        """(2, 3) float64: lowest and highest corner of the upright box around all blocks; the box may have some air."""
        scales = self.scales.astype(np.float64)
        scales[:, :2] *= 1 + np.abs(self.tapers)
        reach = np.einsum("bij,bj->bi", np.abs(self.world_from_block), scales)
        return np.stack([(self.centers - reach).min(0), (self.centers + reach).max(0)])


def graded(steps: Floats, grading: float) -> Floats:
    """Where steps in [-1, 1] lie along an axis of a ground: close together in the middle."""
    return steps if grading == 0 else np.asarray(np.sinh(grading * steps) / np.sinh(grading))


def _check(name: str, array: NDArray[np.generic], shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape}, got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite")


def _check_texture(name: str, texture: Bytes, shape: tuple[int, ...], dimensions: int) -> None:
    if texture.ndim != dimensions or texture.shape != shape or texture.dtype != np.uint8 or 0 in shape[-3:]:
        raise ValueError(f"{name} must be uint8 of shape {shape}, got {texture.dtype} {texture.shape}")
