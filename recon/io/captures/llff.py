"""LLFF (Mildenhall 2019): poses_bounds.npy beside a folder of images, one row for each by name.

A row is a (3, 5) matrix, whose columns are the camera's down, right and backward axes, its centre, and height, width
and focal length; then the nearest and farthest depth, which nothing here needs.
"""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError

import numpy as np

from recon.errors import UnreadableFile, UnusableCapture
from recon.io.captures.poses import LARGEST_ARRAY_FILE, Matrix, photos_in, quietly, rigid_pose, sized_camera
from recon.io.captures.source import CaptureOptions, CaptureReader, Frame, Source
from recon.scene import NO_DISTORTION

NAME = "poses_bounds.npy"
ROW = 17


def find(path: Path) -> Path | None:
    """The poses_bounds.npy at a path, or None."""
    place = path / NAME if path.is_dir() else path
    return place if place.name == NAME and place.is_file() else None


def read(path: Path, options: CaptureOptions) -> Source:
    """Read poses_bounds.npy."""
    rows = _rows(path)
    source = Source("LLFF poses", path)
    photos = photos_in(options.images or path.parent / "images")
    if len(photos) != len(rows):
        raise UnusableCapture(
            f"{path} has {len(rows)} poses, and its folder of images {len(photos)} photos; one for each was wanted. "
            "Say with --images where the right ones are."
        )
    for photo, row in zip(photos, rows, strict=True):
        matrix = row[:15].reshape(3, 5)
        down, right, backward, center, (height, width, focal) = matrix.T
        pose = rigid_pose(np.stack([right, down, -backward], axis=1), center)
        if pose is None:
            source.skip(photo.name, "the pose is not a rigid transform")
            continue
        if not (1 <= height < 1e6 and 1 <= width < 1e6):
            raise UnusableCapture(f"{path} gives {photo.name} a size of {width} x {height}.")
        size, intrinsics = (round(width), round(height)), (focal, focal, width / 2, height / 2)
        source.frames.append(Frame(photo.name, photo, sized_camera(size, pose, intrinsics, NO_DISTORTION, photo.name)))
    return source


def _rows(path: Path) -> Matrix:
    try:
        # Mapped, so that a header cannot ask for more memory than the file holds.
        with quietly():
            stored = np.load(path, mmap_mode="r", allow_pickle=False)
        rows = np.array(stored if stored.nbytes < LARGEST_ARRAY_FILE else (), np.float64)
    except (OSError, ValueError, EOFError, TypeError, AttributeError, OverflowError, SyntaxError, TokenError) as error:
        raise UnreadableFile(f"{path} could not be read as an array of poses ({error}).") from error
    if rows.ndim != 2 or rows.shape[1] != ROW:
        raise UnreadableFile(f"{path} must have {ROW} numbers for each photo, got an array of shape {rows.shape}.")
    return rows


READER = CaptureReader("an LLFF poses_bounds.npy", find, read)
