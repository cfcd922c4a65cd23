"""What a file format is: one record that each format's file ends in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from recon.scene import Blocks, Mesh, Splats

Kind = Literal["splats", "mesh", "blocks"]
GeometryT = TypeVar("GeometryT", Splats, Mesh, Blocks)


@dataclass(frozen=True)
class Format(Generic[GeometryT]):
    """A file format that can be read, written, or both.

    Parameters
    ----------
    name : str
        The word used on the command line.
    title : str
        For menus.
    suffixes : tuple of str
        Endings of a file's name in lower case, the usual one first.
    kind : {"splats", "mesh", "blocks"}
        What the file holds.
    read : callable, optional
        (path) -> geometry; raises `UnreadableFile`.
    write : callable, optional
        (path, geometry, options) -> None; writes beside and renames, raises `DiskFull`.
    forecast : callable, optional
        (geometry, options) -> bytes a file of it takes; goes with `write`.
    options : type, optional
        Frozen dataclass whose fields are declared with `recon.parameters.parameter`; all have defaults.
    loses : str
        A sentence on what a file does not keep and how far values are rounded; "" where all is kept.
    without_light : bool
        Whether a file leaves out the light that a mesh may have beside its texture.
    fixed_up : bool
        Whether the format itself says that y points up; files of others hold the capture's own frame, in which it
        points down.
    holds : callable, optional
        (path) -> whether a file is of this format; for suffixes that several share. Must not raise.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    kind: Kind
    read: Callable[[Path], GeometryT] | None = None
    write: Callable[[Path, GeometryT, Any], None] | None = None
    forecast: Callable[[GeometryT, Any], int] | None = None
    options: type | None = None
    loses: str = ""
    without_light: bool = False
    fixed_up: bool = False
    holds: Callable[[Path], bool] | None = None

    @property
    def lossless(self) -> bool:
        """Whether a file gives back every value it was given."""
        return not self.loses

    def told_loss(self, *, light: bool) -> str:
        """What a file does not keep of geometry that has light or not; "" where nothing is lost."""
        left_out = "Light that changes with the viewpoint is left out." if light and self.without_light else ""
        return " ".join(filter(None, (self.loses, left_out)))

    def default_options(self) -> Any:
        """The options of a file where nobody chose any; None of a format that has none."""
        return self.options() if self.options else None

    def forecast_bytes(self, geometry: GeometryT, options: Any = None) -> int:
        """About how large a file of this geometry will be; exact where nothing is compressed."""
        if self.forecast is None:
            raise TypeError(f"{self.title} files are not written")
        return self.forecast(geometry, options or self.default_options())
