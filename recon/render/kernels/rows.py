"""The innermost loop: one Gaussian drawn into some rows of a tile, forward and backward, sixteen pixels at once.

A tile lives in planes of 16 x 16 float32 (transmittance, then what is accumulated), small enough for the first-level
cache. A pixel that has ended keeps its transmittance with the sign turned, which saves a plane of flags.
"""

from __future__ import annotations

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
EXPONENTIAL = _exponential_coefficients()


def _exp_negative(s: Vector) -> Vector:
    """exp(-s) for 0 <= s <= ln 255 as p(s)^8, 6e-7 relative; anything beyond, where it is masked."""
    p = s * EXPONENTIAL[5] + EXPONENTIAL[4]
    for coefficient in EXPONENTIAL[3::-1]:
        p = p * s + coefficient
    p = p * p
    p = p * p
    return p * p


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
    """

    def __init__(self, context: Any, builder: Any, gaussians: tuple[Any, Any], index: Any, origin: Any) -> None:
        self.builder = builder
        self.index = index
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
            splat(builder, value(column))
            for column in (rules.ROOT, rules.SHEAR, rules.FALL, rules.OPACITY, rules.THRESHOLD)
        )
        self.dx = splat(builder, center_x) - constant(builder, range(LANES))
        self.first_q = self.root * self.dx - self.shear * splat(builder, center_y)
        self.first_t = self.fall * splat(builder, center_y)

    def channels(self, count: int) -> list[Vector]:
        """Its channels, each in every lane."""
        own = self.builder.gep(self.channel_base, [self.builder.mul(self.index, integer(count))])
        return [splat(self.builder, load_scalar(self.builder, own, integer(c))) for c in range(count)]

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
        """Halves of ds/dx and ds/dy by the Gaussian's centre."""
        return self.root * row.q, self.fall * row.t - self.shear * row.q


def _row_number(builder: Any, row: Any) -> Vector:
    """A row's number in every lane: read from a table, which costs no conversion and no shuffle."""
    numbers = ir.Constant(ir.ArrayType(FLOAT, TILE), [float(number) for number in range(TILE)])
    table = cgutils.global_constant(builder, "row_numbers", numbers)
    return splat(builder, builder.load(builder.gep(table, [ir.Constant(INT64, 0), row])))


def _plane(builder: Any, row_start: Any, plane: int) -> Any:
    return builder.add(row_start, integer(plane * TILE_PIXELS))


