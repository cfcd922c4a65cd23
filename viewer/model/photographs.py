"""Photographs and videos that come without cameras."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recon.io.images import SUFFIXES

VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")
PHOTO_SUFFIXES = (*SUFFIXES, ".heic", ".heif", ".avif")
USUAL_FOLDERS = ("images", "input", "photos")


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


def is_video(path: Path) -> bool:
    """Whether a path is a file named as a video."""
    return path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()


def find_photographs(path: Path) -> Photographs | None:
    """The photographs of a folder, or of the one in it where photographs usually lie; None where there are none."""
    for folder in (path, *(path / name for name in USUAL_FOLDERS)):
        names = sorted(entry.name for entry in folder.iterdir() if _is_photo(entry)) if folder.is_dir() else []
        if names:
            return Photographs(folder, tuple(names))
    return None


def _is_photo(entry: Path) -> bool:
    return entry.suffix.lower() in PHOTO_SUFFIXES and not entry.name.startswith(".") and entry.is_file()
