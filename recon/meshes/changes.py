"""A mesh with fewer faces, or a smoother one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.meshes.topology import boundary_sides, face_crosses, welded
from recon.scene import Mesh

PASS, STOP = 0.5, -0.53


def simplify(mesh: Mesh, faces: int) -> Mesh:
    """Collapse edges until there are at most so many faces, the flattest first (Garland and Heckbert 1997).

    A texture and its light cannot follow and are left out; colours are taken from the nearest vertex.

    Parameters
    ----------
    mesh : Mesh
    faces : int
        At least 4. A mesh that has no more is returned as it is.

    Raises
    ------
    InputError
        If fewer than 4 faces are asked for.
    """
    if faces < 4:
        raise InputError(f"A mesh cannot be simplified to {faces} faces; 4 are the fewest that can enclose anything.")
    if len(mesh) <= faces:
        return mesh
    import fast_simplification

    place = welded(mesh)
    points = np.zeros((int(place.max()) + 1, 3), np.float32)
    points[place.reshape(-1)] = mesh.vertices[mesh.faces.reshape(-1)]
    vertices, corners = fast_simplification.simplify(points, place.astype(np.int32), target_count=faces)
    colors = None if mesh.colors is None else mesh.colors[_nearest(mesh.vertices, vertices)]
    thinner = Mesh(np.asarray(vertices, np.float32), np.asarray(corners, np.int32), colors=colors, name=mesh.name)
    return replace(thinner, one_sided=mesh.one_sided)


def with_vertex_colors(mesh: Mesh) -> Mesh:
    """The same mesh without its texture: every vertex has the colour that the texture has there."""
    if mesh.texture is None or mesh.uv is None:
        return mesh
    height, width = mesh.texture.shape[:2]
    beyond = (mesh.uv < 0) | (mesh.uv > 1)
    u, v = np.where(beyond, mesh.uv - np.floor(mesh.uv), mesh.uv).T.astype(np.float64)  # it repeats
    x, y = np.clip(u * width - 0.5, 0, width - 1), np.clip((1 - v) * height - 0.5, 0, height - 1)
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    across, down = (x - left)[:, None], (y - top)[:, None]
    texels = mesh.texture[..., :3]
    upper = texels[top, left] * (1 - across) + texels[top, right] * across
    lower = texels[bottom, left] * (1 - across) + texels[bottom, right] * across
    colors = ((upper * (1 - down) + lower * down) / 255).astype(np.float32)
    return replace(mesh, uv=None, texture=None, light=None, colors=colors)


def _nearest(vertices: NDArray[np.float32], places: NDArray[np.floating]) -> NDArray[np.int64]:
    from scipy.spatial import KDTree

    return np.asarray(KDTree(vertices).query(places)[1], np.int64)


def smooth(mesh: Mesh, rounds: int = 10) -> Mesh:
    """Smooth without shrinking (Taubin 1995): each round moves vertices towards their neighbours' mean, then away.

    Borders stay where they are; texture and colours stay with their vertices.

    Parameters
    ----------
    mesh : Mesh
    rounds : int
        More is smoother.
    """
    from scipy.sparse import coo_matrix, diags

    place = welded(mesh)
    count = int(place.max(initial=-1)) + 1
    moved = np.zeros((count, 3))
    moved[place.reshape(-1)] = mesh.vertices[mesh.faces.reshape(-1)]
    ends = np.concatenate([place[:, [a, b]] for a, b in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2))])
    joined = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count)).tocsr()
    joined.data[:] = 1
    mean = diags(1 / np.maximum(np.asarray(joined.sum(1)).reshape(-1), 1)) @ joined
    free = np.ones((count, 1))
    free[np.unique(boundary_sides(place))] = 0
    for _ in range(rounds):
        for step in (PASS, STOP):
            moved += step * free * (mean @ moved - moved)
    vertices = mesh.vertices.copy()
    vertices[mesh.faces.reshape(-1)] = moved[place.reshape(-1)]
    return with_normals(replace(mesh, vertices=vertices, normals=None))


def with_normals(mesh: Mesh) -> Mesh:
    """Give every vertex the mean normal of its faces, weighted by their area; seams of textures do not show."""
    place, crosses = welded(mesh), face_crosses(mesh)
    count = int(place.max(initial=-1)) + 1
    sums = np.zeros((count, 3))
    for k in range(3):
        sums[:, k] = np.bincount(place.reshape(-1), np.repeat(crosses[:, k], 3), minlength=count)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    sums = np.where(lengths > 0, sums / np.maximum(lengths, 1e-300), [0.0, 0.0, 1.0])
    normals = np.tile(np.array([0, 0, 1], np.float32), (len(mesh.vertices), 1))
    normals[mesh.faces.reshape(-1)] = sums[place.reshape(-1)]
    return replace(mesh, normals=normals)
