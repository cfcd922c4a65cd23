"""The formats there are, and the choice among them by a file's name and content."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from recon.errors import InputError, UnreadableFile
from recon.io.blocks import document, robots
from recon.io.blocks import gltf as block_gltf
from recon.io.blocks import obj as block_obj
from recon.io.format import Format, Kind
from recon.io.meshes import gltf as mesh_gltf
from recon.io.meshes import obj, stl
from recon.io.meshes import ply as mesh_ply
from recon.io.meshes import usd as mesh_usd
from recon.io.splats import compressed_ply, gltf, ksplat, ply, sog, splat, spz, usd, web
from recon.scene import Blocks, Geometry, Mesh, Splats

FORMATS: tuple[Format[Any], ...] = (
    ply.FORMAT,
    compressed_ply.FORMAT,
    spz.FORMAT,
    sog.FORMAT,
    splat.FORMAT,
    gltf.FORMAT,
    usd.FORMAT,
    web.FORMAT,
    ksplat.FORMAT,
    mesh_gltf.FORMAT,
    mesh_ply.FORMAT,
    obj.FORMAT,
    stl.FORMAT,
    mesh_usd.FORMAT,
    # Behind the meshes: a file of blocks that is opened as it comes is shown as what it looks like.
    document.FORMAT,
    block_gltf.FORMAT,
    block_obj.FORMAT,
    robots.URDF,
    robots.MJCF,
)


def writable(kind: Kind) -> tuple[Format[Any], ...]:
    """The formats in which a kind of geometry can be written, the usual one first."""
    return tuple(form for form in FORMATS if form.kind == kind and form.write is not None)


def readable(kind: Kind | None = None) -> tuple[Format[Any], ...]:
    """The formats that can be read, of one kind or of all."""
    return tuple(form for form in FORMATS if kind in (None, form.kind) and form.read is not None)


def format_of(path: Path, kind: Kind | None = None) -> Format[Any] | None:
    """The format of a file that is to be read: by its name, and by its content where several share a suffix."""
    path = _entry(path)
    named = _named(path, readable(kind))
    return next((form for form in named if form.holds is None or form.holds(path)), named[0] if named else None)


def only_written(path: Path) -> str:
    """A sentence if files of this name are written here but never read; "" otherwise."""
    forms = [] if _named(path, readable()) else _named(path, FORMATS)
    return f"{path} is a file of the kind {forms[0].title}, which is written and not read back." if forms else ""


def format_to_write(path: Path, kind: Kind) -> Format[Any]:
    """The format that a new file's name speaks of.

    Raises
    ------
    InputError
        If none does; the message lists those that could be written.
    """
    forms = writable(kind)
    named = _named(path, forms)
    if not named:
        raise InputError(f"A file of {kind} cannot be written as {path.name}. {_supported(forms)}")
    return named[0]


def read_geometry(path: str | Path, kind: Kind | None = None) -> Geometry:
    """Read splats, a mesh or blocks from a file.

    Parameters
    ----------
    path : path
        Its suffix tells the format, and its content where several share one; `FORMATS` lists them.
    kind : {"splats", "mesh", "blocks"}, optional
        What is wanted, where only one will do.

    Returns
    -------
    Splats, Mesh or Blocks
        In the file's own world frame; where the format says that y is up, turned so that it points down.

    Raises
    ------
    UnreadableFile
        If there is no such file, its format is unknown, or it is damaged.
    """
    path = Path(path)
    try:
        return _read(path, kind)
    except OSError as error:
        raise UnreadableFile(f"{path} could not be read: {error.strerror or error}.") from error


def _read(path: Path, kind: Kind | None) -> Geometry:
    form = format_of(path, kind)
    if form is None or form.read is None:
        if path.is_file() and only_written(path):
            raise UnreadableFile(only_written(path))
        wanted = kind or "splats, a mesh or blocks"
        raise UnreadableFile(f"{path} is not a file of {wanted} that can be read. {_supported(readable(kind))}")
    entry = _entry(path)
    if not entry.is_file():
        what = "a folder" if entry.is_dir() else "not there"
        raise UnreadableFile(f"{path} is {what}; a file of the kind {form.title} was wanted.")
    # Opened here first: what may not be read is told as such, not as damage that a library found.
    # Damaged numbers may overflow on the way to the checks that refuse them.
    with entry.open("rb"), np.errstate(all="ignore"):
        geometry: Geometry = form.read(entry)
    return geometry


def read_splats(path: str | Path) -> Splats:
    """Read Gaussian splats from a file; see `read_geometry`."""
    splats = read_geometry(path, "splats")
    assert isinstance(splats, Splats)  # noqa: S101 - for the type checker: a format reads its own kind
    return splats


def read_mesh(path: str | Path) -> Mesh:
    """Read a triangle mesh from a file; see `read_geometry`."""
    mesh = read_geometry(path, "mesh")
    assert isinstance(mesh, Mesh)  # noqa: S101 - for the type checker: a format reads its own kind
    return mesh


def read_blocks(path: str | Path) -> Blocks:
    """Read blocks from a file; see `read_geometry`."""
    blocks = read_geometry(path, "blocks")
    assert isinstance(blocks, Blocks)  # noqa: S101 - for the type checker: a format reads its own kind
    return blocks


def write_geometry(path: str | Path, geometry: Geometry, options: Any = None) -> None:
    """Write splats, a mesh or blocks to a file, whole or not at all.

    Parameters
    ----------
    path : path
        Its suffix tells the format; missing folders are made.
    geometry : Splats, Mesh or Blocks
    options : optional
        An instance of the format's `options`.

    Raises
    ------
    InputError
        If the format is unknown or the place cannot be written to.
    DiskFull
        If there is no space left.
    """
    path = Path(path)
    form = format_to_write(path, geometry.kind)
    if form.write is not None:
        form.write(path, geometry, options or form.default_options())


def write_splats(path: str | Path, splats: Splats) -> None:
    """Write Gaussian splats to a file, whole or not at all; see `write_geometry`."""
    write_geometry(path, splats)


def _entry(path: Path) -> Path:
    """The file to read: a folder of splats is read by the file that describes it."""
    inside = path / "meta.json"
    return inside if inside.is_file() else path


def _named(path: Path, forms: tuple[Format[Any], ...]) -> list[Format[Any]]:
    """The formats that a file's name speaks of, the longest suffix first."""
    name = path.name.lower()
    lengths = {form: max((len(end) for end in form.suffixes if name.endswith(end)), default=0) for form in forms}
    return sorted((form for form in forms if lengths[form]), key=lambda form: -lengths[form])


def _supported(forms: tuple[Format[Any], ...]) -> str:
    return "Supported: " + ", ".join(f"{form.suffixes[0]} ({form.title})" for form in forms) + "."
