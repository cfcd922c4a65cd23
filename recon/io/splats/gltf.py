"""Gaussian splats in glTF files by the extension KHR_gaussian_splatting.

A primitive of points whose attributes are linear scales, opacities in [0, 1], quaternions x, y, z, w and harmonics by
degree. glTF has y up; what is written is turned so. The colour of each point is added for viewers that do not know the
extension.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from recon.errors import UnreadableFile
from recon.io.format import Format
from recon.io.gltf import DAMAGE, Builder, Document, linear_of, read_document
from recon.io.splats.placing import placed, together
from recon.io.splats.values import Floats, color_of, degree_of, empty_splats, splats_of, to_bytes
from recon.scene import Splats
from recon.scene.transforms import transformed, turn

EXTENSION = "KHR_gaussian_splatting"
DISPLAY = "srgb_rec709_display"
LINEAR = "lin_rec709_display"


def holds(path: Path) -> bool:
    """Whether a glTF file has splats in it."""
    try:
        return any(_is_splats(primitive) for primitive, _ in read_document(path).primitives())
    except (UnreadableFile, OSError, *DAMAGE):
        return False


def _is_splats(primitive: dict[str, Any]) -> bool:
    return EXTENSION in primitive.get("extensions", {})


def read(path: Path) -> Splats:
    """Read a glTF file of splats; see `recon.io.read_splats`."""
    document = read_document(path)
    try:
        parts = [
            placed(path, _primitive(document, primitive), matrix)
            for primitive, matrix in document.primitives()
            if _is_splats(primitive)
        ]
    except DAMAGE as error:
        raise UnreadableFile(f"{path} is damaged: its splats cannot be understood ({error}).") from error
    if not parts and EXTENSION in document.json.get("extensionsUsed", []):
        return splats_of(path, empty_splats(0, 0))
    if not parts:
        raise UnreadableFile(f"{path} is a glTF file without splats: the extension {EXTENSION} was wanted.")
    return transformed(together(parts), turn("y", "-y"))


def _primitive(document: Document, primitive: dict[str, Any]) -> Splats:
    about = primitive["extensions"][EXTENSION]
    if about.get("colorSpace") == LINEAR:
        raise UnreadableFile(f"{document.path} holds colours in linear light; splats in display colours were wanted.")
    attributes = primitive["attributes"]
    # Drafts of the extension put the same names after an underscore or a slash.
    named = {name.removeprefix(EXTENSION).lstrip(":/_"): index for name, index in attributes.items()}
    columns = [name for name in named if name.startswith("SH_DEGREE_")]
    degree = degree_of(document.path, len(columns) - 1)
    means = document.array(attributes["POSITION"])
    arrays = empty_splats(len(means), degree)
    arrays["means"][:] = means
    arrays["quaternions"][:] = np.roll(document.array(named["ROTATION"]), 1, axis=1)
    arrays["scales"][:] = document.array(named["SCALE"])
    arrays["opacities"][:] = document.array(named["OPACITY"])[:, 0]
    for name, (band, order) in zip(_names(degree), _coefficients(degree), strict=True):
        arrays["sh"][:, band * band + order] = document.array(named[name])
    antialiased = bool(primitive.get("extras", {}).get("antialiased", False))
    return splats_of(document.path, arrays, antialiased)


def _coefficients(degree: int) -> list[tuple[int, int]]:
    return [(band, order) for band in range(degree + 1) for order in range(2 * band + 1)]


def _names(degree: int) -> list[str]:
    return [f"SH_DEGREE_{band}_COEF_{order}" for band, order in _coefficients(degree)]


def write(path: Path, splats: Splats, _: None = None) -> None:
    """Write a .glb file of splats; see `recon.io.write_splats`."""
    builder = Builder()
    scene: dict[str, Any] = {"scene": 0, "scenes": [{}], "extensionsUsed": [EXTENSION]}
    if len(splats):
        scene["scenes"] = [{"nodes": [0]}]
        scene["nodes"] = [{"mesh": 0, "name": "splats"}]
        scene["meshes"] = [{"primitives": [_built(builder, transformed(splats, turn("-y", "y")))]}]
    builder.write(path, scene)


def _built(builder: Builder, splats: Splats) -> dict[str, Any]:
    color = np.concatenate([linear_of(color_of(splats.sh[:, 0])), splats.opacities[:, None]], axis=1)
    attributes = {
        "POSITION": builder.add(splats.means, bounds=True),
        "COLOR_0": builder.add(to_bytes(color), normalized=True),
        f"{EXTENSION}:ROTATION": builder.add(np.roll(splats.quaternions, -1, axis=1)),
        f"{EXTENSION}:SCALE": builder.add(splats.scales),
        f"{EXTENSION}:OPACITY": builder.add(splats.opacities),
    }
    for i, name in enumerate(_names(splats.degree)):
        column: Floats = splats.sh[:, i]
        attributes[f"{EXTENSION}:{name}"] = builder.add(column)
    about = {"kernel": "ellipse", "colorSpace": DISPLAY, "sortingMethod": "cameraDistance", "projection": "perspective"}
    primitive: dict[str, Any] = {"mode": 0, "attributes": attributes, "extensions": {EXTENSION: about}}
    return primitive | ({"extras": {"antialiased": True}} if splats.antialiased else {})


def _forecast(splats: Splats, _: None) -> int:
    return 4096 + len(splats) * (4 * (3 + 4 + 3 + 1) + 4 + 12 * (splats.degree + 1) ** 2)


FORMAT = Format(
    name="gltf-splats",
    title="Splats in glTF, KHR_gaussian_splatting",
    suffixes=(".glb", ".gltf"),
    kind="splats",
    read=read,
    write=write,
    forecast=_forecast,
    fixed_up=True,
    holds=holds,
)
