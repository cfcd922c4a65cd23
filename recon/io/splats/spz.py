"""Gaussian splats as SPZ files (Niantic), versions 2 to 4.

Positions are fixed-point numbers of 24 bits; everything else is a byte or a few bits a value. Versions 2 and 3 are one
gzip stream behind a header of 16 bytes; version 4 keeps its header of 32 bytes in the clear, followed by a table of
zstd streams. The frame has x right, y up, z back.
"""

from __future__ import annotations

import dataclasses
import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.files import atomic_write
from recon.io.format import Format
from recon.io.splats.values import (
    blocks,
    check_size,
    empty_splats,
    from_smallest_three,
    log_scale,
    read_exactly,
    smallest_three,
    splats_of,
    to_bytes,
)
from recon.parameters import check, parameter
from recon.scene import Splats
from recon.scene.transforms import transformed, turn

MAGIC = b"NGSP"
HEADER = struct.Struct("<4sIIBBBB")
HEADER_4 = struct.Struct("<4sIIBBBBI12x")
ENTRY = struct.Struct("<QQ")
ANTIALIASED = 1
COLOR_SCALE = 0.15
LARGEST_STEP = 2**23 - 1
FRACTIONAL_BITS = 12
MOST_FRACTIONAL_BITS = 20
# A position is rounded to no more than this share of the sizes that small splats have.
SHARE_OF_SIZE = 0.25
SMALL_SPLATS = 10
# Of 32-bit rotations: components in x, y, z, w order, nine bits and a sign each.
LARGEST_ROTATION = 511
GZIP_LEVEL, ZSTD_LEVEL = 6, 12
# Harmonics keep five bits in the first degree and four in the others.
STEPS = np.repeat([8, 16, 16], [3, 5, 7])


@dataclass(frozen=True)
class Options:
    """How SPZ files are written."""

    version: Literal["3", "4"] = parameter("3", "Version of the file; older programs read 3 only.")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Head:
    """What the header says."""

    version: int
    count: int
    degree: int
    fractional_bits: int
    flags: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """Bytes of each stream: positions, opacities, colours, scales, rotations, harmonics."""
        rotation = 3 if self.version < 3 else 4
        rest = 3 * ((self.degree + 1) ** 2 - 1)
        return tuple(self.count * width for width in (9, 1, 3, 3, rotation, rest))


def read(path: Path) -> Splats:
    """Read an SPZ file; see `recon.io.read_splats`."""
    data = read_exactly(path)
    # Packed by gzip, or laid open; version 4 is told by its header.
    is_open = data[:4] == MAGIC
    head, streams = _read_4(path, data) if is_open and data[4:8] == b"\4\0\0\0" else _read_old(path, data, is_open)
    arrays = empty_splats(head.count, min(head.degree, 3))
    for part in blocks(head.count):
        _decode(head, streams, part, arrays)
    return transformed(splats_of(path, arrays, bool(head.flags & ANTIALIASED)), turn("y", "-y"))


def _checked(path: Path, head: Head, size: int, versions: tuple[int, ...]) -> Head:
    if head.version not in versions or head.degree > 4 or head.fractional_bits > 23:
        raise UnreadableFile(
            f"{path} is an SPZ file of version {head.version} with harmonics of degree {head.degree}; versions 2 to 4 "
            "with degrees 0 to 4 can be read."
        )
    check_size(path, sum(head.sizes), size)
    return head


def _read_old(path: Path, data: bytes, is_open: bool) -> tuple[Head, list[NDArray[np.uint8]]]:
    start = data[: HEADER.size] if is_open else _inflate(path, data, HEADER.size)
    if len(start) < HEADER.size or start[:4] != MAGIC:
        raise UnreadableFile(f"{path} is not an SPZ file, or damaged: it does not begin as one.")
    head = _checked(path, Head(*HEADER.unpack(start)[1:6]), len(data), (2, 3))
    wanted = HEADER.size + sum(head.sizes)
    whole = data if is_open else _inflate(path, data, wanted + 1)
    if len(whole) < wanted:
        raise UnreadableFile(f"{path} is damaged: {wanted - len(whole)} of {wanted} bytes of its splats are missing.")
    body = np.frombuffer(whole, np.uint8, wanted - HEADER.size, HEADER.size)
    return head, np.split(body, np.cumsum(head.sizes)[:-1])


