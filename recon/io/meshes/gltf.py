"""Meshes as binary glTF, with the texture inside. glTF has y up; what is written is turned so.

Light that changes with the viewpoint goes into attributes of our own, which other programs pass over.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from recon.errors import UnreadableFile
from recon.io.format import Format
from recon.io.gltf import DAMAGE, TYPES, WIDTHS, Builder, Document, display_of, linear_of, read_document
from recon.io.meshes.values import forecast, mesh_of, png_of, read_with_trimesh
from recon.io.splats.values import check_size
from recon.scene import Mesh
from recon.scene.mesh import LIGHT_TERMS
from recon.scene.transforms import transformed, turn

TRIANGLES = 4
LARGEST_WIDTH = 16  # of a MAT4
LIGHT = [f"_TRIPTYCH_LIGHT_{term}" for term in range(LIGHT_TERMS)]  # red, green and blue of each harmonic
CLAMP, LINEAR, LINEAR_MIPMAPS = 33071, 9729, 9987


def holds(path: Path) -> bool:
    """Whether a glTF file has triangles in it."""
    try:
        return any(primitive.get("mode", TRIANGLES) == TRIANGLES for primitive, _ in read_document(path).primitives())
    except (UnreadableFile, OSError, *DAMAGE):
        return False


def read(path: Path) -> Mesh:
    """Read a glTF mesh; several become one, their textures one. See `recon.io.read_mesh`."""
    document = read_document(path)
    _check_sizes(path, document)
    mesh = read_with_trimesh(path, "glb" if document.binary.nbytes else "gltf")
    colors = _colors(document, len(mesh.vertices))
    if colors is not None:
        mesh = mesh_of(
            path, vertices=mesh.vertices, faces=mesh.faces, normals=mesh.normals, colors=colors, name=mesh.name
        )
    mesh = dataclasses.replace(_lit(mesh, document), one_sided=_is_one_sided(document))
    return transformed(mesh, turn("y", "-y"))


def _check_sizes(path: Path, document: Document) -> None:
    """Refuse arrays that are far larger than the file, before somebody makes room for them."""
    size = path.stat().st_size
    try:
        for accessor in document.json.get("accessors", []):
            width = WIDTHS.get(accessor["type"], LARGEST_WIDTH)
            check_size(path, int(accessor["count"]) * width * np.dtype(TYPES[accessor["componentType"]]).itemsize, size)
    except DAMAGE as error:
        raise UnreadableFile(f"{path} is damaged: its arrays cannot be understood ({error!r}).") from error


def _colors(document: Document, count: int) -> Any:
    """Colours of the vertices of a file with one primitive, from linear light; trimesh would take them as they are."""
    try:
        primitives = [primitive for primitive, _ in document.primitives()]
        index = primitives[0].get("attributes", {}).get("COLOR_0") if len(primitives) == 1 else None
        if index is None or "TEXCOORD_0" in primitives[0]["attributes"]:
            return None
        colors = document.array(index)[:, :3]
    except DAMAGE:
        return None
    return display_of(colors).astype(np.float32) if len(colors) == count else None


def _is_one_sided(document: Document) -> bool:
    """Whether every material says so; most files say nothing, and not all of these mean it."""
    try:
        materials = [document.json["materials"][primitive["material"]] for primitive, _ in document.primitives()]
        return bool(materials) and all(material.get("doubleSided") is False for material in materials)
    except DAMAGE:
        return False


def _lit(mesh: Mesh, document: Document) -> Mesh:
    """The mesh with the light that a file with one primitive has for it."""
    try:
        attributes = [primitive["attributes"] for primitive, _ in document.primitives()]
        if mesh.texture is None or len(attributes) != 1 or LIGHT[0] not in attributes[0]:
            return mesh
        terms = [document.array(attributes[0][name]) for name in LIGHT]
        return dataclasses.replace(mesh, light=np.stack(terms, axis=1).astype(np.float32))
    except DAMAGE as error:
        raise UnreadableFile(f"{document.path} is damaged: its light cannot be understood ({error}).") from error


def write(path: Path, mesh: Mesh, _: None = None) -> None:
    """Write a .glb mesh; see `recon.io.write_geometry`."""
    builder = Builder()
    turned = transformed(mesh, turn("-y", "y"))
    attributes = {"POSITION": builder.add(turned.vertices, bounds=True)}
    if turned.normals is not None:
        attributes["NORMAL"] = builder.add(_unit(turned.normals))
    if mesh.colors is not None:
        attributes["COLOR_0"] = builder.add(linear_of(mesh.colors).astype("<f4"))
    if mesh.uv is not None:
        # glTF counts v downwards from the upper edge.
        attributes["TEXCOORD_0"] = builder.add(np.stack([mesh.uv[:, 0], 1 - mesh.uv[:, 1]], axis=1))
    if turned.light is not None:
        attributes |= {name: builder.add(turned.light[:, term]) for term, name in enumerate(LIGHT)}
    faces = builder.add(mesh.faces.astype("<u4").ravel(), index=True)
    primitive = {"attributes": attributes, "indices": faces, "mode": TRIANGLES, "material": 0}
    about: dict[str, Any] = {
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": mesh.name}],
        "meshes": [{"primitives": [primitive], "name": mesh.name}],
    }
    builder.write(path, about | _material(builder, mesh))


def _unit(normals: Any) -> Any:
    lengths = np.linalg.norm(normals.astype(np.float64), axis=1, keepdims=True)
    unit = np.where(lengths > 0, normals / np.where(lengths > 0, lengths, 1), (0, 1, 0))
    return unit.astype("<f4")


def _material(builder: Builder, mesh: Mesh) -> dict[str, Any]:
    look: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 1.0}
    if mesh.texture is None:
        return {"materials": [{"pbrMetallicRoughness": look, "doubleSided": not mesh.one_sided}]}
    view = builder.add_bytes(png_of(mesh.texture))
    look["baseColorTexture"] = {"index": 0}
    sampler = {"magFilter": LINEAR, "minFilter": LINEAR_MIPMAPS, "wrapS": CLAMP, "wrapT": CLAMP}
    return {
        "materials": [{"pbrMetallicRoughness": look, "doubleSided": not mesh.one_sided}],
        "textures": [{"source": 0, "sampler": 0}],
        "images": [{"bufferView": view, "mimeType": "image/png"}],
        "samplers": [sampler],
    }


def _forecast(mesh: Mesh, _: None) -> int:
    width = 12 * (1 + (mesh.normals is not None) + (mesh.colors is not None)) + 8 * (mesh.uv is not None)
    return forecast(mesh, width + 12 * LIGHT_TERMS * (mesh.light is not None), 12)


FORMAT = Format(
    name="gltf-mesh",
    title="Mesh, binary glTF",
    suffixes=(".glb",),
    kind="mesh",
    read=read,
    write=write,
    forecast=_forecast,
    loses="Texture coordinates are counted from the other edge, which rounds them to 1e-7; colours pass linear light.",
    fixed_up=True,
    holds=holds,
)
