"""A first guess of a movement by features of the points alone: nobody has to pick anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.points.library import open3d, open3d_cloud

Floats = NDArray[np.float64]

# In sizes of the fixed result.
VOXEL, NORMALS_WITHIN, FEATURES_WITHIN, INLIERS_WITHIN = 0.035, 0.09, 0.2, 0.055
NORMAL_NEIGHBOURS, FEATURE_NEIGHBOURS = 30, 100
# Sizes are first made equal; partial overlap leaves them off by about so much.
FACTORS = (1.0, 0.88, 1.14, 0.77, 1.3)
TRIES, CONFIDENCE = 100_000, 0.999
SAME_LENGTH = 0.9  # of an edge between two points, on both sides


def guesses(
    moving: Floats, fixed: Floats, *, scale: bool, seed: int, report: Callable[[float], None]
) -> Iterator[NDArray[np.float64]]:
    """Rigid movements, each after a factor of size, that bring alike features together.

    Fast point feature histograms (Rusu 2009) of points and normals, and RANSAC over the matches of three; the same
    guesses for the same seed.

    Parameters
    ----------
    moving, fixed : (N, 3) float64
        In sizes of the fixed result, each around the origin.
    scale : bool
        Whether other factors than 1 are tried.
    seed : int
    report : callable
        Told the share that is done.

    Yields
    ------
    (4, 4) float64
        Fixed from moving.
    """
    library = open3d()
    target, target_features = _features(library, fixed)
    factors = FACTORS if scale else (1.0,) * 3
    for number, factor in enumerate(factors):
        source, source_features = _features(library, moving * factor)
        library.utility.random.seed(seed + number)
        found = _ransac(library, (source, source_features), (target, target_features))
        report((number + 1) / len(factors))
        yield np.asarray(found.transformation) @ np.diag([factor, factor, factor, 1.0])


def _features(library: Any, points: Floats) -> tuple[Any, Any]:
    cloud = open3d_cloud(points).voxel_down_sample(VOXEL)
    within = library.geometry.KDTreeSearchParamHybrid
    cloud.estimate_normals(within(NORMALS_WITHIN, NORMAL_NEIGHBOURS))
    # Of a closed shape it is the outside; of others it is the same side as long as they show the same.
    cloud.orient_normals_towards_camera_location(cloud.get_center())
    features = library.pipelines.registration.compute_fpfh_feature(cloud, within(FEATURES_WITHIN, FEATURE_NEIGHBOURS))
    return cloud, features


def _ransac(library: Any, source: tuple[Any, Any], target: tuple[Any, Any]) -> Any:
    registration = library.pipelines.registration
    return registration.registration_ransac_based_on_feature_matching(
        source[0],
        target[0],
        source[1],
        target[1],
        True,
        INLIERS_WITHIN,
        registration.TransformationEstimationPointToPoint(False),  # with scale it would shrink all to one point
        3,
        [
            registration.CorrespondenceCheckerBasedOnEdgeLength(SAME_LENGTH),
            registration.CorrespondenceCheckerBasedOnDistance(INLIERS_WITHIN),
        ],
        registration.RANSACConvergenceCriteria(TRIES, CONFIDENCE),
    )
