"""The innermost loop: one Gaussian drawn into some rows of a tile, forward and backward, sixteen pixels at once.

A tile lives in planes of 16 x 16 float32 (transmittance, then what is accumulated), small enough for the first-level
cache. A pixel that has ended keeps its transmittance with the sign turned, which saves a plane of flags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from recon.render.kernels import rules
from recon.render.kernels.rules import TILE, TILE_PIXELS
from recon.render.kernels.vector import (
    FLAGS,
    FLOAT,
    INT64,
    LANES,
    Accumulator,
    Vector,
    constant,
    data_of,
    integer,
    load,
    load_scalar,
    splat,
    store,
    store_sums,
)

if LANES != TILE:
    raise ImportError("a row of a tile must fill one vector")


def _exponential_coefficients() -> list[float]:
    """Degree-5 polynomial for exp(-s / 8), 0 <= s <= ln 255, with small relative error."""
    nodes = np.cos(np.pi * (np.arange(2000) + 0.5) / 2000)
    s = 0.5 * np.log(255.0) * (1 - nodes)
    fit = np.polynomial.Chebyshev.fit(s, np.exp(-s / 8), 5, w=np.exp(s / 8))
    return [float(np.float32(c)) for c in fit.convert(kind=np.polynomial.Polynomial).coef]


GEOMETRIC_SUMS = 6
BOTH_HALVES = 2
EXPONENTIAL = _exponential_coefficients()


def _exp_negative(s: Vector) -> Vector:
    """exp(-s) for 0 <= s <= ln 255 as p(s)^8, 6e-7 relative; anything beyond, where it is masked."""
    p = s * EXPONENTIAL[5] + EXPONENTIAL[4]
    for coefficient in EXPONENTIAL[3::-1]:
        p = p * s + coefficient
    p = p * p
    p = p * p
    return p * p


class _Span(NamedTuple):
    """Part of a tile's rows that is drawn at once: from a column on, as many pixels as lanes."""

    column: Any
    lanes: int


class _Row(NamedTuple):
    """One row of pixels seen from a Gaussian: q = root dx - shear dy and t = fall dy, with s = q^2 + t^2."""

    q: Vector
    t: Vector


class _Blended(NamedTuple):
    """What one Gaussian does to a row of pixels.

    Parameters
    ----------
    unclamped
        opacity exp(-s).
    alpha
        0 where the pixel skips this Gaussian or has ended.
    through
        One minus alpha, but for pixels that have ended or end here.
    behind
        The new transmittance, negative where the pixel has ended.
    """

    unclamped: Vector
    alpha: Vector
    through: Vector
    behind: Vector


