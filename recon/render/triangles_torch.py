"""The same hits as `kernels.triangles` in PyTorch operations alone: for GPUs, with no compiler needed.

Every face is laid over the pixels of its box, as many faces at once as there is room for; the hits among these pairs
are sorted by pixel and depth, and the first of each pixel are kept. Float64 throughout and operation by operation in
the kernels' order, so that both agree to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from recon.render.types import Cameras

MARGIN = 1e-6  # pixels by which rounding may move a box, as in the kernels
SMALLEST = 2.3e-308
NOTHING = -1
PAIRS = 1 << 22  # of face and pixel that are held at once


def draw(vertices: Tensor, faces: Tensor, cameras: Cameras, layers: int, near: float) -> tuple[Tensor, Tensor, Tensor]:
    """Faces (C, H, W, K) int32, barycentrics (C, H, W, K, 3) and depth (C, H, W, K) float32, on the vertices' device.

    Parameters
    ----------
    vertices : (V, 3)
    faces : (F, 3) int32
    cameras : Cameras
    layers : int
    near : float
        World units.
    """
    drawn = [_draw_one(vertices.double(), faces.long(), cameras, c, layers, near) for c in range(len(cameras))]
    found, barycentrics, depth = (torch.stack(images) for images in zip(*drawn, strict=True))
    return found, barycentrics, depth


def _draw_one(
    vertices: Tensor, faces: Tensor, cameras: Cameras, c: int, layers: int, near: float
) -> tuple[Tensor, Tensor, Tensor]:
    height, width = cameras.height, cameras.width
    corners = _to_camera(vertices, cameras.camera_from_world[c].detach().double())[faces]
    view = cameras.intrinsics[c].double()
    edges, inverse_depths, thresholds = _planes(corners, view)
    boxes = _boxes(corners, view, near, (width, height))
    pixels, found = _sorted_hits(edges, inverse_depths, thresholds, boxes, (width, height, near), layers)
    first = torch.searchsorted(pixels, pixels)
    places = pixels * layers + torch.arange(len(pixels), device=pixels.device) - first
    u, v = pixels % width + 0.5, pixels // width + 0.5
    weights = _at(edges[found], u[:, None], v[:, None])
    scale = 1.0 / (weights[:, 0] + weights[:, 1] + weights[:, 2])
    count = height * width * layers
    names = torch.full((count,), NOTHING, dtype=torch.int32, device=pixels.device)
    names[places] = found.int()
    barycentrics = torch.zeros(count, 3, device=pixels.device)
    barycentrics[places] = (weights * scale[:, None]).float()
    depth = torch.zeros(count, device=pixels.device)
    depth[places] = (1.0 / _at(inverse_depths[found], u, v)).float()
    shape = (height, width, layers)
    return names.reshape(shape), barycentrics.reshape(*shape, 3), depth.reshape(shape)


def _to_camera(vertices: Tensor, transform: Tensor) -> Tensor:
    x, y, z = vertices.unbind(1)
    rows = [m[0] * x + m[1] * y + m[2] * z + m[3] for m in transform[:3]]
    return torch.stack(rows, 1)


def _planes(corners: Tensor, view: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Edge functions (F, 3, 3), inverse depth (F, 3) and thresholds (F, 3) of faces in camera coordinates."""
    fx, fy, cx, cy = view
    cross = [_cross(corners[:, (k + 1) % 3], corners[:, (k + 2) % 3]) for k in range(3)]
    a = corners[:, 0]
    determinant = a[:, 0] * cross[0][0] + a[:, 1] * cross[0][1] + a[:, 2] * cross[0][2]
    sign = torch.where(determinant > 0, 1.0, -1.0).double()
    edges = []
    for nx, ny, nz in cross:
        x, y = nx / fx * sign, ny / fy * sign
        edges.append(torch.stack([x, y, nz * sign - x * cx - y * cy], 1))
    stacked = torch.stack(edges, 1)
    inclusive = (stacked[..., 0] > 0) | ((stacked[..., 0] == 0) & (stacked[..., 1] > 0))
    thresholds = torch.where(inclusive, -SMALLEST, 0.0).double()
    inverse = (edges[0] + edges[1] + edges[2]) / determinant.abs()[:, None]
    thresholds[determinant == 0] = torch.inf
    return stacked, inverse, thresholds


