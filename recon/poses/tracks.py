"""Which views to compare, and which of their features are one and the same point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from recon.poses.features import Features
from recon.poses.triangulation import Observations
from recon.scene import Camera

SMALLEST_BASELINE = 0.03
LARGEST_TURN = 75.0
MOST_NEIGHBOURS, FEWEST_NEIGHBOURS = 8, 4
MOST_PAIRS = 1500

Pair = tuple[int, int]


def choose_pairs(cameras: Sequence[Camera]) -> list[Pair]:
    """Pairs of views worth comparing: near each other, looking the same way, but not from the same place.

    Parameters
    ----------
    cameras : sequence of Camera

    Returns
    -------
    list of (int, int)
        Sorted, first < second.
    """
    centers = np.array([camera.center for camera in cameras])
    forward = np.array([camera.world_from_camera[:3, 2] for camera in cameras])
    baseline = np.linalg.norm(centers[:, None] - centers, axis=2)
    extent = max(float(np.linalg.norm(centers - centers.mean(0), axis=1).max()), 1e-12)
    turn = np.degrees(np.arccos(np.clip(forward @ forward.T, -1, 1)))
    cost = baseline / extent + np.radians(turn)
    cost[(baseline < SMALLEST_BASELINE * extent) | (turn > LARGEST_TURN)] = np.inf
    neighbours = int(np.clip(MOST_PAIRS // max(len(cameras), 1), FEWEST_NEIGHBOURS, MOST_NEIGHBOURS))
    nearest = np.argsort(cost, axis=1, kind="stable")[:, :neighbours]
    pairs = {
        (min(view, int(other)), max(view, int(other)))
        for view, others in enumerate(nearest)
        for other in others
        if np.isfinite(cost[view, other])
    }
    return sorted(pairs)


def stars(features: Sequence[Features], matches: Mapping[Pair, NDArray[np.int64]]) -> Observations:
    """Every matched feature with all its matches, one track each.

    Chains of matches would join different points by one wrong link; a star is checked as a whole.

    Parameters
    ----------
    features : sequence of Features
        One per view.
    matches : mapping of (view, view) to (M, 2) int64
        Feature indices that match.

    Returns
    -------
    Observations
        The first one of each track is the feature itself. Features are numbered through all views.
    """
    counts = [len(found.pixels) for found in features]
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    both = [found + offsets[list(pair)] for pair, found in matches.items()]
    ends = np.concatenate([np.zeros((0, 2), np.int64), *both])
    ends = np.concatenate([ends, ends[:, ::-1]])
    centers = np.unique(ends[:, 0])
    own = np.stack([centers, np.full_like(centers, -1)], axis=1)
    ends = np.concatenate([own, ends])
    ends = ends[np.lexsort(ends.T[::-1])]
    feature = np.where(ends[:, 1] < 0, ends[:, 0], ends[:, 1])
    pixels = np.concatenate([np.zeros((0, 2)), *(found.pixels for found in features)])
    view = np.repeat(np.arange(len(features)), counts)
    return Observations(np.searchsorted(centers, ends[:, 0]), view[feature], pixels[feature], feature)


def without_repeats(seen: Observations) -> Observations:
    """Drop tracks whose first feature also stands in a longer one, which tells of the same point with more views."""
    if not len(seen.track):
        return seen
    rank = np.empty(len(seen.sizes), np.int64)
    rank[np.lexsort((-np.arange(len(rank)), seen.sizes))] = np.arange(len(rank))
    best = np.full(seen.feature.max() + 1, -1)
    np.maximum.at(best, seen.feature, rank[seen.track])
    longest = best[seen.feature[seen.starts]] == rank
    return seen.kept(longest[seen.track])[0]
