"""What a family can do without: planes and parts that change next to nothing, planes that are the same."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from recon.families.network import Network
from recon.families.sampling import Samples
from recon.families.wiring import Matrix, shared
from recon.shapes.polytopes import offsets_that_matter

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MOST_POINTS = 500_000  # of all shapes
POINTS = 10_000  # of each shape, at most
PART_WORTH = 1e-3  # share of all shapes' volume that a part must save to be kept


def tidied(network: Network, samples: Samples) -> Matrix:
    """The wiring (P, C) without what the family's shapes do not need; it has fewer parts where some are of no use."""
    normals, offsets = _planes(network, samples)
    away, true = _points(samples, normals, offsets)
    wiring = _without_idle_planes(network.wiring, away, true)
    wiring = _without_idle_parts(wiring, away, true)
    return shared(wiring, normals, offsets)


@torch.no_grad()
def _planes(network: Network, samples: Samples) -> tuple[Floats, Floats]:
    rows = torch.arange(len(samples))
    codes = [network.encode(samples.seen(row[None], torch.ones(1, 3))) for row in rows]
    normals, offsets = network.planes(torch.cat(codes))
    return normals.double().numpy(), offsets.double().numpy()


def _points(samples: Samples, normals: Floats, offsets: Floats) -> tuple[NDArray[np.float32], Mask]:
    """Distances (N, P) of points all over the shapes' cubes from their planes, and whether (N,) they are inside."""
    count = min(POINTS, MOST_POINTS // len(samples))
    away, true = [], []
    for row in range(len(samples)):
        points, distances = samples.spread(row, count)
        away.append((points.numpy() @ normals[row].T - offsets[row]).astype(np.float32))
        true.append(distances.numpy() < 0)
    return np.concatenate(away), np.concatenate(true)


def _inside(wiring: Matrix, away: NDArray[np.floating]) -> Mask:
    """(C, N): whether points are in each part."""
    return np.stack([(away[:, column] <= 0).all(1) & column.any() for column in wiring.T])


def _without_idle_planes(wiring: Matrix, away: NDArray[np.floating], true: Mask) -> Matrix:
    wiring, inside = wiring.copy(), _inside(wiring, away)
    for part in range(wiring.shape[1]):
        planes = np.flatnonzero(wiring[:, part])
        alone = ~np.delete(inside, part, axis=0).any(0)
        own = away[alone][:, planes].astype(np.float64)
        weights = np.full(len(own), 1 / max(true.sum(), 1))
        kept = np.isfinite(offsets_that_matter(own, np.zeros(len(planes)), weights, true[alone]))
        wiring[planes[~kept], part] = False
        inside[part] = (away[:, wiring[:, part]] <= 0).all(1)
    return wiring


def _without_idle_parts(wiring: Matrix, away: NDArray[np.floating], true: Mask) -> Matrix:
    """Leave parts out, the one that is worth least first; one is kept whatever it is worth."""
    kept, inside = list(range(wiring.shape[1])), _inside(wiring, away)
    while len(kept) > 1:
        worth = worths(inside[kept], true) / max(true.sum(), 1)
        if worth.min() > PART_WORTH:
            break
        del kept[int(worth.argmin())]
    return wiring[:, kept]


def worths(inside: Mask, true: Mask) -> Floats:
    """(C,): by how many points of (C, N) more each part is right than wrong where no other part is."""
    alone = inside & (inside.sum(0) == 1)
    return np.asarray((alone & true).sum(1) - (alone & ~true).sum(1), np.float64)
