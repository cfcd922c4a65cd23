"""Meshes as PLY: binary, with normals, colours of 8 bits and texture coordinates where there are any.

A texture is a PNG beside the file, named in the comment `TextureFile` that MeshLab and others read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from recon.errors import UnreadableFile
from recon.io.files import atomic_write_all
from recon.io.format import Format
from recon.io.meshes.values import beside, forecast, png_of, read_with_trimesh
from recon.io.ply_table import read_header
from recon.io.splats.values import to_bytes
from recon.scene import Mesh

TEXTURE = "comment TextureFile "


def holds(path: Path) -> bool:
    """Whether a PLY file has faces in it."""
    try:
        face = read_header(path).element("face")
    except UnreadableFile:
        return False
    return face is not None and face.count > 0


def read(path: Path) -> Mesh:
    """Read a PLY mesh; see `recon.io.read_mesh`."""
    header = read_header(path)
    size = path.stat().st_size
    for element in header.elements:
        if element.count > size:
            raise UnreadableFile(f"{path} is damaged: {element.count} of {element.name} do not fit into {size} bytes.")
    return read_with_trimesh(path, "ply")


def write(path: Path, mesh: Mesh, _: None = None) -> None:
    """Write a binary PLY mesh; see `recon.io.write_geometry`."""
    columns = _columns(mesh)
    vertices = np.empty(len(mesh.vertices), [(name, values.dtype) for name, values in columns.items()])
    for name, values in columns.items():
        vertices[name] = values
    faces = np.empty(len(mesh), [("count", "u1"), ("vertices", "<i4", 3)])
    faces["count"], faces["vertices"] = 3, mesh.faces
    picture = beside(path, ".png")
    lines = ["ply", "format binary_little_endian 1.0"]
    lines += [] if mesh.texture is None else [TEXTURE + picture.name]
    lines += [f"element vertex {len(vertices)}"]
    lines += [f"property {'uchar' if columns[name].dtype == np.uint8 else 'float'} {name}" for name in columns]
    lines += [f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header", ""]
    content = "\n".join(lines).encode("utf-8", "surrogateescape") + vertices.tobytes() + faces.tobytes()
    files = {} if mesh.texture is None else {picture: png_of(mesh.texture)}
    atomic_write_all(files | {path: content})


def _columns(mesh: Mesh) -> dict[str, Any]:
    columns = {name: mesh.vertices[:, i].astype("<f4") for i, name in enumerate("xyz")}
    if mesh.normals is not None:
        columns |= {name: mesh.normals[:, i].astype("<f4") for i, name in enumerate(("nx", "ny", "nz"))}
    if mesh.colors is not None:
        columns |= {name: to_bytes(mesh.colors[:, i]) for i, name in enumerate(("red", "green", "blue"))}
    if mesh.uv is not None:
        columns |= {name: mesh.uv[:, i].astype("<f4") for i, name in enumerate("st")}
    return columns


def _forecast(mesh: Mesh, _: None) -> int:
    return forecast(mesh, sum(values.dtype.itemsize for values in _columns(mesh).values()), 13)


FORMAT = Format(
    name="ply-mesh",
    title="Mesh, PLY",
    suffixes=(".ply",),
    kind="mesh",
    without_light=True,
    read=read,
    write=write,
    forecast=_forecast,
    loses="Colours of vertices are rounded to 8 bits.",
    holds=holds,
)
