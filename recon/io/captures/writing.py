"""Captures written for other programs: COLMAP folders, binary or text, and nerfstudio's transforms.json.

Cameras are those that the photographs are used with: without distortion, at their working size. The photographs are
written to match.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.io.files import atomic_write
from recon.scene import Camera, Capture, Points, View
from recon.scene.transforms import quaternion_of

PINHOLE = 1
JPEG_QUALITY = 97
OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])
Progress = Callable[[int, int], None]


def write_colmap(capture: Capture, folder: Path, text: bool = False, progress: Progress | None = None) -> None:
    """Write a capture as a COLMAP project: `images/` and `sparse/0/`, and `masks/` where there are any.

    Parameters
    ----------
    capture : Capture
    folder : Path
        Made where it is not there.
    text : bool
        Whether the model is text.
    progress : callable, optional
        (done, total) photographs.

    Raises
    ------
    DiskFull, InputError
    """
    names = _write_photographs(capture, folder, progress)
    cameras = _distinct([view.camera for view in capture.views])
    write = _text_model if text else _binary_model
    for name, content in write(capture, names, cameras).items():
        _write(folder / "sparse" / "0" / name, content)


def write_transforms(capture: Capture, path: Path, progress: Progress | None = None) -> None:
    """Write a capture as transforms.json, with `images/` and a point cloud beside it.

    Parameters
    ----------
    capture : Capture
    path : Path
        Of the JSON file.
    progress : callable, optional
        (done, total) photographs.

    Raises
    ------
    DiskFull, InputError
    """
    names = _write_photographs(capture, path.parent, progress)
    document: dict[str, Any] = {"camera_model": "PINHOLE"}
    if capture.points is not None:
        document["ply_file_path"] = "points.ply"
        _write(path.parent / "points.ply", _point_cloud(capture.points))
    document["frames"] = [_frame(view, name) for view, name in zip(capture.views, names, strict=True)]
    document["train_filenames"] = [
        f"images/{n}" for v, n in zip(capture.views, names, strict=True) if v.split == "train"
    ]
    document["test_filenames"] = [f"images/{n}" for v, n in zip(capture.views, names, strict=True) if v.split == "test"]
    _write(path, json.dumps(document, indent=1).encode())


def _write(path: Path, content: bytes) -> None:
    with atomic_write(path) as file:
        file.write(content)


def _write_photographs(capture: Capture, folder: Path, progress: Progress | None) -> list[str]:
    """Write every photograph and mask; the names they have under `images/`."""
    names: list[str] = []
    # Other programs keep names below their folder of photographs; two must not meet where it is left away.
    plain = len({_below_images(view.name) for view in capture.views}) == len(capture.views)
    for done, view in enumerate(capture.views, 1):
        name = _below_images(view.name) if plain else view.name
        name = name if view.alpha is None else str(PurePosixPath(name).with_suffix(".png"))
        size = view.camera.width, view.camera.height
        pixels = view.image.read(*size)
        if view.alpha is not None:
            pixels = np.dstack([pixels, view.alpha.read(*size)])
        _write(folder / "images" / name, _picture(pixels, name))
        if view.mask is not None:
            _write(folder / "masks" / f"{name}.png", _picture(view.mask.read(*size), ".png"))
        names.append(name)
        if progress:
            progress(done, len(capture.views))
    return names


def _below_images(name: str) -> str:
    return name.removeprefix("images/")


def _picture(pixels: NDArray[np.uint8], name: str) -> bytes:
    from PIL import Image

    packed = BytesIO()
    is_jpeg = name.lower().endswith((".jpg", ".jpeg"))
    more: dict[str, Any] = {"quality": JPEG_QUALITY, "subsampling": 0} if is_jpeg else {}
    Image.fromarray(pixels).save(packed, "JPEG" if is_jpeg else "PNG", **more)
    return packed.getvalue()


def _distinct(cameras: list[Camera]) -> dict[tuple[float, ...], int]:
    """Numbers, from 1, of cameras that differ in size or focal length."""
    kinds: dict[tuple[float, ...], int] = {}
    for camera in cameras:
        kinds.setdefault(_intrinsics(camera), len(kinds) + 1)
    return kinds


def _intrinsics(camera: Camera) -> tuple[float, ...]:
    return camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy


def _camera_from_world(view: View) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quaternion w, x, y, z and translation."""
    rotation, center = view.camera.world_from_camera[:3, :3], view.camera.world_from_camera[:3, 3]
    return quaternion_of(rotation.T), -rotation.T @ center


