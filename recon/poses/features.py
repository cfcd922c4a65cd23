"""Distinct spots in photographs, and which of them may be the same when the cameras are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.scene import Camera

SMALLEST_SIDE, LARGEST_SIDE = 720, 960
LARGEST_ENLARGEMENT = 2.0
MOST_FEATURES = 4000
LEAST_CONTRAST = 0.005
LINE_DISTANCE = 2.5
LEAST_SIMILARITY = 0.8
RATIO = 0.85
SAME_SPOT = 3.0


@dataclass(frozen=True, eq=False)
class Features:
    """What was found in one photograph.

    Parameters
    ----------
    pixels : (N, 2) float32
        Positions, pixel centres at +0.5.
    descriptors : (N, 128) uint8
        RootSIFT (Arandjelovic and Zisserman 2012) times 255.
    colors : (N, 3) float32
        sRGB in [0, 1] of the pixel they lie in.
    """

    pixels: NDArray[np.float32]
    descriptors: NDArray[np.uint8]
    colors: NDArray[np.float32]


def working_size(camera: Camera) -> tuple[int, int]:
    """Width and height to look for features at.

    A small photograph is enlarged, which lets finer features be found (three times as many at 270x480, and truer
    ones); a large one is reduced, because more would only take longer.
    """
    side = max(camera.width, camera.height)
    scale = min(float(np.clip(side, SMALLEST_SIDE, LARGEST_SIDE)) / side, LARGEST_ENLARGEMENT)
    return max(1, round(camera.width * scale)), max(1, round(camera.height * scale))


def detect(image: NDArray[np.uint8], allowed: NDArray[np.uint8] | None = None) -> Features:
    """Find features (SIFT, Lowe 2004).

    Parameters
    ----------
    image : (H, W, 3) uint8
    allowed : (H, W) uint8, optional
        Zero where nothing may be found.
    """
    import cv2

    sift = cv2.SIFT_create(MOST_FEATURES, contrastThreshold=LEAST_CONTRAST, enable_precise_upscale=True)
    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    keypoints, descriptors = sift.detectAndCompute(grey, allowed)
    if descriptors is None:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.uint8), np.zeros((0, 3), np.float32))
    pixels = np.array([keypoint.pt for keypoint in keypoints], np.float32) + np.float32(0.5)
    root = np.sqrt(descriptors / np.maximum(descriptors.sum(1, keepdims=True), 1e-9))
    column, row = np.clip(pixels.astype(int), 0, np.array(grey.shape[::-1]) - 1).T
    colors = image[row, column].astype(np.float32) / 255
    return Features(pixels, np.round(255 * root).astype(np.uint8), colors)


def fundamental_matrix(first: Camera, second: Camera) -> NDArray[np.float64]:
    """F with second' F first = 0 for homogeneous pixels of the same point (Hartley and Zisserman, equation 17.3)."""
    relative = second.camera_from_world @ first.world_from_camera
    x, y, z = relative[:3, 3]
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.linalg.inv(second.matrix).T @ cross @ relative[:3, :3] @ np.linalg.inv(first.matrix)


def match(first: Features, second: Features, fundamental: NDArray[np.float64]) -> NDArray[np.int64]:
    """Pair features that look alike and lie on each other's epipolar line.

    The known cameras leave each feature a thin line to look along, so it need only stand out among the few on it.

    Parameters
    ----------
    first, second : Features
    fundamental : (3, 3) float64
        From `fundamental_matrix`.

    Returns
    -------
    (M, 2) int64
        Indices into the two; each index occurs at most once.
    """
    from recon.poses.kernels import best_on_lines

    limits = (LINE_DISTANCE, SAME_SPOT)
    ahead = _epipolar_lines(first.pixels, fundamental)
    best, similarity, rival = best_on_lines(ahead, first.descriptors, second.pixels, second.descriptors, limits)
    back = _epipolar_lines(second.pixels, fundamental.T)
    mutual, _, _ = best_on_lines(back, second.descriptors, first.pixels, first.descriptors, limits)
    # Unit vectors at similarity s are sqrt(2 - 2 s) apart; the ratio test compares those distances.
    clear = (1 - similarity / 255**2) <= RATIO**2 * (1 - rival / 255**2)
    chosen = np.flatnonzero(clear & (similarity >= LEAST_SIMILARITY * 255**2))
    chosen = chosen[mutual[best[chosen]] == chosen]
    return np.stack([chosen, best[chosen]], axis=1)


def _epipolar_lines(pixels: NDArray[np.float32], fundamental: NDArray[np.float64]) -> NDArray[np.float32]:
    """Lines (N, 3) in the other image, scaled so that a point's product with them is its distance."""
    lines = np.c_[pixels, np.ones(len(pixels))] @ fundamental.T
    return (lines / np.maximum(np.linalg.norm(lines[:, :2], axis=1, keepdims=True), 1e-300)).astype(np.float32)