def _inflate(path: Path, data: bytes, most: int) -> bytes:
    stream = zlib.decompressobj(wbits=31)
    try:
        content = stream.decompress(data, most)
    except zlib.error as error:
        raise UnreadableFile(f"{path} is not an SPZ file, or damaged: {error}.") from error
    if len(content) < most and not stream.eof:
        raise UnreadableFile(f"{path} is damaged: it ends too early.")
    return content


def _read_4(path: Path, data: bytes) -> tuple[Head, list[NDArray[np.uint8]]]:
    import zstandard

    if len(data) < HEADER_4.size:
        raise UnreadableFile(f"{path} is damaged: its header is cut short.")
    _, version, count, degree, bits, flags, streams, table = HEADER_4.unpack_from(data)
    head = _checked(path, Head(version, count, degree, bits, flags), len(data), (4,))
    # Scenes without harmonics have no stream for them.
    wanted = [size for i, size in enumerate(head.sizes) if i < 5 or head.degree]
    at = table + ENTRY.size * streams
    if streams != len(wanted) or not HEADER_4.size <= table <= at <= len(data):
        raise UnreadableFile(f"{path} is damaged: {len(wanted)} streams were wanted, its table has {streams}.")
    unpacked = []
    for i, size in enumerate(wanted):
        packed, unpacked_size = ENTRY.unpack_from(data, table + ENTRY.size * i)
        if unpacked_size != size or at + packed > len(data):
            raise UnreadableFile(f"{path} is damaged: stream {i} of its splats is {unpacked_size} bytes, not {size}.")
        try:
            with zstandard.ZstdDecompressor().stream_reader(data[at : at + packed]) as reader:
                stream = np.frombuffer(reader.read(size), np.uint8)
        except (zstandard.ZstdError, MemoryError) as error:
            raise UnreadableFile(f"{path} is damaged: {error}.") from error
        if len(stream) != size:
            raise UnreadableFile(f"{path} is damaged: stream {i} of its splats ends after {len(stream)} bytes.")
        unpacked.append(stream)
        at += packed
    return head, unpacked


def _decode(head: Head, streams: list[NDArray[np.uint8]], part: slice, arrays: dict[str, Any]) -> None:
    def rows(stream: int) -> NDArray[np.uint8]:
        width = head.sizes[stream] // head.count
        return streams[stream][part.start * width : part.stop * width].reshape(-1, width)

    low, middle, high = np.moveaxis(rows(0).reshape(-1, 3, 3).astype(np.int32), -1, 0)
    steps = low | (middle << 8) | (high.astype(np.int8).astype(np.int32) << 16)
    arrays["means"][part] = steps / float(1 << head.fractional_bits)
    arrays["opacities"][part] = rows(1)[:, 0] / np.float32(255)
    arrays["sh"][part, 0] = (rows(2) / 255.0 - 0.5) / COLOR_SCALE
    arrays["scales"][part] = np.exp(rows(3) / 16.0 - 10)
    arrays["quaternions"][part] = _rotations(rows(4), head.version)
    count = arrays["sh"].shape[1] - 1
    if count:
        # Degree 4 is beyond what is drawn here; its coefficients are left out.
        arrays["sh"][part, 1:] = (rows(5).reshape(part.stop - part.start, -1, 3)[:, :count] - np.float32(128)) / 128


def _rotations(rows: NDArray[np.uint8], version: int) -> NDArray[np.float64]:
    """Quaternions w, x, y, z."""
    if version < 3:
        xyz = rows / 127.5 - 1
        w = np.sqrt(np.maximum(0, 1 - (xyz**2).sum(axis=1, keepdims=True)))
        return np.concatenate([w, xyz], axis=1)
    words = np.ascontiguousarray(rows).view("<u4")[:, 0]
    fields = np.stack([(words >> shift) & 1023 for shift in (20, 10, 0)], axis=1).astype(np.int64)
    size = (fields & LARGEST_ROTATION) / LARGEST_ROTATION * np.sqrt(0.5)
    return np.roll(from_smallest_three(words >> 30, np.where(fields >> 9, -size, size)), 1, axis=1)


def write(path: Path, splats: Splats, options: Options) -> None:
    """Write an SPZ file; see `recon.io.write_splats`."""
    with atomic_write(path) as file:
        file.write(encoded(splats, int(options.version)))


