"""What can be said about splats one by one, computed when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recon.editing.placement import Eye
from recon.errors import InputError
from recon.scene import Splats

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Floats = NDArray[np.float32]

ROWS_AT_ONCE = 1 << 12  # projections into all cameras at once stay in the cache
MOST_EYES = 64  # more cameras than these are counted by a sample
NEIGHBOURS = 8
BINS = 48
# How much each sign of a floater counts.
IN_FRONT, LARGE, ISOLATED, FAINT, UNSEEN = 0.5, 0.2, 0.1, 0.1, 0.1
MOST_PICTURES, CELLS, NEARER, THIN = 24, 20, 0.75, 0.25
LOGARITHMIC = {"size", "elongation", "camera_distance"}
WITH_EYES = ("camera_distance", "seen_by")


@dataclass(frozen=True)
class Histogram:
    """How often a value occurs.

    Parameters
    ----------
    low, high : float
        The ends of the range that the bins divide; by logarithm where `logarithmic`.
    counts : tuple of int
        One for each bin.
    logarithmic : bool
    """

    low: float
    high: float
    counts: tuple[int, ...]
    logarithmic: bool = False


@dataclass(frozen=True, eq=False)
class Measures:
    """Per-splat values of one set of splats.

    Parameters
    ----------
    splats : Splats
    eyes : tuple of Eye
        The cameras of the photographs it was trained on; may be empty.
    """

    splats: Splats
    eyes: tuple[Eye, ...] = ()

    def value(self, name: str) -> Floats:
        """One of `recon.editing.VALUES` for every splat, (N,) float32."""
        values: Floats = getattr(self, name)
        return values

    @property
    def opacity(self) -> Floats:
        """In [0, 1]."""
        return self.splats.opacities

    @cached_property
    def size(self) -> Floats:
        """Standard deviation along the longest axis, world units."""
        return np.asarray(self.splats.scales.max(axis=1, initial=0.0), np.float32)

    @cached_property
    def elongation(self) -> Floats:
        """Longest axis over the middle one: 1 is a disc or a ball, 20 a needle."""
        _, middle, longest = np.sort(self.splats.scales, axis=1).T
        return np.asarray(longest / np.maximum(middle, 1e-3 * longest + 1e-30), np.float32)

    @cached_property
    def camera_distance(self) -> Floats:
        """To the nearest camera, world units."""
        from scipy.spatial import cKDTree  # takes a while to load

        centers = np.array([eye.position for eye in self._required_eyes()])
        return np.asarray(cKDTree(centers).query(self.splats.means)[0], np.float32)

    @cached_property
    def seen_by(self) -> Floats:
        """How many cameras have its centre in their picture, whether or not something stands before it."""
        eyes = self._required_eyes()
        sampled = eyes[:: -(-len(eyes) // MOST_EYES)]
        frusta = np.stack([_frustum(eye) for eye in sampled], axis=1).astype(np.float32)
        counts = np.empty(len(self.splats), np.float32)
        for start in range(0, len(counts), ROWS_AT_ONCE):
            means = self.splats.means[start : start + ROWS_AT_ONCE]
            inside = np.ones((len(sampled), len(means)), bool)
            for planes in frusta:
                inside &= planes[:, :3] @ means.T >= -planes[:, 3:]
            counts[start : start + ROWS_AT_ONCE] = inside.view(np.uint8).sum(axis=0, dtype=np.uint8)
        return np.round(counts * np.float32(len(eyes) / len(sampled)))

    @cached_property
    def tree(self) -> cKDTree:
        """The centres, for neighbours."""
        from scipy.spatial import cKDTree

        return cKDTree(self.splats.means, balanced_tree=False, compact_nodes=False)

    @cached_property
    def spacing(self) -> Floats:
        """Distance to the eighth nearest neighbour, world units."""
        nearest = min(NEIGHBOURS + 1, len(self.splats))
        order = self.tree.indices  # neighbours ask for the same leaves: several times faster than in the file's order
        spacing = np.empty(len(self.splats), np.float32)
        spacing[order] = self.tree.query(self.splats.means[order], k=[nearest], workers=-1)[0][:, 0]
        return spacing

    @cached_property
    def floater_score(self) -> Floats:
        """How much a splat looks like a floater, in [0, 1].

        A weighted mean of signs, each in [0, 1]:

        - in front (0.50): the part of the cameras seeing it for which it is `NEARER` than what is seen in its place;
        - large (0.20): the longest axis, from its median (0) to 8 times that (1), by logarithm;
        - isolated (0.10): distance to the eighth neighbour, from its median (0) to 8 times that (1), by logarithm;
        - faint (0.10): 1 less the opacity;
        - unseen (0.10): 1 less the number of cameras that see it, as a part of the median.

        The first weighs most, since plain ground and sky are made of large, lonely and faint splats, too. Without
        cameras the three in the middle are all there is, and count in proportion.
        """
        if not len(self.splats):
            return np.zeros(0, np.float32)
        score = LARGE * _above_median(self.size) + ISOLATED * _above_median(self.spacing) + FAINT * (1 - self.opacity)
        if not self.eyes:
            return np.asarray(score / (LARGE + ISOLATED + FAINT), np.float32)
        usual = max(float(np.median(self.seen_by)), 1.0)
        return np.asarray(score + UNSEEN * np.clip(1 - self.seen_by / usual, 0, 1) + IN_FRONT * self.in_front)

    @cached_property
    def in_front(self) -> Floats:
        """The part of the cameras that see it for which a splat hangs before what is seen in its place, in [0, 1].

        What is seen there is a mean depth on a coarse grid over the picture, by logarithm, in which splats count by
        opacity and by the area they cover. Where all of them together cover next to nothing, all hang in empty space.
        One that no camera sees was never checked against a photograph: 1.
        """
        seen, before = np.zeros((2, len(self.splats)), np.float32)
        eyes = self._required_eyes()
        for eye in eyes[:: -(-len(eyes) // MOST_PICTURES)]:
            rows, hangs = self._hanging_before(eye)
            seen[rows] += 1
            before[rows] += hangs
        return np.where(seen > 0, before / np.maximum(seen, 1), np.float32(1))

    def _hanging_before(self, eye: Eye) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Which splats a camera sees, and which of these are nearer than what it sees in their place."""
        projected = (
            eye.pixels_from_offset.astype(np.float32) @ (self.splats.means - np.array(eye.position, np.float32)).T
        )
        u, v, depth = projected
        (rows,) = np.nonzero((depth > 0) & (u >= 0) & (u < eye.width * depth) & (v >= 0) & (v < eye.height * depth))
        u, v, depth = projected[:, rows]
        side = max(eye.width, eye.height) / CELLS
        cells = (v / depth / side).astype(np.intp) * (CELLS + 1) + (u / depth / side).astype(np.intp)
        area = np.minimum(self.size[rows] / depth * eye.fx / side, 1) ** 2
        weights, distances = self.opacity[rows] * area, np.log(depth)
        cover = np.bincount(cells, weights)
        seen = np.bincount(cells, weights * distances) / np.maximum(cover, 1e-12)
        return rows, (distances < seen[cells] + np.log(NEARER)) | (cover[cells] < THIN)

    @cached_property
    def histograms(self) -> Mapping[str, Histogram]:
        """Of every value that can be told, by name; those that need cameras are left out without them."""
        if not len(self.splats):
            return {}
        names = ["opacity", "size", "elongation", *(WITH_EYES if self.eyes else ())]
        return {name: _histogram(self.value(name), name in LOGARITHMIC) for name in names}

    def _required_eyes(self) -> tuple[Eye, ...]:
        if not self.eyes:
            raise InputError("This needs the cameras of the photographs, and none are known. Open the capture as well.")
        return self.eyes


