"""Polycam's raw data: keyframes/ with a JSON file for each image, of ARKit's cameras (x right, y up, z backward).

The optimised cameras are taken where there are any. Depth images are millimetres.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recon.errors import UnreadableFile
from recon.io.captures.json_frames import Entry, as_matrix, load_json, rigid
from recon.io.captures.poses import sized_camera
from recon.io.captures.source import CaptureOptions, CaptureReader, Frame, Source, find_photo
from recon.io.depth import DepthImage
from recon.scene import NO_DISTORTION

KINDS = (("corrected_cameras", "corrected_images"), ("cameras", "images"))
MILLIMETRE = 0.001


def find(path: Path) -> Path | None:
    """The keyframes folder at a path, or None."""
    for folder in (path, path / "keyframes"):
        if folder.name == "keyframes" and any((folder / cameras).is_dir() for cameras, _ in KINDS):
            return folder
    return None


def read(folder: Path, options: CaptureOptions) -> Source:
    """Read the keyframes."""
    source = Source("Polycam keyframes", folder)
    cameras, images = next(kind for kind in KINDS if (folder / kind[0]).is_dir())
    for path in sorted((folder / cameras).glob("*.json")):
        entry = Entry(path, path.stem, load_json(path))
        photo = find_photo(folder / images, path.stem, options.images)
        numbers = [entry.number(f"t_{row}{column}") for row in range(3) for column in range(4)]
        pose = None if None in numbers else rigid(as_matrix(np.array(numbers, np.float64).reshape(3, 4)))
        if photo is None or pose is None:
            source.skip(path.stem, "the file is missing" if photo is None else "the pose is not a rigid transform")
            continue
        depth = folder / "depth" / f"{path.stem}.png"
        source.frames.append(
            Frame(
                name=photo.name,
                photo=photo,
                camera=sized_camera(*_lens(entry, pose), NO_DISTORTION, photo.name),
                depth=DepthImage(depth, MILLIMETRE) if depth.is_file() else None,
            )
        )
    return source


def _lens(entry: Entry, pose: np.ndarray) -> tuple[tuple[int, int], np.ndarray, tuple[float, float, float, float]]:
    values = [entry.number(name) for name in ("width", "height", "fx", "fy", "cx", "cy")]
    if any(value is None for value in values):
        raise UnreadableFile(f"{entry.file} lacks one of width, height, fx, fy, cx and cy.")
    width, height, fx, fy, cx, cy = (float(value or 0) for value in values)
    return (round(width), round(height)), pose, (fx, fy, cx, cy)


READER = CaptureReader("Polycam's keyframes folder", find, read)
