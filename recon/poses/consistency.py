"""Whether a model agrees with the matches it was made from: what tells a bent or folded one from a good one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.poses.database import image_numbers, opened
from recon.poses.workspace import Workspace

Array = NDArray[np.float64]

FEWEST_MATCHES = 30
FARTHEST = 6.0  # pixels from the epipolar line; more than the verification of a pair allows


def explained(model: Any, workspace: Workspace) -> float:
    """The share of verified matches between the model's photographs that lie on the model's epipolar lines, in [0, 1].

    An incremental reconstruction may glue two parts together wrongly and throw out, as outliers, the points that
    contradict it; its reprojection error then looks as good as ever, but the matches still know.
    """
    images = {image.image_id: image for image in model.images.values() if image.has_pose}
    agreeing = total = 0
    with opened(workspace) as database:
        rays = {number: _rays(image.camera, database.read_keypoints(number)) for number, image in images.items()}
        pairs, geometries = database.read_two_view_geometries()
        for pair, geometry in zip(pairs, geometries, strict=True):
            first, second = image_numbers(pair)
            matches = geometry.inlier_matches
            if len(matches) < FEWEST_MATCHES or first not in images or second not in images:
                continue
            distances = _distances(
                images[first], images[second], rays[first][matches[:, 0]], rays[second][matches[:, 1]]
            )
            agreeing += int((distances < FARTHEST).sum())
            total += len(matches)
    return agreeing / total if total else 1.0


def _rays(camera: Any, keypoints: NDArray[np.float32]) -> Array:
    """(N, 3) directions with z = 1 of keypoints."""
    flat = np.asarray(camera.cam_from_img(np.asarray(keypoints[:, :2], np.float64)))
    return np.hstack([flat, np.ones((len(flat), 1))])


def _distances(first: Any, second: Any, from_first: Array, from_second: Array) -> Array:
    """Of each match from its epipolar line, in pixels of the second photograph."""
    relative = (second.cam_from_world() * first.cam_from_world().inverse()).matrix()
    x, y, z = relative[:, 3]
    essential = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]]) @ relative[:, :3]
    lines = from_first @ essential.T
    offset = np.abs(np.einsum("ij,ij->i", lines, from_second))
    return np.asarray(
        offset / np.maximum(np.linalg.norm(lines[:, :2], axis=1), 1e-12) * second.camera.mean_focal_length()
    )
