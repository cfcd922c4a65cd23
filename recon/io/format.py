"""What a file format is: one record that each format's file ends in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recon.scene import Splats


@dataclass(frozen=True)
class Format:
    """A file format that can be read and written.

    Parameters
    ----------
    name : str
        The word used on the command line.
    title : str
        For menus.
    suffixes : tuple of str
        In lower case with their dot, the usual one first.
    kind : {"splats"}
        What the file holds.
    read : callable
        (path) -> geometry; raises `UnreadableFile`.
    write : callable
        (path, geometry) -> None; writes beside and renames, raises `DiskFull`.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    kind: Literal["splats"]
    read: Callable[[Path], Splats]
    write: Callable[[Path, Splats], None]
