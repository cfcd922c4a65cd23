"""Blocks as one JSON document that keeps every parameter, with textures as PNG inside.

`blocks.schema.json`, beside this file, is its JSON Schema.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.blocks.values import blocks_of, shapes_of
from recon.io.files import atomic_write
from recon.io.format import Format
from recon.io.gltf import DAMAGE
from recon.io.meshes.values import pixels_of, png_of
from recon.scene import Blocks, Ground, Merges
from recon.scene.block_surfaces import atlas, tiles_of

SCHEMA = "triptych-blocks/1"
SNIFFED = 4096  # bytes in which a document says what it is
PICTURE = "data:image/png;base64,"


def holds(path: Path) -> bool:
    """Whether a JSON file says that it is one of blocks."""
    try:
        with path.open("rb") as file:
            return SCHEMA.partition("/")[0].encode() in file.read(SNIFFED)
    except OSError:
        return False


def read(path: Path) -> Blocks:
    """Read a document of blocks; see `recon.io.read_blocks`."""
    try:
        values = json.loads(path.read_bytes())
        schema = values["schema"]
    except DAMAGE as error:
        raise UnreadableFile(f"{path} is not a document of blocks, or damaged: {error}.") from error
    if schema != SCHEMA:
        raise UnreadableFile(f"{path} is of the schema {schema!r}; {SCHEMA!r} was wanted.")
    try:
        ground, sky, merges = (values.get(name) for name in ("ground", "sky", "merges"))
        return _blocks(
            path,
            values["blocks"],
            ground=None if ground is None else _ground(ground),
            sky=None if sky is None else tiles_of(_pixels(sky)),
            merges=None if merges is None else _merges(path, merges),
        )
    except DAMAGE as error:
        raise UnreadableFile(f"{path} is damaged: {error}.") from error


def _blocks(path: Path, shapes: Any, **rest: Any) -> Blocks:
    return blocks_of(path, shapes, [tiles_of(_pixels(shape["texture"])) for shape in shapes], **rest)


def _ground(values: Any) -> Ground:
    center, axes = (np.array(values[name], np.float64).astype(np.float32) for name in ("center", "axes"))
    return Ground(center, axes, _pixels(values["texture"]), float(values.get("grading", 0)))


def _merges(path: Path, values: Any) -> Merges:
    pairs = np.array(values["pairs"], np.int32).reshape(-1, 2)
    return Merges(pairs, np.array(values["costs"], np.float64).astype(np.float32), _blocks(path, values["blocks"]))


def _pixels(text: str) -> NDArray[np.uint8]:
    content = pixels_of(base64.b64decode(text.removeprefix(PICTURE), validate=True))
    if content is None:
        raise ValueError("a texture is not a PNG picture")
    return np.ascontiguousarray(content[..., :3])


def write(path: Path, blocks: Blocks, _: None = None) -> None:
    """Write a document of blocks; see `recon.io.write_geometry`."""
    text = json.dumps(document_of(blocks), indent=1)
    with atomic_write(path) as file:
        file.write(text.encode() + b"\n")


def document_of(blocks: Blocks) -> dict[str, Any]:
    """The document as JSON values."""
    document: dict[str, Any] = {"schema": SCHEMA, "blocks": _written(blocks)}
    if blocks.ground is not None:
        ground = blocks.ground
        about = {"center": ground.center.tolist(), "axes": ground.axes.tolist(), "grading": ground.grading}
        document["ground"] = about | {"texture": _picture(ground.texture)}
    if blocks.sky is not None:
        document["sky"] = _picture(atlas(blocks.sky))
    if blocks.merges is not None:
        merges = blocks.merges
        steps = {"pairs": merges.pairs.tolist(), "costs": merges.costs.tolist(), "blocks": _written(merges.blocks)}
        document["merges"] = steps
    return document


def _written(blocks: Blocks) -> list[dict[str, Any]]:
    pairs = zip(shapes_of(blocks), blocks.textures, strict=True)
    return [{**shape, "texture": _picture(atlas(tiles))} for shape, tiles in pairs]


def _picture(texture: NDArray[np.uint8]) -> str:
    return PICTURE + base64.b64encode(png_of(texture)).decode()


def _forecast(blocks: Blocks, _: None) -> int:
    """Parameters take half a kilobyte; noise in a texture does not shrink, and base64 adds a third."""
    merges = len(blocks.merges.blocks) if blocks.merges else 0
    pictures = 0 if blocks.sky is None else blocks.sky.nbytes
    pictures += 0 if blocks.ground is None else blocks.ground.texture.nbytes
    pictures += blocks.textures[:1].nbytes * (len(blocks) + merges)
    return 600 * (len(blocks) + merges) + pictures * 4 // 3


FORMAT = Format(
    name="blocks-json",
    title="Blocks, every parameter",
    suffixes=(".blocks.json", "blocks.json"),
    kind="blocks",
    read=read,
    write=write,
    forecast=_forecast,
    holds=holds,
)