@intrinsic  # type: ignore[misc]
def draw_rows(_context: Any, planes: Any, gaussians: Any, index: Any, origin: Any, rows: Any, variant: Any) -> Any:
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
    rows : tuple of 2 int64
        First row, and the one behind the last.
    variant : tuple of 2 P or 2 P + 1 int
        See `variant_of`: P channels; one more keeps the median of the last channel, which is depth then.
    """
    signature = types.void(planes, gaussians, index, origin, rows, variant)
    count, with_median = divmod(variant.count, 2)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        planes, gaussians, index, origin, rows, _ = arguments
        base = data_of(context, builder, signature.args[0], planes)
        gaussian = _Gaussian(context, builder, (signature.args[1], gaussians), index, origin)
        values = gaussian.channels(count)
        first, last = (builder.extract_value(rows, i) for i in range(2))
        with cgutils.for_range_slice(builder, first, last, integer(1)) as (row, _):
            start = builder.mul(row, integer(TILE))
            transmittance = load(builder, base, start)
            blended = gaussian.blend(gaussian.row(_row_number(builder, row)), transmittance)
            store(builder, base, start, blended.behind)
            weight = blended.alpha * transmittance
            for channel, value in enumerate(values):
                place = _plane(builder, start, 1 + channel)
                store(builder, base, place, load(builder, base, place) + weight * value)
            if with_median:
                place = _plane(builder, start, 1 + count)
                crosses = builder.and_(transmittance > 0.5, blended.behind <= 0.5)
                store(builder, base, place, values[-1].where(crosses, load(builder, base, place)))
        return context.get_dummy_value()

    return signature, codegen


@intrinsic  # type: ignore[misc]
def draw_rows_backward(  # noqa: PLR0913 - numba kernels take arrays, not objects
    _context: Any, planes: Any, gaussians: Any, index: Any, origin: Any, rows: Any, sums: Any, slot: Any, variant: Any
) -> Any:
    """Draw as `draw_rows` does and sum what a Gaussian's gradient needs over the pixels of some rows of a tile.

    Front to back like the forward pass: with the pixel's final colour C and transmittance T' known, what is still
    behind is A = v . C - v_alpha T' less what was drawn so far, so neither weights nor last indices are stored.
    Per pixel d = v . c, A -= alpha T d, dL/dalpha = T d - A / (1 - alpha), w = alpha dL/dalpha (0 where clamped).

    Parameters
    ----------
    planes : ((2 + P) * 256,) float32
        Transmittance, A, and the gradient v of each channel.
    gaussians, index, origin, rows
        As in `draw_rows`.
    sums : (slots, S) float32
        Gets, at row `slot`: sum w, w dx, w dx^2, w t, w dx t, w t^2 with t = fall dy, then |dL/dx| and |dL/dy| where
        the variant asks for them, and alpha T v per channel.
    slot : int64
    variant : tuple of 2 P or 2 P + 1 int
        See `variant_of`: P channels; one more sums the absolute gradients too.
    """
    signature = types.void(planes, gaussians, index, origin, rows, sums, slot, variant)
    count, with_absolute = divmod(variant.count, 2)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        planes, gaussians, index, origin, rows, sums, slot, _ = arguments
        base = data_of(context, builder, signature.args[0], planes)
        gaussian = _Gaussian(context, builder, (signature.args[1], gaussians), index, origin)
        values = gaussian.channels(count)
        w0, wt, wtt, absolute_x, absolute_y, *weighted = (Accumulator(builder) for _ in range(5 + count))
        first, last = (builder.extract_value(rows, i) for i in range(2))
        with cgutils.for_range_slice(builder, first, last, integer(1)) as (row, _):
            start = builder.mul(row, integer(TILE))
            seen = gaussian.row(_row_number(builder, row))
            transmittance = load(builder, base, start)
            blended = gaussian.blend(seen, transmittance)
            store(builder, base, start, blended.behind)
            weight = blended.alpha * transmittance
            change = constant(builder, [0.0] * LANES)
            for channel, value in enumerate(values):
                gradient = load(builder, base, _plane(builder, start, 2 + channel))
                change = gradient * value + change
                weighted[channel].add(weight * gradient)
            place = _plane(builder, start, 1)
            remaining = load(builder, base, place) - weight * change
            store(builder, base, place, remaining)
            w = (transmittance * change - remaining / blended.through) * blended.alpha
            w = w.where(blended.unclamped <= rules.MAX_ALPHA, 0.0)
            w0.add(w)
            w_t = w * seen.t
            wt.add(w_t)
            wtt.add(w_t * seen.t)
            if with_absolute:
                slope_x, slope_y = gaussian.slopes(seen)
                absolute_x.add((w * slope_x * 2.0).absolute())
                absolute_y.add((w * slope_y * 2.0).absolute())
        totals = _moments(gaussian.dx, w0.total(), wt.total(), wtt.total())
        if with_absolute:
            totals += [absolute_x.total(), absolute_y.total()]
        totals += [sum_.total() for sum_ in weighted]
        place = builder.mul(slot, integer(len(totals)))
        store_sums(builder, data_of(context, builder, signature.args[5], sums), place, totals)
        return context.get_dummy_value()

    return signature, codegen


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


def _moments(dx: Vector, w: Vector, wt: Vector, wtt: Vector) -> list[Vector]:
    """w, w dx, w dx^2, w t, w dx t, w t^2: dx is the same in every row, so it waits until after the loop."""
    return [w, w * dx, w * dx * dx, wt, wt * dx, wtt]


def columns_of_sums(variant: tuple[int, ...]) -> int:
    """Width of a slot: geometric sums, absolute gradients where they are asked for, and one per channel."""
    count, with_absolute = divmod(len(variant), 2)
    return GEOMETRIC_SUMS + 2 * with_absolute + count


@intrinsic  # type: ignore[misc]
def any_alive(_context: Any, planes: Any) -> Any:
    """Whether a pixel of the tile can still take something: any transmittance that is positive."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base = data_of(context, builder, signature.args[0], arguments[0])
        alive = ir.Constant(ir.VectorType(ir.IntType(1), LANES), [0] * LANES)
        for row in range(TILE):
            alive = builder.or_(alive, load(builder, base, integer(row * TILE)) > 0.0)
        bits = ir.IntType(LANES)
        return builder.icmp_unsigned("!=", builder.bitcast(alive, bits), ir.Constant(bits, 0))

    return types.boolean(planes), codegen
