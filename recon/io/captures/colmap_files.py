"""The files of a COLMAP model, binary and text: cameras, images and points, and nothing of their tracks.

Poses come from images.* alone; the rigs.* and frames.* that COLMAP writes since 3.12 say the same and are not read.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recon.errors import UnreadableFile
from recon.io.captures.lenses import COLMAP_MODELS, COLMAP_NUMBERS
from recon.scene import Points

LONGEST_NAME = 4096
POINT = struct.Struct("<Q3d3BdQ")


@dataclass(frozen=True)
class CameraRecord:
    """One row of cameras.*: `model` is COLMAP's name of it, `parameters` are in that model's order."""

    number: int
    model: str
    width: int
    height: int
    parameters: tuple[float, ...]


@dataclass(frozen=True)
class ImageRecord:
    """One row of images.*: camera_from_world as a quaternion w, x, y, z and a translation."""

    name: str
    camera: int
    quaternion: tuple[float, ...]
    translation: tuple[float, ...]


@dataclass(frozen=True)
class ModelFiles:
    """A folder's model and the suffix, .bin or .txt, of its files."""

    folder: Path
    suffix: str

    @classmethod
    def find(cls, folder: Path) -> ModelFiles | None:
        """The model that stands in a folder itself, binary before text, or None."""
        for suffix in (".bin", ".txt"):
            if all((folder / (part + suffix)).is_file() for part in ("cameras", "images")):
                return cls(folder, suffix)
        return None

    def cameras(self) -> dict[int, CameraRecord]:
        """Cameras by their number."""
        read = _binary_cameras if self.suffix == ".bin" else _text_cameras
        return {camera.number: camera for camera in self._rows("cameras", read)}

    def images(self) -> list[ImageRecord]:
        """Registered images in the order of the file."""
        return self._rows("images", _binary_images if self.suffix == ".bin" else _text_images)

    def points(self) -> Points | None:
        """Points as they are, or None where there are none."""
        if not (self.folder / f"points3D{self.suffix}").is_file():
            return None
        rows = np.array(self._rows("points3D", _binary_points if self.suffix == ".bin" else _text_points))
        if len(rows) == 0:
            return None
        colors = np.clip(np.nan_to_num(rows[:, 3:]) / 255, 0, 1)
        return Points(rows[:, :3].astype(np.float32), colors.astype(np.float32))

    def image_count(self) -> int:
        """How many images are registered, at little cost; 0 where the file is damaged."""
        path = self.folder / f"images{self.suffix}"
        with path.open("rb") as file:
            if self.suffix == ".bin":
                start = file.read(COUNT.size)
                return int(COUNT.unpack(start)[0]) if len(start) == COUNT.size else 0
            return sum(not line.startswith(b"#") for line in file) // 2

    def _rows(self, part: str, read: Callable[[Path], Iterator[Any]]) -> list[Any]:
        path = self.folder / (part + self.suffix)
        try:
            return list(read(path))
        except (OSError, ValueError, IndexError, KeyError, struct.error) as error:
            raise UnreadableFile(f"{path} is damaged, or no file of a COLMAP model ({error}).") from error


class _Cursor:
    """A place in mapped bytes that moves as it is read."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data = data
        self._at = 0

    def take(self, layout: struct.Struct) -> tuple[Any, ...]:
        values = layout.unpack_from(self._data, self._at)
        self._at += layout.size
        return values

    def text(self) -> str:
        end = self._data.find(b"\0", self._at, self._at + LONGEST_NAME)
        if end < 0:
            raise ValueError("a name has no end")
        text = self._data[self._at : end].decode("utf-8", "replace")
        self._at = end + 1
        return text

    def skip(self, size: int) -> None:
        self._at += size
        if self._at > len(self._data):
            raise ValueError("it ends too early")

    def finish(self) -> None:
        if self._at != len(self._data):
            raise ValueError(f"{len(self._data) - self._at} bytes are left over")


@contextmanager
def _mapped(path: Path) -> Iterator[_Cursor]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        cursor = _Cursor(data)
        yield cursor
        cursor.finish()


COUNT = struct.Struct("<Q")
CAMERA = struct.Struct("<IiQQ")
IMAGE = struct.Struct("<I4d3dI")
OBSERVATION_BYTES = 24
TRACK_BYTES = 8


def _binary_cameras(path: Path) -> Iterator[CameraRecord]:
    with _mapped(path) as cursor:
        (count,) = cursor.take(COUNT)
        for _ in range(count):
            number, model, width, height = cursor.take(CAMERA)
            if model not in COLMAP_MODELS:
                raise ValueError(f"camera model {model} is unknown")
            name, _, parameters = COLMAP_MODELS[model]
            values = cursor.take(struct.Struct(f"<{len(parameters.split())}d"))
            yield CameraRecord(number, name, width, height, values)


def _binary_images(path: Path) -> Iterator[ImageRecord]:
    with _mapped(path) as cursor:
        (count,) = cursor.take(COUNT)
        for _ in range(count):
            values = cursor.take(IMAGE)
            name = cursor.text()
            (observations,) = cursor.take(COUNT)
            cursor.skip(observations * OBSERVATION_BYTES)
            yield ImageRecord(name, values[8], values[1:5], values[5:8])


def _binary_points(path: Path) -> Iterator[tuple[float, ...]]:
    with _mapped(path) as cursor:
        (count,) = cursor.take(COUNT)
        for _ in range(count):
            values = cursor.take(POINT)
            cursor.skip(values[8] * TRACK_BYTES)
            yield values[1:7]


def _lines(path: Path) -> Iterator[str]:
    """Lines without comments; blank ones are kept, for an image without observations has one."""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            if not line.lstrip().startswith("#"):
                yield line.strip()


def _text_cameras(path: Path) -> Iterator[CameraRecord]:
    for line in filter(None, _lines(path)):
        number, model, width, height, *parameters = line.split()
        wanted = len(COLMAP_MODELS[COLMAP_NUMBERS[model]][2].split())
        if len(parameters) != wanted:
            raise ValueError(f"camera {number} has {len(parameters)} parameters, {model} takes {wanted}")
        yield CameraRecord(int(number), model, int(width), int(height), tuple(map(float, parameters)))


def _text_images(path: Path) -> Iterator[ImageRecord]:
    lines = _lines(path)
    for line in lines:
        if line:
            words = line.split(maxsplit=9)
            values = tuple(map(float, words[1:8]))
            yield ImageRecord(words[9], int(words[8]), values[:4], values[4:])
            next(lines, "")  # its observations


def _text_points(path: Path) -> Iterator[tuple[float, ...]]:
    for line in filter(None, _lines(path)):
        values = tuple(map(float, line.split(maxsplit=7)[1:7]))
        if len(values) < 6:
            raise ValueError("a point has no colour")
        yield values
