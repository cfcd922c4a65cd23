"""The folder that cameras are found in: fixed names, and what makes two attempts the same one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from recon.errors import InputError, InvalidParameter
from recon.io import atomic_write
from recon.io.photos import PhotoFolder

Matching = Literal["auto", "exhaustive", "sequential", "spatial", "similar"]
Mapper = Literal["incremental", "global"]
Sharing = Literal["auto", "single", "folder", "each"]
CHOICES: dict[str, tuple[str, ...]] = {
    "matching": ("auto", "exhaustive", "sequential", "spatial", "similar"),
    "mapper": ("incremental", "global"),
    "cameras": ("auto", "single", "folder", "each"),
}
REPORT = "cameras.json"


@dataclass(frozen=True)
class PosesOptions:
    """How to find cameras.

    Parameters
    ----------
    matching : {"auto", "exhaustive", "sequential", "spatial", "similar"}
        Which photographs are compared: all with all; neighbours by name, as in a video; neighbours on earth, by GPS;
        or those that look alike. "auto" chooses.
    mapper : {"incremental", "global"}
        One photograph after the other, or all at once.
    cameras : {"auto", "single", "folder", "each"}
        Which photographs share a calibration: those of one lens and size, all, those of a folder, or none.
    masks : Path, optional
        Folder of masks named as the photographs: white counts, black is ignored.
    seed : int
        Of the random numbers.
    """

    matching: Matching = "auto"
    mapper: Mapper = "incremental"
    cameras: Sharing = "auto"
    masks: Path | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise InvalidParameter(f"{name} must be one of {', '.join(choices)}, got {getattr(self, name)!r}.")


@dataclass(frozen=True)
class Workspace:
    """A capture folder while its cameras are found.

    What others read lies in the folder itself: images/, sparse/0/, masks/ and the report. What only speeds up the next
    attempt lies in a hidden folder in it, which may be deleted.
    """

    folder: Path

    @property
    def hidden(self) -> Path:
        """What only speeds up the next attempt."""
        return self.folder / ".work"

    @property
    def photos(self) -> Path:
        """Upright photographs in their stored formats, or links to them."""
        return self.hidden / "photos"

    @property
    def frames(self) -> Path:
        """Frames taken of a video."""
        return self.hidden / "frames"

    @property
    def masks(self) -> Path:
        """Masks as COLMAP names them: the photograph's stored name, and .png."""
        return self.hidden / "masks"

    @property
    def database(self) -> Path:
        """COLMAP's database of features and matches."""
        return self.hidden / "database.db"

    @property
    def report(self) -> Path:
        """Written last: where it is, the capture is whole."""
        return self.folder / REPORT

    @property
    def pairs_picture(self) -> Path:
        """Which photographs see the same."""
        return self.folder / "pairs.png"

    def claim(self, photos: PhotoFolder, options: PosesOptions) -> None:
        """Make the folder, or go on in it if it was made from the same photographs.

        Raises
        ------
        InputError
            If something else is there.
        """
        wanted = _identity(photos, options)
        place = self.hidden / "source.json"
        if place.is_file():
            if _read(place) != wanted:
                raise InputError(
                    f"{self.folder} holds cameras found from other photographs, or with other masks or sharing of "
                    "calibrations. Give another --out, or delete it."
                )
            return
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise InputError(f"{self.folder} is not empty, and nothing in it may be lost. Give another --out.")
        with atomic_write(place) as file:
            file.write(json.dumps(wanted, indent=1).encode())


def capture_name(photos: Path) -> str:
    """A name for what is made of photographs: that of their folder, or of the one above it where it is images."""
    if photos.is_file():
        return photos.stem
    folder = photos.resolve()
    return (folder.parent if folder.name.lower() in {"images", "photos", "input"} else folder).name or "capture"


def _identity(photos: PhotoFolder, options: PosesOptions) -> dict[str, Any]:
    stats = [(photos.path / name).stat() for name in photos.names]
    return {
        "photos": str(photos.path.resolve()),
        "masks": options.masks and str(options.masks.resolve()),
        "cameras": options.cameras,
        "files": [[name, stat.st_size, stat.st_mtime_ns] for name, stat in zip(photos.names, stats, strict=True)],
    }


def _read(place: Path) -> Any:
    try:
        return json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
