"""Points from pixels in several views whose cameras are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recon.scene import Camera

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

LARGEST_ERROR = 2.0
SMALLEST_ANGLE = 1.5
NEWTON_STEPS = 4
PRUNINGS = 6
VOTES_AT_ONCE = 20_000


@dataclass(frozen=True, eq=False)
class Observations:
    """Where tracks were seen, sorted by track.

    Parameters
    ----------
    track : (O,) int64
        From 0, without gaps.
    view : (O,) int64
        Index of the camera.
    pixel : (O, 2) float64
        Pixel centres at +0.5.
    feature : (O,) int64
        What was seen, in the caller's numbering.
    """

    track: Indices
    view: Indices
    pixel: Array
    feature: Indices

    def kept(self, keep: NDArray[np.bool_]) -> tuple[Observations, Indices]:
        """Those chosen, with tracks of fewer than two dropped and renumbered; and the old numbers of what is left."""
        count = np.bincount(self.track[keep], minlength=self.track.max(initial=-1) + 1)
        chosen = np.flatnonzero(keep & (count[self.track] >= 2))
        old, track = np.unique(self.track[chosen], return_inverse=True)
        return Observations(track, self.view[chosen], self.pixel[chosen], self.feature[chosen]), old

    def __getitem__(self, part: slice) -> Observations:
        """A run of observations that begins and ends with a track."""
        track = self.track[part]
        return Observations(track - track[:1], self.view[part], self.pixel[part], self.feature[part])

    @property
    def starts(self) -> Indices:
        """(T,) int64: the first observation of each track."""
        return np.flatnonzero(np.diff(self.track, prepend=-1))

    @property
    def sizes(self) -> Indices:
        """(T,) int64: how many observations each track has."""
        return np.bincount(self.track)


class Rig:
    """Cameras as stacked arrays: rotations (V, 3, 3) camera from world, centers (V, 3), focal and principal (V, 2)."""

    def __init__(self, cameras: Sequence[Camera]) -> None:
        self.rotation = np.array([camera.camera_from_world[:3, :3] for camera in cameras])
        self.center = np.array([camera.center for camera in cameras])
        self.focal = np.array([(camera.fx, camera.fy) for camera in cameras])
        self.principal = np.array([(camera.cx, camera.cy) for camera in cameras])

    def rays(self, seen: Observations) -> Array:
        """Unit directions (O, 3) in world coordinates."""
        flat = (seen.pixel - self.principal[seen.view]) / self.focal[seen.view]
        local = np.c_[flat, np.ones(len(flat))]
        world = np.einsum("oji,oj->oi", self.rotation[seen.view], local)
        return world / np.linalg.norm(world, axis=1, keepdims=True)

    def project(self, view: Indices, points: Array) -> tuple[Array, Array]:
        """Pixels (O, 2) of points (O, 3) in as many views, NaN behind the camera; and depths (O,)."""
        local = np.einsum("oij,oj->oi", self.rotation[view], points - self.center[view])
        depth = np.where(local[:, 2] > 0, local[:, 2], np.nan)
        return local[:, :2] / depth[:, None] * self.focal[view] + self.principal[view], depth

    def slopes(self, view: Indices, pixels: Array, depth: Array) -> Array:
        """Derivatives (O, 2, 3) of projected pixels by their points."""
        flat = (pixels - self.principal[view]) / self.focal[view]
        rotation = self.rotation[view]
        return (rotation[:, :2] - flat[:, :, None] * rotation[:, 2:]) * (self.focal[view] / depth[:, None])[:, :, None]

    def errors(self, points: Array, seen: Observations) -> Array:
        """Reprojection errors (O,) in pixels of each observation's point (O, 3), infinite behind the camera."""
        error = np.linalg.norm(self.project(seen.view, points)[0] - seen.pixel, axis=1)
        return np.where(np.isnan(error), np.inf, error)


def _sum_by_track(values: Array, seen: Observations) -> Array:
    return np.add.reduceat(values, seen.starts, axis=0)


def _solve(matrices: Array, vectors: Array) -> Array:
    """Solve (T, 3, 3) systems; nearly singular ones stay near zero instead of failing."""
    scale = np.trace(matrices, axis1=1, axis2=2)[:, None, None] * 1e-12 + 1e-300
    return np.linalg.solve(matrices + scale * np.eye(3), vectors[..., None])[..., 0]


def nearest_points(rig: Rig, seen: Observations) -> Array:
    """The points (T, 3) closest to all rays of their tracks, in the sense of least squares."""
    across = np.eye(3) - np.einsum("oi,oj->oij", *(rig.rays(seen),) * 2)
    pull = np.einsum("oij,oj->oi", across, rig.center[seen.view])
    return _solve(_sum_by_track(across, seen), _sum_by_track(pull, seen))


