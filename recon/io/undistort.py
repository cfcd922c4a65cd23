"""Photographs as a pinhole camera would have taken them: computed once per image, kept on disk.

The pinhole camera keeps the photograph's size and shows the largest upright rectangle in which every pixel was seen,
as OpenCV's getOptimalNewCameraMatrix(alpha=0) does, but with pixel centres at +0.5.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile, UnusableCapture
from recon.io.files import atomic_write
from recon.io.images import Bytes, ImageFile, decode, premultiplied, resize, straight, take_band
from recon.scene import NO_DISTORTION, Camera, Distortion
from recon.scene.camera import MAXIMUM_COEFFICIENTS, distort

Floats = NDArray[np.float64]
NumbersT = TypeVar("NumbersT", NDArray[np.uint8], NDArray[np.float32])
Maps = tuple[NDArray[np.float32], NDArray[np.float32]]

# A flat image of a wider view stretches its rim beyond use: 130 degrees at most each way.
WIDEST_SLOPE = float(np.tan(np.radians(65)))
BORDER_SAMPLES = 65
# Raised when the same photograph and lens would give other pixels than before.
CACHE_VERSION = 1


@dataclass(frozen=True)
class Lens:
    """A camera without its place: what a warp depends on."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: Distortion = NO_DISTORTION

    @classmethod
    def of(cls, camera: Camera) -> Lens:
        """The lens of a camera."""
        return cls(camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy, camera.distortion)

    def resized(self, width: int, height: int) -> Lens:
        """The same lens for an image resampled to another size."""
        x, y = width / self.width, height / self.height
        return Lens(width, height, self.fx * x, self.fy * y, self.cx * x, self.cy * y, self.distortion)

    def rays(self, pixels: Floats) -> Floats:
        """(N, 2) bent rays (x/z, y/z) of (N, 2) pixel positions, distortion still in them."""
        return (pixels - [self.cx, self.cy]) / [self.fx, self.fy]

    def pixels(self, rays: Floats) -> Floats:
        """(N, 2) pixel positions of (N, 2) true rays, distortion applied."""
        return distort(rays, self.distortion) * [self.fx, self.fy] + [self.cx, self.cy]


def unbend(rays: Floats, distortion: Distortion) -> Floats:
    """Invert `distort` by Newton's method.

    Parameters
    ----------
    rays : (N, 2) float64
        Distorted x/z and y/z.
    distortion : Distortion

    Returns
    -------
    (N, 2) float64
        True x/z and y/z; NaN where no ray in front of the camera bends so far.
    """
    radius = np.linalg.norm(rays, axis=1, keepdims=True)
    start = np.tan(np.minimum(radius, 1.4)) / np.maximum(radius, 1e-12) if distortion.model == "fisheye" else 1.0
    guess = rays * np.where(radius > 1e-9, start, 1.0)
    with np.errstate(all="ignore"):  # a lens that cannot be unbent may run off to infinity
        for _ in range(50):
            error = distort(guess, distortion) - rays
            if (np.abs(error) < 1e-12).all():
                break
            guess = guess - _newton_step(guess, error, distortion)
        missed = ~(np.abs(distort(guess, distortion) - rays).max(1) < 1e-7)
    return np.where(missed[:, None], np.nan, guess)


def _newton_step(guess: Floats, error: Floats, distortion: Distortion) -> Floats:
    width = 1e-6 * np.maximum(1.0, np.linalg.norm(guess, axis=1, keepdims=True))
    columns = [
        (distort(guess + width * axis, distortion) - distort(guess - width * axis, distortion)) / (2 * width)
        for axis in np.eye(2)
    ]
    (a, c), (b, d) = columns[0].T, columns[1].T
    determinant = a * d - b * c
    determinant = np.where(np.abs(determinant) < 1e-12, 1e-12, determinant)
    step = np.stack([d * error[:, 0] - b * error[:, 1], a * error[:, 1] - c * error[:, 0]], 1) / determinant[:, None]
    longest = 0.5 * np.maximum(1.0, np.linalg.norm(guess, axis=1, keepdims=True))
    size = np.linalg.norm(step, axis=1, keepdims=True)
    return np.asarray(step * np.minimum(1.0, longest / np.maximum(size, 1e-12)))


