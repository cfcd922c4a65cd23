"""Forward: triangles as hard surfaces, exactly the pixels whose central ray hits them.

A triangle with corners v0, v1, v2 in camera coordinates is hit by the ray r = (x, y, 1) through a pixel's centre where
the three edge functions e_i = (v_j x v_k) . r have one sign; its barycentric coordinates are e_i / (e0 + e1 + e2), its
inverse depth is (e0 + e1 + e2) / det(v0, v1, v2) (Olano and Greer 1997). No projection, so no clipping either. All
are linear in the pixel's position, and all are evaluated in float64, without contraction: of two triangles with an
edge in common one has exactly the negative of the other's edge function, so that every ray hits one of them.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Int32 = NDArray[np.int32]

NOTHING = -1
SMALLEST = 2.3e-308
"""Smallest normal float64: an edge function above its negative is at least zero."""
MARGIN = 1e-6
"""Pixels by which rounding may move a triangle's box; a pixel too many is masked."""

# Exact, so without any liberty of arithmetic.
EXACT_PARALLEL = {"parallel": True, "cache": True, "nogil": True, "error_model": "numpy"}
EXACT_INLINE = {
    "forceinline": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
EXACT = {"cache": True, "nogil": True, "error_model": "numpy"}

# A plane of numbers over the image is x, y, 1 times three of these: the edge functions and the inverse depth; then the
# edge functions' thresholds, above which a pixel is inside.
EDGES, INVERSE_DEPTH, THRESHOLDS, PLANES = 0, 9, 12, 15


class Hits(NamedTuple):
    """What is drawn, for one camera and K layers, nearest first.

    Parameters
    ----------
    faces : (H, W, K) int32
        -1 where nothing is.
    barycentrics : (H, W, K, 3) float32
        Weights of the face's corners at the surface (perspective-correct).
    depth : (H, W, K) float32
        z in camera coordinates; 0 where nothing is.
    """

    faces: Int32
    barycentrics: NDArray[np.float32]
    depth: NDArray[np.float32]


@njit(**EXACT_PARALLEL)
def to_camera(vertices: Any, camera_from_world: Float64, local: Float64) -> None:
    """Bring (V, 3) vertices into camera coordinates, (V, 3) float64."""
    for v in prange(len(vertices)):
        x, y, z = np.float64(vertices[v, 0]), np.float64(vertices[v, 1]), np.float64(vertices[v, 2])
        for row in range(3):
            m = camera_from_world[row]
            local[v, row] = m[0] * x + m[1] * y + m[2] * z + m[3]


@njit(**EXACT_INLINE)
def _edge(local: Float64, first: int, second: int, view: Float64, sign: float) -> tuple[float, float, float, float]:
    """Edge function between two vertices, as a plane over the image, and its threshold.

    A pixel that lies exactly on an edge belongs to the triangle on one side: the one to the right, or below.
    """
    fx, fy, cx, cy = view[0], view[1], view[2], view[3]
    ax, ay, az = local[first, 0], local[first, 1], local[first, 2]
    bx, by, bz = local[second, 0], local[second, 1], local[second, 2]
    x = (ay * bz - az * by) / fx * sign
    y = (az * bx - ax * bz) / fy * sign
    one = (ax * by - ay * bx) * sign - x * cx - y * cy
    inclusive = x > 0.0 or (x == 0.0 and y > 0.0)
    return x, y, one, -SMALLEST if inclusive else 0.0


@njit(**EXACT_INLINE)
def _grow(box: Any, x: float, y: float, z: float, view: Float64) -> Any:
    """A box in the image that also holds a point."""
    u, v = x / z * view[0] + view[2], y / z * view[1] + view[3]
    return min(box[0], u), max(box[1], u), min(box[2], v), max(box[3], v)


@njit(**EXACT_INLINE)
def _box(local: Float64, corners: Int32, near: float, view: Float64) -> Any:
    """Where the part of a triangle beyond the near plane lies in the image: left, right, top, bottom in pixels."""
    box = (math.inf, -math.inf, math.inf, -math.inf)
    for k in range(3):
        a, b = corners[k], corners[(k + 1) % 3]
        az, bz = local[a, 2], local[b, 2]
        if az >= near:
            box = _grow(box, local[a, 0], local[a, 1], az, view)
        if (az >= near) != (bz >= near):
            t = (near - az) / (bz - az)
            x = local[a, 0] + t * (local[b, 0] - local[a, 0])
            y = local[a, 1] + t * (local[b, 1] - local[a, 1])
            box = _grow(box, x, y, near, view)
    return box


@njit(**EXACT_INLINE)
def _pixels(low: float, high: float, count: int) -> tuple[int, int]:
    """Pixels [first, last) with centres between two positions."""
    end = float(count)
    first = math.ceil(min(max(low - 0.5 - MARGIN, 0.0), end))
    last = math.floor(min(max(high + 0.5 + MARGIN, 0.0), end))
    return int(first), max(int(first), int(last))


@njit(**EXACT_INLINE)
def _determinant(local: Float64, a: int, b: int, c: int) -> float:
    x = local[b, 1] * local[c, 2] - local[b, 2] * local[c, 1]
    y = local[b, 2] * local[c, 0] - local[b, 0] * local[c, 2]
    z = local[b, 0] * local[c, 1] - local[b, 1] * local[c, 0]
    return float(local[a, 0] * x + local[a, 1] * y + local[a, 2] * z)


@njit(**EXACT_INLINE)
def _prepare_face(local: Float64, corners: Int32, view: Float64, planes: Float64, box: Int32) -> None:
    """Fill a face's planes and its box of pixels; the box is empty where it cannot be seen."""
    a, b, c = corners[0], corners[1], corners[2]
    determinant = _determinant(local, a, b, c)
    left, right, top, bottom = _box(local, corners, view[6], view)
    box[:] = 0
    if determinant == 0.0 or not right >= left:
        return
    box[0], box[1] = _pixels(left, right, int(view[4]))
    box[2], box[3] = _pixels(top, bottom, int(view[5]))
    sign = 1.0 if determinant > 0.0 else -1.0
    for k, (first, second) in enumerate(((b, c), (c, a), (a, b))):
        planes[3 * k], planes[3 * k + 1], planes[3 * k + 2], planes[THRESHOLDS + k] = _edge(
            local, first, second, view, sign
        )
    for k in range(3):
        planes[INVERSE_DEPTH + k] = (planes[k] + planes[3 + k] + planes[6 + k]) / abs(determinant)


@njit(**EXACT_PARALLEL)
def prepare_faces(local: Float64, faces: Int32, view: Float64, planes: Float64, boxes: Int32) -> None:
    """Edge functions, inverse depth and box of pixels of every face.

    Parameters
    ----------
    local : (V, 3) float64
        Camera coordinates.
    faces : (F, 3) int32
    view : (7,) float64
        fx, fy, cx, cy, width, height, near.
    planes : (F, 15) float64
        Filled.
    boxes : (F, 4) int32
        Filled: columns [first, last), rows [first, last).
    """
    for f in prange(len(faces)):
        _prepare_face(local, faces[f], view, planes[f], boxes[f])


def views_of(intrinsics: NDArray[Any], width: int, height: int, near: float) -> Float64:
    """(C, 7) float64: cameras as `prepare_faces` takes them, from (C, 4) intrinsics."""
    rest = np.tile([float(width), float(height), near], (len(intrinsics), 1))
    return np.concatenate([intrinsics.astype(np.float64), rest], 1)
