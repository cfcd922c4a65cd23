"""Photographs that are read when they are needed, at the size that is needed, and a bounded memory of them.

Pixels are taken as the file stores them: an EXIF orientation is ignored, as COLMAP ignores it, because cameras speak
of stored pixels.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.scene import Pixels, View

Bytes = NDArray[np.uint8]
Band = Literal["color", "alpha", "mask"]

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp")
DEFAULT_CACHE_BYTES = 512 << 20


class ImageHeader(NamedTuple):
    """What an image file says of itself before its pixels are decoded."""

    width: int
    height: int
    has_alpha: bool


def read_header(path: Path) -> ImageHeader:
    """Read an image's size without decoding it.

    Raises
    ------
    UnreadableFile
        If the file is not an image.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Large photographs are what we are here for; only absurd ones are refused, by Pillow's error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                has_alpha = image.mode in {"RGBA", "LA", "PA", "RGBa", "La"} or "transparency" in image.info
                return ImageHeader(image.width, image.height, has_alpha)
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableFile(f"{path} is not an image that can be read ({error}).") from error


@dataclass(frozen=True)
class ImageFile:
    """One band of an image file, as `Pixels`.

    Parameters
    ----------
    path : Path
    band : {"color", "alpha", "mask"}
        color: straight RGB; alpha: its coverage, 255 where the file has none; mask: the first channel.
    """

    path: Path
    band: Band = "color"

    def read(self, width: int, height: int) -> Bytes:
        """Read at a size, area-filtered: (height, width, 3) uint8 for color, else (height, width) uint8."""
        return take_band(resize(decode(self.path, (width, height)), width, height), self.band)


def take_band(pixels: Bytes, band: Band) -> Bytes:
    """Take one band of (H, W), (H, W, 3) or (H, W, 4) pixels."""
    if band == "color":
        return np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., :3])
    if band == "mask":
        return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., 0])
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        return np.ascontiguousarray(pixels[..., 3])
    return np.full(pixels.shape[:2], 255, np.uint8)


def decode(path: Path, wanted: tuple[int, int] | None = None) -> Bytes:
    """Decode an image file to 8 bits.

    Parameters
    ----------
    path : Path
    wanted : (width, height), optional
        The size it will be reduced to: a JPEG is then decoded at a half, quarter or eighth where that is exact.

    Returns
    -------
    (H, W) grey, (H, W, 3) RGB or (H, W, 4) straight RGBA, uint8

    Raises
    ------
    UnreadableFile
        If the file is damaged, of an unknown kind, or holds floating-point pixels.
    """
    import cv2

    flags = cv2.IMREAD_UNCHANGED if wanted is None else _reduction(path, wanted)
    try:
        # cv2.imread cannot open every path on Windows, and leaves a damaged file to be found by its None.
        pixels = cv2.imdecode(np.fromfile(path, np.uint8), flags)
    except (OSError, cv2.error) as error:
        raise UnreadableFile(f"{path} could not be decoded ({error}).") from error
    if pixels is None:
        raise UnreadableFile(f"{path} is damaged, or not an image of a supported kind ({', '.join(SUFFIXES)}).")
    return _rgb(_eight_bits(path, pixels))


def _reduction(path: Path, wanted: tuple[int, int]) -> int:
    import cv2

    width, height = _jpeg_size(path)
    for factor in (8, 4, 2):
        # Other sizes are rounded up by the decoder, which would shift the far edge by up to a small pixel.
        exact = width % factor == 0 and height % factor == 0
        if exact and width // factor >= wanted[0] and height // factor >= wanted[1]:
            return int(getattr(cv2, f"IMREAD_REDUCED_COLOR_{factor}") | cv2.IMREAD_IGNORE_ORIENTATION)
    return int(cv2.IMREAD_UNCHANGED)


def _jpeg_size(path: Path) -> tuple[int, int]:
    """Width and height of a JPEG, (1, 1) of anything else; unlike `read_header`, for any thread."""
    from PIL.JpegImagePlugin import JpegImageFile

    if path.suffix.lower() not in {".jpg", ".jpeg"}:
        return 1, 1
    try:
        with JpegImageFile(path) as image:
            return image.width, image.height
    except (OSError, SyntaxError, ValueError):
        return 1, 1


def _eight_bits(path: Path, pixels: NDArray[Any]) -> Bytes:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    raise UnreadableFile(f"{path} holds {pixels.dtype} pixels; 8 or 16 bits were wanted.")


def _rgb(pixels: Bytes) -> Bytes:
    import cv2

    if pixels.ndim == 2 or pixels.shape[2] == 1:
        return pixels.reshape(pixels.shape[:2])
    code = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return np.asarray(cv2.cvtColor(pixels, code), np.uint8)


def resize(pixels: Bytes, width: int, height: int) -> Bytes:
    """Resample to a size, area-filtered; colours count by their alpha, so that hidden ones do not bleed in."""
    import cv2

    if pixels.shape[:2] == (height, width):
        return pixels
    shrinks = width <= pixels.shape[1] and height <= pixels.shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        return straight(
            np.asarray(cv2.resize(premultiplied(pixels), (width, height), interpolation=method), np.float32)
        )
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), np.uint8)


def premultiplied(rgba: Bytes) -> NDArray[np.float32]:
    """(H, W, 4) float32 in [0, 255]: colours times alpha, and alpha."""
    result = rgba.astype(np.float32)
    result[..., :3] *= result[..., 3:] / 255
    return result


def straight(rgba: NDArray[np.float32]) -> Bytes:
    """Undo `premultiplied`."""
    rgba = rgba.copy()
    rgba[..., :3] *= 255 / np.maximum(rgba[..., 3:], 1e-3)
    return np.clip(np.rint(rgba), 0, 255).astype(np.uint8)


class ImageCache:
    """Decoded pixels of the views used last, within a limit of memory; may be asked from several threads.

    Parameters
    ----------
    limit_bytes : int
        What the pixels may take together; the least recently used are forgotten first.
    """

    def __init__(self, limit_bytes: int = DEFAULT_CACHE_BYTES) -> None:
        self._limit = limit_bytes
        self._used = 0
        self._lock = Lock()
        # The pixels' source is kept with them, so that its identity stays its own for as long as it is the key.
        self._entries: OrderedDict[tuple[int, int, int], tuple[Pixels, Bytes]] = OrderedDict()

    @property
    def used_bytes(self) -> int:
        """What is held now."""
        return self._used

    def image(self, view: View, width: int, height: int) -> Bytes:
        """A view's colours: (height, width, 3) uint8. Shared with other callers: not to be written to."""
        return self._read(view.image, width, height)

    def alpha(self, view: View, width: int, height: int) -> Bytes | None:
        """A view's alpha: (height, width) uint8, or None where it has none."""
        return None if view.alpha is None else self._read(view.alpha, width, height)

    def mask(self, view: View, width: int, height: int) -> Bytes | None:
        """A view's mask: (height, width) uint8, or None where it has none."""
        return None if view.mask is None else self._read(view.mask, width, height)

    def _read(self, source: Pixels, width: int, height: int) -> Bytes:
        key = (id(source), width, height)
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key][1]
        pixels = source.read(width, height)
        with self._lock:
            if key not in self._entries:
                self._entries[key] = (source, pixels)
                self._used += pixels.nbytes
            while self._used > self._limit and len(self._entries) > 1:
                self._used -= self._entries.popitem(last=False)[1][1].nbytes
        return pixels
