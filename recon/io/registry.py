"""The formats there are, and the choice among them by a file's name."""

from __future__ import annotations

from pathlib import Path

from recon.errors import InputError, UnreadableFile
from recon.io.format import Format
from recon.io.splats import ply
from recon.scene import Splats

FORMATS: tuple[Format, ...] = (ply.FORMAT,)


def format_of(path: Path) -> Format | None:
    """The format a file's name speaks of, or None."""
    name = path.name.lower()
    return next((each for each in FORMATS if name.endswith(each.suffixes)), None)


def read_splats(path: str | Path) -> Splats:
    """Read Gaussian splats from a file.

    Parameters
    ----------
    path : path
        Its suffix tells the format; `FORMATS` lists them.

    Returns
    -------
    Splats
        Activated values in the file's own world frame.

    Raises
    ------
    UnreadableFile
        If there is no such file, its format is unknown, or it is damaged.
    """
    path = Path(path)
    form = format_of(path)
    if form is None:
        raise UnreadableFile(f"{path} is not a file of splats that can be read. {_supported()}")
    return form.read(path)


def write_splats(path: str | Path, splats: Splats) -> None:
    """Write Gaussian splats to a file, whole or not at all.

    Parameters
    ----------
    path : path
        Its suffix tells the format; missing folders are made.
    splats : Splats

    Raises
    ------
    InputError
        If the format is unknown or the place cannot be written to.
    DiskFull
        If there is no space left.
    """
    path = Path(path)
    form = format_of(path)
    if form is None:
        raise InputError(f"Splats cannot be written as {path.name}. {_supported()}")
    form.write(path, splats)


def _supported() -> str:
    return "Supported: " + ", ".join(f"{each.suffixes[0]} ({each.title})" for each in FORMATS) + "."
