"""The numba kernels of SSIM and L1: value and gradient in one sweep over the rows.

Rows are interleaved RGB: a row of W pixels is 3 W floats, a step of three floats is one pixel, and every inner loop
runs over contiguous memory. SSIM needs four window means, of x, y, x^2 + y^2 and x y. With the derivatives d1, d2, d3
of SSIM by the means of x, x^2 + y^2 and x y, its gradient is window(d1) + 2 x window(d2) + y window(d3).

The image is cut into bands of rows, one per thread. A band keeps the last sixteen rows of what it needs in rings that
stay in the processor's cache, and repeats the few rows it shares with its neighbours. A row comes out the same
whichever band it falls into, and sums are taken per row and then in row order: that is why the number of threads
cannot be seen in the result.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

C1, C2 = 0.01**2, 0.03**2
RADIUS = 5
_OFFSETS = np.arange(-RADIUS, RADIUS + 1)
_GAUSSIAN = np.exp(-(_OFFSETS**2) / (2 * 1.5**2))
WINDOW: tuple[float, ...] = tuple(float(weight) for weight in _GAUSSIAN / _GAUSSIAN.sum())

# Bare Python floats would promote the kernels to float64.
_F = np.float32
_W0, _W1, _W2, _W3, _W4, _W5 = (_F(weight) for weight in WINDOW[: RADIUS + 1])
_C1, _C2, _ZERO, _ONE, _TWO, _THIRD = (_F(number) for number in (C1, C2, 0, 1, 2, 1 / 3))
_MARGIN = 3 * RADIUS  # zero floats left and right of a row
_ROWS = 4  # made together: their windows share most of what they read
_RING = 15  # rows in a ring less one, for `row & _RING`
# All of fast mathematics but the promise that nothing is infinite or NaN. The error model frees divisions from the
# check for zero that would keep loops from being vectorised.
_FAST = {"fastmath": {"nsz", "contract", "arcp", "reassoc", "afn"}, "error_model": "numpy", "cache": True}


class Images(NamedTuple):
    """What is compared: two (H, 3 W) images."""

    image: FloatArray
    reference: FloatArray


class Weights(NamedTuple):
    """What is summed up in the gradient, already divided by the number of values."""

    similarity: np.float32
    difference: np.float32


class Result(NamedTuple):
    """What a sweep fills in.

    Parameters
    ----------
    sums : (2, H) float32
        Per row: sum of SSIM, sum of absolute differences.
    gradient : (H, 3 W) float32, or (0, 0) where none is wanted
    error : (H, W) float32, or (0, 0) where none is wanted
        Mean absolute difference of the channels.
    """

    sums: FloatArray
    gradient: FloatArray
    error: FloatArray


class Scratch(NamedTuple):
    """Memory of the bands.

    Parameters
    ----------
    inputs : (bands, 4, 16, 3 W) float32
        Rings of x, y, x^2 + y^2, x y.
    derivatives : (bands, 3, 16, 3 W) float32
        Rings of d1, d2, d3.
    windows : (bands, 4, 4, 3 W + 30) float32
        Column sums of four rows and up to four quantities, with zeros left and right.
    """

    inputs: FloatArray
    derivatives: FloatArray
    windows: FloatArray

    @classmethod
    def of(cls, bands: int, width: int) -> Scratch:
        """Allocate for images of a width in pixels."""
        floats = 3 * width
        return cls(
            inputs=np.empty((bands, 4, _RING + 1, floats), np.float32),
            derivatives=np.empty((bands, 3, _RING + 1, floats), np.float32),
            windows=np.zeros((bands, _ROWS, 4, floats + 2 * _MARGIN), np.float32),
        )


class Band(NamedTuple):
    """Rows first to last (exclusive) of the image, and the memory of one thread."""

    first: int
    last: int
    inputs: FloatArray
    derivatives: FloatArray
    windows: FloatArray


@njit(parallel=True, **_FAST)
def sweep(images: Images, weights: Weights, result: Result, scratch: Scratch) -> None:
    """Compare two images; see `Result` for what is made."""
    height = images.image.shape[0]
    bands = scratch.inputs.shape[0]
    for b in prange(bands):
        first, last = height * b // bands, height * (b + 1) // bands
        band = Band(first, last, scratch.inputs[b], scratch.derivatives[b], scratch.windows[b])
        _sweep_band(images, weights, result, band)


@njit(**_FAST)
def _sweep_band(images: Images, weights: Weights, result: Result, band: Band) -> None:
    for row in range(band.first - 2 * RADIUS, band.first):
        _load(images, row, band.inputs)
    for start in range(band.first - RADIUS, band.last + RADIUS, _ROWS):
        for row in range(start + RADIUS, start + RADIUS + _ROWS):
            _load(images, row, band.inputs)
        _compare(start, images.image.shape[0], weights.similarity, band, result.sums[0])
        if result.gradient.size > 0:
            _collect(start - RADIUS, images, band, result.gradient)
    if result.error.size > 0:
        for row in range(band.first, band.last):
            _differ(images, row, weights.difference, result)


@njit(**_FAST)
def _compare(start: int, height: int, weight: np.float32, band: Band, sums: FloatArray) -> None:
    """SSIM and its derivatives in four rows whose windows are loaded."""
    for k in range(4):
        _sum_columns(band.inputs[k], start, band.windows, k)
    for i in range(_ROWS):
        total = _derive(band.windows[i], band.derivatives, start + i, height, weight)
        if band.first <= start + i < band.last:
            sums[start + i] = total


@njit(**_FAST)
def _collect(start: int, images: Images, band: Band, gradient: FloatArray) -> None:
    """The gradient in four rows, once the derivatives of all their neighbours are known."""
    if start + _ROWS <= band.first:
        return
    for k in range(3):
        _sum_columns(band.derivatives[k], start, band.windows, k)
    for row in range(max(start, band.first), min(start + _ROWS, band.last)):
        _combine(band.windows[row - start], images.image[row], images.reference[row], gradient[row])


@njit(**_FAST)
def _load(images: Images, row: int, inputs: FloatArray) -> None:
    """Put one row into the rings: zeros outside the image."""
    slot = row & _RING
    if row < 0 or row >= images.image.shape[0]:
        inputs[:, slot] = _ZERO
    else:
        inputs[0, slot] = images.image[row]
        inputs[1, slot] = images.reference[row]
        _multiply(inputs[0, slot], inputs[1, slot], inputs[2, slot], inputs[3, slot])


@njit(**_FAST)
def _multiply(x: FloatArray, y: FloatArray, squares: FloatArray, product: FloatArray) -> None:
    for i in range(x.shape[0]):
        squares[i] = x[i] * x[i] + y[i] * y[i]
        product[i] = x[i] * y[i]


@njit(**_FAST)
def _sum_columns(ring: FloatArray, start: int, windows: FloatArray, k: int) -> None:
    """Vertical window sums of the rows start, ..., start + 3 of a ring, into quantity k of `windows`.

    Every value is read once for all four; spelled out, because only so do the rows stay in registers.
    """
    r0, r1, r2, r3, r4 = (
        ring[(start - 5) & _RING],
        ring[(start - 4) & _RING],
        ring[(start - 3) & _RING],
        ring[(start - 2) & _RING],
        ring[(start - 1) & _RING],
    )
    r5, r6, r7, r8, r9 = (
        ring[start & _RING],
        ring[(start + 1) & _RING],
        ring[(start + 2) & _RING],
        ring[(start + 3) & _RING],
        ring[(start + 4) & _RING],
    )
    r10, r11, r12, r13 = (
        ring[(start + 5) & _RING],
        ring[(start + 6) & _RING],
        ring[(start + 7) & _RING],
        ring[(start + 8) & _RING],
    )
    s0, s1, s2, s3 = windows[0, k], windows[1, k], windows[2, k], windows[3, k]
    for i in range(r0.shape[0]):
        a, b, c, d, e, f, g = r0[i], r1[i], r2[i], r3[i], r4[i], r5[i], r6[i]
        h, j, k, m, n, o, p = r7[i], r8[i], r9[i], r10[i], r11[i], r12[i], r13[i]
        s0[i + _MARGIN] = _W5 * f + _W4 * (e + g) + _W3 * (d + h) + _W2 * (c + j) + _W1 * (b + k) + _W0 * (a + m)
        s1[i + _MARGIN] = _W5 * g + _W4 * (f + h) + _W3 * (e + j) + _W2 * (d + k) + _W1 * (c + m) + _W0 * (b + n)
        s2[i + _MARGIN] = _W5 * h + _W4 * (g + j) + _W3 * (f + k) + _W2 * (e + m) + _W1 * (d + n) + _W0 * (c + o)
        s3[i + _MARGIN] = _W5 * j + _W4 * (h + k) + _W3 * (g + m) + _W2 * (f + n) + _W1 * (e + o) + _W0 * (d + p)


@njit(inline="always")
def _sum_row(row: FloatArray, i: int) -> float:
    """Horizontal window sum around value i; `row` begins a margin earlier."""
    return (
        _W5 * row[i + 15]
        + _W4 * (row[i + 12] + row[i + 18])
        + _W3 * (row[i + 9] + row[i + 21])
        + _W2 * (row[i + 6] + row[i + 24])
        + _W1 * (row[i + 3] + row[i + 27])
        + _W0 * (row[i] + row[i + 30])
    )


@njit(**_FAST)
def _derive(windows: FloatArray, derivatives: FloatArray, row: int, height: int, weight: np.float32) -> np.float32:
    """SSIM of one row, summed up; its derivatives by the window means go into the rings, zeros outside the image."""
    slot = row & _RING
    if row < 0 or row >= height:
        derivatives[:, slot] = _ZERO
        return _ZERO
    rows = (windows[0], windows[1], windows[2], windows[3])
    return _derive_row(rows, derivatives[0, slot], derivatives[1, slot], derivatives[2, slot], weight)


@njit(**_FAST)
def _derive_row(
    windows: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    d1: FloatArray,
    d2: FloatArray,
    d3: FloatArray,
    weight: np.float32,
) -> np.float32:
    x, y, squares, product = windows
    total = _ZERO
    for i in range(d1.shape[0]):
        mean_x, mean_y = _sum_row(x, i), _sum_row(y, i)
        mean_product, mean_squares = mean_x * mean_y, mean_x * mean_x + mean_y * mean_y
        luminance, luminance_scale = _TWO * mean_product + _C1, mean_squares + _C1
        structure = _TWO * (_sum_row(product, i) - mean_product) + _C2
        structure_scale = _sum_row(squares, i) - mean_squares + _C2
        inverse = _ONE / (luminance_scale * structure_scale)
        similarity = luminance * structure * inverse
        total += similarity
        by_squares = -similarity * luminance_scale * inverse
        by_product = _TWO * luminance * inverse
        by_mean = _TWO * (mean_y * structure - mean_x * similarity * structure_scale) * inverse
        d1[i] = weight * (by_mean - _TWO * mean_x * by_squares - mean_y * by_product)
        d2[i] = weight * by_squares
        d3[i] = weight * by_product
    return total


@njit(**_FAST)
def _combine(windows: FloatArray, x: FloatArray, y: FloatArray, gradient: FloatArray) -> None:
    d1, d2, d3 = windows[0], windows[1], windows[2]
    for i in range(x.shape[0]):
        gradient[i] = _sum_row(d1, i) + _TWO * x[i] * _sum_row(d2, i) + y[i] * _sum_row(d3, i)


@njit(**_FAST)
def _differ(images: Images, row: int, weight: np.float32, result: Result) -> None:
    """Absolute differences of one row, and their part of the gradient."""
    x, y, error = images.image[row], images.reference[row], result.error[row]
    if result.gradient.size > 0:
        _add_sign(x, y, weight, result.gradient[row])
    total = _ZERO
    for i in range(error.shape[0]):
        j = 3 * i
        difference = abs(x[j] - y[j]) + abs(x[j + 1] - y[j + 1]) + abs(x[j + 2] - y[j + 2])
        total += difference
        error[i] = _THIRD * difference
    result.sums[1, row] = total


@njit(**_FAST)
def _add_sign(x: FloatArray, y: FloatArray, weight: np.float32, gradient: FloatArray) -> None:
    for i in range(x.shape[0]):
        difference = x[i] - y[i]
        gradient[i] += weight if difference > _ZERO else (-weight if difference < _ZERO else _ZERO)
