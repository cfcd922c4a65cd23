"""transforms.json, as nerfstudio and instant-ngp write it.

`applied_transform` and `applied_scale` are undone, so that the world is the one the photographs were registered in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.captures.json_frames import Entry, as_matrix, camera_of, entries, load_json, nearest_rotation
from recon.io.captures.source import CaptureOptions, CaptureReader, Frame, Source, clean_name, find_photo
from recon.io.depth import DepthImage
from recon.io.points import read_points
from recon.scene import Points
from recon.scene.capture import Split

Matrix = NDArray[np.float64]

MILLIMETRE = 0.001


def find(path: Path) -> Path | None:
    """The transforms.json at a path, or None."""
    if path.is_dir():
        path = path / "transforms.json"
    return path if path.suffix.lower() == ".json" and path.is_file() else None


def read(path: Path, options: CaptureOptions) -> Source:
    """Read a transforms.json."""
    record = load_json(path)
    source = Source("transforms.json (nerfstudio, instant-ngp)", path)
    applied = _Applied.of(record, path)
    splits = _splits(record)
    for entry in entries(record, path):
        frame = _frame(entry, source, applied, options.images)
        if frame is not None:
            split = splits.get(frame.name, "train") if splits else None
            source.frames.append(frame if split is None else frame.with_split(split))
    source.points = _points(record, source, applied)
    return source


def _frame(entry: Entry, source: Source, applied: _Applied, images: Path | None) -> Frame | None:
    name, folder = clean_name(entry.photo), entry.file.parent
    photo = find_photo(folder, entry.photo, images)
    pose = entry.world_from_camera()
    if photo is None or pose is None:
        source.skip(name, "the file is missing" if photo is None else "the pose is not a rigid transform")
        return None
    mask, depth = entry.text("mask_path"), entry.text("depth_file_path")
    unit = (entry.number("depth_unit_scale_factor") or MILLIMETRE) / applied.scale
    return Frame(
        name=name,
        photo=photo,
        camera=camera_of(entry, photo, applied.undo_pose(pose)),
        mask=_existing(folder, mask, "mask", source),
        depth=DepthImage(place, unit) if (place := _existing(folder, depth, "depth image", source)) else None,
    )


def _existing(folder: Path, text: str | None, what: str, source: Source) -> Path | None:
    if text is None:
        return None
    path = folder / text.replace("\\", "/")
    if path.is_file():
        return path
    source.miss(what, text)
    return None


@dataclass(frozen=True, eq=False)
class _Applied:
    """The similarity that was applied to the original world: scale * (rotation @ x + translation)."""

    scale: float
    rotation: Matrix
    translation: Matrix

    @classmethod
    def of(cls, record: Mapping[str, Any], path: Path) -> _Applied:
        matrix = as_matrix(record.get("applied_transform", np.eye(4)))
        scale = record.get("applied_scale", 1.0)
        if matrix is None or not isinstance(scale, (int, float)) or not 0 < scale < np.inf:
            raise UnreadableFile(f"{path}: applied_transform must be 3 or 4 rows of 4 numbers, applied_scale positive.")
        inner = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
        rotation = nearest_rotation(matrix[:3, :3] / inner) if inner > 0 else None
        if rotation is None:
            raise UnreadableFile(f"{path}: applied_transform must be a rotation, scale and translation.")
        return cls(inner * float(scale), rotation, matrix[:3, 3] / inner)

    def undo(self, positions: Matrix) -> Matrix:
        """(N, 3) positions in the original world."""
        return (positions / self.scale - self.translation) @ self.rotation

    def undo_pose(self, world_from_camera: Matrix) -> Matrix:
        """(4, 4) pose in the original world."""
        original = np.eye(4)
        original[:3, :3] = self.rotation.T @ world_from_camera[:3, :3]
        original[:3, 3] = self.undo(world_from_camera[:3, 3])
        return original


def _splits(record: Mapping[str, Any]) -> dict[str, Split]:
    """The names that nerfstudio's test_filenames (or else val_filenames) hold out; empty where it states no split."""
    lists = [record.get(key) for key in ("test_filenames", "val_filenames")]
    held_out = next((names for names in lists if isinstance(names, list) and names), [])
    return {clean_name(name): "test" for name in held_out if isinstance(name, str)}


def _points(record: Mapping[str, Any], source: Source, applied: _Applied) -> Points | None:
    text = record.get("ply_file_path")
    if not isinstance(text, str) or not text:
        return None
    path = source.path.parent / text.replace("\\", "/")
    if not path.is_file():
        source.warnings.append(f"The point cloud {text} is missing.")
        return None
    points = read_points(path, source.warnings)
    return points and Points(applied.undo(points.positions.astype(np.float64)).astype(np.float32), points.colors)


READER = CaptureReader("a transforms.json file", find, read)
