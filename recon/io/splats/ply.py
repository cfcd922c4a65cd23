"""Gaussian splats as the PLY files of 3DGS (Kerbl 2023) and its successors.

Columns by name, in any order and type: x y z, f_dc_0..2, f_rest_* (channel-major), opacity (logit), scale_* (logarithm)
and rot_0..3 (w, x, y, z). Normals are ignored; a missing scale_2 means flat splats, as 2DGS writes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.files import atomic_write
from recon.io.format import Format
from recon.io.ply_table import Columns, Header, read_columns, read_header
from recon.scene import Splats

Floats = NDArray[np.float32]

REQUIRED = (*"xyz", "f_dc_0", "f_dc_1", "f_dc_2", "opacity", "scale_0", "scale_1", *(f"rot_{i}" for i in range(4)))
REST_PER_CHANNEL = (0, 3, 8, 15)
ROWS_AT_ONCE = 1 << 16
# Beyond these, float32 opacities and scales say the same again; they keep 0 and 1 away from infinity.
LARGEST_LOGIT = 20.0
SMALLEST_SCALE = 1e-30


def read(path: Path) -> Splats:
    """Read a 3DGS PLY; see `recon.io.read_splats`."""
    header = read_header(path)
    columns = _splat_columns(path, header)
    rest = _rest_per_channel(path, columns)
    with np.errstate(over="ignore", invalid="ignore"):
        arrays = {
            "means": _stack(columns, ("x", "y", "z")),
            "quaternions": _unit(_stack(columns, [f"rot_{i}" for i in range(4)])),
            "scales": _scales(columns),
            "opacities": _sigmoid(_column(columns, "opacity")),
            "sh": _harmonics(columns, rest),
        }
    for name, array in arrays.items():
        broken = len(array) - int(np.isfinite(array).all(axis=tuple(range(1, array.ndim))).sum())
        if broken:
            raise UnreadableFile(f"{path}: the {name} of {broken} of {len(array)} splats are not finite numbers.")
    return Splats(**arrays, antialiased=_antialiased(header))


def _splat_columns(path: Path, header: Header) -> Columns:
    vertex = header.element("vertex")
    names = {name for name, _ in vertex.columns} if vertex else set()
    if "packed_position" in names:
        raise UnreadableFile(f"{path} is a compressed PLY, which cannot be read yet; export it as a plain 3DGS PLY.")
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


def _column(columns: Columns, name: str) -> Floats:
    return columns[name].astype(np.float32)


def _stack(columns: Columns, names: Sequence[str]) -> Floats:
    stacked = np.empty((len(columns["x"]), len(names)), np.float32)
    for i, name in enumerate(names):
        stacked[:, i] = columns[name]
    return stacked


def _unit(quaternions: Floats) -> Floats:
    length = np.linalg.norm(quaternions.astype(np.float64), axis=1, keepdims=True)
    unit = (quaternions / np.where(length > 0, length, 1)).astype(np.float32)
    unit[length[:, 0] == 0] = (1, 0, 0, 0)
    return unit


def _scales(columns: Columns) -> Floats:
    names = [name for name in ("scale_0", "scale_1", "scale_2") if name in columns]
    scales = np.zeros((len(columns["x"]), 3), np.float32)
    scales[:, : len(names)] = np.exp(_stack(columns, names))
    return scales


def _sigmoid(logits: Floats) -> Floats:
    return (1 / (1 + np.exp(-logits.astype(np.float64)))).astype(np.float32)


def _harmonics(columns: Columns, rest: int) -> Floats:
    sh = np.empty((len(columns["x"]), 1 + rest, 3), np.float32)
    for channel in range(3):
        sh[:, 0, channel] = columns[f"f_dc_{channel}"]
        for i in range(rest):
            sh[:, 1 + i, channel] = columns[f"f_rest_{channel * rest + i}"]
    return sh


def _antialiased(header: Header) -> bool:
    """Whether a comment says so, in Brush's words or in Postshot's."""
    said = {" ".join(comment.lower().replace(":", " ").split()) for comment in header.comments}
    return bool(said & {"splatrendermode mip", "antialiased 1"})


def write(path: Path, splats: Splats, _: None = None) -> None:
    """Write a binary little-endian 3DGS PLY; see `recon.io.write_splats`."""
    with atomic_write(path) as file:
        file.write(_header(splats))
        for start in range(0, len(splats), ROWS_AT_ONCE):
            file.write(_rows(splats, slice(start, start + ROWS_AT_ONCE)).tobytes())


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
    means, sh = splats.means[part], splats.sh[part]
    opacities = splats.opacities[part].astype(np.float64)
    with np.errstate(divide="ignore"):
        logits = np.clip(np.log(opacities) - np.log1p(-opacities), -LARGEST_LOGIT, LARGEST_LOGIT)
    rest = sh[:, 1:].transpose(0, 2, 1).reshape(len(sh), -1)
    scales = np.log(np.maximum(splats.scales[part], SMALLEST_SCALE))
    parts = [means, np.zeros_like(means), sh[:, 0], rest, logits[:, None], scales, splats.quaternions[part]]
    return np.concatenate(parts, axis=1).astype("<f4")


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
)
