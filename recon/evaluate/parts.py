"""How well blocks stand for a shape: against true blocks, against a mesh, against points, and by themselves."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from recon.evaluate.surfaces import sample_surface
from recon.meshes import in_convexes
from recon.meshes.topology import face_crosses
from recon.scene import Blocks, Mesh
from recon.scene.block_surfaces import sample

Floats = NDArray[np.float64]

SAMPLES = 200_000  # points in space; an IoU is then right to about 0.003
SURFACE_SAMPLES = 100_000  # so dense that no point of the surface is as far from them as is asked for
F_SCORE_AT, COVERED_AT = 0.01, 0.01  # of the diagonal
CHUNK = 50_000


@dataclass(frozen=True)
class PartMeasures:
    """Blocks beside the true ones.

    Parameters
    ----------
    count, true_count : int
    iou : float
        Volume of both unions by volume of either.
    part_ious : tuple of float
        For each true block, the IoU with the block that fits it best: an object cut in two shows here alone.
    chamfer : float
        Mean distance between the two visible surfaces, both ways, as a part of the truth's diagonal.
    f_score : float
        Harmonic mean of the parts of each surface within 1 % of the diagonal of the other.
    """

    count: int
    true_count: int
    iou: float
    part_ious: tuple[float, ...]
    chamfer: float
    f_score: float

    def to_json(self) -> dict[str, object]:
        """As plain values."""
        return asdict(self) | {"part_ious": list(self.part_ious)}


def compare_parts(blocks: Blocks, truth: Blocks, ground: float | None = None, seed: int = 0) -> PartMeasures:
    """Measure blocks against true ones, in one frame.

    Parameters
    ----------
    blocks, truth : Blocks
        Of the truth, at least one.
    ground : float, optional
        A height z below which nothing counts, where a ground hides what is beneath.
    seed : int
        Of the random points.
    """
    random = np.random.default_rng(seed)
    low, high = truth.bounds()
    if len(blocks):
        low, high = np.minimum(low, blocks.bounds()[0]), np.maximum(high, blocks.bounds()[1])
    if ground is not None:
        low[2] = max(low[2], ground)
    points = random.uniform(low, high, (SAMPLES, 3))
    found, true = _inside(blocks, points), _inside(truth, points)
    both = (found.any(0) & true.any(0)).sum()
    either = (found.any(0) | true.any(0)).sum()
    shared = true.astype(np.float32) @ found.T.astype(np.float32)
    joint = true.sum(1)[:, None] + found.sum(1)[None] - shared
    parts = (shared / np.maximum(joint, 1)).max(1, initial=0.0)
    diagonal = float(np.linalg.norm(truth.bounds()[1] - truth.bounds()[0]))
    chamfer, f_score = _between(_visible(blocks, random, ground), _visible(truth, random, ground), diagonal)
    return PartMeasures(len(blocks), len(truth), float(both / max(either, 1)), tuple(parts.tolist()), chamfer, f_score)


def _inside(blocks: Blocks, points: Floats) -> NDArray[np.bool_]:
    """(B, P)."""
    chunks = [blocks.norm(points[start : start + CHUNK]) <= 1 for start in range(0, len(points), CHUNK)]
    return np.concatenate(chunks, axis=1)


def _visible(blocks: Blocks, random: np.random.Generator, ground: float | None) -> Floats:
    """Points on the surface of the union, above the ground."""
    if not len(blocks):
        return np.zeros((0, 3))
    points = sample(blocks, SURFACE_SAMPLES, random)
    shown = (_inside_by(blocks, points, 0.995) == 0) & (ground is None or points[:, 2] > (ground or 0.0))
    return points[shown]


def _inside_by(blocks: Blocks, points: Floats, below: float) -> NDArray[np.int64]:
    return np.asarray((blocks.norm(points) < below).sum(0))


def _between(found: Floats, true: Floats, diagonal: float) -> tuple[float, float]:
    """Chamfer distance and F-score of two surfaces' points, in diagonals."""
    from scipy.spatial import KDTree

    if not len(found) or not len(true):
        return float("inf"), 0.0
    to_true, to_found = KDTree(true).query(found)[0] / diagonal, KDTree(found).query(true)[0] / diagonal
    precision, recall = (to_true < F_SCORE_AT).mean(), (to_found < F_SCORE_AT).mean()
    f_score = 2 * precision * recall / max(precision + recall, 1e-12)
    return float((to_true.mean() + to_found.mean()) / 2), float(f_score)


