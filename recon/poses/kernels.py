"""The inner loop of matching, compiled; imported only when it is needed."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def best_on_lines(
    lines: NDArray[np.float32],
    descriptors: NDArray[np.uint8],
    pixels: NDArray[np.float32],
    candidates: NDArray[np.uint8],
    limits: tuple[float, float],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """For each descriptor, the most similar candidate near its line, and how similar the best elsewhere is.

    Parameters
    ----------
    lines : (N, 3) float32
        a x + b y + c = 0 with a^2 + b^2 = 1, in the candidates' image.
    descriptors : (N, 128) uint8
    pixels : (M, 2) float32
        Of the candidates.
    candidates : (M, 128) uint8
    limits : (float, float)
        Largest distance to the line, and the distance up to which two candidates count as one spot; pixels.

    Returns
    -------
    best : (N,) int64
        Index of the candidate, -1 where the line meets none.
    similarity, rival : (N,) int64
        Inner products with the best, and with the best at another spot; 0 where there is none.
    """
    count = len(lines)
    best, similarity, rival = np.full(count, -1), np.zeros(count, np.int64), np.zeros(count, np.int64)
    near, score = np.empty(len(pixels), np.int64), np.empty(len(pixels), np.int64)
    distance, spot = np.float32(limits[0]), np.float32(limits[1]) ** 2
    for row in range(count):
        a, b, c = lines[row]
        found = 0
        for column in range(len(pixels)):
            if abs(a * pixels[column, 0] + b * pixels[column, 1] + c) < distance:
                near[found] = column
                found += 1
        for index in range(found):
            product = 0
            for channel in range(descriptors.shape[1]):
                product += np.int32(descriptors[row, channel]) * np.int32(candidates[near[index], channel])
            score[index] = product
            if product > similarity[row]:
                best[row], similarity[row] = near[index], product
        for index in range(found):
            x = pixels[near[index], 0] - pixels[best[row], 0]
            y = pixels[near[index], 1] - pixels[best[row], 1]
            if score[index] > rival[row] and x * x + y * y > spot:
                rival[row] = score[index]
    return best, similarity, rival
