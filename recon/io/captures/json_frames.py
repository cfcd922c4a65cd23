"""What transforms.json and the files of NeRF-synthetic share: frames with a pose and a lens, in JSON.

Poses are camera-to-world with OpenGL axes (x right, y up, z backward), turned to ours here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile, UnusableCapture
from recon.io.captures.lenses import distortion
from recon.io.images import read_header
from recon.scene import Camera, Distortion

Matrix = NDArray[np.float64]

OPENCV_FROM_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])
PERSPECTIVE = {"OPENCV", "FULL_OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "SIMPLE_RADIAL", "RADIAL", "PERSPECTIVE"}
FISHEYE = {"OPENCV_FISHEYE", "SIMPLE_RADIAL_FISHEYE", "RADIAL_FISHEYE"}
# How far from orthonormal a rotation may be and still be taken for a rounded one.
LOOSE = 1e-2
LARGEST = 1e30


@dataclass(frozen=True)
class Entry:
    """One frame: its own values, and the file's where it has none.

    Parameters
    ----------
    file : Path
        Where it stands, for messages.
    photo : str
        As the file names it.
    values : mapping
    """

    file: Path
    photo: str
    values: Mapping[str, Any]

    def number(self, key: str) -> float | None:
        """A number, or None where there is none.

        Raises
        ------
        UnreadableFile
            If there is something else.
        """
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < LARGEST:
            raise UnreadableFile(f"{self.file}: {key} of {self.photo} must be a number, got {str(value)[:60]!r}.")
        return float(value)

    def text(self, key: str) -> str | None:
        """A text, or None where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, str) and value else None

    def world_from_camera(self) -> Matrix | None:
        """(4, 4) float64 with our camera axes; None where the file's is not a rigid transform."""
        return rigid(as_matrix(self.values.get("transform_matrix")))


def load_json(path: Path) -> Mapping[str, Any]:
    """Read a JSON object.

    Raises
    ------
    UnreadableFile
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise UnreadableFile(f"{path} is not valid JSON ({error}).") from error
    if not isinstance(record, dict):
        raise UnreadableFile(f"{path} holds no JSON object; camera values and a list of frames were wanted.")
    return record


def entries(record: Mapping[str, Any], path: Path) -> Iterator[Entry]:
    """The frames of a file, each with the values they share.

    Raises
    ------
    UnreadableFile
        If there is no list of frames, or one of them names no photo.
    """
    frames = record.get("frames")
    if not isinstance(frames, list):
        raise UnreadableFile(f"{path} has no list of frames, as nerfstudio and instant-ngp write it.")
    shared = {key: value for key, value in record.items() if key != "frames"}
    for number, frame in enumerate(frames):
        photo = frame.get("file_path") if isinstance(frame, dict) else None
        if not isinstance(photo, str) or not photo:
            raise UnreadableFile(f"{path}: frame {number} has no file_path.")
        yield Entry(path, photo, {**shared, **frame})


def as_matrix(rows: Any) -> Matrix | None:
    """(4, 4) float64 of 3 or 4 rows of 4 finite numbers, else None."""
    try:
        matrix = np.asarray(rows, np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    if matrix.shape not in {(3, 4), (4, 4)} or not np.isfinite(matrix).all():
        return None
    return np.vstack([matrix[:3], [0.0, 0.0, 0.0, 1.0]])


def rigid(opengl: Matrix | None) -> Matrix | None:
    """Turn an OpenGL camera-to-world matrix to our axes and round its rotation to the nearest; None if none is near."""
    if opengl is None:
        return None
    matrix = opengl @ OPENCV_FROM_OPENGL
    rotation = nearest_rotation(matrix[:3, :3])
    if rotation is None:
        return None
    matrix[:3, :3] = rotation
    return matrix


def nearest_rotation(matrix: Matrix) -> Matrix | None:
    """The rotation next to a (3, 3) matrix, or None where it is none by more than rounding."""
    u, stretch, v = np.linalg.svd(matrix)
    near = bool(np.abs(stretch - 1).max() < LOOSE)
    return u @ v if near and np.linalg.det(u @ v) > 0 else None


def camera_of(entry: Entry, photo: Path, world_from_camera: Matrix) -> Camera:
    """The camera of a frame; a size that the file does not give is the photograph's.

    Raises
    ------
    UnusableCapture
        If the lens is of a kind that is not supported, or there is no focal length.
    """
    width, height = entry.number("w"), entry.number("h")
    if width is None or height is None:
        header = read_header(photo)
        width, height = float(header.width), float(header.height)
    fx = entry.number("fl_x") or _focal(width, entry.number("camera_angle_x"))
    fy = entry.number("fl_y") or _focal(height, entry.number("camera_angle_y")) or fx
    if not fx or not fy:
        raise UnusableCapture(f"{entry.file} gives {entry.photo} no focal length: fl_x or camera_angle_x was wanted.")
    cx, cy = entry.number("cx"), entry.number("cy")
    try:
        return Camera(
            width=round(width),
            height=round(height),
            fx=fx,
            fy=fy,
            cx=width / 2 if cx is None else cx,
            cy=height / 2 if cy is None else cy,
            world_from_camera=world_from_camera,
            distortion=_distortion(entry),
        )
    except ValueError as error:
        raise UnusableCapture(f"{entry.file}: the camera of {entry.photo} cannot be used; {error}.") from error


def _focal(side: float, angle: float | None) -> float | None:
    return 0.5 * side / math.tan(0.5 * angle) if angle is not None and 0 < angle < math.pi else None


def _distortion(entry: Entry) -> Distortion:
    """The lens in OpenCV's order; nerfstudio's k3 is the third radial term, as OpenCV's."""
    model = (entry.text("camera_model") or "OPENCV").upper()
    if model in FISHEYE or entry.values.get("is_fisheye") is True:
        return distortion("fisheye", entry.number)
    if model not in PERSPECTIVE:
        known = ", ".join(sorted(PERSPECTIVE | FISHEYE))
        raise UnusableCapture(f"{entry.file} has cameras of model {model}, which is not supported. Supported: {known}.")
    return distortion("opencv", entry.number)
