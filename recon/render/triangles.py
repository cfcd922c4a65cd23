"""Triangles as hard surfaces: which face each pixel's central ray meets, where on it, and how far away.

What is seen is decided once, exactly, and has no gradient; where on a face a ray meets it, and how deep, has one. So
attributes, textures, depth and what is shaded from them can be fitted inside a silhouette, while outlines cannot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from recon.render import threads
from recon.render.types import Cameras

NOTHING = -1


@dataclass(frozen=True)
class Fragments:
    """The first K faces that the ray through each pixel's centre meets, nearest first.

    Parameters
    ----------
    faces : (C, H, W, K) int32
        -1 where there is none.
    barycentrics : (C, H, W, K, 3) float32
        Weights of the face's corners at that point of the surface; they add up to 1. Differentiable.
    depth : (C, H, W, K) float32
        z in camera coordinates, world units; 0 where there is none. Differentiable.
    """

    faces: Tensor
    barycentrics: Tensor
    depth: Tensor

    @property
    def hit(self) -> Tensor:
        """(C, H, W, K) bool: where there is a face."""
        return self.faces != NOTHING


def rasterize_triangles(
    vertices: Tensor, faces: Tensor, cameras: Cameras, *, layers: int = 1, near: float = 0.01
) -> Fragments:
    """Find what the central ray of every pixel meets, both sides of faces alike (Olano and Greer 1997).

    Exact to float64: rays through an edge or a vertex that faces share meet one of them, and equally deep faces come in
    their own order. The result is the same on every device and for any number of threads. Barycentrics and depth are
    differentiable with respect to vertices and `cameras.camera_from_world`.

    Parameters
    ----------
    vertices : (V, 3) float32 or float64
        World coordinates. Faces with a corner that is not finite are not drawn.
    faces : (F, 3) int32
    cameras : Cameras
        On the same device.
    layers : int
        K, how many surfaces behind each other are wanted.
    near : float
        Hits closer than this, in world units along z, are not drawn.

    Returns
    -------
    Fragments

    Raises
    ------
    ValueError
        If shapes, types or devices do not fit together, or a face names a vertex that is not there.
    """
    _check(vertices, faces, cameras, layers, near)
    found, barycentrics, depth = _Rasterize.apply(
        vertices, cameras.camera_from_world, (faces.contiguous(), cameras, layers, near)
    )
    return Fragments(found, barycentrics, depth)


def rasterize_fronts(
    vertices: Tensor, faces: Tensor, cameras: Cameras, *, layers: int = 1, near: float = 0.01
) -> Fragments:
    """Find what the central ray of every pixel of one camera meets, from outside alone.

    The parameters are those of `rasterize_triangles`, of which this is the same for faces that turn their outside, from
    which their corners run counter-clockwise, towards the camera.

    Raises
    ------
    ValueError
        If there are several cameras, or as there.
    """
    if len(cameras) != 1:
        raise ValueError(f"one camera was wanted, got {len(cameras)}: outsides are others for each")
    pose = cameras.camera_from_world[0].detach()
    eye = -pose[:3, :3].T @ pose[:3, 3]
    a, b, c = (vertices.detach()[faces[:, k].long()] for k in range(3))
    front = (((a - eye) * torch.linalg.cross(b - a, c - a)).sum(1) < 0).nonzero()[:, 0]
    drawn = rasterize_triangles(vertices, faces[front], cameras, layers=layers, near=near)
    if not len(front):
        return drawn
    names = torch.where(drawn.hit, front.int()[drawn.faces.clamp(min=0).long()], NOTHING)
    return Fragments(names, drawn.barycentrics, drawn.depth)


def interpolate(attributes: Tensor, faces: Tensor, fragments: Fragments) -> Tensor:
    """Values at the points that were found, from values at vertices, perspective-correct.

    Parameters
    ----------
    attributes : (V, D) float32
        Differentiable, as the fragments' barycentrics are.
    faces : (F, 3) int32
        Those that were drawn.
    fragments : Fragments

    Returns
    -------
    (C, H, W, K, D) float32
        Zero where there is no face.
    """
    found = fragments.faces.reshape(-1)
    pixels = (found != NOTHING).nonzero()[:, 0]
    corners = faces.index_select(0, found[pixels]).reshape(-1)
    weights = fragments.barycentrics.reshape(-1, 3, 1).index_select(0, pixels)
    values = (attributes.index_select(0, corners).reshape(-1, 3, attributes.shape[1]) * weights).sum(1)
    image = values.new_zeros(len(found), attributes.shape[1]).index_copy(0, pixels, values)
    return image.reshape(*fragments.faces.shape, attributes.shape[1])


class _Rasterize(torch.autograd.Function):
    """Any number of cameras as one node of the graph."""

    @staticmethod
    def forward(ctx: Any, vertices: Tensor, camera_from_world: Tensor, call: Any) -> tuple[Tensor, ...]:
        draw = _draw_torch if vertices.is_cuda else _draw_cpu
        found, barycentrics, depth = draw(vertices.detach(), call)
        ctx.call = call
        ctx.save_for_backward(vertices, camera_from_world, found, barycentrics, depth)
        ctx.mark_non_differentiable(found)
        ctx.set_materialize_grads(False)
        return found, barycentrics, depth

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, _: None, weight_gradients: Tensor | None, depth_gradients: Tensor | None) -> Any:
        vertices, camera_from_world, found, barycentrics, depth = ctx.saved_tensors
        faces, cameras, _, _ = ctx.call
        vertex_gradient = torch.zeros_like(vertices, dtype=torch.float64)
        pose_gradient = torch.zeros_like(camera_from_world, dtype=torch.float64)
        for c in range(len(cameras)):
            transform = camera_from_world[c].double()
            local = vertices.double() @ transform[:3, :3].T + transform[:3, 3]
            upstream = [None if g is None else g[c] for g in (weight_gradients, depth_gradients)]
            points = _Points.of(c, cameras, found[c], barycentrics[c], depth[c])
            gradient = _local_gradient(local, faces, points, upstream)
            vertex_gradient += gradient @ transform[:3, :3]
            pose_gradient[c, :3, :3] = gradient.T @ vertices.double()
            pose_gradient[c, :3, 3] = gradient.sum(0)
        return vertex_gradient.to(vertices.dtype), pose_gradient.to(camera_from_world.dtype), None


@dataclass(frozen=True)
class _Points:
    """The P points of surfaces that one camera sees.

    Parameters
    ----------
    places : (P,) int64
        Where they are in (H, W, K).
    faces : (P,) int64
    weights : (P, 3) float64
    rays : (P, 3) float64
        Directions with z = 1.
    """

    places: Tensor
    faces: Tensor
    weights: Tensor
    rays: Tensor

    @classmethod
    def of(cls, c: int, cameras: Cameras, found: Tensor, barycentrics: Tensor, depth: Tensor) -> _Points:
        _, width, layers = depth.shape
        places = (found.reshape(-1) != NOTHING).nonzero()[:, 0]
        pixel = places // layers
        fx, fy, cx, cy = cameras.intrinsics[c].double()
        x, y = (pixel % width + 0.5 - cx) / fx, (pixel // width + 0.5 - cy) / fy
        rays = torch.stack([x, y, torch.ones_like(x)], 1)
        return cls(places, found.reshape(-1)[places].long(), barycentrics.reshape(-1, 3)[places].double(), rays)


def _local_gradient(local: Tensor, faces: Tensor, points: _Points, upstream: list[Tensor | None]) -> Tensor:
    """(V, 3): gradient of the vertices in camera coordinates, from those of barycentrics and depth.

    Where a vertex moves its face's point by d, the ray meets the face at depth z + dz with dz = n.d / n.r, and the
    point that it meets has moved in the face by w = dz r - d, which the barycentrics follow: with edges e1, e2 from
    the first corner, db1 = w.(e2 x n) / n.n and db2 = w.(n x e1) / n.n.
    """
    corners = faces.index_select(0, points.faces).long()
    first, second, third = local[corners].unbind(1)
    edge1, edge2 = second - first, third - first
    normal = torch.linalg.cross(edge1, edge2)
    slope = torch.zeros_like(normal)  # of the loss by w
    if upstream[0] is not None:
        g = upstream[0].reshape(-1, 3)[points.places].double()
        along1 = torch.linalg.cross(edge2, normal) * (g[:, 1:2] - g[:, :1])
        along2 = torch.linalg.cross(normal, edge1) * (g[:, 2:3] - g[:, :1])
        slope = (along1 + along2) / (normal * normal).sum(1, keepdim=True)
    by_depth = (points.rays * slope).sum(1, keepdim=True)
    if upstream[1] is not None:
        by_depth = by_depth + upstream[1].reshape(-1)[points.places].double()[:, None]
    moved = normal * (by_depth / (normal * points.rays).sum(1, keepdim=True)) - slope
    gradient = (points.weights[:, :, None] * moved[:, None]).reshape(-1, 3)
    return torch.zeros_like(local).index_add_(0, corners.reshape(-1), gradient)


def _draw_cpu(vertices: Tensor, call: Any) -> tuple[Tensor, Tensor, Tensor]:
    from recon.render.kernels import triangle_tiles, triangles

    faces, cameras, layers, near = call
    shape = (len(cameras), cameras.height, cameras.width, layers)
    found, depth = np.empty(shape, np.int32), np.empty(shape, np.float32)
    barycentrics = np.empty((*shape, 3), np.float32)
    views = triangles.views_of(cameras.intrinsics.numpy(), cameras.width, cameras.height, near)
    poses = cameras.camera_from_world.detach().double().numpy()
    with threads.LOCK:
        for c, view in enumerate(views):
            hits = triangles.Hits(found[c], barycentrics[c], depth[c])
            triangle_tiles.draw(vertices.contiguous().numpy(), faces.numpy(), poses[c], view, hits, threads.workers())
    return torch.from_numpy(found), torch.from_numpy(barycentrics), torch.from_numpy(depth)


def _draw_torch(vertices: Tensor, call: Any) -> tuple[Tensor, Tensor, Tensor]:
    from recon.render import triangles_torch

    return triangles_torch.draw(vertices, *call)


def _check(vertices: Tensor, faces: Tensor, cameras: Cameras, layers: int, near: float) -> None:
    if vertices.ndim != 2 or vertices.shape[1] != 3 or not vertices.is_floating_point():
        raise ValueError(
            f"vertices must be floating-point of shape (V, 3), got {vertices.dtype} {tuple(vertices.shape)}"
        )
    if faces.ndim != 2 or faces.shape[1] != 3 or faces.dtype != torch.int32:
        raise ValueError(f"faces must be int32 of shape (F, 3), got {faces.dtype} {tuple(faces.shape)}")
    devices = {t.device for t in (vertices, faces, cameras.camera_from_world, cameras.intrinsics)}
    if len(devices) != 1:
        raise ValueError(f"vertices, faces and cameras must be on one device, got {sorted(map(str, devices))}")
    if layers < 1 or not near > 0:
        raise ValueError(f"layers must be at least 1 and near positive, got {layers} and {near}")
    if len(faces) and not (int(faces.min()) >= 0 and int(faces.max()) < len(vertices)):
        raise ValueError(f"faces must name vertices from 0 to {len(vertices) - 1}, got {int(faces.max())}")