@lru_cache(maxsize=4096)
def pinhole_of(lens: Lens) -> Lens:
    """The pinhole lens whose image, of the same size, a distorted photograph fills.

    Raises
    ------
    UnusableCapture
        If the distortion cannot be undone.
    """
    across, down = np.linspace(0, lens.width, BORDER_SAMPLES), np.linspace(0, lens.height, BORDER_SAMPLES)
    left, right = (_slopes(lens, np.full_like(down, x), down)[:, 0] for x in (0.0, lens.width))
    top, bottom = (_slopes(lens, across, np.full_like(across, y))[:, 1] for y in (0.0, lens.height))
    low = np.array([left.max(initial=-np.inf), top.max(initial=-np.inf)])
    high = np.array([right.min(initial=np.inf), bottom.min(initial=np.inf)])
    if not (np.isfinite(high - low).all() and (high > low).all()):
        raise UnusableCapture(
            f"The {lens.distortion.model} distortion {lens.distortion.coefficients} of a {lens.width}x{lens.height} "
            "camera cannot be undone: no part of the photo would remain. Check the calibration."
        )
    fx, fy = np.array([lens.width, lens.height]) / (high - low)
    return Lens(lens.width, lens.height, float(fx), float(fy), float(-fx * low[0]), float(-fy * low[1]))


def _slopes(lens: Lens, x: Floats, y: Floats) -> Floats:
    """True rays of those border pixels that have one, clamped to the widest view."""
    bent = lens.rays(np.stack([x, y], 1))
    true = unbend(bent, lens.distortion)
    if lens.distortion.model == "fisheye":
        # What cannot be unbent lies behind the camera's plane, so the widest view is filled.
        true = np.where(np.isnan(true), np.sign(bent) * WIDEST_SLOPE, true)
    return np.clip(true[~np.isnan(true).any(1)], -WIDEST_SLOPE, WIDEST_SLOPE)


@dataclass(frozen=True)
class Warp:
    """Resampling of a distorted image as a pinhole one.

    Parameters
    ----------
    source, target : Lens
        What the image is, and what it becomes.
    """

    source: Lens
    target: Lens

    def apply(self, pixels: NumbersT, nearest: bool = False) -> NumbersT:
        """Resample (H, W) or (H, W, C) pixels of the source's size; outside of them is 0 if nearest, else the rim."""
        import cv2

        method = cv2.INTER_NEAREST if nearest else cv2.INTER_CUBIC
        border = cv2.BORDER_CONSTANT if nearest else cv2.BORDER_REPLICATE
        moved = cv2.remap(pixels, *_maps(self.source, self.target), method, borderMode=border)
        return cast("NumbersT", moved)

    @property
    def leaves_holes(self) -> bool:
        """Whether some target pixel was not seen by the source."""
        width, height = self.target.width, self.target.height
        across, down = np.linspace(0.5, width - 0.5, BORDER_SAMPLES), np.linspace(0.5, height - 0.5, BORDER_SAMPLES)
        ends_x, ends_y = np.array([0.5, width - 0.5]), np.array([0.5, height - 0.5])
        grids = [np.meshgrid(across, ends_y), np.meshgrid(ends_x, down)]
        rim = np.concatenate([np.stack(grid, -1).reshape(-1, 2) for grid in grids])
        seen = self.source.pixels(self.target.rays(rim))
        # Half a pixel: the outermost pixel centres may be asked for from just beside them.
        return bool((seen < -0.5).any() or (seen > np.array([self.source.width, self.source.height]) + 0.5).any())


@lru_cache(maxsize=1)
def _maps(source: Lens, target: Lens) -> Maps:
    """Where in the source each target pixel lies, in OpenCV's pixels, whose centres are at whole numbers."""
    import cv2

    size, kind = (target.width, target.height), cv2.CV_32FC1
    bent, pinhole = _opencv_matrix(source), _opencv_matrix(target)
    coefficients = np.zeros(MAXIMUM_COEFFICIENTS[source.distortion.model])
    coefficients[: len(source.distortion.coefficients)] = source.distortion.coefficients
    if source.distortion.model == "fisheye":
        x, y = cv2.fisheye.initUndistortRectifyMap(bent, coefficients, np.eye(3), pinhole, size, kind)
    else:
        x, y = cv2.initUndistortRectifyMap(bent, coefficients, None, pinhole, size, kind)
    return cast("Maps", (x, y))


