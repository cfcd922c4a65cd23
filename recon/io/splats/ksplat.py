"""Gaussian splats from .ksplat files, as GaussianSplats3D packs them; read only.

A header of 4096 bytes, headers of 1024 bytes for each section, then the sections: sizes of partly filled buckets,
bucket centres, splats. The compression mode says whether numbers are float32, float16 or, for harmonics, bytes;
positions of modes 1 and 2 count steps from their bucket's centre.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.format import Format
from recon.io.splats.values import dc_of, empty_splats, read_exactly, splats_of
from recon.scene import Splats

HEADER, SECTION_HEADER = 4096, 1024
HARMONICS = (0, 9, 24, 45)
# Position, scale and rotation, and harmonics, of each compression mode.
TYPES = (("<f4", "<f4", "<f4"), ("<u2", "<f2", "<f2"), ("<u2", "<f2", "u1"))
STEPS = 32767


@dataclass(frozen=True)
class Section:
    """One section: where it lies and how its splats are laid out."""

    count: int
    capacity: int
    bucket_size: int
    buckets: int
    block_size: float
    steps: int
    full: int
    partial: int
    degree: int
    start: int
    row: np.dtype[Any]

    @property
    def splats_at(self) -> int:
        """Where its splats begin."""
        return self.start + 4 * self.partial + 12 * self.buckets

    @property
    def end(self) -> int:
        """Where the next section begins."""
        return self.splats_at + self.capacity * self.row.itemsize


def read(path: Path) -> Splats:
    """Read a .ksplat file; see `recon.io.read_splats`."""
    data = read_exactly(path)
    if len(data) < HEADER + SECTION_HEADER or data[0] != 0 or data[1] == 0:
        raise UnreadableFile(f"{path} is no .ksplat file, or of a version that is not known.")
    (most,) = struct.unpack_from("<I", data, 4)
    mode, low, high = struct.unpack_from("<H14xff", data, 20)
    if mode >= len(TYPES) or HEADER + most * SECTION_HEADER > len(data):
        raise UnreadableFile(f"{path} is damaged: compression mode {mode} and {most} sections cannot be.")
    harmonic_range = (low or -1.5, high or 1.5)
    sections = _sections(path, data, most, mode)
    arrays = empty_splats(sum(each.count for each in sections), max((each.degree for each in sections), default=0))
    arrays["sh"][:] = 0
    at = 0
    for section in sections:
        _decode(data, section, harmonic_range, {name: array[at : at + section.count] for name, array in arrays.items()})
        at += section.count
    return splats_of(path, arrays)


def _sections(path: Path, data: bytes, most: int, mode: int) -> list[Section]:
    sections = []
    start = HEADER + most * SECTION_HEADER
    position, shape, harmonic = TYPES[mode]
    for i in range(most):
        fields = struct.unpack_from("<IIIIfHxxI4xIIH", data, HEADER + i * SECTION_HEADER)
        count, capacity, bucket_size, buckets, block_size, _, steps, full, partial, degree = fields
        rest = ("sh", harmonic, HARMONICS[min(degree, 3)])
        row = np.dtype([("mean", position, 3), ("scale", shape, 3), ("quaternion", shape, 4), ("color", "u1", 4), rest])
        section = Section(
            count, capacity, bucket_size, buckets, block_size, steps or STEPS, full, partial, degree, start, row
        )
        if count > capacity or degree > 3 or section.end > len(data):
            raise UnreadableFile(f"{path} is damaged: section {i} speaks of {count} splats of degree {degree}.")
        sections.append(section)
        start = section.end
    return sections


def _decode(data: bytes, section: Section, harmonic_range: tuple[float, float], into: dict[str, Any]) -> None:
    rows = np.frombuffer(data, section.row, section.count, section.splats_at)
    with np.errstate(over="ignore", invalid="ignore"):
        into["means"][:] = _positions(data, section, rows["mean"])
    into["scales"][:], into["quaternions"][:] = rows["scale"], rows["quaternion"]
    color = rows["color"] / np.float32(255)
    into["sh"][:, 0], into["opacities"][:] = dc_of(color[:, :3]), color[:, 3]
    low, high = harmonic_range
    rest: NDArray[Any] = rows["sh"]
    if rest.dtype == np.uint8:
        rest = low + rest / np.float32(255) * (high - low)
    for degree in range(1, section.degree + 1):
        first, last = degree**2, (degree + 1) ** 2
        band = rest[:, 3 * (first - 1) : 3 * (last - 1)]
        into["sh"][:, first:last] = band.reshape(len(rows), 3, last - first).transpose(0, 2, 1)


def _positions(data: bytes, section: Section, steps: NDArray[Any]) -> NDArray[Any]:
    if steps.dtype.kind == "f":
        return steps
    sizes = np.frombuffer(data, "<u4", section.partial, section.start).astype(np.int64)
    centers = np.frombuffer(data, "<f4", 3 * section.buckets, section.start + 4 * section.partial).reshape(-1, 3)
    # Full buckets come first, all of one size; the others say how many splats they hold.
    within_full = section.full * section.bucket_size
    index = np.arange(section.count)
    bucket = index // max(section.bucket_size, 1)
    beyond = index >= within_full
    bucket[beyond] = section.full + np.searchsorted(np.cumsum(sizes), index[beyond] - within_full, side="right")
    if section.count and bucket.max() >= section.buckets:
        return np.full((section.count, 3), np.nan)
    step = section.block_size / 2 / section.steps
    return np.asarray((steps.astype(np.float64) - section.steps) * step + centers[bucket])


FORMAT = Format(name="ksplat", title="KSplat, GaussianSplats3D", suffixes=(".ksplat",), kind="splats", read=read)