def _frustum(eye: Eye) -> NDArray[np.float64]:
    """Four planes (4, 4): a point is in the picture, and before the camera, where all products with it are positive."""
    u, v, depth = eye.pixels_from_offset
    normals = np.stack([u, eye.width * depth - u, v, eye.height * depth - v])
    return np.concatenate([normals, -normals @ np.array(eye.position)[:, None]], axis=1)


def _above_median(values: Floats) -> Floats:
    """From the median (0) to eight times that (1), by logarithm."""
    usual = max(float(np.median(values)), 1e-30)
    return np.asarray(np.clip(np.log2(np.maximum(values / usual, 1)) / 3, 0, 1), np.float32)


def _histogram(values: Floats, logarithmic: bool) -> Histogram:
    low, high = float(values.min()), float(values.max())
    if logarithmic:
        low = max(low, high * 1e-6, 1e-30)
        scaled, ends = np.log(np.maximum(values, low)), (np.log(low), np.log(max(high, low)))
    else:
        scaled, ends = values, (low, high)
    # Clipped, for the ends in float64 may lie just within the values in float32.
    counts, _ = np.histogram(
        np.clip(scaled, *ends), BINS, ends if ends[1] > ends[0] else (ends[0] - 0.5, ends[0] + 0.5)
    )
    return Histogram(low, high, tuple(counts.tolist()), logarithmic)
