"""Damage as fuzzers do it: bytes turned, numbers made extreme, pieces cut, doubled and moved, inside containers too."""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from random import Random

import zstandard

EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 62, -1)
FLOATS = (0.0, -0.0, -1.0, 1e30, -1e30, 1e-40, float("nan"), float("inf"), -float("inf"))
WORDS = (
    "0", "-1", "1", "255", "65536", "2147483647", "2147483648", "4294967295", "9" * 20, "1e39", "-1e308", "1e999",
    "nan", "-inf", "0.5", "", "true", "null", "[]", "{}", '"x"', "../../../etc/passwd", "\u00e4", "\0",
)  # fmt: skip
NUMBER = re.compile(rb"-?\d+(\.\d+)?([eE][-+]?\d+)?")
HEAD = 400  # bytes in which most of what a file says of itself stands
Change = Callable[[bytearray, Random], None]


def mutated(data: bytes, random: Random, others: Sequence[bytes] = ()) -> bytes:
    """Bytes with one to six kinds of damage."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 6))):
        if random.random() < 0.1 and others:
            _splice(changed, random.choice(others), random)
        else:
            random.choice(CHANGES)(changed, random)
    return bytes(changed)


def damaged(data: bytes, random: Random, others: Sequence[bytes] = ()) -> bytes:
    """The same, half of the time below the compression or framing of the file, which stays in order."""
    wrap = next((wrap for start, wrap in CONTAINERS.items() if data.startswith(start)), None)
    if wrap is not None and random.random() < 0.5:
        return wrap(data, random)
    return mutated(data, random, others)


def _place(data: bytearray, random: Random) -> int:
    end = min(len(data), HEAD) if random.random() < 0.45 else len(data)
    return random.randrange(end) if end else 0


def _flip(data: bytearray, random: Random) -> None:
    if data:
        data[_place(data, random)] ^= 1 << random.randrange(8)


def _bytes(data: bytearray, random: Random) -> None:
    at, length = _place(data, random), random.choice((1, 1, 2, 4, 8, 32))
    data[at : at + length] = random.randbytes(min(length, len(data) - at))


def _integer(data: bytearray, random: Random) -> None:
    width, order = random.choice((1, 2, 4, 4, 4, 8)), random.choice(("little", "little", "big"))
    value = random.choice(EXTREMES) % (1 << 8 * width)
    at = _place(data, random)
    at -= at % width if random.random() < 0.7 else 0
    data[at : at + width] = value.to_bytes(width, order)[: len(data) - at]


def _float(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    at -= at % 4 if random.random() < 0.7 else 0
    data[at : at + 4] = struct.pack("<f", random.choice(FLOATS))[: len(data) - at]


def _number(data: bytearray, random: Random) -> None:
    found = list(NUMBER.finditer(data[: 20 * HEAD]))
    if found:
        one = random.choice(found)
        data[one.start() : one.end()] = random.choice(WORDS).encode()


def _cut(data: bytearray, random: Random) -> None:
    del data[_place(data, random) :]


def _remove(data: bytearray, random: Random) -> None:
    at = _place(data, random)
    del data[at : at + random.choice((1, 2, 4, 16, 100, 1000))]


def _double(data: bytearray, random: Random) -> None:
    at, length = _place(data, random), random.choice((1, 4, 32, 300))
    data[at:at] = data[at : at + length] * random.choice((1, 1, 1, 50))


def _move(data: bytearray, random: Random) -> None:
    start, length = _place(data, random), random.choice((4, 16, 64))
    piece = data[start : start + length]
    del data[start : start + length]
    at = _place(data, random)
    data[at:at] = piece


def _line(data: bytearray, random: Random) -> None:
    lines = bytes(data).split(b"\n")
    at = random.randrange(len(lines))
    lines[at : at + 1] = random.choice(([], [lines[at]] * 2, [random.choice(lines)], [lines[at].upper()]))
    data[:] = b"\n".join(lines)


def _tail(data: bytearray, random: Random) -> None:
    data += random.choice((b"\0", b"\xff" * 7, b"\n", random.randbytes(40), bytes(data[:HEAD])))


def _splice(data: bytearray, other: bytes, random: Random) -> None:
    data[_place(data, random) :] = other[random.randrange(max(len(other), 1)) :]


CHANGES: tuple[Change, ...] = (
    _flip, _flip, _bytes, _integer, _integer, _float, _number, _number, _cut, _remove, _double, _move, _line, _tail,
)  # fmt: skip


def _gzip(data: bytes, random: Random) -> bytes:
    return gzip.compress(mutated(gzip.decompress(data), random), 1)


def _zip(data: bytes, random: Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name, method = random.choice(sorted(entries)), random.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    match random.randrange(20):
        case 0:
            entries["../" * 5 + name] = entries.pop(name)
        case 1:
            del entries[name]
        case 2:
            entries[name] = entries[random.choice(sorted(entries))]
        case 3 if random.random() < 0.1:
            entries[name], method = b"\0" * (64 << 20), zipfile.ZIP_DEFLATED
        case _:
            inside = name if random.random() < 0.5 else min(entries, key=lambda each: each.endswith(".webp"))
            entries[inside] = damaged(entries[inside], random)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return packed.getvalue()


def _spz_4(data: bytes, random: Random) -> bytes:
    """Damage one stream of an SPZ of version 4; half of the time its table keeps up with it."""
    if data[4] != 4:
        return mutated(data, random)
    count, at = data[15], struct.unpack_from("<I", data, 16)[0]
    sizes = [struct.unpack_from("<QQ", data, at + 16 * i) for i in range(count)]
    start, streams = at + 16 * count, []
    for packed, size in sizes:
        streams.append(zstandard.ZstdDecompressor().decompress(data[start : start + packed], max_output_size=size))
        start += packed
    pick = random.randrange(count)
    streams[pick] = mutated(streams[pick], random)
    packed_streams = [zstandard.ZstdCompressor(level=1).compress(stream) for stream in streams]
    told = streams if random.random() < 0.5 else [bytes(size) for _, size in sizes]
    table = b"".join(
        struct.pack("<QQ", len(small), len(stream)) for small, stream in zip(packed_streams, told, strict=True)
    )
    return data[:at] + table + b"".join(packed_streams)


def _glb(data: bytes, random: Random) -> bytes:
    """Damage the JSON of a .glb, as text or as a tree, with the lengths around it right."""
    size = struct.unpack_from("<I", data, 12)[0]
    text, rest = data[20 : 20 + size], data[20 + size :]
    text = _tree(text, random) if random.random() < 0.6 else mutated(text, random)
    text += b" " * (-len(text) % 4)
    return data[:8] + struct.pack("<III", 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest


def _tree(text: bytes, random: Random) -> bytes:
    """A JSON document with one value changed, taken away or put elsewhere."""
    document = json.loads(text)
    places = list(_places(document))
    holder, key = random.choice(places)
    other_holder, other_key = random.choice(places)
    wrong = [0, -1, 1, 2**31, 2**53, 1e308, 1e-300, None, True, "x", "data:,x", "../x", [], {}, [0] * 40, 5126, 5121]
    match random.randrange(6):
        case 0:
            del holder[key]
        case 1:
            holder[key] = json.loads(json.dumps(other_holder[other_key]))
        case _:
            holder[key] = random.choice(wrong)
    return json.dumps(document).encode()


def _places(value):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key
        yield from _places(inner)


def _json(data: bytes, random: Random) -> bytes:
    try:
        return _tree(data, random)
    except ValueError:
        return mutated(data, random)


CONTAINERS: dict[bytes, Callable[[bytes, Random], bytes]] = {
    b"\x1f\x8b": _gzip,
    b"PK\x03\x04": _zip,
    b"NGSP": _spz_4,
    b"glTF": _glb,
    b"{": _json,
}