def _binary_model(capture: Capture, names: list[str], cameras: dict[tuple[float, ...], int]) -> dict[str, bytes]:
    camera_rows = [
        struct.pack("<IiQQ4d", number, PINHOLE, *map(int, kind[:2]), *kind[2:]) for kind, number in cameras.items()
    ]
    image_rows = []
    for number, (view, name) in enumerate(zip(capture.views, names, strict=True), 1):
        quaternion, translation = _camera_from_world(view)
        row = struct.pack("<I4d3dI", number, *quaternion, *translation, cameras[_intrinsics(view.camera)])
        image_rows.append(row + name.encode() + b"\0" + struct.pack("<Q", 0))
    points = [
        struct.pack("<Q3d3BdQ", number, *position, *color, 0.0, 0)
        for number, (position, color) in enumerate(_points(capture.points), 1)
    ]
    parts = {"cameras.bin": camera_rows, "images.bin": image_rows, "points3D.bin": points}
    return {name: struct.pack("<Q", len(rows)) + b"".join(rows) for name, rows in parts.items()}


def _text_model(capture: Capture, names: list[str], cameras: dict[tuple[float, ...], int]) -> dict[str, bytes]:
    camera_rows = [f"{number} PINHOLE {' '.join(map(repr, kind))}" for kind, number in cameras.items()]
    image_rows = []
    for number, (view, name) in enumerate(zip(capture.views, names, strict=True), 1):
        values = np.concatenate(_camera_from_world(view)).tolist()
        image_rows.append(f"{number} {' '.join(map(repr, values))} {cameras[_intrinsics(view.camera)]} {name}\n")
    points = [
        f"{number} {' '.join(map(repr, position))} {' '.join(map(str, color))} 0"
        for number, (position, color) in enumerate(_points(capture.points), 1)
    ]
    parts = {"cameras.txt": camera_rows, "images.txt": image_rows, "points3D.txt": points}
    return {name: "".join(f"{row}\n" for row in rows).encode() for name, rows in parts.items()}


def _points(points: Points | None) -> list[tuple[list[float], list[int]]]:
    if points is None:
        return []
    colors = np.rint(points.colors * 255).astype(np.uint8)
    return list(zip(points.positions.astype(np.float64).tolist(), colors.tolist(), strict=True))


def _point_cloud(points: Points) -> bytes:
    rows = np.empty(len(points), [("position", "<f4", 3), ("color", "u1", 3)])
    rows["position"], rows["color"] = points.positions, np.rint(points.colors * 255)
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(points)}"]
    lines += [*(f"property float {axis}" for axis in "xyz")]
    lines += [*(f"property uchar {name}" for name in ("red", "green", "blue")), "end_header", ""]
    return "\n".join(lines).encode() + rows.tobytes()


def _frame(view: View, name: str) -> dict[str, Any]:
    camera = view.camera
    mask = {} if view.mask is None else {"mask_path": f"masks/{name}.png"}
    return {
        "file_path": f"images/{name}",
        "w": camera.width,
        "h": camera.height,
        "fl_x": camera.fx,
        "fl_y": camera.fy,
        "cx": camera.cx,
        "cy": camera.cy,
        **mask,
        "transform_matrix": (camera.world_from_camera @ OPENGL).tolist(),
    }
