"""The ways in which meshes and blocks are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

MeshStyle = Literal[
    "shaded", "colors", "clay", "parts", "wireframe", "normals", "curvature", "distance", "signed", "holes"
]
ALL_STYLES: tuple[MeshStyle, ...] = get_args(MeshStyle)
STYLE_TITLES: Mapping[MeshStyle, str] = {
    "shaded": "Shaded",
    "colors": "Unlit",
    "clay": "Clay",
    "parts": "Parts",
    "wireframe": "Wires",
    "normals": "Normals",
    "curvature": "Curvature",
    "distance": "Distance",
    "signed": "Signed distance",
    "holes": "Holes",
}
STYLE_HINTS: Mapping[MeshStyle, str] = {
    "shaded": "In its own colours, lit.",
    "colors": "In its own colours, as they are.",
    "clay": "Lit, without its colours.",
    "parts": "Each block in a colour of its own.",
    "wireframe": "Edges alone.",
    "normals": "Which way it faces: red to the right, green up, blue towards you.",
    "curvature": "How it bends: red where it bulges, blue where it is hollow.",
    "distance": "How far it is from another mesh.",
    "signed": "How far it stands out of another mesh, or lies within.",
    "holes": "The borders of what is missing.",
}
MESH_STYLES = tuple(style for style in ALL_STYLES if style != "parts")
BLOCK_STYLES: tuple[MeshStyle, ...] = ("shaded", "colors", "parts", "wireframe")
MEASURED: tuple[MeshStyle, ...] = ("curvature", "distance", "signed", "holes")  # worked out beside the window
TO_REFERENCE: tuple[MeshStyle, ...] = ("distance", "signed")


def styles_of(kind: str) -> tuple[MeshStyle, ...]:
    """The ways in which results of a kind can be drawn; none for those that the engine draws."""
    return {"mesh": MESH_STYLES, "blocks": BLOCK_STYLES}.get(kind, ())


def style_for(kind: str, wanted: MeshStyle) -> MeshStyle:
    """The wanted way where results of that kind can be drawn so, else shaded."""
    return wanted if wanted in styles_of(kind) else "shaded"