@dataclass(frozen=True)
class SolidMeasures:
    """Parts beside the solid that they stand for.

    Parameters
    ----------
    count : int
    iou : float
        Volume that the parts' union and the solid share, by what either holds.
    chamfer : float
        Mean distance between the two outer surfaces, both ways, as a part of the solid's diagonal.
    f_score : float
        Harmonic mean of the parts of each surface within 1 % of the diagonal of the other.
    """

    count: int
    iou: float
    chamfer: float
    f_score: float


def measure_blocks_in(
    blocks: Blocks, points: Floats, inside: NDArray[np.bool_], surface: Floats, seed: int = 0
) -> SolidMeasures:
    """Measure blocks against a solid.

    Parameters
    ----------
    blocks : Blocks
    points : (P, 3) float64
        Evenly spread in and around the solid and the blocks; world coordinates.
    inside : (P,) bool
        Whether each is in the solid.
    surface : (S, 3) float64
        Points of the solid's outer surface, evenly spread.
    seed : int
        Of the points on the blocks.
    """
    chunks = [blocks.inside(points[start : start + CHUNK]) for start in range(0, len(points), CHUNK)]
    shown = _visible(blocks, np.random.default_rng(seed), None)
    return _solid_measures(len(blocks), np.concatenate(chunks), inside, (shown, surface))


def measure_convexes_in(
    parts: Sequence[Mesh], points: Floats, inside: NDArray[np.bool_], surface: Floats, seed: int = 0
) -> SolidMeasures:
    """Measure closed convex meshes against a solid; see `measure_blocks_in`."""
    random, areas = np.random.default_rng(seed), [np.linalg.norm(face_crosses(part), axis=1).sum() for part in parts]
    counts = np.ceil(SURFACE_SAMPLES * np.array(areas) / sum(areas)).astype(int).tolist()
    shown = [np.zeros((0, 3))]
    for index, (part, count) in enumerate(zip(parts, counts, strict=True)):
        drawn = sample_surface(part, count, random).positions
        shown.append(drawn[~in_convexes([*parts[:index], *parts[index + 1 :]], drawn)])
    return _solid_measures(len(parts), in_convexes(parts, points), inside, (np.concatenate(shown), surface))


def _solid_measures(
    count: int, found: NDArray[np.bool_], inside: NDArray[np.bool_], surfaces: tuple[Floats, Floats]
) -> SolidMeasures:
    iou = float((found & inside).sum() / max((found | inside).sum(), 1))
    diagonal = float(np.linalg.norm(np.ptp(surfaces[1], axis=0)))
    return SolidMeasures(count, iou, *_between(*surfaces, diagonal))


def distance_to_mesh(blocks: Blocks, mesh: Mesh, seed: int = 0) -> tuple[float, float]:
    """Chamfer distance and F-score between the blocks' visible surface and a mesh, in the mesh's diagonals."""
    random = np.random.default_rng(seed)
    true = sample_surface(mesh, SURFACE_SAMPLES, random).positions
    return _between(_visible(blocks, random, None), true, float(np.linalg.norm(np.ptp(true, axis=0))))


def coverage(blocks: Blocks, points: NDArray[np.floating]) -> float:
    """Part of the points that lie within 1 % of their diagonal of a block's surface; one where there are none."""
    from scipy.spatial import KDTree

    if not len(points):
        return 1.0
    if not len(blocks):
        return 0.0
    low, high = np.percentile(points, [1, 99], axis=0)
    tree = KDTree(sample(blocks, SURFACE_SAMPLES, np.random.default_rng(0)))
    return float((tree.query(points)[0] < COVERED_AT * np.linalg.norm(high - low)).mean())


def overlap(blocks: Blocks, seed: int = 0) -> float:
    """Volume that more than one block holds, as a part of what any holds."""
    if not len(blocks):
        return 0.0
    points = np.random.default_rng(seed).uniform(*blocks.bounds(), (SAMPLES, 3))
    held = _inside(blocks, points).sum(0)
    return float((held > 1).sum() / max((held > 0).sum(), 1))


def compact_bytes(blocks: Blocks) -> int:
    """What shapes and textures take, packed: 16 float32 a block, and its texels compressed without loss."""
    return 16 * 4 * len(blocks) + len(zlib.compress(blocks.textures.tobytes(), 9))


def describe_blocks(blocks: Blocks) -> dict[str, float]:
    """What can be said of blocks without a truth: count, volume, overlap, bytes."""
    return {
        "count": float(len(blocks)),
        "volume": float(blocks.volumes.sum()),
        "overlap": overlap(blocks),
        "bytes": float(compact_bytes(blocks)),
    }
