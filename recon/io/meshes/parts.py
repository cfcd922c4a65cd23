"""Several meshes in one file, each by its name: glTF with a node for each, or OBJ with an object for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from recon.errors import InputError
from recon.io.files import atomic_write
from recon.io.gltf import Builder, linear_of
from recon.io.meshes.gltf import TRIANGLES
from recon.scene import Mesh
from recon.scene.transforms import transformed, turn


def write_parts(path: str | Path, parts: Sequence[Mesh]) -> None:
    """Write meshes to one .glb or .obj file, whole or not at all.

    Parameters
    ----------
    path : path
        In glTF y points up: parts are turned as `recon.io.write_geometry` turns a mesh.
    parts : sequence of Mesh
        Their vertices and faces are written, in the colour of each one's first vertex.

    Raises
    ------
    InputError
        If there is no part, the suffix is neither, or the place cannot be written to.
    DiskFull
        If there is no space left.
    """
    path = Path(path)
    if not parts:
        raise InputError(f"There is no part to write to {path}.")
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise InputError(f"Parts are written as .glb or .obj, got {path.name}.")
    WRITERS[suffix](path, parts)


def _write_gltf(path: Path, parts: Sequence[Mesh]) -> None:
    builder = Builder()
    meshes, materials = [], []
    for index, part in enumerate(parts):
        turned = transformed(part, turn("-y", "y"))
        position = builder.add(turned.vertices, bounds=True)
        faces = builder.add(part.faces.astype("<u4").ravel(), index=True)
        primitive = {"attributes": {"POSITION": position}, "indices": faces, "mode": TRIANGLES, "material": index}
        meshes.append({"primitives": [primitive], "name": part.name})
        materials.append(_material(part))
    nodes = [{"mesh": index, "name": part.name} for index, part in enumerate(parts)]
    about: dict[str, Any] = {"scene": 0, "scenes": [{"nodes": list(range(len(parts)))}], "nodes": nodes}
    builder.write(path, about | {"meshes": meshes, "materials": materials})


def _material(part: Mesh) -> dict[str, Any]:
    color = [1.0] * 3 if part.colors is None else linear_of(part.colors[0]).tolist()
    look = {"baseColorFactor": [*color, 1.0], "metallicFactor": 0.0, "roughnessFactor": 1.0}
    return {"pbrMetallicRoughness": look, "name": part.name}


def _write_obj(path: Path, parts: Sequence[Mesh]) -> None:
    with atomic_write(path) as file:
        file.write("".join(_lines(parts)).encode("utf-8", "surrogateescape"))


def _lines(parts: Sequence[Mesh]) -> Iterator[str]:
    yield "# Triptych\n"
    start = 1
    for part in parts:
        yield f"o {' '.join(part.name.split()) or 'part'}\n"
        rows = part.vertices if part.colors is None else np.concatenate([part.vertices, part.colors], axis=1)
        yield from (f"v {' '.join(f'{value:.9g}' for value in row)}\n" for row in rows.tolist())
        yield from (f"f {' '.join(str(corner + start) for corner in face)}\n" for face in part.faces.tolist())
        start += len(part.vertices)


WRITERS = {".glb": _write_gltf, ".obj": _write_obj}
