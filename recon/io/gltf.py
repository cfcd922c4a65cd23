"""The container of glTF 2.0: its JSON and the arrays behind it, in .glb and .gltf files.

Knows accessors, nodes and files; what they mean is told by `splats.gltf` and `meshes.gltf`. Refuses compressed and
sparse arrays, which need more than a look.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.files import atomic_write

Floats = NDArray[np.float32]

MAGIC = b"glTF"
JSON, BIN = 0x4E4F534A, 0x004E4942
TYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
CODES = {np.dtype(name): code for code, name in TYPES.items()}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
NAMES = {width: name for name, width in WIDTHS.items()}
ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963
DEEPEST = 64
# What damaged JSON and wrong references raise; readers turn them into one sentence.
DAMAGE = (
    *(ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError),
    *(struct.error, binascii.Error),
)


@dataclass(frozen=True)
class Document:
    """A glTF file that was read: its JSON, and the binary part of a .glb."""

    path: Path
    json: dict[str, Any]
    binary: memoryview

    def array(self, accessor: int) -> NDArray[Any]:
        """(count, width) values; normalized integers become floats in [-1, 1] or [0, 1]."""
        about = self.json["accessors"][_index(accessor)]
        if "sparse" in about:
            raise ValueError("sparse accessors are not supported")
        kind, width, count = np.dtype(TYPES[about["componentType"]]), WIDTHS[about["type"]], int(about["count"])
        view = self.json["bufferViews"][_index(about["bufferView"])]
        if view.get("extensions"):
            raise ValueError("compressed buffers are not supported")
        data = self._buffer(_index(view["buffer"]))
        stride = int(view.get("byteStride") or kind.itemsize * width)
        start = int(view.get("byteOffset", 0)) + int(about.get("byteOffset", 0))
        end = start + max(count - 1, 0) * stride + kind.itemsize * width
        if count < 0 or start < 0 or stride < kind.itemsize * width or (count and end > len(data)):
            raise ValueError(f"{count} values at {start} do not lie in a buffer of {len(data)} bytes")
        values: NDArray[Any] = np.ndarray((count, width), kind, data, start, (stride, kind.itemsize))
        if about.get("normalized") and kind.kind in "iu":
            return np.maximum(values / np.float32(np.iinfo(kind).max), -1).astype(np.float32)
        return values

    def _buffer(self, index: int) -> memoryview:
        uri = self.json["buffers"][index].get("uri")
        if uri is None:
            return self.binary
        if uri.startswith("data:"):
            return memoryview(base64.b64decode(uri.partition(",")[2], validate=True))
        if Path(uri).name != uri:
            raise ValueError(f"its buffer {uri!r} does not lie beside it")
        return memoryview((self.path.parent / uri).read_bytes())

    def primitives(self) -> Iterator[tuple[dict[str, Any], NDArray[np.float64]]]:
        """Every primitive of the scene, with world_from_primitive (4, 4)."""
        nodes = self.json.get("nodes", [])
        scenes = self.json.get("scenes")
        roots = scenes[int(self.json.get("scene", 0))].get("nodes", []) if scenes else range(len(nodes))
        waiting = [(index, np.eye(4), 0) for index in roots]
        while waiting:
            index, parent, depth = waiting.pop()
            node = nodes[_index(index)]
            matrix = parent @ _local(node)
            if depth > DEEPEST or len(waiting) > 100_000:
                raise ValueError("its nodes are nested without end")
            waiting += [(child, matrix, depth + 1) for child in node.get("children", [])]
            if "mesh" in node:
                for primitive in self.json["meshes"][_index(node["mesh"])]["primitives"]:
                    yield primitive, matrix


def _index(value: Any) -> int:
    if not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no index")
    return value


def _local(node: dict[str, Any]) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = np.array(node.get("rotation", (0, 0, 0, 1)), np.float64)
    rotation = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    matrix = np.eye(4)
    matrix[:3, :3] = np.array(rotation) * np.array(node.get("scale", (1, 1, 1)), np.float64)
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def read_document(path: Path) -> Document:
    """Read a .glb or .gltf file's JSON.

    Raises
    ------
    UnreadableFile
        If it is not one, or damaged.
    """
    data = path.read_bytes()
    try:
        return _parsed(path, data)
    except DAMAGE as error:
        raise UnreadableFile(f"{path} is not a glTF file, or damaged: {error}.") from error


def _parsed(path: Path, data: bytes) -> Document:
    if not data.startswith(MAGIC):
        return Document(path, _object(json.loads(data)), memoryview(b""))
    version, _ = struct.unpack_from("<II", data, 4)
    size, kind = struct.unpack_from("<II", data, 12)
    if version != 2 or kind != JSON or 20 + size > len(data):
        raise ValueError(f"version 2 with a JSON part was wanted, version {version} was found")
    binary = memoryview(b"")
    at = 20 + size
    while at + 8 <= len(data):
        length, kind = struct.unpack_from("<II", data, at)
        at += 8 + length
        if at > len(data):
            raise ValueError(f"{at - len(data)} bytes are missing at its end")
        if kind == BIN and not binary:
            binary = memoryview(data)[at - length : at]
    return Document(path, _object(json.loads(data[20 : 20 + size])), binary)


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or "asset" not in value:
        raise ValueError("its JSON has no asset")
    return value


@dataclass
class Builder:
    """A glTF file that is to be written: its JSON grows with the arrays that are added."""

    accessors: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    chunks: list[NDArray[Any] | bytes] = field(default_factory=list)
    size: int = 0

    def add(self, values: NDArray[Any], *, bounds: bool = False, normalized: bool = False, index: bool = False) -> int:
        """Add (count,) or (count, width) values; the accessor's index."""
        rows = values.reshape(len(values), -1)
        view = self.add_bytes(values, ELEMENT_ARRAY_BUFFER if index else ARRAY_BUFFER)
        about: dict[str, Any] = {"bufferView": view, "componentType": CODES[values.dtype], "count": len(values)}
        about["type"] = NAMES[rows.shape[1]]
        if normalized:
            about["normalized"] = True
        if bounds:
            about |= {"min": rows.min(axis=0).tolist(), "max": rows.max(axis=0).tolist()}
        self.accessors.append(about)
        return len(self.accessors) - 1

    def add_bytes(self, content: NDArray[Any] | bytes, target: int | None = None) -> int:
        """Add bytes as they are, such as those of a picture; the buffer view's index."""
        length = len(content) if isinstance(content, bytes) else content.nbytes
        view: dict[str, Any] = {"buffer": 0, "byteOffset": self.size, "byteLength": length}
        self.views.append(view | ({"target": target} if target else {}))
        padding = -length % 4
        self.chunks += [content, bytes(padding)]
        self.size += length + padding
        return len(self.views) - 1

    def write(self, path: Path, about: dict[str, Any]) -> None:
        """Write a .glb of the arrays added and the rest of the JSON."""
        document = {"asset": {"version": "2.0", "generator": "Triptych"}, **about}
        if self.chunks:
            document |= {"accessors": self.accessors, "bufferViews": self.views, "buffers": [{"byteLength": self.size}]}
        text = json.dumps(document, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        with atomic_write(path) as file:
            binary = 8 + self.size if self.chunks else 0
            file.write(MAGIC + struct.pack("<II", 2, 12 + 8 + len(text) + binary))
            file.write(struct.pack("<II", len(text), JSON) + text)
            if self.chunks:
                file.write(struct.pack("<II", self.size, BIN))
            file.writelines(_bytes(self.chunks))


def _bytes(chunks: Iterable[NDArray[Any] | bytes]) -> Iterator[Any]:
    for chunk in chunks:
        yield chunk if isinstance(chunk, bytes) else np.ascontiguousarray(chunk).data


def linear_of(display: NDArray[np.floating]) -> NDArray[np.float64]:
    """Linear light of sRGB display values in [0, 1] (IEC 61966-2-1)."""
    values = np.clip(np.asarray(display, np.float64), 0, 1)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def display_of(linear: NDArray[np.floating]) -> NDArray[np.float64]:
    """SRGB display values of linear light in [0, 1] (IEC 61966-2-1)."""
    values = np.clip(np.asarray(linear, np.float64), 0, 1)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
