"""Points from and to PLY files, and what every reader asks of points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError, UnreadableFile
from recon.io.files import atomic_write
from recon.io.ply_table import Columns, read_columns, read_header
from recon.scene import Points

GREY = 0.5
COLORS = ("red", "green", "blue")


def read_points(path: Path, warnings: list[str]) -> Points | None:
    """Read a point cloud: x y z, and red green blue where it has them.

    Parameters
    ----------
    path : Path
        A PLY file.
    warnings : list of str
        Gains a sentence if points had to be left out.

    Raises
    ------
    UnreadableFile
    """
    header = read_header(path)
    vertex = header.element("vertex")
    names = {name for name, _ in vertex.columns} if vertex else set()
    if not {"x", "y", "z"} <= names:
        raise UnreadableFile(f"{path} holds no points: the columns x, y and z were wanted.")
    columns = read_columns(path, header, "vertex")
    with np.errstate(over="ignore", invalid="ignore"):
        positions = np.stack([columns[axis].astype(np.float32) for axis in "xyz"], axis=1)
    return finite_points(positions, _colors(columns, len(positions)), warnings)


def read_normals(path: Path, count: int) -> NDArray[np.float64] | None:
    """The normals nx ny nz of a PLY file's points, (count, 3) float64 of unit length; None where they have none.

    None too where they are not one for each of `count` points: some had to be left out.
    """
    header = read_header(path)
    vertex = header.element("vertex")
    names = ("nx", "ny", "nz")
    if vertex is None or vertex.count != count or not set(names) <= {name for name, _ in vertex.columns}:
        return None
    columns = read_columns(path, header, "vertex")
    normals = np.stack([columns[name].astype(np.float64) for name in names], axis=1)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / lengths) if np.isfinite(lengths).all() and lengths.min(initial=1) > 0 else None


def write_points(path: Path, points: Points) -> None:
    """Write a point cloud as binary PLY, with colours of 8 bits.

    Raises
    ------
    InputError
        If its name does not end in .ply, or the place cannot be written to.
    DiskFull
        If there is no space left.
    """
    if path.suffix.lower() != ".ply":
        raise InputError(f"Points cannot be written as {path.name}. Give a name that ends in .ply.")
    rows = np.empty(len(points), [*((axis, "<f4") for axis in "xyz"), *((name, "u1") for name in COLORS)])
    for column, axis in enumerate("xyz"):
        rows[axis] = points.positions[:, column]
    for column, name in enumerate(COLORS):
        rows[name] = np.rint(255 * np.clip(points.colors[:, column], 0, 1))
    lines = ["ply", "format binary_little_endian 1.0", f"element vertex {len(rows)}"]
    lines += [f"property float {axis}" for axis in "xyz"] + [f"property uchar {name}" for name in COLORS]
    with atomic_write(path) as file:
        file.write("\n".join([*lines, "end_header", ""]).encode() + rows.tobytes())


def _colors(columns: Columns, count: int) -> NDArray[np.float32]:
    if not set(COLORS) <= set(columns):
        return np.full((count, 3), GREY, np.float32)
    colors = np.stack([columns[name] for name in COLORS], axis=1).astype(np.float32)
    # An ascii file does not keep its columns' types, so bytes are told by their size.
    is_float = columns["red"].dtype.kind == "f" and (colors.size == 0 or colors.max() <= 1)
    return np.asarray(np.clip(np.nan_to_num(colors if is_float else colors / 255), 0, 1), np.float32)


def finite_points(positions: NDArray[Any], colors: NDArray[np.float32], warnings: list[str]) -> Points | None:
    """Points without those that are nowhere, said in a warning; None where none is left."""
    good = np.isfinite(positions).all(1)
    if not good.all():
        warnings.append(f"{int((~good).sum())} of {len(good)} points have no finite position and were left out.")
    return Points(positions[good].astype(np.float32), colors[good]) if good.any() else None
