"""Kernels of the difference between drawn normals and those of the depth: in torch most of a step at large pictures."""

from __future__ import annotations

from typing import Any

from numba import njit, prange

from recon.render.kernels.rules import F32, HALF, INLINE, ONE, PARALLEL, ZERO, Array

STEEPEST = F32(-1e-4)  # stands here, as compiled kernels outlive changes of other files
SHORTEST = F32(1e-12)


@njit(**INLINE)
def _ray(k: Any, row: int, column: int) -> Any:
    return (F32(column) + HALF - k[2]) / k[0], (F32(row) + HALF - k[3]) / k[1]


@njit(**INLINE)
def _slope(plane: Any, x: Any, y: Any) -> Any:
    return plane[0] * x + plane[1] * y + plane[2]


@njit(**INLINE)
def _point(planes: Array, k: Any, row: int, column: int) -> Any:
    """Where the ray of a pixel meets its plane."""
    x, y = _ray(k, row, column)
    plane = planes[row, column]
    slope = _slope(plane, x, y)
    depth = plane[3] / min(slope, STEEPEST)
    return x * depth, y * depth, depth


@njit(**INLINE)
def _less(a: Any, b: Any) -> Any:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


@njit(**INLINE)
def _cross(a: Any, b: Any) -> Any:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@njit(**INLINE)
def _sign(value: Any) -> Any:
    return ONE if value > ZERO else (-ONE if value < ZERO else ZERO)


@njit(**PARALLEL)
def differences(planes: Array, alpha: Array, weight: Array, k: Any, found: Any) -> None:
    """Sum what drawn normals differ by from those of the depth, and its gradients.

    Parameters
    ----------
    planes : (H, W, 4) float32
    alpha : (H, W) float32
    weight : (H - 2, W - 2) float32
        What each difference counts.
    k : tuple of 4 float32
        fx, fy, cx, cy.
    found : tuple of (H,) float64, (H, W, 3), (H, W, 6) float32
        Filled, with zeros at borders: sums over rows; signs times weights; and gradients by the ways across and down
        that span the normal of the depth.
    """
    sums, signs, spans = found
    height, width = alpha.shape
    for row in prange(height):
        sums[row] = 0.0
        for column in range(width):
            if not (0 < row < height - 1 and 0 < column < width - 1):
                signs[row, column] = ZERO
                spans[row, column] = ZERO
                continue
            counts = weight[row - 1, column - 1]
            across = _less(_point(planes, k, row, column + 1), _point(planes, k, row, column - 1))
            down = _less(_point(planes, k, row + 1, column), _point(planes, k, row - 1, column))
            v = _cross(down, across)
            length = max(F32((v[0] * v[0] + v[1] * v[1] + v[2] * v[2]) ** 0.5), SHORTEST)
            n, inner = (v[0] / length, v[1] / length, v[2] / length), alpha[row, column]
            plane = planes[row, column]
            off = n[0] * inner - plane[0], n[1] * inner - plane[1], n[2] * inner - plane[2]
            sums[row] += counts * (abs(off[0]) + abs(off[1]) + abs(off[2]))
            g = counts * _sign(off[0]), counts * _sign(off[1]), counts * _sign(off[2])
            along, scale = g[0] * n[0] + g[1] * n[1] + g[2] * n[2], inner / length
            by_v = (g[0] - n[0] * along) * scale, (g[1] - n[1] * along) * scale, (g[2] - n[2] * along) * scale
            by_down, by_across = _cross(across, by_v), _cross(by_v, down)
            for c in range(3):
                signs[row, column, c] = g[c]
                spans[row, column, c] = by_across[c]
                spans[row, column, 3 + c] = by_down[c]


@njit(**PARALLEL)
def differences_backward(planes: Array, k: Any, signs: Array, spans: Array, gradients: Array) -> None:
    """Gradients (H, W, 4) of the sum of `differences` by the planes; signs and spans are zero at borders."""
    height, width = planes.shape[:2]
    for row in prange(height):
        for column in range(width):
            x, y = _ray(k, row, column)
            plane = planes[row, column]
            slope = _slope(plane, x, y)
            given = ZERO
            for c in range(3):
                pulled = ZERO
                if column > 0:
                    pulled += spans[row, column - 1, c]
                if column < width - 1:
                    pulled -= spans[row, column + 1, c]
                if row > 0:
                    pulled += spans[row - 1, column, 3 + c]
                if row < height - 1:
                    pulled -= spans[row + 1, column, 3 + c]
                given += pulled * (x if c == 0 else (y if c == 1 else ONE))
            steep = slope > STEEPEST
            by_distance = given / (STEEPEST if steep else slope)
            by_slope = ZERO if steep else -by_distance * plane[3] / slope
            gradients[row, column, 0] = by_slope * x - signs[row, column, 0]
            gradients[row, column, 1] = by_slope * y - signs[row, column, 1]
            gradients[row, column, 2] = by_slope - signs[row, column, 2]
            gradients[row, column, 3] = by_distance
