"""What a capture reader returns before photographs are looked at, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PureWindowsPath

from recon.io.depth import DepthImage
from recon.io.images import SUFFIXES
from recon.scene import Camera, Points
from recon.scene.capture import Split


@dataclass(frozen=True)
class CaptureOptions:
    """How to read a capture.

    Parameters
    ----------
    images : Path, optional
        Folder of the photographs, where it is not the one the capture names.
    masks : Path, optional
        Folder of masks named as the photographs (0001.png or 0001.jpg.png): white is used, black is ignored.
    downscale : int
        Each side of the photographs is divided by this.
    cache : Path, optional
        Folder for undistorted photographs; by default in the user's cache folder.
    exclude : tuple of str
        Names of photographs to leave out, or patterns of them such as "left/*"; split is of those that remain.
    """

    images: Path | None = None
    masks: Path | None = None
    downscale: int = 1
    cache: Path | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Frame:
    """One photograph that exists, and its camera as it was given: distorted, of the size it was calibrated for."""

    name: str
    photo: Path
    camera: Camera
    mask: Path | None = None
    depth: DepthImage | None = None
    split: Split | None = None

    def with_split(self, split: Split) -> Frame:
        """The same frame, said to be for training or testing."""
        return replace(self, split=split)


@dataclass
class Source:
    """What a reader found.

    Parameters
    ----------
    title : str
        What it is, for people: "COLMAP model, binary".
    path : Path
        The file or folder it was read from.
    frames : list of Frame
        Where any of them has a split, each keeps its own; else every 8th is held out.
    points : Points, optional
    skipped : dict of str to list of str
        Names of what was left out, by reason: "the file is missing".
    warnings : list of str
    missing : dict of str to list of str
        Files beside photographs that are not there, by kind: "mask".
    """

    title: str
    path: Path
    frames: list[Frame] = field(default_factory=list)
    points: Points | None = None
    skipped: dict[str, list[str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    missing: dict[str, list[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many photographs the source speaks of."""
        return len(self.frames) + sum(len(names) for names in self.skipped.values())

    def miss(self, kind: str, name: str) -> None:
        """Go on without a mask or depth image."""
        self.missing.setdefault(kind, []).append(name)

    def skip(self, name: str, reason: str) -> None:
        """Leave a photograph out."""
        self.skipped.setdefault(reason, []).append(name)

    def exclude(self, patterns: Sequence[str]) -> None:
        """Leave out the photographs that a name or pattern speaks of; one that speaks of none is warned of."""
        for pattern in patterns:
            matched = [frame for frame in self.frames if _matches(frame.name, pattern)]
            if not matched:
                self.warnings.append(f"No photo is called {pattern!r}, so none was left out for it.")
            for frame in matched:
                self.skip(frame.name, "as asked")
            self.frames = [frame for frame in self.frames if frame not in matched]


@dataclass(frozen=True)
class CaptureReader:
    """A kind of capture: how its folder is recognised and read.

    Parameters
    ----------
    wanted : str
        What makes a folder one of this kind, as part of a sentence.
    find : callable
        (path) -> what to read, or None if the path is of another kind.
    read : callable
        (what `find` returned, options) -> Source.
    """

    wanted: str
    find: Callable[[Path], Path | None]
    read: Callable[[Path, CaptureOptions], Source]


def _matches(name: str, pattern: str) -> bool:
    # The name itself first: photographs may be called IMG[1].jpg.
    return name == pattern or fnmatchcase(name, pattern)


def clean_name(text: str) -> str:
    """A relative path with forward slashes, whatever system wrote it: no drive, no root, no dots."""
    parts = PureWindowsPath(text).parts
    return "/".join(part for part in parts if part not in {".", ".."} and not part.endswith(("\\", "/", ":")))


def find_photo(folder: Path, text: str, images: Path | None = None) -> Path | None:
    """Find the photograph a capture names.

    Parameters
    ----------
    folder : Path
        What relative names start from. An absolute name that leads nowhere is looked for here by its end, because
        captures travel between machines.
    text : str
        As the capture has it: with or without suffix, with either kind of slash.
    images : Path, optional
        Looked in instead of `folder`: for the whole name, then for ever shorter ends of it.
    """
    name = clean_name(text)
    if not name:
        return None
    if images is None:
        found = _with_suffix(folder / text.replace("\\", "/"))
        if found or not PureWindowsPath(text).anchor:
            return found
    parts = name.split("/")
    ends = (_with_suffix((images or folder).joinpath(*parts[start:])) for start in range(len(parts)))
    return next((path for path in ends if path), None)


def _with_suffix(path: Path) -> Path | None:
    if _is_file(path):
        return path
    cases = [suffix for lower in SUFFIXES for suffix in (lower, lower.upper())]
    names = [path.name + suffix for suffix in cases]
    if path.suffix.lower() in SUFFIXES:
        names += [path.stem + suffix for suffix in cases]
    return next((path.with_name(name) for name in names if _is_file(path.with_name(name))), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that no file can have
        return False