class _Gaussian:
    """One packed Gaussian seen from a tile, with everything that does not change from row to row.

    Parameters
    ----------
    gaussians : numba type and value of a tuple of packed rows (M, 9) and channels (M, P)
    index : which one
    origin : tuple of 2 float32
        Centre of the tile's first pixel in the image.
    span : _Span
    """

    def __init__(
        self, context: Any, builder: Any, gaussians: tuple[Any, Any], index: Any, origin: Any, span: _Span
    ) -> None:
        self.builder, self.index, self.lanes = builder, index, span.lanes
        kinds, arrays = gaussians
        packed, self.channel_base = (
            data_of(context, builder, kinds[i], builder.extract_value(arrays, i)) for i in range(2)
        )
        own = builder.gep(packed, [builder.mul(index, integer(rules.PACKED))])

        def value(column: int) -> Any:
            return load_scalar(builder, own, integer(column))

        origin_x, origin_y = (builder.extract_value(origin, axis) for axis in range(2))
        center_x = builder.fsub(value(rules.CENTER_X), origin_x, flags=FLAGS)
        center_y = builder.fsub(value(rules.CENTER_Y), origin_y, flags=FLAGS)
        self.root, self.shear, self.fall, self.opacity, self.threshold = (
            splat(builder, value(column), span.lanes)
            for column in (rules.ROOT, rules.SHEAR, rules.FALL, rules.OPACITY, rules.THRESHOLD)
        )
        from_first = builder.fsub(center_x, builder.sitofp(span.column, FLOAT), flags=FLAGS)
        self.dx = splat(builder, from_first, span.lanes) - constant(builder, range(span.lanes))
        dy = splat(builder, center_y, span.lanes)
        self.first_q, self.first_t = self.root * self.dx - self.shear * dy, self.fall * dy

    def channels(self, count: int) -> list[Vector]:
        """Its channels, each in every lane."""
        own = self.builder.gep(self.channel_base, [self.builder.mul(self.index, integer(count))])
        return [splat(self.builder, load_scalar(self.builder, own, integer(c)), self.lanes) for c in range(count)]

    def row(self, number: Vector) -> _Row:
        """Row of the tile by its number, in every lane: dy is smaller by that than in the first one."""
        return _Row(self.first_q + self.shear * number, self.first_t - self.fall * number)

    def blend(self, row: _Row, transmittance: Vector) -> _Blended:
        """Alpha of a row of pixels by the rules of blending."""
        s = row.q * row.q + row.t * row.t
        unclamped = self.opacity * _exp_negative(s)
        alpha = unclamped.at_most(rules.MAX_ALPHA).where(s <= self.threshold, 0.0)
        through = 1.0 - alpha
        behind = transmittance * through  # negative for a pixel that has ended: not live either
        live = behind > rules.MIN_TRANSMITTANCE
        return _Blended(unclamped, alpha.where(live, 0.0), through, behind.where(live, transmittance.negative()))

    def slopes(self, row: _Row) -> tuple[Vector, Vector]:
        """ds/dx and ds/dy by the Gaussian's centre."""
        return self.root * row.q * 2.0, (self.fall * row.t - self.shear * row.q) * 2.0


def _row_number(builder: Any, row: Any, lanes: int) -> Vector:
    """A row's number in every lane: read from a table, which costs no conversion and no shuffle."""
    numbers = ir.Constant(ir.ArrayType(FLOAT, TILE), [float(number) for number in range(TILE)])
    table = cgutils.global_constant(builder, "row_numbers", numbers)
    return splat(builder, builder.load(builder.gep(table, [ir.Constant(INT64, 0), row])), lanes)


class _TileRow:
    """One row, or half of it, in the planes of a tile."""

    def __init__(self, builder: Any, base: Any, row: Any, span: _Span) -> None:
        self.builder, self.base, self.lanes = builder, base, span.lanes
        self.start = builder.add(builder.mul(row, integer(TILE)), span.column)

    def load(self, plane: int) -> Vector:
        """Read it in a plane."""
        return load(self.builder, self.base, self._place(plane), self.lanes)

    def store(self, plane: int, vector: Vector) -> None:
        """Write it in a plane."""
        store(self.builder, self.base, self._place(plane), vector)

    def _place(self, plane: int) -> Any:
        return self.builder.add(self.start, integer(plane * TILE_PIXELS))


@contextmanager
def _rows(builder: Any, touched: Any) -> Iterator[Any]:
    """A loop over the rows that are touched."""
    first, last = (builder.extract_value(touched, i) for i in range(2))
    with cgutils.for_range_slice(builder, first, last, integer(1)) as (row, _):
        yield row


