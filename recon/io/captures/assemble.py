"""From what a reader found to a capture: photographs are checked, cameras fitted to them, lenses straightened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from recon.errors import UnreadableFile, UnusableCapture
from recon.io.captures.masks import with_masks
from recon.io.captures.source import CaptureOptions, Frame, Source
from recon.io.images import ImageFile, ImageHeader, read_header
from recon.io.undistort import SeenArea, UndistortedImage, Warp, warp_to
from recon.scene import Camera, Capture, Pixels, View, hold_out

# How far, in pixels of the smaller of the two, a photo may be off its camera's shape: both sides may have been rounded.
SHAPE_TOLERANCE = 1.5
OTHER_SHAPE = "the photo has another shape than its camera (cropped, rotated or undistorted since?)"


def assemble(source: Source, options: CaptureOptions) -> Capture:
    """Make a capture of what a reader found.

    Raises
    ------
    UnusableCapture
        If no view is left to work with.
    """
    total = source.total
    views = _Assembly(source, options).views()
    warnings = [_left_out(names, reason, total) for reason, names in source.skipped.items()]
    for kind, names in source.missing.items():
        warnings.append(f"For {len(names)} of {total} photos the {kind} is missing: {names[0]}.")
    warnings += source.warnings
    if not views:
        raise UnusableCapture(f"{source.path} has no usable view. {' '.join(warnings) or 'It lists no photos.'}")
    keeps_split = any(frame.split for frame in source.frames)
    ordered = tuple(sorted(views, key=lambda view: view.name)) if keeps_split else hold_out(views)
    return Capture(_name(source.path), ordered, source.points, tuple(warnings), str(source.path), keeps_split)


def default_cache() -> Path:
    """The folder for undistorted photographs in the user's cache folder."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("triptych", appauthor=False)) / "undistorted"


class _Assembly:
    """Turns frames into views and remembers what a person should hear of once, at the end."""

    def __init__(self, source: Source, options: CaptureOptions) -> None:
        self._source = source
        self._options = options
        self._cache = options.cache or default_cache()
        self._masks = with_masks(source, options.masks)
        self._resized: list[str] = []

    def views(self) -> list[View]:
        views: dict[str, View] = {}
        for frame in self._source.frames:
            if frame.name in views:
                self._source.skip(frame.name, "the name appears twice")
            elif view := self._view(frame):
                views[frame.name] = view
        if self._resized:
            self._source.warnings.append(
                f"{len(self._resized)} of {len(views)} photos have another size than their camera "
                f"({self._resized[0]}); the cameras were scaled to the photos."
            )
        return list(views.values())

    def _view(self, frame: Frame) -> View | None:
        try:
            header = read_header(frame.photo)
        except UnreadableFile:
            self._source.skip(frame.name, "the file cannot be read as an image")
            return None
        camera = self._fitted(frame, header)
        if camera is None:
            return None
        k = self._options.downscale
        warp, pinhole = warp_to(camera, max(1, round(camera.width / k)), max(1, round(camera.height / k)))
        mask = self._masks.get(frame.name)
        return View(
            name=frame.name,
            camera=pinhole,
            image=self._pixels(ImageFile(frame.photo), warp),
            alpha=self._pixels(ImageFile(frame.photo, "alpha"), warp) if header.has_alpha else None,
            mask=self._pixels(ImageFile(mask, "mask"), warp) if mask else _seen(warp),
            depth=replace(frame.depth, warp=warp) if frame.depth else None,
            split=frame.split or "train",
        )

    def _fitted(self, frame: Frame, photo: ImageHeader) -> Camera | None:
        """The frame's camera at the photo's own size, or None where the photo shows something else."""
        camera = frame.camera
        if (photo.width, photo.height) == (camera.width, camera.height):
            return camera
        sizes = f"photo {photo.width}x{photo.height}, camera {camera.width}x{camera.height}"
        scale = photo.height / camera.height
        if abs(photo.width - camera.width * scale) > SHAPE_TOLERANCE * max(1.0, scale):
            self._source.skip(f"{frame.name} ({sizes})", OTHER_SHAPE)
            return None
        self._resized.append(sizes)
        return camera.resized(photo.width, photo.height)

    def _pixels(self, file: ImageFile, warp: Warp | None) -> Pixels:
        return file if warp is None else UndistortedImage(file, warp, self._cache)


def _seen(warp: Warp | None) -> Pixels | None:
    return SeenArea(warp) if warp is not None and warp.leaves_holes else None


def _left_out(names: list[str], reason: str, total: int) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    were = "were" if len(names) > 1 else "was"
    return f"{len(names)} of {total} photos {were} left out, {reason}: {names[0]}{more}."


def _name(path: Path) -> str:
    """A capture's name: its folder's, passing over the names that every capture of a kind has."""
    folder = path.resolve()
    if folder.is_file():
        folder = folder.parent
    while folder.name.isdigit() or folder.name in {"sparse", "colmap", "distorted", "dense", "bin", "txt"}:
        folder = folder.parent
    return folder.name or "capture"
