"""Meshes as Wavefront OBJ, with a material and a PNG beside it where there is a texture.

Colours of vertices follow their positions, as most programs read them. Numbers have the nine digits that give a float32
back exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.io.files import atomic_write_all
from recon.io.format import Format
from recon.io.meshes.values import beside, forecast, png_of, read_with_trimesh
from recon.scene import Mesh

ROWS_AT_ONCE = 1 << 14
MATERIAL = "material"


def read(path: Path) -> Mesh:
    """Read an OBJ mesh with its first texture; see `recon.io.read_mesh`."""
    return read_with_trimesh(path, "obj")


def write(path: Path, mesh: Mesh, _: None = None) -> None:
    """Write an OBJ mesh; see `recon.io.write_geometry`."""
    material, picture = beside(path, ".mtl"), beside(path, ".png")
    files: dict[Path, bytes] = {}
    if mesh.texture is not None:
        files[picture] = png_of(mesh.texture)
        files[material] = _material(picture.name).encode("utf-8", "surrogateescape")
    text = "".join(_lines(mesh, material.name if mesh.texture is not None else None))
    atomic_write_all(files | {path: text.encode("utf-8", "surrogateescape")})


def _material(picture: str) -> str:
    return f"newmtl {MATERIAL}\nKa 1 1 1\nKd 1 1 1\nKs 0 0 0\nd 1\nillum 1\nmap_Kd {picture}\n"


def _lines(mesh: Mesh, material: str | None) -> Iterator[str]:
    yield f"# Triptych\n{f'mtllib {material}{chr(10)}' if material else ''}o {' '.join(mesh.name.split()) or 'mesh'}\n"
    rows = mesh.vertices if mesh.colors is None else np.concatenate([mesh.vertices, mesh.colors], axis=1)
    yield from _rows("v", rows)
    if mesh.uv is not None:
        yield from _rows("vt", mesh.uv)
    if mesh.normals is not None:
        yield from _rows("vn", mesh.normals)
    if material:
        yield f"usemtl {MATERIAL}\n"
    corner = {(False, False): "%d", (True, False): "%d/%d", (False, True): "%d//%d", (True, True): "%d/%d/%d"}
    pattern = corner[mesh.uv is not None, mesh.normals is not None]
    repeats = pattern.count("%")
    line = f"f {' '.join([pattern] * 3)}\n"
    for start in range(0, len(mesh), ROWS_AT_ONCE):
        faces = np.repeat(mesh.faces[start : start + ROWS_AT_ONCE].astype(np.int64) + 1, repeats, axis=1)
        yield (line * len(faces)) % tuple(faces.ravel().tolist())


def _rows(word: str, values: NDArray[np.float32]) -> Iterator[str]:
    line = f"{word} {' '.join(['%.9g'] * values.shape[1])}\n"
    for start in range(0, len(values), ROWS_AT_ONCE):
        rows = values[start : start + ROWS_AT_ONCE]
        yield (line * len(rows)) % tuple(rows.ravel().tolist())


def _forecast(mesh: Mesh, _: None) -> int:
    """About eleven letters a number, six an index."""
    numbers = 3 * (1 + (mesh.normals is not None) + (mesh.colors is not None)) + 2 * (mesh.uv is not None)
    corners = 3 * (1 + (mesh.uv is not None) + (mesh.normals is not None))
    return forecast(mesh, 11 * numbers + 4, 6 * corners)


FORMAT = Format(
    name="obj",
    title="Mesh, Wavefront OBJ",
    suffixes=(".obj",),
    kind="mesh",
    without_light=True,
    read=read,
    write=write,
    forecast=_forecast,
)
