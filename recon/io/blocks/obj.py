"""Blocks as Wavefront OBJ: one mesh and one texture of them all, without the ground."""

from __future__ import annotations

from pathlib import Path

from recon.errors import InputError
from recon.io.format import Format
from recon.io.meshes import obj
from recon.scene import Blocks
from recon.scene.block_surfaces import mesh_of


def write(path: Path, blocks: Blocks, _: None = None) -> None:
    """Write an OBJ with its material and its PNG beside it; see `recon.io.write_geometry`."""
    if not len(blocks):
        raise InputError(f"There is no block to write to {path}.")
    obj.write(path, mesh_of(blocks))


def _forecast(blocks: Blocks, _: None) -> int:
    return obj.FORMAT.forecast_bytes(mesh_of(blocks)) if len(blocks) else 0


FORMAT = Format(
    name="blocks-obj",
    title="Blocks, Wavefront OBJ",
    suffixes=(".obj",),
    kind="blocks",
    write=write,
    forecast=_forecast,
    loses="Only the surface is kept, as triangles; the ground and the sky are left out.",
)
