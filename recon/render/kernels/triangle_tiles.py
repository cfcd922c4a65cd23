"""Forward: faces listed per tile, and every tile drawn by itself; see `kernels.triangles` for the arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from recon.render.kernels.binning import chunk, start_lists
from recon.render.kernels.triangles import (
    EXACT,
    EXACT_INLINE,
    EXACT_PARALLEL,
    INVERSE_DEPTH,
    NOTHING,
    PLANES,
    Float64,
    Hits,
    Int32,
    prepare_faces,
    to_camera,
)

TILE = 32
"""Pixels along a tile's side. 16 was slower with small triangles, 64 leaves few tiles to share."""
LANES = 8
"""Pixels drawn at once: one AVX-512 register of float64. Rows of a tile are that much longer, for what hangs over."""
STRIDE = TILE + LANES
PLANE = TILE * STRIDE


@njit(**EXACT_INLINE)
def _tiles(box: Int32) -> tuple[int, int, int, int]:
    """Columns [first, last) and rows [first, last) of tiles that a box of pixels touches."""
    if box[1] <= box[0] or box[3] <= box[2]:
        return 0, 0, 0, 0
    return box[0] // TILE, (box[1] - 1) // TILE + 1, box[2] // TILE, (box[3] - 1) // TILE + 1


@njit(**EXACT_PARALLEL)
def count_tiles(boxes: Int32, tiles_x: int, histogram: Any) -> None:
    """Count, per chunk of faces and tile, the faces whose box touches the tile."""
    chunks = len(histogram)
    for part in prange(chunks):
        first, last = chunk(part, chunks, len(boxes))
        for f in range(first, last):
            left, right, top, bottom = _tiles(boxes[f])
            for tile_y in range(top, bottom):
                for tile_x in range(left, right):
                    histogram[part, tile_y * tiles_x + tile_x] += 1


@njit(**EXACT_PARALLEL)
def fill_tiles(boxes: Int32, tiles_x: int, starts: Any, ids: Int32) -> None:
    """List the faces of every tile, in ascending order."""
    chunks = len(starts)
    for part in prange(chunks):
        first, last = chunk(part, chunks, len(boxes))
        for f in range(first, last):
            left, right, top, bottom = _tiles(boxes[f])
            for tile_y in range(top, bottom):
                for tile_x in range(left, right):
                    tile = tile_y * tiles_x + tile_x
                    ids[starts[part, tile]] = f
                    starts[part, tile] += 1


@njit(**EXACT)
def bin_faces(boxes: Int32, width: int, height: int, chunks: int) -> tuple[Int32, Any]:
    """Faces of tile 0, then of tile 1, ..., and where each tile's begin.

    Parameters
    ----------
    boxes : (F, 4) int32
        Columns [first, last), rows [first, last).
    width, height : int
    chunks : int
        Into how many parts the work is cut; does not change the result.
    """
    tiles_x, tiles_y = (width + TILE - 1) // TILE, (height + TILE - 1) // TILE
    histogram = np.zeros((chunks, tiles_x * tiles_y), np.int64)
    count_tiles(boxes, tiles_x, histogram)
    offsets = np.empty(tiles_x * tiles_y + 1, np.int64)
    start_lists(histogram, offsets)
    ids = np.empty(offsets[tiles_x * tiles_y], np.int32)
    fill_tiles(boxes, tiles_x, histogram, ids)
    return ids, offsets


@njit(**EXACT_INLINE)
def _draw_nearest(planes: Float64, face: int, part: Any, limit: float, depths: Float64, ids: Int32) -> None:
    """Put a face where it is nearer than what is there; of two equally near the first stays."""
    columns, last_column, rows, last_row, x, y = part
    p = planes[face]
    for row in range(rows, last_row):
        v = y + row + 0.5
        c0, c1, c2, cz = p[1] * v + p[2], p[4] * v + p[5], p[7] * v + p[8], p[10] * v + p[11]
        for start in range(columns, last_column, LANES):
            at = row * STRIDE + start
            u0 = x + start + 0.5
            near, names = depths[at : at + LANES], ids[at : at + LANES]
            for lane in range(LANES):
                u = u0 + lane
                z = p[9] * u + cz
                hit = (p[0] * u + c0 > p[12]) & (p[3] * u + c1 > p[13]) & (p[6] * u + c2 > p[14])
                nearer = hit & (z > near[lane]) & (z <= limit)
                near[lane] = z if nearer else near[lane]
                names[lane] = face if nearer else names[lane]


@njit(**EXACT_INLINE)
def _insert(z: float, face: int, at: int, layers: int, depths: Float64, ids: Int32) -> None:
    """Put a hit into a pixel's sorted layers; the farthest drops out."""
    for layer in range(layers):
        place = layer * PLANE + at
        if z > depths[place]:
            z, depths[place] = depths[place], z
            face, ids[place] = ids[place], face