def encoded(splats: Splats, version: int) -> bytes:
    """Splats as the content of an SPZ file of version 3 or 4."""
    flags = ANTIALIASED * splats.antialiased
    head = Head(version, len(splats), splats.degree, _fractional_bits(splats), flags)
    streams = [np.empty(size, np.uint8) for size in head.sizes]
    for part in blocks(len(splats)):
        _encode(head, splats, part, streams)
    if version == 3:
        start = HEADER.pack(MAGIC, *dataclasses.astuple(head), 0)
        return _gzipped([start, *(stream.data for stream in streams)])
    import zstandard

    streams = streams if splats.degree else streams[:5]
    packed = [zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(stream.data) for stream in streams]
    start = HEADER_4.pack(MAGIC, *dataclasses.astuple(head), len(streams), HEADER_4.size)
    table = [ENTRY.pack(len(small), len(stream)) for small, stream in zip(packed, streams, strict=True)]
    return b"".join([start, *table, *packed])


def _gzipped(parts: list[Any]) -> bytes:
    from io import BytesIO

    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=GZIP_LEVEL, mtime=0) as file:
        for part in parts:
            file.write(part)
    return packed.getvalue()


def _fractional_bits(splats: Splats) -> int:
    """Binary digits behind the point: 12, as others write, more where splats are tiny, fewer where a scene is vast."""
    if len(splats) == 0:
        return FRACTIONAL_BITS
    farthest = max(float(np.abs(splats.means).max()), 1e-9)
    fitting = int(np.floor(np.log2(LARGEST_STEP / farthest)))
    typical = float(np.percentile(splats.scales.max(axis=1), SMALL_SPLATS))
    wanted = int(np.ceil(-np.log2(max(typical * SHARE_OF_SIZE, 1e-9))))
    return max(0, min(fitting, max(FRACTIONAL_BITS, wanted), MOST_FRACTIONAL_BITS))


def _encode(head: Head, splats: Splats, part: slice, streams: list[NDArray[np.uint8]]) -> None:
    def rows(stream: int) -> NDArray[np.uint8]:
        width = head.sizes[stream] // head.count
        return streams[stream][part.start * width : part.stop * width].reshape(-1, width)

    block = transformed(splats.part(part), turn("-y", "y"))
    steps = np.clip(np.rint(block.means * float(1 << head.fractional_bits)), -LARGEST_STEP, LARGEST_STEP)
    rows(0)[:] = steps.astype("<i4").view(np.uint8).reshape(-1, 3, 4)[:, :, :3].reshape(-1, 9)
    rows(1)[:, 0] = to_bytes(block.opacities)
    rows(2)[:] = to_bytes(block.sh[:, 0] * COLOR_SCALE + 0.5)
    rows(3)[:] = np.clip(np.rint((log_scale(block.scales) + 10) * 16), 0, 255)
    largest, rest = smallest_three(np.roll(block.quaternions, -1, axis=1))
    sizes = np.rint(np.abs(rest) / np.sqrt(0.5) * LARGEST_ROTATION).astype(np.uint32)
    fields = np.minimum(sizes, LARGEST_ROTATION) | ((rest < 0).astype(np.uint32) << 9)
    words = (largest.astype(np.uint32) << 30) | (fields[:, 0] << 20) | (fields[:, 1] << 10) | fields[:, 2]
    rows(4)[:] = words.astype("<u4").view(np.uint8).reshape(-1, 4)
    if head.degree:
        step = STEPS[: block.sh.shape[1] - 1, None]
        levels = np.rint(np.rint(block.sh[:, 1:] * 128 + 128) / step) * step
        rows(5)[:] = np.clip(levels, 0, 255).reshape(len(levels), -1)


def _forecast(splats: Splats, _: Options) -> int:
    """Positions, colours and rotations hardly shrink, scales and opacities by a third, harmonics to half."""
    rest = 3 * ((splats.degree + 1) ** 2 - 1)
    return round(HEADER.size + len(splats) * (14.5 + 0.5 * rest))


FORMAT = Format(
    name="spz",
    title="SPZ, Niantic",
    suffixes=(".spz",),
    kind="splats",
    read=read,
    write=write,
    forecast=_forecast,
    options=Options,
    loses="Positions are rounded to 1/4096 of a unit (finer for tiny splats), scales to 3 %, rotations to 0.2 degrees, "
    "colours and opacities to 8 bits, harmonics to 1/16 (degree 1) and 1/8 between -1 and 1.",
    fixed_up=True,
)