def _for_span(builder: Any, touched: Any, emit: Callable[[_Span], None]) -> None:
    """Emit code for whole rows and for halves of rows, which many Gaussians do not leave."""
    half = builder.extract_value(touched, 2)
    with builder.if_else(builder.icmp_signed("==", half, integer(BOTH_HALVES))) as (whole_row, half_row):
        with whole_row:
            emit(_Span(integer(0), LANES))
        with half_row:
            emit(_Span(builder.mul(half, integer(LANES // 2)), LANES // 2))


@intrinsic  # type: ignore[misc]
def draw_rows(_context: Any, planes: Any, gaussians: Any, index: Any, origin: Any, touched: Any, variant: Any) -> Any:
    """Blend one Gaussian into some rows of a tile.

    Parameters
    ----------
    planes : (planes * 256,) float32
        Transmittance, one plane per channel, and the median depth where the variant asks for it.
    gaussians : tuple of (M, 9) and (M, P) float32
        Packed rows and channels, in depth order.
    index : int64
        Which Gaussian.
    origin : tuple of 2 float32
        x, y of the centre of the tile's first pixel.
    touched : tuple of 3 int64
        First row, the one behind the last, and which half of them: 0 left, 1 right, or BOTH_HALVES.
    variant : tuple of 2 P or 2 P + 1 int
        See `variant_of`: P channels; one more keeps the median of the last channel, which is depth then.
    """
    signature = types.void(planes, gaussians, index, origin, touched, variant)
    count, with_median = divmod(variant.count, 2)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        planes, gaussians, index, origin, touched, _ = arguments
        base = data_of(context, builder, signature.args[0], planes)

        def emit(span: _Span) -> None:
            gaussian = _Gaussian(context, builder, (signature.args[1], gaussians), index, origin, span)
            values = gaussian.channels(count)
            with _rows(builder, touched) as row:
                tile = _TileRow(builder, base, row, span)
                transmittance = tile.load(0)
                blended = gaussian.blend(gaussian.row(_row_number(builder, row, span.lanes)), transmittance)
                tile.store(0, blended.behind)
                weight = blended.alpha * transmittance
                for plane, value in enumerate(values, start=1):
                    tile.store(plane, tile.load(plane) + weight * value)
                if with_median:
                    crosses = builder.and_(transmittance > 0.5, blended.behind <= 0.5)
                    tile.store(1 + count, values[-1].where(crosses, tile.load(1 + count)))

        _for_span(builder, touched, emit)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic  # type: ignore[misc]
def draw_rows_backward(  # noqa: PLR0913 - numba kernels take arrays, not objects
    _context: Any,
    planes: Any,
    gaussians: Any,
    index: Any,
    origin: Any,
    touched: Any,
    sums: Any,
    slot: Any,
    variant: Any,
) -> Any:
    """Draw as `draw_rows` does and sum what a Gaussian's gradient needs over the pixels of some rows of a tile.

    Front to back like the forward pass: with the pixel's final colour C and transmittance T' known, what is still
    behind is A = v . C - v_alpha T' less what was drawn so far, so neither weights nor last indices are stored.
    Per pixel d = v . c, A -= alpha T d, dL/dalpha = T d - A / (1 - alpha), w = alpha dL/dalpha (0 where clamped).

    Parameters
    ----------
    planes : ((2 + P) * 256,) float32
        Transmittance, A, and the gradient v of each channel.
    gaussians, index, origin, touched
        As in `draw_rows`.
    sums : (slots, S) float32
        Gets, at row `slot`: sum w, w dx, w dx^2, w t, w dx t, w t^2 with t = fall dy, then |dL/dx| and |dL/dy| where
        the variant asks for them, and alpha T v per channel.
    slot : int64
    variant : tuple of 2 P or 2 P + 1 int
        See `variant_of`: P channels; one more sums the absolute gradients too.
    """
    signature = types.void(planes, gaussians, index, origin, touched, sums, slot, variant)
    count, with_absolute = divmod(variant.count, 2)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        planes, gaussians, index, origin, touched, sums, slot, _ = arguments
        base = data_of(context, builder, signature.args[0], planes)
        target = data_of(context, builder, signature.args[5], sums)
        place = builder.mul(slot, integer(columns_of_sums(variant.count)))

        def emit(span: _Span) -> None:
            gaussian = _Gaussian(context, builder, (signature.args[1], gaussians), index, origin, span)
            totals = _Sums(gaussian, count, with_absolute)
            with _rows(builder, touched) as row:
                totals.add_row(_TileRow(builder, base, row, span), _row_number(builder, row, span.lanes))
            store_sums(builder, target, place, totals.totals())

        _for_span(builder, touched, emit)
        return context.get_dummy_value()

    return signature, codegen


class _Sums:
    """What is summed over the pixels for one Gaussian's gradient, in registers."""

    def __init__(self, gaussian: _Gaussian, count: int, with_absolute: int) -> None:
        self.gaussian, self.values = gaussian, gaussian.channels(count)
        self.w, self.wt, self.wtt, *rest = (
            Accumulator(gaussian.builder, gaussian.lanes) for _ in range(3 + 2 * with_absolute + count)
        )
        self.absolute, self.weighted = rest[: 2 * with_absolute], rest[2 * with_absolute :]

    def add_row(self, tile: _TileRow, number: Vector) -> None:
        """Draw one row and add its pixels."""
        row, transmittance = self.gaussian.row(number), tile.load(0)
        blended = self.gaussian.blend(row, transmittance)
        tile.store(0, blended.behind)
        weight = blended.alpha * transmittance
        change = self._along_channels(tile, weight)
        remaining = tile.load(1) - weight * change
        tile.store(1, remaining)
        w = (transmittance * change - remaining / blended.through) * blended.alpha
        w = w.where(blended.unclamped <= rules.MAX_ALPHA, 0.0)
        self.w.add(w)
        self.wt.add(w * row.t)
        self.wtt.add(w * row.t * row.t)
        for accumulator, slope in zip(self.absolute, self.gaussian.slopes(row), strict=False):
            accumulator.add((w * slope).absolute())

    def _along_channels(self, tile: _TileRow, weight: Vector) -> Vector:
        """Gradient of the loss by the weight of each pixel; adds to that of the channels."""
        change = constant(self.gaussian.builder, [0.0] * self.gaussian.lanes)
        for plane, (value, weighted) in enumerate(zip(self.values, self.weighted, strict=True), start=2):
            gradient = tile.load(plane)
            change = gradient * value + change
            weighted.add(weight * gradient)
        return change

    def totals(self) -> list[Vector]:
        """In the order of a slot; dx is the same in every row, so it waited until after the loop."""
        dx, w, wt = self.gaussian.dx, self.w.total(), self.wt.total()
        moments = [w, w * dx, w * dx * dx, wt, wt * dx, self.wtt.total()]
        return moments + [accumulator.total() for accumulator in (*self.absolute, *self.weighted)]


def variant_of(channels: int, more: bool) -> tuple[int, ...]:
    """What kernels are compiled for, carried by the length of a tuple: a type, so that the cache on disk knows it.

    Parameters
    ----------
    channels : int
        P, the number of channels drawn.
    more : bool
        Whether to draw the median too (forward), or to sum the absolute gradients too (backward).
    """
    return (0,) * (2 * channels + more)


def columns_of_sums(variant_length: int) -> int:
    """Width of a slot: geometric sums, absolute gradients where they are asked for, and one per channel."""
    count, with_absolute = divmod(variant_length, 2)
    return GEOMETRIC_SUMS + 2 * with_absolute + count


@intrinsic  # type: ignore[misc]
def any_alive(_context: Any, planes: Any) -> Any:
    """Whether a pixel of the tile can still take something: any transmittance that is positive."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = data_of(context, builder, signature.args[0], arguments[0])
        alive = ir.Constant(ir.VectorType(ir.IntType(1), LANES), [0] * LANES)
        for row in range(TILE):
            alive = builder.or_(alive, load(builder, base, integer(row * TILE), LANES) > 0.0)
        bits = ir.IntType(LANES)
        return builder.icmp_unsigned("!=", builder.bitcast(alive, bits), ir.Constant(bits, 0))

    return types.boolean(planes), codegen
