"""A mesh laid out flat."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from recon.meshes import with_normals
from recon.meshes.topology import face_crosses
from recon.render import Cameras, interpolate, rasterize_triangles
from recon.scene import Mesh

PADDING = 3  # texels between charts
CHART_FACES = 1200  # about as many at most: what xatlas takes for a chart grows faster than its faces


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
    atlas = xatlas.Atlas()
    atlas.add_mesh(shaped.vertices, shaped.faces.astype(np.uint32))
    charts, packing = xatlas.ChartOptions(), xatlas.PackOptions()
    area = 0.5 * float(np.linalg.norm(face_crosses(shaped), axis=1).sum())
    charts.max_iterations, charts.max_chart_area = 1, area * CHART_FACES / max(1, len(shaped))
    packing.resolution, packing.padding, packing.bilinear, packing.create_image = size, PADDING, True, False
    atlas.generate(charts, packing)
    rows, faces, uv = atlas[0]
    colors = None if shaped.colors is None else shaped.colors[rows]
    return replace(
        shaped,
        vertices=shaped.vertices[rows],
        faces=faces.astype(np.int32),
        normals=shaped.normals[rows],
        uv=uv.astype(np.float32),
        colors=colors,
    )


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
