"""How close a surface comes to the true one: distances of points drawn on both, and outlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.meshes.sampling import drawn_points
from recon.meshes.topology import face_crosses
from recon.scene import Mesh, View

Floats = NDArray[np.float64]
SAMPLES = 100_000


@dataclass(frozen=True, eq=False)
class Sampled:
    """Points of a surface.

    Parameters
    ----------
    positions : (N, 3) float64
    normals : (N, 3) float64
        Unit length, outwards.
    """

    positions: Floats
    normals: Floats


@dataclass(frozen=True)
class SurfaceMetrics:
    """Distances between a surface and its reference, in the reference's units unless `unit` says otherwise.

    Parameters
    ----------
    accuracy : float
        Mean distance from the surface to the reference.
    completeness : float
        Mean distance from the reference to the surface.
    chamfer : float
        Mean of both.
    floor : float, optional
        What `chamfer` comes to between two draws of points on the reference itself: less cannot be measured. None
        where the reference was given as points.
    f_scores, precisions, recalls : dict of float to float
        Shares of points nearer than a distance, and their harmonic mean, by that distance.
    normal_degrees : float
        Mean angle between the reference's normals and those of the nearest point, side included.
    samples : int
        Points drawn on each surface, evenly by area.
    seed : int
    unit : float
        World units per unit of the figures above.
    cap : float, optional
        Distances are cut at this, in the same unit.
    """

    accuracy: float
    completeness: float
    chamfer: float
    floor: float | None
    f_scores: dict[float, float]
    precisions: dict[float, float]
    recalls: dict[float, float]
    normal_degrees: float
    samples: int
    seed: int
    unit: float
    cap: float | None = None

    def to_json(self) -> dict[str, Any]:
        """JSON-compatible values, distances as keys in decimals."""
        values = asdict(self)
        for name in ("f_scores", "precisions", "recalls"):
            values[name] = {f"{distance:g}": value for distance, value in values[name].items()}
        return values


def sample_surface(mesh: Mesh, count: int, generator: np.random.Generator) -> Sampled:
    """Draw points on a mesh, evenly by area.

    Raises
    ------
    InputError
        If the mesh has no area.
    """
    crosses = face_crosses(mesh)
    positions, face = drawn_points(mesh, count, generator)
    return Sampled(positions, crosses[face] / np.linalg.norm(crosses[face], axis=1, keepdims=True))


def measure_surface(  # noqa: PLR0913 - one keyword per choice that the numbers depend on
    mesh: Mesh | Sampled,
    reference: Mesh | Sampled,
    distances: Sequence[float],
    *,
    unit: float = 1.0,
    samples: int = SAMPLES,
    seed: int = 0,
    cap: float | None = None,
) -> SurfaceMetrics:
    """Measure a surface against a reference by points drawn on both (Knapitsch 2017; Aanaes 2016).

    Parameters
    ----------
    mesh, reference : Mesh or Sampled
        In one frame. Points that are given are taken as they are.
    distances : sequence of float
        At which F-scores are wanted, in `unit`.
    unit : float
        World units that count as one: a hundredth of the diagonal gives per cent of it.
    samples : int
        Points on each mesh.
    seed : int
    cap : float, optional
        Longer distances count as this (20 mm in DTU's protocol), in `unit`.

    Raises
    ------
    InputError
        If a mesh has no area.
    """
    generator = np.random.default_rng(seed)
    ours, theirs, again = (_points(surface, samples, generator) for surface in (mesh, reference, reference))
    forward, _ = _nearest(theirs, ours.positions, unit, cap)
    backward, nearest = _nearest(ours, theirs.positions, unit, cap)
    angles = np.degrees(np.arccos(np.clip((theirs.normals * ours.normals[nearest]).sum(1), -1, 1)))
    precisions = {distance: float((forward < distance).mean()) for distance in distances}
    recalls = {distance: float((backward < distance).mean()) for distance in distances}
    return SurfaceMetrics(
        accuracy=float(forward.mean()),
        completeness=float(backward.mean()),
        chamfer=float(forward.mean() + backward.mean()) / 2,
        floor=float(_nearest(theirs, again.positions, unit, cap)[0].mean()) if isinstance(reference, Mesh) else None,
        f_scores={distance: _harmonic(precisions[distance], recalls[distance]) for distance in distances},
        precisions=precisions,
        recalls=recalls,
        normal_degrees=float(angles.mean()),
        samples=len(ours.positions),
        seed=seed,
        unit=unit,
        cap=cap,
    )


def silhouette_iou(mesh: Mesh, views: Sequence[View]) -> float:
    """Mean over views of how much a mesh's outline and the photograph's alpha have in common: |A and B| / |A or B|.

    Raises
    ------
    InputError
        If no view has transparency to tell the outline by.
    """
    from recon.evaluate.outlines import covered

    shares = []
    for view in views:
        if view.alpha is None:
            continue
        truth = view.alpha.read(view.camera.width, view.camera.height) >= 128
        ours = covered(mesh, view.camera)
        union = (truth | ours).sum()
        shares.append(float((truth & ours).sum() / union) if union else 1.0)
    if not shares:
        raise InputError("Outlines can only be compared where photographs have transparency, and none of these has.")
    return float(np.mean(shares))


def _points(surface: Mesh | Sampled, count: int, generator: np.random.Generator) -> Sampled:
    return sample_surface(surface, count, generator) if isinstance(surface, Mesh) else surface


def _nearest(surface: Sampled, points: Floats, unit: float, cap: float | None) -> tuple[Floats, NDArray[np.int64]]:
    from scipy.spatial import KDTree

    distances, indices = KDTree(surface.positions).query(points)
    distances = distances / unit
    return np.minimum(distances, cap) if cap is not None else distances, indices


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
