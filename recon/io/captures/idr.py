"""IDR and NeuS: cameras*.npz with a projection for each image, and masks.

world_mat_i is K [R | t] with OpenCV's axes; scale_mat_i, which maps the unit sphere onto the object, is not applied, so
that the world is the one of the calibration. Their pixels have centres at whole numbers, ours at halves.
"""

from __future__ import annotations

import struct
import tokenize
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile, UnusableCapture
from recon.io.captures.poses import LARGEST_ARRAY_FILE, Matrix, camera_for, photos_in, quietly, rigid_pose
from recon.io.captures.source import CaptureOptions, CaptureReader, Frame, Source

NAMES = ("cameras_sphere.npz", "cameras.npz", "cameras_large.npz")
PREFIX = "world_mat_"
# What zipfile and numpy raise on archives that are damaged.
DAMAGES = (
    *(BadZipFile, OSError, ValueError, EOFError, KeyError, NotImplementedError, RuntimeError),
    *(zlib.error, struct.error, SyntaxError, TypeError, OverflowError, MemoryError, tokenize.TokenError),
)
IMAGES, MASKS = ("image", "images", "rgb"), ("mask", "masks")


def find(path: Path) -> Path | None:
    """The first of the camera files at a path, or None."""
    if path.is_file():
        return path if path.name in NAMES else None
    return next((path / name for name in NAMES if (path / name).is_file()), None)


def read(path: Path, options: CaptureOptions) -> Source:
    """Read a camera file, and the images and masks that go with it by order."""
    folder = path.parent
    photos = photos_in(options.images) if options.images else _first(folder, IMAGES)
    masks = _first(folder, MASKS)
    source = Source("IDR cameras (NeuS)", path)
    if masks and len(masks) != len(photos):
        source.warnings.append(f"There are {len(masks)} masks for {len(photos)} photos; they were left aside.")
        masks = []
    matrices = _matrices(path)
    if not photos or len(matrices) < len(photos):
        raise UnusableCapture(
            f"{path} has {len(matrices)} cameras, and there are {len(photos)} photos in the folder image beside it; "
            "one for each was wanted. Say with --images where they are."
        )
    for index, photo in enumerate(photos):
        taken = _decomposed(matrices.get(index))
        if taken is None:
            source.skip(photo.name, "it has no camera")
            continue
        pose, intrinsics = taken
        mask = masks[index] if masks else None
        source.frames.append(Frame(photo.name, photo, camera_for(photo, pose, intrinsics), mask=mask))
    return source


def _first(folder: Path, names: tuple[str, ...]) -> list[Path]:
    return next((found for name in names if (found := photos_in(folder / name))), [])


def _matrices(path: Path) -> dict[int, NDArray[Any]]:
    """world_mat_i by i."""
    try:
        with ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size <= LARGEST_ARRAY_FILE:
            with quietly(), np.load(path, allow_pickle=False) as arrays:
                names = [name for name in arrays.files if name.startswith(PREFIX) and name[len(PREFIX) :].isdigit()]
                return {int(name[len(PREFIX) :]): np.asarray(arrays[name]) for name in names}
    except DAMAGES as error:
        raise UnreadableFile(f"{path} could not be read as arrays of cameras ({error}).") from error
    raise UnreadableFile(f"{path} says it holds {size:,} bytes, far more than cameras take.")


def _decomposed(matrix: NDArray[Any] | None) -> tuple[Matrix, tuple[float, float, float, float]] | None:
    """Pose and intrinsics of a projection K [R | t], by RQ decomposition (Hartley and Zisserman, section 6.2.4)."""
    import cv2

    if (
        matrix is None
        or matrix.ndim != 2
        or matrix.shape[0] < 3
        or matrix.shape[1] != 4
        or matrix.dtype.kind not in "fiu"
    ):
        return None
    projection = matrix[:3].astype(np.float64)
    if not np.isfinite(projection).all() or abs(np.linalg.det(projection[:, :3])) < 1e-12:
        return None
    projection *= np.sign(np.linalg.det(projection[:, :3]))
    calibration, camera_from_world, *_ = cv2.decomposeProjectionMatrix(projection)
    calibration = calibration / calibration[2, 2]
    center = -np.linalg.solve(projection[:, :3], projection[:, 3])
    pose = rigid_pose(camera_from_world.T, center)
    if pose is None:
        return None
    (fx, _, cx), (_, fy, cy) = calibration[:2].tolist()
    return pose, (fx, fy, cx + 0.5, cy + 0.5)


READER = CaptureReader("an IDR or NeuS cameras.npz", find, read)
