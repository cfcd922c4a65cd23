"""Photographs and videos that come without cameras; what counts as one is for `recon.io.photos` to say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recon.io.photos import VIDEO_SUFFIXES, find_photos, is_video

__all__ = ["Photographs", "find_photographs", "is_video"]


@dataclass(frozen=True)
class Photographs:
    """Photographs or a video without cameras.

    Parameters
    ----------
    path : Path
        The folder or the video.
    names : tuple of str
        Of the photographs, relative to the folder; of a video, its own.
    size : (int, int), optional
        Width and height of the first photograph.
    """

    path: Path
    names: tuple[str, ...]
    size: tuple[int, int] | None = None

    @property
    def is_video(self) -> bool:
        """Whether it is a video."""
        return self.path.suffix.lower() in VIDEO_SUFFIXES


def find_photographs(path: Path) -> Photographs | None:
    """The photographs at a path, as `triptych poses` would take them; None where there are none."""
    found = find_photos(path)
    return Photographs(found.path, found.names) if found else None