@njit(**EXACT_INLINE)
def _draw_layers(planes: Float64, face: int, part: Any, limit: float, depths: Float64, ids: Int32) -> None:
    """Sort a face into the layers of every pixel that it covers."""
    columns, last_column, rows, last_row, x, y = part
    layers = len(ids) // PLANE
    p = planes[face]
    for row in range(rows, last_row):
        v = y + row + 0.5
        c0, c1, c2, cz = p[1] * v + p[2], p[4] * v + p[5], p[7] * v + p[8], p[10] * v + p[11]
        for column in range(columns, last_column):
            u = x + column + 0.5
            if (p[0] * u + c0 > p[12]) & (p[3] * u + c1 > p[13]) & (p[6] * u + c2 > p[14]):
                z = p[9] * u + cz
                if z <= limit:
                    _insert(z, face, row * STRIDE + column, layers, depths, ids)


@njit(**EXACT_INLINE)
def _write_pixel(planes: Float64, face: int, u: float, v: float, hit: Any) -> None:
    """Barycentric coordinates and depth of one hit."""
    weights, depth, layer = hit
    if face == NOTHING:
        weights[layer, 0] = weights[layer, 1] = weights[layer, 2] = np.float32(0.0)
        depth[layer] = np.float32(0.0)
        return
    p = planes[face]
    e0 = p[0] * u + (p[1] * v + p[2])
    e1 = p[3] * u + (p[4] * v + p[5])
    e2 = p[6] * u + (p[7] * v + p[8])
    scale = 1.0 / (e0 + e1 + e2)
    weights[layer, 0] = np.float32(e0 * scale)
    weights[layer, 1] = np.float32(e1 * scale)
    weights[layer, 2] = np.float32(e2 * scale)
    depth[layer] = np.float32(1.0 / (p[INVERSE_DEPTH] * u + (p[INVERSE_DEPTH + 1] * v + p[INVERSE_DEPTH + 2])))


@njit(**EXACT_INLINE)
def _write_tile(planes: Float64, window: Any, ids: Int32, hits: Hits) -> None:
    x, y, columns, rows = window
    layers = hits.faces.shape[2]
    for row in range(rows):
        for column in range(columns):
            names, weights = hits.faces[y + row, x + column], hits.barycentrics[y + row, x + column]
            depth = hits.depth[y + row, x + column]
            for layer in range(layers):
                face = ids[layer * PLANE + row * STRIDE + column]
                names[layer] = face
                _write_pixel(planes, face, x + column + 0.5, y + row + 0.5, (weights, depth, layer))


@njit(**EXACT_INLINE)
def _draw_tile(planes: Float64, boxes: Int32, faces: Int32, window: Any, limit: float, kept: Any) -> None:
    x, y, columns, rows = window
    depths, ids = kept
    depths[:] = 0.0
    ids[:] = NOTHING
    for face in faces:
        box = boxes[face]
        part = (
            max(box[0] - x, 0),
            min(box[1] - x, columns),
            max(box[2] - y, 0),
            min(box[3] - y, rows),
            np.float64(x),
            np.float64(y),
        )
        if len(ids) == PLANE:
            _draw_nearest(planes, face, part, limit, depths, ids)
        else:
            _draw_layers(planes, face, part, limit, depths, ids)


@njit(**EXACT_PARALLEL)
def draw_faces(planes: Float64, boxes: Int32, bins: tuple[Int32, Any], near: float, hits: Hits, workers: int) -> None:
    """Draw all tiles; they go to the workers in turn, which balances their load.

    Parameters
    ----------
    planes : (F, 15) float64
    boxes : (F, 4) int32
        From `prepare_faces`.
    bins : tuple of arrays
        From `bin_faces`.
    near : float
        Hits closer than this are not drawn.
    hits : Hits
        Filled.
    workers : int
    """
    height, width, layers = hits.faces.shape
    tiles_x, tiles_y = (width + TILE - 1) // TILE, (height + TILE - 1) // TILE
    for worker in prange(workers):
        depths, ids = np.empty(layers * PLANE, np.float64), np.empty(layers * PLANE, np.int32)
        for tile in range(worker, tiles_x * tiles_y, workers):
            x, y = (tile % tiles_x) * TILE, (tile // tiles_x) * TILE
            window = (x, y, min(TILE, width - x), min(TILE, height - y))
            faces = bins[0][bins[1][tile] : bins[1][tile + 1]]
            _draw_tile(planes, boxes, faces, window, 1.0 / near, (depths, ids))
            _write_tile(planes, window, ids, hits)


def draw(vertices: Any, faces: Int32, camera_from_world: Float64, view: Float64, hits: Hits, workers: int) -> None:
    """Draw a mesh as one camera sees it.

    Parameters
    ----------
    vertices : (V, 3) float32 or float64
    faces : (F, 3) int32
    camera_from_world : (4, 4) float64
    view : (7,) float64
        From `views_of`.
    hits : Hits
        Filled.
    workers : int
    """
    local = np.empty((len(vertices), 3), np.float64)
    planes, boxes = np.empty((len(faces), PLANES), np.float64), np.empty((len(faces), 4), np.int32)
    to_camera(vertices, camera_from_world, local)
    prepare_faces(local, faces, view, planes, boxes)
    bins = bin_faces(boxes, hits.faces.shape[1], hits.faces.shape[0], workers)
    draw_faces(planes, boxes, bins, view[6], hits, workers)
