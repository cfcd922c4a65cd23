"""Blocks as binary glTF: a node for each block, with its own mesh and texture, and its parameters as extras.

glTF has y up: a root node turns what is written, so that the nodes below it stand in the capture's own frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.blocks.values import blocks_of, shapes_of
from recon.io.format import Format
from recon.io.gltf import DAMAGE, Builder, Document, read_document
from recon.io.meshes.gltf import CLAMP, LINEAR, TRIANGLES
from recon.io.meshes.values import pixels_of, png_of
from recon.scene import Blocks, Ground, Mesh
from recon.scene.block_surfaces import DETAIL, atlas, atlas_uv, faces, local_vertices, smooth_normals, tiles_of

HALF_TURN_ABOUT_X = [1.0, 0.0, 0.0, 0.0]  # x, y, z, w: our -y becomes glTF's y
GROUND_DETAIL = 48  # squares along each edge of a graded ground
BLOCK, GROUND = "triptych_block", "triptych_ground"


def holds(path: Path) -> bool:
    """Whether a glTF file has blocks in it."""
    try:
        return bool(_nodes(read_document(path), BLOCK))
    except (UnreadableFile, OSError, *DAMAGE):
        return False


def _nodes(document: Document, name: str) -> list[dict[str, Any]]:
    return [node for node in document.json.get("nodes", []) if name in node.get("extras", {})]


def read(path: Path) -> Blocks:
    """Read a .glb of blocks that Triptych wrote; see `recon.io.read_blocks`.

    A block stands where its parameters say; what another program has moved since is not seen.
    """
    document = read_document(path)
    try:
        nodes = _nodes(document, BLOCK)
        if not nodes and not document.json.get("extras", {}).get("triptych_blocks"):
            raise UnreadableFile(f"{path} is a glTF file without blocks that Triptych wrote.")
        tiles = [tiles_of(_texture(document, node)) for node in nodes]
        grounds = [_ground(document, node) for node in _nodes(document, GROUND)[:1]]
    except DAMAGE as error:
        raise UnreadableFile(f"{path} is damaged: its blocks cannot be understood ({error}).") from error
    shapes = [node["extras"][BLOCK] for node in nodes]
    return blocks_of(path, shapes, tiles, ground=grounds[0] if grounds else None)


def _texture(document: Document, node: dict[str, Any]) -> NDArray[np.uint8]:
    primitive = document.json["meshes"][node["mesh"]]["primitives"][0]
    material = document.json["materials"][primitive["material"]]
    texture = document.json["textures"][material["pbrMetallicRoughness"]["baseColorTexture"]["index"]]
    image = document.json["images"][texture["source"]]
    view = document.json["bufferViews"][image["bufferView"]]
    start = int(view.get("byteOffset", 0))
    picture = pixels_of(bytes(document.binary[start : start + int(view["byteLength"])]))
    if picture is None:
        raise ValueError("a texture is not a picture")
    return np.ascontiguousarray(picture[..., :3])


def _ground(document: Document, node: dict[str, Any]) -> Ground:
    about = node["extras"][GROUND]
    center, axes = (np.array(about[name], np.float64).astype(np.float32) for name in ("center", "axes"))
    return Ground(center, axes, _texture(document, node), float(about.get("grading", 0)))


def write(path: Path, blocks: Blocks, _: None = None) -> None:
    """Write a .glb of blocks; see `recon.io.write_geometry`."""
    builder, parts = Builder(), _Parts()
    count = len(blocks)
    points = local_vertices(blocks, DETAIL)
    normals = smooth_normals(points, DETAIL)
    triangles = builder.add(faces(DETAIL).astype("<u4").ravel(), index=True) if count else -1
    for index, shape in enumerate(shapes_of(blocks)):
        texture = blocks.textures[index]
        uv = _downwards(atlas_uv(DETAIL, texture.shape[1]))
        mesh = _attributes(builder, points[index], normals[index], uv)
        parts.add(builder, mesh, triangles, atlas(texture), shape["name"], shape["opacity"])
        w, *xyz = shape["quaternion"]
        parts.nodes[-1] |= {"translation": shape["center"], "rotation": [*xyz, w], "extras": {BLOCK: shape}}
    if blocks.ground is not None:
        _add_ground(builder, parts, blocks.ground)
    root = {"name": "blocks", "rotation": HALF_TURN_ABOUT_X, "children": list(range(1, len(parts.nodes) + 1))}
    if not parts.nodes:
        del root["children"]
    about = {"scene": 0, "scenes": [{"nodes": [0]}], "nodes": [root, *parts.nodes], "extras": {"triptych_blocks": 1}}
    builder.write(path, about | parts.rest())


class _Parts:
    """Nodes, and what they refer to, as they are added one by one."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []
        self.meshes: list[dict[str, Any]] = []
        self.materials: list[dict[str, Any]] = []
        self.images: list[dict[str, Any]] = []

    def add(
        self,
        builder: Builder,
        attributes: dict[str, int],
        triangles: int,
        picture: NDArray[np.uint8],
        name: str,
        opacity: float = 1.0,
    ) -> None:
        """Add a node with a mesh of its own and a texture."""
        index = len(self.nodes)
        primitive = {"attributes": attributes, "indices": triangles, "mode": TRIANGLES, "material": index}
        look: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": 1.0, "baseColorTexture": {"index": index}}
        material: dict[str, Any] = {"pbrMetallicRoughness": look, "name": name}
        if opacity < 1:
            look["baseColorFactor"] = [1.0, 1.0, 1.0, opacity]
            material["alphaMode"] = "BLEND"
        self.nodes.append({"mesh": index, "name": name})
        self.meshes.append({"primitives": [primitive], "name": name})
        self.materials.append(material)
        self.images.append({"bufferView": builder.add_bytes(png_of(picture)), "mimeType": "image/png"})

    def rest(self) -> dict[str, Any]:
        """Everything but the nodes; nothing where there are none, for glTF knows no empty lists."""
        if not self.nodes:
            return {}
        return {
            "meshes": self.meshes,
            "materials": self.materials,
            "images": self.images,
            "textures": [{"source": index, "sampler": 0} for index in range(len(self.images))],
            "samplers": [{"magFilter": LINEAR, "minFilter": LINEAR, "wrapS": CLAMP, "wrapT": CLAMP}],
        }


