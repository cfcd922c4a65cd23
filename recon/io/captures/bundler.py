"""Bundler (Snavely 2006): a .out file of cameras and points, and a list of the photographs.

Cameras look along their negative z axis with y up; the origin of pixels is the middle of the photograph.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recon.errors import UnreadableFile
from recon.io.captures.json_frames import OPENCV_FROM_OPENGL
from recon.io.captures.lenses import distortion
from recon.io.captures.poses import camera_for, numbers, read_text, rigid_pose
from recon.io.captures.source import CaptureOptions, CaptureReader, Frame, Source, clean_name, find_photo
from recon.io.images import read_header
from recon.io.points import finite_points
from recon.scene import Points

FILES = ("bundle.out", "bundle.rd.out", "bundler.out")
LISTS = ("list.txt", "bundle.out.list.txt", "image_list.txt", "images.txt")
START = b"# Bundle file"


def find(path: Path) -> Path | None:
    """The Bundler file at a path, or in its bundle folder, or None."""
    if path.is_file():
        return path if path.suffix == ".out" and _starts(path) else None
    places = [folder / name for folder in (path, path / "bundle") for name in FILES]
    return next((place for place in places if place.is_file() and _starts(place)), None)


def read(path: Path, options: CaptureOptions) -> Source:
    """Read cameras and points."""
    source = Source("Bundler", path)
    lines = (line for line in read_text(path).splitlines() if line.strip() and not line.startswith("#"))
    names = _names(path)
    try:
        cameras, points = (int(count) for count in numbers(next(lines, None), 2))
        for name in names[:cameras]:
            _add(source, name, [numbers(next(lines, None), 3) for _ in range(5)], options)
        source.points = _points(lines, points, source) if cameras == len(names) else None
    except (ValueError, OverflowError) as error:
        raise UnreadableFile(f"{path} is damaged, or no Bundler file ({error}).") from error
    if cameras != len(names):
        raise UnreadableFile(f"{path} has {cameras} cameras, and the list beside it {len(names)} photographs.")
    return source


def _starts(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(START)) == START
    except OSError:
        return False


def _names(path: Path) -> list[str]:
    """The photographs' names: a list's lines may have a focal length after them."""
    own = path.with_name(f"{path.name}.list.txt")
    places = [own, *(folder / name for folder in (path.parent, path.parent.parent) for name in LISTS)]
    listed = next((place for place in places if place.is_file()), None)
    if listed is None:
        raise UnreadableFile(f"{path} has no list of photographs beside it; list.txt was wanted.")
    lines = [line.strip() for line in read_text(listed).splitlines() if line.strip()]
    return [_without_focal(line) for line in lines]


def _without_focal(line: str) -> str:
    """A line is NAME, or NAME 0 FOCAL; names may have spaces."""
    words = line.rsplit(maxsplit=2)
    return words[0] if len(words) == 3 and words[1] == "0" else line


def _add(source: Source, name: str, rows: list[list[float]], options: CaptureOptions) -> None:
    (focal, k1, k2), *rotation, translation = rows
    folder = source.path.parent
    photo = find_photo(folder, name, options.images) or find_photo(folder.parent, name, options.images)
    photo = photo or find_photo(folder / "images", name)
    if focal <= 0:
        source.skip(clean_name(name), "Bundler did not place it")
        return
    turned = np.array(rotation)
    pose = rigid_pose(turned.T @ OPENCV_FROM_OPENGL[:3, :3], -turned.T @ translation)
    if photo is None or pose is None:
        source.skip(clean_name(name), "the file is missing" if photo is None else "the pose is not a rigid transform")
        return
    header = read_header(photo)
    lens = distortion("opencv", {"k1": k1, "k2": k2}.get)
    intrinsics = (focal, focal, header.width / 2, header.height / 2)
    source.frames.append(Frame(clean_name(name), photo, camera_for(photo, pose, intrinsics, lens)))


def _points(lines: Iterator[str], count: int, source: Source) -> Points | None:
    rows = []
    for _ in range(count):
        rows.append([*numbers(next(lines, None), 3), *numbers(next(lines, None), 3)])
        next(lines, None)  # where it was seen
    if not rows:
        return None
    table = np.array(rows)
    with np.errstate(over="ignore"):
        colors = np.clip(table[:, 3:] / 255, 0, 1).astype(np.float32)
        return finite_points(table[:, :3].astype(np.float32), colors, source.warnings)


READER = CaptureReader("a Bundler bundle.out", find, read)