def _opencv_matrix(lens: Lens) -> Floats:
    return np.array([[lens.fx, 0, lens.cx - 0.5], [0, lens.fy, lens.cy - 0.5], [0, 0, 1]])


@dataclass(frozen=True)
class UndistortedImage:
    """An image file without its lens's distortion, as `Pixels`; the first read writes it to the disk cache.

    Parameters
    ----------
    source : ImageFile
    warp : Warp
        At the size to keep; the file is reduced to that before it is resampled.
    cache : Path
        Folder of undistorted images, shared by all captures: names tell contents.
    """

    source: ImageFile
    warp: Warp
    cache: Path

    def read(self, width: int, height: int) -> Bytes:
        """Read at a size, area-filtered, as `ImageFile.read`."""
        return ImageFile(self.prepare(), self.source.band).read(width, height)

    def prepare(self) -> Path:
        """Undistort the image if the disk cache does not hold it, and tell where it is.

        Raises
        ------
        UnreadableFile, DiskFull
        """
        place = self._place()
        if not place.is_file():
            pixels = self._undistorted()
            with atomic_write(place) as file:
                file.write(encode_png(pixels))
        return place

    def _place(self) -> Path:
        try:
            stat = self.source.path.stat()
        except OSError as error:
            raise UnreadableFile(f"{self.source.path} could not be read: {error.strerror or error}.") from error
        nearest = self.source.band == "mask"
        identity = (CACHE_VERSION, str(self.source.path.resolve()), stat.st_mtime_ns, stat.st_size, self.warp, nearest)
        digest = hashlib.sha256(repr(identity).encode()).hexdigest()
        return self.cache / f"{self.source.path.stem[:60]}-{digest[:20]}.png"

    def _undistorted(self) -> Bytes:
        width, height = self.warp.source.width, self.warp.source.height
        pixels = resize(decode(self.source.path, (width, height)), width, height)
        if self.source.band == "mask":
            return self.warp.apply(take_band(pixels, "mask"), nearest=True)
        if pixels.ndim == 3 and pixels.shape[2] == 4:
            return straight(self.warp.apply(premultiplied(pixels)))
        return self.warp.apply(pixels)


@dataclass(frozen=True)
class SeenArea:
    """Mask of the pixels that a warp fills, as `Pixels`."""

    warp: Warp

    def read(self, width: int, height: int) -> Bytes:
        """Read at a size: (height, width) uint8, 255 where the photograph saw something."""
        white = np.full((self.warp.source.height, self.warp.source.width), 255, np.uint8)
        return resize(self.warp.apply(white, nearest=True), width, height)


def warp_to(camera: Camera, width: int, height: int) -> tuple[Warp | None, Camera]:
    """How a distorted camera's photographs become a pinhole camera's of a working size.

    Returns
    -------
    warp : Warp, optional
        None where the camera does not bend rays.
    camera : Camera
        Without distortion, of the working size.
    """
    if not camera.distortion.bends:
        return None, replace(camera, distortion=NO_DISTORTION).resized(width, height)
    lens = Lens.of(camera)
    warp = Warp(lens.resized(width, height), pinhole_of(lens).resized(width, height))
    target = warp.target
    pinhole = Camera(width, height, target.fx, target.fy, target.cx, target.cy, camera.world_from_camera)
    return warp, pinhole


def encode_png(pixels: Bytes) -> bytes:
    """A PNG, quickly encoded, of (H, W), (H, W, 3) or (H, W, 4) uint8 pixels."""
    import cv2

    codes = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    ordered = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, codes[pixels.shape[2]])
    # Run lengths alone are half the work of a full search, and on photographs no larger.
    options = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    _, encoded = cv2.imencode(".png", ordered, options)
    return bytes(encoded)
