"""Gaussian splats as the PLY files of 3DGS (Kerbl 2023) and its successors.

Columns by name, in any order and type: x y z, f_dc_0..2, f_rest_* (channel-major), opacity (logit), scale_* (logarithm)
and rot_0..3 (w, x, y, z). Normals are ignored; a missing scale_2 means flat splats, as 2DGS writes them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.files import atomic_write
from recon.io.format import Format
from recon.io.ply_table import Columns, Header, read_columns, read_header, side_by_side
from recon.io.splats.values import blocks, degree_of, empty_splats, log_scale, logit, sigmoid, splats_of
from recon.scene import Splats

Floats = NDArray[np.float32]

REQUIRED = (*"xyz", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", *(f"rot_{i}" for i in range(4)))
REST_PER_CHANNEL = (0, 3, 8, 15)


def holds(path: Path) -> bool:
    """Whether a PLY file has splats in it, one a row."""
    try:
        vertex = read_header(path).element("vertex")
    except UnreadableFile:
        return False
    return vertex is not None and "f_dc_0" in dict(vertex.columns)


def read(path: Path) -> Splats:
    """Read a 3DGS PLY; see `recon.io.read_splats`."""
    header = read_header(path)
    columns = _splat_columns(path, header)
    rest = _rest_per_channel(path, columns)
    arrays = empty_splats(len(columns["x"]), degree_of(path, rest))
    for part in blocks(len(columns["x"])):
        _decode({name: column[part] for name, column in columns.items()}, rest, part, arrays)
    return splats_of(path, arrays, _antialiased(header))


def _splat_columns(path: Path, header: Header) -> Columns:
    vertex = header.element("vertex")
    names = {name for name, _ in vertex.columns} if vertex else set()
    missing = [name for name in REQUIRED if name not in names]
    if vertex is None or missing:
        raise UnreadableFile(
            f"{path} is a PLY file without splats: {', '.join(missing[:4])}{'...' if len(missing) > 4 else ''} "
            f"{'is' if len(missing) == 1 else 'are'} missing. A 3DGS PLY was wanted."
        )
    return read_columns(path, header, "vertex")


def _rest_per_channel(path: Path, columns: Columns) -> int:
    count = sum(name.startswith("f_rest_") for name in columns)
    if count % 3 or count // 3 not in REST_PER_CHANNEL or any(f"f_rest_{i}" not in columns for i in range(count)):
        raise UnreadableFile(f"{path} has {count} f_rest columns; 0, 9, 24 or 45 were wanted (degree 0 to 3).")
    return count // 3


def _decode(columns: Columns, rest: int, part: slice, arrays: dict[str, Floats]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        arrays["means"][part] = side_by_side(columns, "xyz")
        arrays["quaternions"][part] = side_by_side(columns, [f"rot_{i}" for i in range(4)])
        arrays["opacities"][part] = sigmoid(columns["opacity"])
        arrays["sh"][part, 0] = side_by_side(columns, [f"f_dc_{i}" for i in range(3)])
        if rest:
            harmonics = side_by_side(columns, [f"f_rest_{i}" for i in range(3 * rest)])
            arrays["sh"][part, 1:] = harmonics.reshape(-1, 3, rest).transpose(0, 2, 1)
        for i in range(3):
            scale = columns.get(f"scale_{i}")
            arrays["scales"][part, i] = 0 if scale is None else np.exp(scale.astype(np.float64))


def _antialiased(header: Header) -> bool:
    """Whether a comment says so, in Brush's words or in Postshot's."""
    said = {" ".join(comment.lower().replace(":", " ").split()) for comment in header.comments}
    return bool(said & {"splatrendermode mip", "antialiased 1"})


def write(path: Path, splats: Splats, _: None = None) -> None:
    """Write a binary little-endian 3DGS PLY; see `recon.io.write_splats`."""
    with atomic_write(path) as file:
        file.write(_header(splats))
        for part in blocks(len(splats)):
            file.write(_rows(splats, part).data)


def _header(splats: Splats) -> bytes:
    mode = "mip" if splats.antialiased else "default"
    lines = ["ply", "format binary_little_endian 1.0", f"comment SplatRenderMode: {mode}"]
    lines += [f"element vertex {len(splats)}", *(f"property float {name}" for name in _names(splats)), "end_header", ""]
    return "\n".join(lines).encode("ascii")


def _names(splats: Splats) -> list[str]:
    rest = 3 * (splats.sh.shape[1] - 1)
    # The normals are always zero; older viewers read rows of fixed layout and expect them.
    return [
        *("x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"),
        *(f"f_rest_{i}" for i in range(rest)),
        *("opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"),
    ]


def _rows(splats: Splats, part: slice) -> Floats:
    sh = splats.sh[part]
    rest = sh[:, 1:].transpose(0, 2, 1).reshape(len(sh), -1)
    logits, scales = logit(splats.opacities[part])[:, None], log_scale(splats.scales[part])
    means, normals = splats.means[part], np.zeros((len(sh), 3), np.float32)
    parts: list[NDArray[Any]] = [means, normals, sh[:, 0], rest, logits, scales, splats.quaternions[part]]
    return np.concatenate(parts, axis=1, dtype="<f4", casting="same_kind")


def _forecast(splats: Splats, _: None) -> int:
    return len(_header(splats)) + 4 * len(_names(splats)) * len(splats)


FORMAT = Format(
    name="ply",
    title="Gaussian splats, 3DGS PLY",
    suffixes=(".ply",),
    kind="splats",
    read=read,
    write=write,
    forecast=_forecast,
    holds=holds,
)
