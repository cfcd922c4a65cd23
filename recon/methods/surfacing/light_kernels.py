"""The kernels that collect what photographs say of the light at each vertex of a mesh."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from recon.render.kernels.rules import INLINE, SERIAL, ZERO, Array
from recon.scene.mesh import LIGHT_TERMS

Ints = np.ndarray[Any, np.dtype[np.int32]]


@njit(**INLINE)
def _add(term: Any, weight: Any, residual: Any, moments: Array, sums: Array) -> None:
    for row in range(LIGHT_TERMS):
        weighted = weight * term[row]
        for column in range(LIGHT_TERMS):
            moments[row, column] += weighted * term[column]
        for channel in range(3):
            sums[row, channel] += weighted * residual[channel]


@njit(**SERIAL)
def collect(corners: Ints, terms: Array, fragments: Any, photograph: Any, sums: Any) -> None:
    """Add what one photograph says, beside the texture and the light so far, to the normal equations of all vertices.

    Serial, as pixels share vertices.

    Parameters
    ----------
    corners : (F, 3) int32
        Vertices of each face.
    terms : (N, 4) float32
        Harmonics at vertices, along the directions from where it was taken.
    fragments : tuple of (H, W) int32, (H, W, 3) float32
        The face in each pixel, and where on it.
    photograph : tuple of (H, W, 3), (H, W) float32
        What it shows more than the texture, and how much each pixel counts.
    sums : tuple of (N, 4, 3) float32, (N, 4, 4) and (N, 4, 3) float64
        The light so far; and those that are added to: products of harmonics, and of harmonics with what is left over.
    """
    found, weights = fragments
    left_over, counts = photograph
    light, moments, totals = sums
    residual = np.empty(3, np.float32)
    for row in range(found.shape[0]):
        for column in range(found.shape[1]):
            if found[row, column] < 0 or counts[row, column] <= ZERO:
                continue
            corner, blend = corners[found[row, column]], weights[row, column]
            residual[:] = left_over[row, column]
            for k in range(3):
                for number in range(LIGHT_TERMS):
                    weight = blend[k] * terms[corner[k], number]
                    for channel in range(3):
                        residual[channel] -= weight * light[corner[k], number, channel]
            for k in range(3):
                weight = blend[k] * counts[row, column]
                _add(terms[corner[k]], weight, residual, moments[corner[k]], totals[corner[k]])
