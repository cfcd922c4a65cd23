"""Meshes as binary STL: nothing but triangles."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recon.io.files import atomic_write
from recon.io.format import Format
from recon.io.meshes.values import mesh_of, read_with_trimesh
from recon.scene import Mesh

ROW = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
HEADER = 80


def read(path: Path) -> Mesh:
    """Read an STL mesh, text or binary; corners in one place become one vertex again. See `recon.io.read_mesh`."""
    loose = read_with_trimesh(path, "stl")
    vertices, faces = np.unique(loose.vertices, axis=0, return_inverse=True)
    return mesh_of(path, vertices=vertices, faces=faces[loose.faces].reshape(-1, 3).astype(np.int32), name=loose.name)


def write(path: Path, mesh: Mesh, _: None = None) -> None:
    """Write a binary STL mesh; see `recon.io.write_geometry`."""
    corners = mesh.vertices[mesh.faces]
    with np.errstate(over="ignore", invalid="ignore"):
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        lengths = np.linalg.norm(normals, axis=1, keepdims=True)
        normals = np.nan_to_num(normals / np.where(lengths > 0, lengths, 1))
    rows = np.zeros(len(mesh), ROW)
    rows["normal"], rows["corners"] = normals, corners
    with atomic_write(path) as file:
        # A header that begins with the word solid would be taken for text.
        file.write(b"Triptych".ljust(HEADER) + np.uint32(len(rows)).astype("<u4").tobytes() + rows.tobytes())


def _forecast(mesh: Mesh, _: None) -> int:
    return HEADER + 4 + ROW.itemsize * len(mesh)


FORMAT = Format(
    name="stl",
    title="Mesh, STL",
    suffixes=(".stl",),
    kind="mesh",
    without_light=True,
    read=read,
    write=write,
    forecast=_forecast,
    loses="Colours, textures, smooth normals and vertices without faces are lost; vertices are reordered.",
)
