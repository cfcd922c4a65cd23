"""What every mesh format needs: checked meshes, what trimesh reads, and pictures of textures."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.meshes.joining import LARGEST_TEXTURE, joined
from recon.scene import Mesh

Bytes = NDArray[np.uint8]
# What trimesh calls an object that has no name in its file.
UNNAMED = "geometry_0"


def mesh_of(path: Path, **parts: Any) -> Mesh:
    """A mesh from what a file holds.

    Raises
    ------
    UnreadableFile
        If it is none: a value that is not finite, a face without its vertex, nothing at all.
    """
    try:
        mesh = Mesh(**parts)
    except (ValueError, TypeError) as error:
        raise UnreadableFile(f"{path} is damaged: {error}.") from error
    if not len(mesh):
        raise UnreadableFile(f"{path} holds no faces; a mesh was wanted.")
    return mesh


def read_with_trimesh(path: Path, kind: str) -> Mesh:
    """Read a mesh by trimesh; several objects become one, their textures one.

    Raises
    ------
    UnreadableFile
        If it cannot be understood.
    """
    import trimesh

    if path.stat().st_size == 0:
        raise UnreadableFile(f"{path} is empty.")
    try:
        # Opened here, since the library trips over names that are no UTF-8.
        with _quiet(), path.open("rb") as file:
            resolver = trimesh.resolvers.FilePathResolver(str(path))
            scene = trimesh.load_scene(file, file_type=kind, process=False, resolver=resolver)
            names = list(scene.geometry)
            parts = _parts(scene)
    except (UnreadableFile, PermissionError):
        raise
    except Exception as error:
        raise UnreadableFile(f"{path} is not a {kind.upper()} mesh, or damaged: {error or repr(error)}.") from error
    name = names[0] if len(names) == 1 and names[0] != UNNAMED else path.stem
    return mesh_of(path, **parts, name=str(name))


@contextmanager
def _quiet() -> Iterator[None]:
    """Trimesh tells of missing textures and the like by warnings, and by tracebacks in its logs."""
    log = logging.getLogger("trimesh")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def _parts(scene: Any) -> dict[str, Any]:
    placed = [scene.graph[node] for node in scene.graph.nodes_geometry]
    parts = [_arrays(scene.geometry[name], np.asarray(matrix, np.float64)) for matrix, name in placed]
    if len(parts) == 1:
        return parts[0]
    # Trimesh mixes up textures of one size, and would lose the normals.
    return joined(parts) if any("texture" in part for part in parts) else _arrays(scene.to_mesh(), np.eye(4))


def _arrays(loaded: Any, matrix: NDArray[np.float64]) -> dict[str, Any]:
    vertices, faces = np.asarray(loaded.vertices, np.float64), np.asarray(loaded.faces, np.int32)
    parts: dict[str, Any] = {}
    if "vertex_normals" in loaded._cache:  # trimesh would make up others
        parts["normals"] = np.asarray(loaded.vertex_normals, np.float32)
    if not np.array_equal(matrix, np.eye(4)):
        vertices = vertices @ matrix[:3, :3].T + matrix[:3, 3]
        faces = faces[:, ::-1] if np.linalg.det(matrix[:3, :3]) < 0 else faces
        if "normals" in parts:
            turned = parts["normals"] @ np.linalg.inv(matrix[:3, :3])
            parts["normals"] = (turned / np.linalg.norm(turned, axis=1, keepdims=True)).astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        parts |= {"vertices": vertices.astype(np.float32), "faces": np.ascontiguousarray(faces)}
    return parts | _look(loaded.visual, len(vertices))


def _look(visual: Any, count: int) -> dict[str, Any]:
    if visual.kind in ("vertex", "face"):
        return {"colors": np.asarray(visual.vertex_colors[:, :3], np.float32) / 255}
    uv = getattr(visual, "uv", None)
    if uv is None or np.shape(uv) != (count, 2):
        return {}
    image = getattr(visual.material, "image", None) or getattr(visual.material, "baseColorTexture", None)
    look: dict[str, Any] = {"uv": np.asarray(uv, np.float32)}
    return look if image is None else look | {"texture": pixels(image)}


def pixels(image: Any) -> Bytes:
    """(H, W, 3) or (H, W, 4) of a picture that Pillow opened."""
    if image.width * image.height > LARGEST_TEXTURE:
        raise ValueError(f"a texture of {image.width}x{image.height} is too large")
    mode = "RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB"
    return np.asarray(image.convert(mode))


def pixels_of(content: bytes) -> Bytes | None:
    """The same of a picture file's bytes; None if they are none."""
    from PIL import Image

    try:
        with _quiet(), Image.open(BytesIO(content)) as image:
            return pixels(image)
    except Exception:  # noqa: BLE001 - damaged pictures make its decoders raise what they like
        return None


def png_of(texture: Bytes) -> bytes:
    """A texture as a PNG file."""
    from PIL import Image

    packed = BytesIO()
    Image.fromarray(texture).save(packed, "PNG", compress_level=4)
    return packed.getvalue()


def forecast(mesh: Mesh, vertex: int, face: int) -> int:
    """Bytes of a file with so many a vertex and a face, and a PNG of half the texture's size."""
    texture = 0 if mesh.texture is None else mesh.texture.nbytes // 2
    return 1024 + vertex * len(mesh.vertices) + face * len(mesh) + texture


def beside(path: Path, suffix: str) -> Path:
    """A file that goes with another; without blanks in its name, which readers of OBJ stumble over."""
    return path.with_name("_".join(path.stem.split()) + suffix)
