"""Captures: photographs with cameras, told apart by what their folder holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from recon.errors import InvalidParameter, UnreadableFile, UnusableCapture
from recon.io.captures import (
    bundler,
    colmap,
    idr,
    llff,
    metashape,
    nerf_synthetic,
    polycam,
    reality_capture,
    transforms,
)
from recon.io.captures.assemble import assemble
from recon.io.captures.source import CaptureOptions, CaptureReader, Source
from recon.io.photos import find_photos, is_video
from recon.scene import Capture

READERS: tuple[CaptureReader, ...] = (
    nerf_synthetic.READER,
    transforms.READER,
    colmap.READER,
    llff.READER,
    idr.READER,
    bundler.READER,
    polycam.READER,
    reality_capture.READER,
    metashape.READER,
)

LISTED_AT_MOST = 5


def load_capture(path: str | Path, options: CaptureOptions | None = None) -> Capture:
    """Read photographs and their cameras; photographs are opened, but not decoded.

    Parameters
    ----------
    path : path
        A folder or file of any kind in `READERS`.
    options : CaptureOptions, optional

    Returns
    -------
    Capture
        In the capture's own world frame, with every 8th view by name held out, cameras without distortion and of the
        working size.

    Raises
    ------
    UnusableCapture
        If nothing there is a capture, or no view of it can be used.
    UnreadableFile
        If a file of the capture is damaged.
    """
    options = options or CaptureOptions()
    return assemble(read_source(Path(path), options), options)


def lacks_cameras(path: Path) -> bool:
    """Whether a path holds photographs, or is a video, and nothing there says where they were taken from."""
    if any(reader.find(path) is not None for reader in READERS):
        return False
    return is_video(path) or find_photos(path) is not None


def read_source(path: Path, options: CaptureOptions) -> Source:
    """Read what a capture says of itself, before its photographs are looked at."""
    if options.downscale < 1:
        raise InvalidParameter(f"downscale must be a whole number of at least 1, got {options.downscale}.")
    if options.images is not None and not options.images.is_dir():
        raise UnusableCapture(f"{options.images} is not a folder; the photos were wanted there.")
    for reader in READERS:
        found = reader.find(path)
        if found is not None:
            source = _read(reader, found, options)
            source.exclude(options.exclude)
            return source
    if lacks_cameras(path):
        raise UnusableCapture(
            f"{path} holds photographs without cameras. `triptych reconstruct {path}` finds the cameras first; "
            f"`triptych poses {path}` does only that."
        )
    wanted = ", ".join(reader.wanted for reader in READERS)
    raise UnusableCapture(f"{path} is not a capture. One of these was wanted: {wanted}. {_holds(path)}")


def _read(reader: CaptureReader, found: Path, options: CaptureOptions) -> Source:
    try:
        # Damaged numbers may overflow on the way to the checks that refuse them.
        with np.errstate(all="ignore"):
            return reader.read(found, options)
    except OSError as error:
        raise UnreadableFile(f"{error.filename or found} could not be read: {error.strerror or error}.") from error


def _holds(path: Path) -> str:
    if not path.exists():
        return "There is nothing at that path."
    if not path.is_dir():
        return "It is a file of another kind."
    names = sorted(entry.name + "/" * entry.is_dir() for entry in path.iterdir())
    more = f" and {len(names) - LISTED_AT_MOST} more" if len(names) > LISTED_AT_MOST else ""
    return f"The folder holds {', '.join(names[:LISTED_AT_MOST])}{more}." if names else "The folder is empty."
