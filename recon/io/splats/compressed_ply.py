"""Gaussian splats as the compressed PLY of PlayCanvas and SuperSplat: blocks of 256 splats with a range of their own.

An element `chunk` holds each block's least and greatest position, logarithmic scale and colour; `vertex` holds four
32-bit words a splat, `sh` one byte a coefficient, channel-major. Splats are written in Morton order, in which blocks
are small.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.files import atomic_write
from recon.io.format import Format
from recon.io.ply_table import Columns, Header, read_columns, read_header
from recon.io.splats.values import (
    color_of,
    dc_of,
    degree_of,
    empty_splats,
    from_smallest_three,
    log_scale,
    morton_order,
    smallest_three,
    splats_of,
    to_bytes,
)
from recon.scene import Splats

CHUNK = 256
WORDS = ("packed_position", "packed_rotation", "packed_scale", "packed_color")
RANGES = [
    f"{end}_{axis}"
    for axes in (("x", "y", "z"), ("scale_x", "scale_y", "scale_z"), ("r", "g", "b"))
    for end in ("min", "max")
    for axis in axes
]
LARGEST_LOG_SCALE = 20.0
# Coefficients of harmonics from -4 to 4 fill a byte.
HARMONIC_RANGE = 8.0
CHUNKS_AT_ONCE = 32
DOUBLES = NDArray[np.float64]


def holds(path: Path) -> bool:
    """Whether a PLY file is a compressed one."""
    try:
        vertex = read_header(path).element("vertex")
    except UnreadableFile:
        return False
    return vertex is not None and "packed_position" in dict(vertex.columns)


def read(path: Path) -> Splats:
    """Read a compressed PLY; see `recon.io.read_splats`."""
    header = read_header(path)
    vertex, chunk = _table(path, header, "vertex", WORDS), _table(path, header, "chunk", RANGES[:12])
    count, chunks = len(vertex["packed_position"]), len(chunk["min_x"])
    if chunks * CHUNK < count:
        raise UnreadableFile(f"{path} is damaged: {count} splats need {-(-count // CHUNK)} chunks, it has {chunks}.")
    harmonics = _harmonics(path, header, count)
    arrays = empty_splats(count, degree_of(path, harmonics.shape[1] // 3))
    ranges = np.stack([chunk[name].astype(np.float64) if name in chunk else _default(name, chunks) for name in RANGES])
    for start in range(0, count, CHUNK * CHUNKS_AT_ONCE):
        part = slice(start, min(start + CHUNK * CHUNKS_AT_ONCE, count))
        limits = ranges[:, np.arange(part.start, part.stop) // CHUNK].T
        _decode({name: vertex[name][part].astype(np.uint32) for name in WORDS}, limits, part, arrays)
        rest = harmonics[part].reshape(part.stop - part.start, 3, -1).transpose(0, 2, 1)
        exact = np.where(rest == 0, 0, np.where(rest == 255, 1, (rest + 0.5) / 256))
        arrays["sh"][part, 1:] = (exact - 0.5) * HARMONIC_RANGE
    return splats_of(path, arrays)


def _table(path: Path, header: Header, name: str, wanted: Any) -> Columns:
    element = header.element(name)
    missing = set(wanted) - {column for column, _ in element.columns} if element else set(wanted)
    if missing:
        raise UnreadableFile(
            f"{path} is no compressed PLY: its {name} columns {', '.join(sorted(missing))} are missing."
        )
    return read_columns(path, header, name)


def _harmonics(path: Path, header: Header, count: int) -> NDArray[Any]:
    columns = read_columns(path, header, "sh") if header.element("sh") else {}
    if not columns:
        return np.zeros((count, 0), np.uint8)
    names = [f"f_rest_{i}" for i in range(len(columns))]
    if len(names) % 3 or any(name not in columns or len(columns[name]) != count for name in names):
        raise UnreadableFile(f"{path} is damaged: its harmonics do not fit its {count} splats.")
    return np.stack([columns[name].astype(np.uint8) for name in names], axis=1)


def _default(name: str, chunks: int) -> DOUBLES:
    """Colours span 0 to 1 in files without a range for them."""
    return np.full(chunks, float(name.startswith("max")))


def _decode(words: dict[str, NDArray[np.uint32]], limits: DOUBLES, part: slice, arrays: dict[str, Any]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        arrays["means"][part] = _between(_unpack(words["packed_position"], (11, 10, 11)), limits[:, :6])
        arrays["scales"][part] = np.exp(_between(_unpack(words["packed_scale"], (11, 10, 11)), limits[:, 6:12]))
        color = _unpack(words["packed_color"], (8, 8, 8, 8))
        arrays["sh"][part, 0] = dc_of(_between(color[:, :3], limits[:, 12:]))
    arrays["opacities"][part] = color[:, 3]
    largest = words["packed_rotation"] >> 30
    rest = (_unpack(words["packed_rotation"], (10, 10, 10)) - 0.5) * np.sqrt(2)
    arrays["quaternions"][part] = from_smallest_three(largest, rest)


def _unpack(words: NDArray[np.uint32], bits: tuple[int, ...]) -> DOUBLES:
    """Fields of a word, the last in its lowest bits, as fractions of their largest value."""
    shifts = [sum(bits[i + 1 :]) for i in range(len(bits))]
    fields = [(words >> shift) & (2**width - 1) for shift, width in zip(shifts, bits, strict=True)]
    return np.stack([field / (2**width - 1) for field, width in zip(fields, bits, strict=True)], axis=1)


def _pack(fractions: DOUBLES, bits: tuple[int, ...]) -> NDArray[np.uint32]:
    words = np.zeros(len(fractions), np.uint32)
    for i, width in enumerate(bits):
        largest = 2**width - 1
        words = (words << width) | np.clip(np.floor(fractions[:, i] * largest + 0.5), 0, largest).astype(np.uint32)
    return words


def _between(fractions: DOUBLES, limits: DOUBLES) -> DOUBLES:
    low, high = limits[:, :3], limits[:, 3:]
    return low + fractions * (high - low)


def write(path: Path, splats: Splats, _: None = None) -> None:
    """Write a compressed PLY; see `recon.io.write_splats`."""
    order = morton_order(splats.means)
    chunks = -(-len(splats) // CHUNK)
    ranges = np.zeros((chunks, len(RANGES)), "<f4")
    words = np.zeros((len(splats), len(WORDS)), "<u4")
    for start in range(0, len(splats), CHUNK * CHUNKS_AT_ONCE):
        part = slice(start, min(start + CHUNK * CHUNKS_AT_ONCE, len(splats)))
        values = _values(splats, order[part])
        starts = np.arange(0, len(values), CHUNK)
        low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
        # Bounds are kept as float32 and must still enclose what they bound.
        limits = np.stack([low.reshape(-1, 3, 3), high.reshape(-1, 3, 3)], axis=2).reshape(len(starts), -1)
        limits = limits.astype("<f4")
        ranges[start // CHUNK : start // CHUNK + len(starts)] = limits
        words[part] = _encode(splats, order[part], values, np.repeat(limits, CHUNK, axis=0)[: len(values)])
    with atomic_write(path) as file:
        file.write(_header(splats))
        file.write(ranges.tobytes())
        file.write(words.tobytes())
        for start in range(0, len(splats), CHUNK * CHUNKS_AT_ONCE):
            rest = splats.sh[order[start : start + CHUNK * CHUNKS_AT_ONCE], 1:].transpose(0, 2, 1)
            steps = np.floor((rest.reshape(len(rest), -1) / HARMONIC_RANGE + 0.5) * 256)
            file.write(np.clip(steps, 0, 255).astype(np.uint8).tobytes())


def _values(splats: Splats, rows: NDArray[np.int64]) -> DOUBLES:
    """Position, logarithmic scale and colour: what each chunk has a range for."""
    scales = np.clip(log_scale(splats.scales[rows]), -LARGEST_LOG_SCALE, LARGEST_LOG_SCALE)
    return np.concatenate([splats.means[rows], scales, color_of(splats.sh[rows, 0])], axis=1).astype(np.float64)


def _encode(splats: Splats, rows: NDArray[np.int64], values: DOUBLES, limits: NDArray[Any]) -> NDArray[np.uint32]:
    low, high = (np.concatenate([limits[:, i : i + 3] for i in (at, at + 6, at + 12)], axis=1) for at in (0, 3))
    span = (high - low).astype(np.float64)
    fractions = (values - low) / np.where(span > 0, span, 1)
    alpha = to_bytes(splats.opacities[rows]) / 255
    largest, rest = smallest_three(splats.quaternions[rows])
    rotation = _pack(rest * np.sqrt(0.5) + 0.5, (10, 10, 10)) | (largest.astype(np.uint32) << 30)
    position, scale = _pack(fractions[:, :3], (11, 10, 11)), _pack(fractions[:, 3:6], (11, 10, 11))
    color = _pack(np.concatenate([fractions[:, 6:], alpha[:, None]], axis=1), (8, 8, 8, 8))
    return np.stack([position, rotation, scale, color], axis=1)


def _header(splats: Splats) -> bytes:
    rest = 3 * (splats.sh.shape[1] - 1)
    lines = ["ply", "format binary_little_endian 1.0", f"element chunk {-(-len(splats) // CHUNK)}"]
    lines += [f"property float {name}" for name in RANGES]
    lines += [f"element vertex {len(splats)}", *(f"property uint {name}" for name in WORDS)]
    if rest:
        lines += [f"element sh {len(splats)}", *(f"property uchar f_rest_{i}" for i in range(rest))]
    return "\n".join([*lines, "end_header", ""]).encode("ascii")


def _forecast(splats: Splats, _: None) -> int:
    rest = 3 * ((splats.degree + 1) ** 2 - 1)
    chunks = -(-len(splats) // CHUNK)
    return len(_header(splats)) + 4 * len(RANGES) * chunks + (4 * len(WORDS) + rest) * len(splats)


FORMAT = Format(
    name="compressed-ply",
    title="Compressed PLY, PlayCanvas",
    suffixes=(".compressed.ply", ".ply"),
    kind="splats",
    read=read,
    write=write,
    forecast=_forecast,
    loses="Positions and scales are rounded to 1/1024 of the range of 256 neighbours, rotations to 0.2 degrees, "
    "colours to 8 bits, harmonics to 1/32 between -4 and 4; the antialiasing mark and the order of splats are lost.",
    holds=holds,
)
