"""Normals of points: estimated where there are none, and turned to the side that is seen."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from recon.points.cloud import Cloud
from recon.points.library import open3d, open3d_cloud

Floats = NDArray[np.float64]

NEIGHBOURS = 24
ALONG = 12  # neighbours along which the side of a normal is handed on
SMALLEST = 1e-9
MOST, SHAKE = 30_000, 0.01  # points whose sides are found, and how far they are moved for it, in spacings


def with_normals(cloud: Cloud, eyes: Floats | None = None) -> Cloud:
    """The same points with normals that point outwards.

    Parameters
    ----------
    cloud : Cloud
        Normals that it brings stay, but for their side where that is not known.
    eyes : (E, 3) float64, optional
        Where cameras stood: a normal points towards the nearest. Without them sides agree along a minimum spanning tree
        of neighbours (Hoppe 1992), and most point away from the middle.
    """
    known = np.zeros_like(cloud.positions) if cloud.normals is None else cloud.normals
    missing = np.linalg.norm(known, axis=1) < SMALLEST
    if cloud.outwards and not missing.any():
        return cloud
    smooth = _estimated(cloud.positions)
    normals = np.where(missing[:, None], smooth, known)
    # Of the plane through neighbours, which bends around sharp edges; what points bring would be at right angles.
    sides = _agreeing(cloud.positions, smooth) if eyes is None else _toward(cloud.positions, eyes)
    away = (sides * normals).sum(1) < 0
    if cloud.outwards:
        away &= missing
    return dataclasses.replace(cloud, normals=np.where(away[:, None], -normals, normals), outwards=True)


def _estimated(positions: Floats) -> Floats:
    """Normals of the planes through each point's neighbours, either way."""
    points = open3d_cloud(positions)
    points.estimate_normals(open3d().geometry.KDTreeSearchParamKNN(NEIGHBOURS))
    return np.asarray(points.normals)


def _toward(positions: Floats, eyes: Floats) -> Floats:
    """Directions from points to the nearest eye."""
    from scipy.spatial import KDTree

    _, nearest = KDTree(eyes).query(positions)
    return np.asarray(eyes[nearest] - positions)


def _agreeing(positions: Floats, normals: Floats) -> Floats:
    """Normals turned so that neighbours agree; found on some of the points, from which the others have it."""
    from scipy.spatial import KDTree

    generator = np.random.default_rng(0)
    rows = generator.permutation(len(positions))[:MOST]
    tree = KDTree(positions[rows])
    spacing = float(np.median(tree.query(positions[rows], k=2)[0][:, 1]))
    # Points that lie in planes to the bit would take the triangulation behind it a hundred times as long.
    shaken = positions[rows] + SHAKE * spacing * generator.normal(size=(len(rows), 3))
    some = open3d_cloud(shaken, normals[rows])
    some.orient_normals_consistent_tangent_plane(min(ALONG, len(rows) - 1))
    turned = np.asarray(some.normals)
    if ((positions[rows] - np.median(positions, axis=0)) * turned).sum() < 0:
        turned = -turned
    return np.asarray(turned[tree.query(positions)[1]])
