"""What every format of blocks needs: checked blocks, and their parameters as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.gltf import DAMAGE
from recon.scene import Blocks

SHAPE = ("center", "quaternion", "scale", "exponents", "taper", "opacity")
FIELDS = ("centers", "quaternions", "scales", "exponents", "tapers", "opacities")


def shapes_of(blocks: Blocks) -> list[dict[str, Any]]:
    """Each block's name and parameters; numbers give their float32 back exactly."""
    columns = [getattr(blocks, field).tolist() for field in FIELDS]
    return [
        {"name": name, **dict(zip(SHAPE, row, strict=True))} for name, *row in zip(blocks.names, *columns, strict=True)
    ]


def blocks_of(path: Path, shapes: Sequence[dict[str, Any]], tiles: Sequence[NDArray[np.uint8]], **rest: Any) -> Blocks:
    """Blocks from what `shapes_of` gave and a texture for each.

    Raises
    ------
    UnreadableFile
        If they are none.
    """
    widths = {"centers": 3, "quaternions": 4, "scales": 3, "exponents": 2, "tapers": 2, "opacities": 0}
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            arrays: dict[str, Any] = {
                field: _floats([shape[name] for shape in shapes], width)
                for (field, width), name in zip(widths.items(), SHAPE, strict=True)
            }
        textures = np.stack(tiles) if len(tiles) else np.zeros((0, 6, 1, 1, 3), np.uint8)
        names = tuple(str(shape["name"]) for shape in shapes)
        return Blocks(**arrays, textures=textures, names=names, **rest)
    except DAMAGE as error:
        raise UnreadableFile(f"{path} is damaged: {error}.") from error


def _floats(rows: Sequence[Any], width: int) -> NDArray[np.float32]:
    values = np.array(rows, np.float64).reshape(len(rows), *([width] if width else []))
    return values.astype(np.float32)
