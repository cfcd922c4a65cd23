"""Gaussian splats as .splat files: 32 bytes a splat, no header, no view-dependent colour.

Position and linear scale as float32, colour and opacity as bytes, the quaternion w, x, y, z as bytes around 128. The
largest and most opaque splats come first, so that a viewer can show a file while it loads.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recon.errors import UnreadableFile
from recon.io.files import atomic_write
from recon.io.format import Format
from recon.io.splats.values import blocks, color_of, dc_of, empty_splats, splats_of, to_bytes
from recon.scene import Splats

ROW = np.dtype([("mean", "<f4", 3), ("scale", "<f4", 3), ("color", "u1", 4), ("quaternion", "u1", 4)])


def read(path: Path) -> Splats:
    """Read a .splat file; see `recon.io.read_splats`."""
    size = path.stat().st_size
    if size == 0 or size % ROW.itemsize:
        raise UnreadableFile(f"{path} is no .splat file: {size} bytes are not a multiple of {ROW.itemsize}.")
    rows = np.memmap(path, ROW, "r")
    arrays = empty_splats(len(rows), 0)
    for part in blocks(len(rows)):
        block = rows[part]
        arrays["means"][part], arrays["scales"][part] = block["mean"], block["scale"]
        color = block["color"] / np.float32(255)
        arrays["sh"][part, 0], arrays["opacities"][part] = dc_of(color[:, :3]), color[:, 3]
        arrays["quaternions"][part] = (block["quaternion"].astype(np.float32) - 128) / 128
    return splats_of(path, arrays)


def write(path: Path, splats: Splats, _: None = None) -> None:
    """Write a .splat file; see `recon.io.write_splats`."""
    order = np.argsort(-splats.scales.prod(axis=1, dtype=np.float64) * splats.opacities, kind="stable")
    with atomic_write(path) as file:
        for part in blocks(len(splats)):
            picked = order[part]
            rows = np.empty(len(picked), ROW)
            rows["mean"], rows["scale"] = splats.means[picked], splats.scales[picked]
            rows["color"][:, :3] = to_bytes(color_of(splats.sh[picked, 0]))
            rows["color"][:, 3] = to_bytes(splats.opacities[picked])
            rows["quaternion"] = np.clip(np.rint(splats.quaternions[picked] * 128 + 128), 0, 255)
            file.write(rows.tobytes())


def _forecast(splats: Splats, _: None) -> int:
    return ROW.itemsize * len(splats)


FORMAT = Format(
    name="splat",
    title="Splat, antimatter15",
    suffixes=(".splat",),
    kind="splats",
    read=read,
    write=write,
    forecast=_forecast,
    loses="View-dependent colour and the antialiasing mark are lost, splats are reordered by size; colours and "
    "opacities are rounded to 8 bits between 0 and 1, rotations to a degree.",
)
