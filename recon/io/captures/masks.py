"""Masks from a folder of their own, matched to photographs by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from recon.errors import UnusableCapture
from recon.io.captures.source import Frame, Source
from recon.io.images import SUFFIXES


def masks_for(frames: Sequence[Frame], folder: Path) -> dict[str, Path]:
    """Find each frame's mask: 0001.jpg goes with 0001.png and 0001.jpg.png, with or without its sub-folders.

    Returns
    -------
    dict of str to Path
        Frame names to masks; frames without one are not in it.

    Raises
    ------
    UnusableCapture
        If no frame has a mask.
    """
    if not folder.is_dir():
        raise UnusableCapture(f"{folder} is not a folder; masks named as the photos were wanted there.")
    found = {frame.name: mask for frame in frames if (mask := mask_of(frame.name, folder))}
    if frames and not found:
        name = PurePosixPath(frames[0].name)
        raise UnusableCapture(
            f"{folder} holds no mask that goes with a photo; for {name} it would be {name.stem}.png or {name.name}.png."
        )
    return found


def with_masks(source: Source, folder: Path | None) -> dict[str, Path]:
    """The masks a source names itself, or those of the folder if there is one; says how many frames have none."""
    if folder is None:
        return {frame.name: frame.mask for frame in source.frames if frame.mask}
    found = masks_for(source.frames, folder)
    if len(found) < len(source.frames):
        source.warnings.append(f"{len(source.frames) - len(found)} of {len(source.frames)} photos have no mask.")
    return found


def mask_of(name: str, folder: Path) -> Path | None:
    """The mask in a folder that goes with a photograph's name, or None."""
    parts = PurePosixPath(name).parts
    for start in range(len(parts)):
        end = folder.joinpath(*parts[start:])
        places = (end.with_name(stem + suffix) for stem in (end.name, end.stem) for suffix in SUFFIXES)
        found = next((place for place in places if place.is_file()), None)
        if found:
            return found
    return None
