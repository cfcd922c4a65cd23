"""A mesh laid out flat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from recon.meshes import with_normals
from recon.render import Cameras, interpolate, rasterize_triangles
from recon.scene import Mesh

PADDING = 3  # texels between charts
PIECE = 2000  # faces that are cut into charts at a time: what xatlas takes grows faster than their number


def unwrap(mesh: Mesh, size: int) -> Mesh:
    """Cut a mesh into charts and pack them onto a square (Levy 2002; the library xatlas).

    Parameters
    ----------
    mesh : Mesh
    size : int
        Side of the texture that it is meant for, in texels.

    Returns
    -------
    Mesh
        With `uv` and normals; vertices stand once for each chart.
    """
    import xatlas

    shaped = with_normals(mesh)
    atlas, pieces, faces = xatlas.Atlas(), _pieces(shaped), np.zeros_like(shaped.faces)
    used = []
    for rows in pieces:
        vertices, corners = np.unique(shaped.faces[rows], return_inverse=True)
        atlas.add_mesh(shaped.vertices[vertices], corners.reshape(-1, 3).astype(np.uint32))
        used.append(vertices)
    charts, packing = xatlas.ChartOptions(), xatlas.PackOptions()
    charts.max_iterations = 1
    packing.resolution, packing.padding, packing.bilinear, packing.create_image = size, PADDING, True, False
    atlas.generate(charts, packing)
    source, uv, count = [], [], 0
    for index, rows in enumerate(pieces):
        origin, corners, places = atlas[index]
        faces[rows] = corners.astype(np.int32) + count
        count += len(origin)
        source.append(used[index][origin])
        uv.append(places.astype(np.float32))
    kept = np.concatenate(source)
    values: dict[str, Any] = {name: array[kept] for name, array in shaped.at_vertices().items()}
    values |= {"vertices": shaped.vertices[kept], "faces": faces, "uv": np.concatenate(uv)}
    return replace(shaped, **values)


def _pieces(mesh: Mesh) -> list[NDArray[np.int64]]:
    """Faces parted in two across the longest side of what they fill, and again, until there are few in each."""
    centers = mesh.vertices[mesh.faces].mean(1, dtype=np.float64)
    pieces, waiting = [], [np.arange(len(mesh))]
    while waiting:
        rows = waiting.pop()
        if len(rows) <= PIECE:
            pieces.append(rows)
            continue
        longest = np.ptp(centers[rows], axis=0).argmax()
        waiting += np.array_split(rows[np.argsort(centers[rows, longest], kind="stable")], 2)
    return pieces


@dataclass(frozen=True, eq=False)
class Texels:
    """The T texels of a texture that lie on the surface.

    Parameters
    ----------
    size : int
        Side of the texture.
    places : (T,) int64
        Where they are in (size, size), top row first.
    positions, normals : (T, 3) float32
        World coordinates; unit length.
    """

    size: int
    places: NDArray[np.int64]
    positions: NDArray[np.float32]
    normals: NDArray[np.float32]


def texels_of(mesh: Mesh, size: int) -> Texels:
    """Find the point of the surface at each texel's centre."""
    flat = np.stack([mesh.uv[:, 0], 1 - mesh.uv[:, 1], np.ones(len(mesh.uv))], axis=1) * [size, size, 1]
    camera = Cameras(torch.eye(4)[None], torch.tensor([[1.0, 1.0, 0.0, 0.0]]), size, size)
    faces = torch.from_numpy(mesh.faces)
    fragments = rasterize_triangles(torch.from_numpy(flat), faces, camera, near=0.5)
    values = torch.from_numpy(np.concatenate([mesh.vertices, mesh.normals], axis=1))
    places = fragments.hit.reshape(-1).nonzero()[:, 0]
    found = interpolate(values, faces, fragments).reshape(-1, 6)[places].numpy()
    normals = found[:, 3:] / np.maximum(np.linalg.norm(found[:, 3:], axis=1, keepdims=True), 1e-9)
    return Texels(size, places.numpy(), np.ascontiguousarray(found[:, :3]), np.ascontiguousarray(normals))
