"""The numba kernels of SSIM: value and gradient from separable sums over rows of interleaved RGB.

An image row of W pixels is 3 W floats, so that a step of three floats is one pixel and every inner loop runs over
contiguous memory. SSIM needs four window means: x, y, x^2 + y^2 and x y. With their derivatives d1 (of the mean of
x), d2 (of x^2 + y^2) and d3 (of x y), the gradient is blur(d1) + 2 x blur(d2) + y blur(d3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

C1, C2 = 0.01**2, 0.03**2
_OFFSETS = np.arange(-5, 6)
_GAUSSIAN = np.exp(-(_OFFSETS**2) / (2 * 1.5**2))
WINDOW: tuple[float, ...] = tuple(float(weight) for weight in _GAUSSIAN / _GAUSSIAN.sum())

_F = np.float32
_WEIGHTS = np.array(WINDOW, np.float32)
_W0, _W1, _W2, _W3, _W4, _W5 = (_F(weight) for weight in WINDOW[:6])
_C1, _C2 = _F(C1), _F(C2)
_TWO = _F(2)
_MARGIN = 15  # floats left and right of a row: five pixels of three channels
# All of fast mathematics but the promise that nothing is infinite or NaN.
_FAST = {"nsz", "contract", "arcp", "reassoc", "afn"}


@dataclass(frozen=True)
class Workspace:
    """Scratch memory for one image size."""

    size: tuple[int, int]
    moments: FloatArray
    derivatives: FloatArray
    sums: FloatArray

    @classmethod
    def of(cls, height: int, width: int) -> Workspace:
        """Allocate for images of a size."""
        shape = (height, 3 * width)
        return cls(
            size=(height, width),
            moments=np.empty((4, *shape), np.float32),
            derivatives=np.empty((3, *shape), np.float32),
            sums=np.empty(height, np.float32),
        )


def value(x: FloatArray, y: FloatArray, work: Workspace) -> float:
    """Mean SSIM of two (H, 3 W) images."""
    _blur_moments_along_rows(x, y, work.moments)
    _compare(work.moments, work.sums, work.derivatives)
    return float(work.sums.sum(dtype=np.float64) / x.size)


def value_and_gradient(x: FloatArray, y: FloatArray, gradient: FloatArray, work: Workspace) -> float:
    """Mean SSIM of two (H, 3 W) images; its derivative with respect to `x` is written into `gradient`."""
    mean = value(x, y, work)
    _blur_derivatives_along_columns(work.derivatives, work.moments)
    _blur_derivatives_along_rows(work.moments, x, y, gradient)
    return mean


@njit(inline="always")
def _window(row: FloatArray, i: int) -> float:
    return (
        _W5 * row[i + 15]
        + _W4 * (row[i + 12] + row[i + 18])
        + _W3 * (row[i + 9] + row[i + 21])
        + _W2 * (row[i + 6] + row[i + 24])
        + _W1 * (row[i + 3] + row[i + 27])
        + _W0 * (row[i] + row[i + 30])
    )


@njit(parallel=True, fastmath=_FAST, cache=True)
def _blur_moments_along_rows(x: FloatArray, y: FloatArray, moments: FloatArray) -> None:
    height, width = x.shape
    for r in prange(height):
        padded = np.zeros((4, width + 2 * _MARGIN), np.float32)
        for i in range(width):
            a = x[r, i]
            b = y[r, i]
            padded[0, i + _MARGIN] = a
            padded[1, i + _MARGIN] = b
            padded[2, i + _MARGIN] = a * a + b * b
            padded[3, i + _MARGIN] = a * b
        for k in range(4):
            row = padded[k]
            out = moments[k, r]
            for i in range(width):
                out[i] = _window(row, i)


@njit(fastmath=_FAST, cache=True)
def _column_window(rows: FloatArray, r: int, out: FloatArray) -> None:
    height, width = rows.shape
    out[:] = _F(0)
    for j in range(11):
        source = r + j - 5
        if source >= 0 and source < height:
            weight = _WEIGHTS[j]
            row = rows[source]
            for i in range(width):
                out[i] += weight * row[i]


@njit(parallel=True, fastmath=_FAST, cache=True)
def _compare(moments: FloatArray, sums: FloatArray, derivatives: FloatArray) -> None:
    height, width = moments.shape[1:]
    scale = _F(1.0 / (height * width))
    for r in prange(height):
        means = np.empty((4, width), np.float32)
        for k in range(4):
            _column_window(moments[k], r, means[k])
        total = _F(0)
        for i in range(width):
            a = means[0, i]
            b = means[1, i]
            product = a * b
            squares = a * a + b * b
            luminance = _TWO * product + _C1
            covariance = _TWO * (means[3, i] - product) + _C2
            first = squares + _C1
            second = means[2, i] - squares + _C2
            inverse = _F(1) / (first * second)
            similarity = luminance * covariance * inverse
            total += similarity
            of_squares = -similarity * first * inverse
            of_product = _TWO * luminance * inverse
            of_mean = _TWO * b * covariance * inverse - _TWO * a * similarity * second * inverse
            derivatives[0, r, i] = scale * (of_mean - _TWO * a * of_squares - b * of_product)
            derivatives[1, r, i] = scale * of_squares
            derivatives[2, r, i] = scale * of_product
        sums[r] = total


@njit(parallel=True, fastmath=_FAST, cache=True)
def _blur_derivatives_along_columns(derivatives: FloatArray, blurred: FloatArray) -> None:
    for r in prange(derivatives.shape[1]):
        for k in range(3):
            _column_window(derivatives[k], r, blurred[k, r])


@njit(parallel=True, fastmath=_FAST, cache=True)
def _blur_derivatives_along_rows(blurred: FloatArray, x: FloatArray, y: FloatArray, gradient: FloatArray) -> None:
    height, width = x.shape
    for r in prange(height):
        padded = np.zeros((3, width + 2 * _MARGIN), np.float32)
        for k in range(3):
            for i in range(width):
                padded[k, i + _MARGIN] = blurred[k, r, i]
        first = padded[0]
        second = padded[1]
        third = padded[2]
        for i in range(width):
            gradient[r, i] = _window(first, i) + _TWO * x[r, i] * _window(second, i) + y[r, i] * _window(third, i)
