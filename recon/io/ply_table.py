"""PLY files as tables: the header, and the scalar columns of one element.

Reads ascii and both binary byte orders, in memory bounded by the file's own size whatever its header claims.
Refuses list columns ahead of the element asked for; nothing this project reads has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from recon.errors import UnreadableFile

Columns = Mapping[str, NDArray[Any]]

LONGEST_HEADER = 1 << 16
BYTE_ORDERS = {"ascii": "=", "binary_little_endian": "<", "binary_big_endian": ">"}
TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4",
    "double": "f8",
    "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4", "float32": "f4",
    "float64": "f8",
}  # fmt: skip


@dataclass(frozen=True)
class Element:
    """A declared element: its rows and its scalar columns in order of declaration."""

    name: str
    count: int
    columns: tuple[tuple[str, str], ...] = ()
    has_lists: bool = False


@dataclass(frozen=True)
class Header:
    """What a PLY file says of itself; `size` is the header's length in bytes."""

    encoding: Literal["ascii", "binary_little_endian", "binary_big_endian"]
    comments: tuple[str, ...]
    elements: tuple[Element, ...]
    size: int

    def element(self, name: str) -> Element | None:
        """The element of a name, or None."""
        return next((each for each in self.elements if each.name == name), None)


def read_header(path: Path) -> Header:
    """Read a PLY file's header.

    Raises
    ------
    UnreadableFile
        If there is no file, or it does not begin as a PLY file does.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path} is {'a folder' if path.is_dir() else 'not there'}; a PLY file was wanted.")
    try:
        with path.open("rb") as file:
            start = file.read(LONGEST_HEADER)
    except OSError as error:
        raise UnreadableFile(f"{path} could not be opened: {error.strerror or error}.") from error
    if not start.startswith((b"ply\n", b"ply\r")):
        raise UnreadableFile(f"{path} is not a PLY file: it does not begin with the word ply.")
    end = start.find(b"end_header")
    after = start.find(b"\n", end)
    if end < 0 or after < 0:
        raise UnreadableFile(f"{path} is damaged: its PLY header has no end.")
    try:
        return _parse(start[:end].decode("ascii", "replace").splitlines(), after + 1)
    except (ValueError, KeyError, IndexError) as error:
        raise UnreadableFile(f"{path} is damaged: its PLY header cannot be understood ({error}).") from error


def _parse(lines: list[str], size: int) -> Header:
    encoding, comments, elements = "", [], []
    for line in lines[1:]:
        words = line.split()
        match words[:1]:
            case ["format"]:
                encoding = words[1]
            case ["comment"]:
                comments.append(line.removeprefix("comment").strip())
            case ["element"]:
                elements.append(Element(words[1], int(words[2])))
            case ["property"]:
                elements[-1] = _with_property(elements[-1], words[1:])
    if encoding not in BYTE_ORDERS or any(element.count < 0 for element in elements):
        raise ValueError(f"format {encoding!r}, elements {[(each.name, each.count) for each in elements]}")
    return Header(cast("Any", encoding), tuple(comments), tuple(elements), size)


def _with_property(element: Element, words: list[str]) -> Element:
    if words[0] == "list":
        return Element(element.name, element.count, element.columns, has_lists=True)
    columns = (*element.columns, (words[1], TYPES[words[0]]))
    if len(dict(columns)) != len(columns):
        raise ValueError(f"property {words[1]} is declared twice")
    return Element(element.name, element.count, columns, element.has_lists)


def read_columns(path: Path, header: Header, name: str) -> Columns:
    """Read one element's columns.

    Parameters
    ----------
    path : Path
    header : Header
        From `read_header`.
    name : str
        Of the element; it must be there.

    Returns
    -------
    mapping of str to (count,) array
        Binary columns are views of the mapped file, in its own types.

    Raises
    ------
    UnreadableFile
        If the file ends before its rows do, or holds lists where rows are wanted.
    """
    names = [element.name for element in header.elements]
    until = header.elements[: names.index(name) + 1]
    if any(element.has_lists for element in until):
        raise UnreadableFile(f"{path} holds lists ahead of its {name} data, which is not supported.")
    read = _read_text if header.encoding == "ascii" else _read_binary
    try:
        return read(path, header, until)
    except (OSError, ValueError, UserWarning) as error:  # numpy warns where no row holds anything
        raise UnreadableFile(f"{path} is damaged: its {name} data cannot be read ({error}).") from error


def side_by_side(columns: Columns, names: Sequence[str]) -> NDArray[Any]:
    """Columns as one (count, columns) array: a view where the file has them side by side, which is read much faster."""
    parts = [columns[name] for name in names]
    first, size = parts[0], parts[0].dtype.itemsize
    start = first.__array_interface__["data"][0]
    if all(
        part.dtype == first.dtype and part.__array_interface__["data"][0] == start + i * size
        for i, part in enumerate(parts)
    ):
        return as_strided(first, (len(first), len(parts)), (*first.strides, size), writeable=False)
    return np.stack(parts, axis=1)


def _read_binary(path: Path, header: Header, until: tuple[Element, ...]) -> Columns:
    order = BYTE_ORDERS[header.encoding]
    rows = [np.dtype([(name, order + code) for name, code in element.columns]) for element in until]
    offset = header.size + sum(row.itemsize * element.count for row, element in zip(rows[:-1], until[:-1], strict=True))
    row, count = rows[-1], until[-1].count
    missing = offset + row.itemsize * count - path.stat().st_size
    if missing > 0:
        raise ValueError(f"{count} rows are declared, {missing} bytes are missing")
    if count == 0 or row.itemsize == 0:
        return {name: np.zeros(count if row.itemsize else 0, code) for name, code in until[-1].columns}
    table = np.asarray(np.memmap(path, row, "r", offset, (count,)))  # views of a memmap itself are slow to make
    return {name: table[name] for name, _ in until[-1].columns}


def _read_text(path: Path, header: Header, until: tuple[Element, ...]) -> Columns:
    # A row takes at least a digit and a separator per column, so that no header can ask for more than the file holds.
    least = sum(2 * max(len(element.columns), 1) * element.count for element in until) - 1
    if least > path.stat().st_size - header.size:
        raise ValueError(f"{until[-1].count} rows are declared, the file is too short for them")
    names = [name for name, _ in until[-1].columns]
    count = until[-1].count
    if count == 0 or not names:
        return {name: np.zeros(0) for name in names}
    with path.open(encoding="ascii", errors="replace") as file:
        file.seek(header.size)
        for _ in range(sum(element.count for element in until[:-1])):
            file.readline()
        table = np.loadtxt(islice(file, count), comments=None, ndmin=2)
    if table.shape != (count, len(names)):
        raise ValueError(f"{count} rows of {len(names)} were wanted, {table.shape[0]} of {table.shape[1]} were found")
    return dict(zip(names, table.T, strict=True))
