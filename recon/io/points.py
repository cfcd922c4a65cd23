"""Sparse points from PLY files, and what every reader asks of points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.ply_table import Columns, read_columns, read_header
from recon.scene import Points

GREY = 0.5


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


def _colors(columns: Columns, count: int) -> NDArray[np.float32]:
    if not {"red", "green", "blue"} <= set(columns):
        return np.full((count, 3), GREY, np.float32)
    colors = np.stack([columns[name] for name in ("red", "green", "blue")], axis=1).astype(np.float32)
    # An ascii file does not keep its columns' types, so bytes are told by their size.
    is_float = columns["red"].dtype.kind == "f" and (colors.size == 0 or colors.max() <= 1)
    return np.asarray(np.clip(np.nan_to_num(colors if is_float else colors / 255), 0, 1), np.float32)


def finite_points(positions: NDArray[Any], colors: NDArray[np.float32], warnings: list[str]) -> Points | None:
    """Points without those that are nowhere, said in a warning; None where none is left."""
    good = np.isfinite(positions).all(1)
    if not good.all():
        warnings.append(f"{int((~good).sum())} of {len(good)} points have no finite position and were left out.")
    return Points(positions[good].astype(np.float32), colors[good]) if good.any() else None