def _cross(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    (ax, ay, az), (bx, by, bz) = a.unbind(1), b.unbind(1)
    return ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx


def _boxes(corners: Tensor, view: Tensor, near: float, size: tuple[int, int]) -> Tensor:
    """(F, 4) int64: columns [first, last) and rows [first, last) of the part of each face beyond the near plane."""
    points, valid = [], []
    for k in range(3):
        a, b = corners[:, k], corners[:, (k + 1) % 3]
        t = ((near - a[:, 2]) / (b[:, 2] - a[:, 2]))[:, None]
        cut = torch.cat([(a + t * (b - a))[:, :2], torch.full_like(a[:, :1], near)], 1)
        points += [a, cut]
        valid += [a[:, 2] >= near, (a[:, 2] >= near) != (b[:, 2] >= near)]
    stacked, shown = torch.stack(points, 1), torch.stack(valid, 1)
    columns = []
    for axis in range(2):
        place = stacked[..., axis] / stacked[..., 2] * view[axis] + view[2 + axis]
        low = torch.where(shown, place, torch.inf).amin(1)
        high = torch.where(shown, place, -torch.inf).amax(1)
        end = float(size[axis])
        first = (low - 0.5 - MARGIN).clamp(0, end).ceil()
        last = (high + 0.5 + MARGIN).clamp(0, end).floor()
        seen = shown.any(1) & (high >= low)  # not so where a corner is not a number
        columns += [torch.where(seen, first, 0.0), torch.where(seen, torch.maximum(first, last), 0.0)]
    return torch.stack(columns, 1).long()


def _sorted_hits(
    edges: Tensor,
    inverse_depths: Tensor,
    thresholds: Tensor,
    boxes: Tensor,
    camera: tuple[int, int, float],
    layers: int,
) -> tuple[Tensor, Tensor]:
    """Pixel and face of the nearest hits, by pixel, then by depth, then by face."""
    width, height, near = camera
    room = max(PAIRS, 2 * width * height * layers)
    pixel, face, inverse = boxes.new_zeros(0), boxes.new_zeros(0), edges.new_zeros(0)
    for faces, columns, rows in _pairs(boxes):
        u, v = columns + 0.5, rows + 0.5
        inside = (_at(edges[faces], u[:, None], v[:, None]) > thresholds[faces]).all(1)
        depth = _at(inverse_depths[faces], u, v)
        hit = inside & (depth > 0) & (depth <= 1.0 / near)
        pixel = torch.cat([pixel, (rows * width + columns)[hit]])
        face, inverse = torch.cat([face, faces[hit]]), torch.cat([inverse, depth[hit]])
        if len(pixel) > room:
            pixel, face, inverse = _nearest(pixel, face, inverse, layers)
    return _nearest(pixel, face, inverse, layers)[:2]


def _nearest(pixel: Tensor, face: Tensor, inverse: Tensor, layers: int) -> tuple[Tensor, Tensor, Tensor]:
    """The first hits of each pixel, sorted; of those equally near, the ones that come first."""
    order = inverse.sort(descending=True, stable=True).indices
    order = order[pixel[order].sort(stable=True).indices]
    pixel = pixel[order]
    kept = torch.arange(len(pixel), device=pixel.device) - torch.searchsorted(pixel, pixel) < layers
    return pixel[kept], face[order][kept], inverse[order][kept]


def _pairs(boxes: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Face, column and row of every pixel of every box, a bounded number at once, faces in ascending order."""
    widths, heights = boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2]
    counts = widths * heights
    ends = counts.cumsum(0)
    first = 0
    while first < len(boxes):
        before = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(torch.searchsorted(ends, before + PAIRS, right=True)))
        faces = torch.arange(first, last, device=boxes.device).repeat_interleave(counts[first:last])
        offset = torch.arange(len(faces), device=boxes.device) - (ends - counts - before)[faces]
        yield faces, boxes[faces, 0] + offset % widths[faces], boxes[faces, 2] + offset // widths[faces]
        first = last


def _at(planes: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """Values of planes (..., 3) over the image at pixel positions."""
    return planes[..., 0] * u + (planes[..., 1] * v + planes[..., 2])