def _attributes(
    builder: Builder, points: NDArray[np.float64], normals: NDArray[np.float64], uv: NDArray[np.float64]
) -> dict[str, int]:
    return {
        "POSITION": builder.add(points.astype("<f4"), bounds=True),
        "NORMAL": builder.add(normals.astype("<f4")),
        "TEXCOORD_0": builder.add(uv.astype("<f4")),
    }


def _downwards(uv: NDArray[np.float64]) -> NDArray[np.float64]:
    """GlTF counts v downwards from the upper edge."""
    return np.stack([uv[:, 0], 1 - uv[:, 1]], axis=1)


def _add_ground(builder: Builder, parts: _Parts, ground: Ground) -> None:
    mesh = ground_mesh(ground)
    assert mesh.uv is not None  # noqa: S101 - for the type checker: `ground_mesh` gives it
    normals = np.broadcast_to(ground.up, mesh.vertices.shape)
    attributes = _attributes(builder, mesh.vertices.astype(np.float64), normals, _downwards(mesh.uv.astype(np.float64)))
    triangles = builder.add(mesh.faces.astype("<u4").ravel(), index=True)
    parts.add(builder, attributes, triangles, ground.texture, "ground")
    parts.nodes[-1]["extras"] = {GROUND: _about(ground)}


def _about(ground: Ground) -> dict[str, Any]:
    return {"center": ground.center.tolist(), "axes": ground.axes.tolist(), "grading": ground.grading}


def ground_mesh(ground: Ground) -> Mesh:
    """Triangles with the ground's texture: two, or a grid where its texels are graded."""
    side = 1 if ground.grading == 0 else GROUND_DETAIL
    points = ground.grid(side, side).reshape(-1, 3)
    place = np.linspace(0, 1, side + 1)
    row, column = np.meshgrid(place, place, indexing="ij")
    uv = np.stack([column, 1 - row], axis=-1).reshape(-1, 2)
    corner = (np.arange(side)[:, None] * (side + 1) + np.arange(side)).ravel()
    square = [corner, corner + side + 1, corner + side + 2, corner, corner + side + 2, corner + 1]
    triangles = np.stack(square, axis=1).reshape(-1, 3).astype(np.int32)
    texture = ground.texture
    return Mesh(points.astype(np.float32), triangles, uv=uv.astype(np.float32), texture=texture, name="ground")


def _forecast(blocks: Blocks, _: None) -> int:
    corners = 6 * (DETAIL + 1) ** 2
    pictures = blocks.textures.nbytes + (0 if blocks.ground is None else blocks.ground.texture.nbytes)
    return 2048 + 144 * DETAIL**2 + len(blocks) * (32 * corners + 1200) + pictures


FORMAT = Format(
    name="blocks-gltf",
    title="Blocks, binary glTF with a node each",
    suffixes=(".glb",),
    kind="blocks",
    read=read,
    write=write,
    forecast=_forecast,
    loses="The sky and the merges are left out.",
    fixed_up=True,
    holds=holds,
)
