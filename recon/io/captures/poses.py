"""What readers of poses share: checking numbers of a file, turning camera axes, pairing cameras with photographs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile, UnusableCapture
from recon.io.captures.json_frames import nearest_rotation
from recon.io.images import SUFFIXES, read_header
from recon.scene import NO_DISTORTION, Camera, Distortion

Matrix = NDArray[np.float64]

LARGEST_ARRAY_FILE = 64 << 20


def rigid_pose(rotation: Any, center: Any) -> Matrix | None:
    """(4, 4) world_from_camera of its (3, 3) rotation and a center; None where they make no rigid transform."""
    try:
        turned, place = np.asarray(rotation, np.float64), np.asarray(center, np.float64).reshape(-1)
    except (TypeError, ValueError):
        return None
    if turned.shape != (3, 3) or place.shape != (3,) or not (np.isfinite(turned).all() and np.isfinite(place).all()):
        return None
    nearest = nearest_rotation(turned)
    if nearest is None:
        return None
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = nearest, place
    return pose


def camera_for(
    photo: Path, pose: Matrix, intrinsics: tuple[float, float, float, float], distortion: Distortion = NO_DISTORTION
) -> Camera:
    """A camera of a photograph's own size; intrinsics are fx, fy, cx, cy in its pixels.

    Raises
    ------
    UnusableCapture
        If the numbers make no camera.
    """
    header = read_header(photo)
    return sized_camera((header.width, header.height), pose, intrinsics, distortion, photo.name)


def sized_camera(
    size: tuple[int, int],
    pose: Matrix,
    intrinsics: tuple[float, float, float, float],
    distortion: Distortion,
    blamed: str,
) -> Camera:
    """A camera of a size that the file states; `blamed` is what a message speaks of."""
    try:
        return Camera(*size, *intrinsics, pose, distortion)
    except (ValueError, OverflowError) as error:
        raise UnusableCapture(f"The camera of {blamed} cannot be used; {error}.") from error


def photos_in(folder: Path) -> list[Path]:
    """The images of a folder by name; nothing where there is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())


@contextmanager
def quietly() -> Iterator[None]:
    """Without warnings: numpy wonders aloud about arrays that are damaged before it refuses them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_text(path: Path) -> str:
    """A text file whatever its encoding.

    Raises
    ------
    UnreadableFile
    """
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UnreadableFile(f"{path} could not be read: {error.strerror or error}.") from error


def numbers(text: str | None, count: int) -> list[float]:
    """Whitespace-separated finite numbers, or an error that says what was wanted.

    Raises
    ------
    ValueError
    """
    values = [float(word) for word in (text or "").split()]
    if len(values) != count or not np.isfinite(values).all():
        raise ValueError(f"{count} finite numbers were wanted, got {(text or 'nothing')[:60]!r}")
    return values