def refine(rig: Rig, seen: Observations, points: Array) -> Array:
    """Lower the reprojection errors of points (T, 3) by Gauss-Newton steps, weighted by a Cauchy loss."""
    for _ in range(NEWTON_STEPS):
        pixels, depth = rig.project(seen.view, points[seen.track])
        usable = np.isfinite(depth)
        error = np.where(usable[:, None], pixels - seen.pixel, 0)
        slope = np.where(usable[:, None, None], rig.slopes(seen.view, pixels, depth), 0)
        weight = 1 / (1 + (error**2).sum(1) / LARGEST_ERROR**2)
        normal = _sum_by_track(np.einsum("o,oki,okj->oij", weight, slope, slope), seen)
        points = points - _solve(normal, _sum_by_track(np.einsum("o,oki,ok->oi", weight, slope, error), seen))
    return points


def viewing_angles(rig: Rig, seen: Observations, points: Array) -> Array:
    """How wide apart (T,) each point's rays are, in degrees: twice the largest angle to their mean."""
    toward = rig.center[seen.view] - points[seen.track]
    toward /= np.maximum(np.linalg.norm(toward, axis=1, keepdims=True), 1e-300)
    mean = _sum_by_track(toward, seen)
    mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-300)
    cosine = np.minimum.reduceat(np.einsum("oi,oi->o", toward, mean[seen.track]), seen.starts)
    return 2 * np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def vote(rig: Rig, seen: Observations) -> NDArray[np.bool_]:
    """Which observations agree on a point with the first one of their track, the reference.

    Every other observation proposes the point where its ray passes the reference's; the proposal that most others see
    within `LARGEST_ERROR` wins, among equals the one seen under the widest angle.

    Parameters
    ----------
    rig : Rig
    seen : Observations

    Returns
    -------
    (O,) bool
        The reference itself included, alone where nothing else agrees.
    """
    bounds = np.r_[seen.starts, len(seen.track)]
    cuts = bounds[np.searchsorted(bounds, np.arange(0, len(seen.track), VOTES_AT_ONCE))]
    parts = [slice(start, end) for start, end in pairwise([*np.unique(cuts), len(seen.track)]) if start < end]
    return np.concatenate([np.zeros(0, bool), *(_vote(rig, seen[part]) for part in parts)])


def _vote(rig: Rig, seen: Observations) -> NDArray[np.bool_]:
    rivals = seen.sizes[seen.track]
    reference = seen.starts[seen.track]
    proposals, sine = _crossings(rig, seen, reference)
    # Every proposal meets every observation of its track.
    proposal = np.repeat(np.arange(len(rivals)), rivals)
    first = np.cumsum(rivals) - rivals
    observation = reference[proposal] + np.arange(len(proposal)) - first[proposal]
    pixels, _ = rig.project(seen.view[observation], proposals[proposal])
    agrees = ((pixels - seen.pixel[observation]) ** 2).sum(1) <= LARGEST_ERROR**2
    votes = np.add.reduceat(agrees.astype(np.int64), first)
    winner = np.lexsort((sine, votes, seen.track))[np.cumsum(seen.sizes) - 1]
    result = np.zeros(len(rivals), bool)
    result[observation[agrees & (proposal == winner[seen.track[proposal]])]] = True
    return result


def _crossings(rig: Rig, seen: Observations, reference: Indices) -> tuple[Array, Array]:
    """Points (O, 3) on the references' rays nearest to each ray, NaN if behind either camera, and sines of angles."""
    own = rig.rays(seen)
    ahead = own[reference]
    base = rig.center[seen.view] - rig.center[seen.view[reference]]
    cosine = np.einsum("oi,oi->o", ahead, own)
    squared = 1 - cosine**2
    along, across = np.einsum("oi,oi->o", base, ahead), np.einsum("oi,oi->o", base, own)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth, other = (along - cosine * across) / squared, (cosine * along - across) / squared
    usable = (squared > 1e-9) & (depth > 0) & (other > 0)
    points = rig.center[seen.view[reference]] + np.where(usable, depth, np.nan)[:, None] * ahead
    return points, np.sqrt(np.maximum(squared, 0))


def triangulate(rig: Rig, seen: Observations) -> tuple[Array, Observations]:
    """Find points that explain their tracks, giving up observations that do not fit.

    Parameters
    ----------
    rig : Rig
    seen : Observations

    Returns
    -------
    points : (T', 3) float64
        World coordinates; reprojected within `LARGEST_ERROR` pixels in at least two views, seen under at least
        `SMALLEST_ANGLE` degrees.
    seen : Observations
        Those that fit, renumbered.
    """
    seen, _ = seen.kept(np.ones(len(seen.track), bool))
    points, worst = np.zeros((0, 3)), np.zeros(0)
    for _ in range(PRUNINGS):
        if not len(seen.track):
            return np.zeros((0, 3)), seen
        points = refine(rig, seen, nearest_points(rig, seen))
        error = rig.errors(points[seen.track], seen)
        worst = np.maximum.reduceat(error, seen.starts)
        misfit = (error > LARGEST_ERROR) & (error >= worst[seen.track])
        if not misfit.any():
            break
        seen, left = seen.kept(~misfit)
        points, worst = points[left], worst[left]
    good = (worst <= LARGEST_ERROR) & (viewing_angles(rig, seen, points) >= SMALLEST_ANGLE)
    seen, left = seen.kept(good[seen.track])
    return points[left], seen
