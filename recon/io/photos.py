"""Photographs that come without cameras: which files they are, what their EXIF says, and copies that stand upright."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from recon.errors import UnreadableFile
from recon.io.files import atomic_write
from recon.io.images import SUFFIXES, decode, take_band

if TYPE_CHECKING:
    from PIL import Image

# What is read besides the formats that a capture may hold, and becomes one of those.
CONVERTED_SUFFIXES = (".heic", ".heif", ".avif")
PHOTO_SUFFIXES = SUFFIXES + CONVERTED_SUFFIXES
VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm")
# Folders beside photographs that hold pictures of another kind.
OTHER_PICTURES = {"masks", "mask", "depth", "depths", "normals", "thumbnails"}
DEEPEST = 2
JPEG_QUALITY = 97
ORIENTATION, MAKE, MODEL, EXIF, GPS = 0x0112, 0x010F, 0x0110, 0x8769, 0x8825
FOCAL, FOCAL_35 = 0x920A, 0xA405
# What sets a stored picture upright, by its EXIF orientation.
TURNS = {
    2: "FLIP_LEFT_RIGHT",
    3: "ROTATE_180",
    4: "FLIP_TOP_BOTTOM",
    5: "TRANSPOSE",
    6: "ROTATE_270",
    7: "TRANSVERSE",
    8: "ROTATE_90",
}
KEPT_AS_THEY_ARE = {"JPEG": {"RGB", "L"}, "PNG": {"RGB", "L"}}


@dataclass(frozen=True)
class PhotoFolder:
    """A folder of photographs, and their names in it: relative, with forward slashes, sorted."""

    path: Path
    names: tuple[str, ...]


@dataclass(frozen=True)
class PhotoFacts:
    """What a photograph says of itself.

    Parameters
    ----------
    width, height : int
        As it stands upright.
    lens : str
        Make, model and focal length; photographs of one lens and size may share a calibration. Empty where it is
        silent.
    has_position : bool
        Whether it knows where on earth it was taken.
    """

    width: int
    height: int
    lens: str
    has_position: bool


def find_photos(path: Path) -> PhotoFolder | None:
    """The photographs at a path and in its sub-folders, or None where there are none.

    Where the folder itself holds none but has one named images, they are that one's: smaller copies often lie beside.
    """
    if not path.is_dir():
        return None
    if not any(_is_photo(entry) for entry in path.iterdir()) and (path / "images").is_dir():
        path = path / "images"
    names = sorted(_photos_below(path, PurePosixPath(), 0))
    return PhotoFolder(path, tuple(names)) if names else None


def is_video(path: Path) -> bool:
    """Whether a path is a file named as a video."""
    return path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()


def _is_photo(entry: Path) -> bool:
    return entry.suffix.lower() in PHOTO_SUFFIXES and not entry.name.startswith(".") and entry.is_file()


def _photos_below(folder: Path, place: PurePosixPath, depth: int) -> list[str]:
    names = []
    for entry in folder.iterdir():
        if _is_photo(entry):
            names.append(str(place / entry.name))
        elif (
            depth < DEEPEST
            and entry.is_dir()
            and not entry.name.startswith(".")
            and entry.name.lower() not in OTHER_PICTURES
        ):
            names += _photos_below(entry, place / entry.name, depth + 1)
    return names


def photo_facts(path: Path) -> PhotoFacts:
    """Read what a photograph says of itself, without decoding it.

    Raises
    ------
    UnreadableFile
    """
    with _opened(path) as image:
        exif = image.getexif()
        details = exif.get_ifd(EXIF)
        words = (exif.get(MAKE), exif.get(MODEL), details.get(FOCAL), details.get(FOCAL_35))
        lens = " ".join(str(word).strip("\0 ") for word in words if word)
        width, height = image.size
        if exif.get(ORIENTATION, 1) in {5, 6, 7, 8}:
            width, height = height, width
        return PhotoFacts(width, height, lens, bool(exif.get_ifd(GPS)))


def stored_name(name: str) -> str:
    """The name under which `store_photo` keeps a photograph: another suffix where the format is another."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in CONVERTED_SUFFIXES:
        return str(PurePosixPath(name).with_suffix(".jpg"))
    return name if suffix in {".jpg", ".jpeg", ".png"} else str(PurePosixPath(name).with_suffix(".png"))


def store_photo(source: Path, target: Path, mask: Path) -> None:
    """Put a photograph where it is worked with: upright, 8 bits, RGB or grey, JPEG or PNG; EXIF is kept.

    What is so already is linked to; what is not is converted once. Coverage that a photograph brings goes to a mask.

    Parameters
    ----------
    source, target : Path
        The target is named as `stored_name` says.
    mask : Path
        Written where the photograph has an alpha channel that is not opaque everywhere.

    Raises
    ------
    UnreadableFile, DiskFull
    """
    if target.exists():
        return
    with _opened(source) as image:
        keeps = KEPT_AS_THEY_ARE.get(image.format or "", set())
        if image.mode in keeps and image.getexif().get(ORIENTATION, 1) == 1 and source.suffix == target.suffix:
            image.draft(image.mode, (image.width // 8, image.height // 8))
            image.load()  # a torn file is found here, quickly, rather than by whoever needs its pixels
            _link(source, target)
        else:
            _convert(image, source, target, mask)


def store_mask(source: Path, photo: Path, target: Path) -> None:
    """Put a mask beside its stored photograph: upright and of its size, white where the photograph counts.

    A mask that has the shape of the pixels as the file stores them is turned as the photograph is.

    Raises
    ------
    UnreadableFile, DiskFull
    """
    from PIL import Image

    if target.exists():
        return
    mask = Image.fromarray(take_band(decode(source), "mask"))
    with _opened(photo) as image:
        turn, (width, height) = _turn(image), image.size
    if turn is not None and width != height and (mask.width > mask.height) == (width > height):
        mask = mask.transpose(turn)
    facts = photo_facts(photo)
    _save(mask.resize((facts.width, facts.height), Image.Resampling.NEAREST), target, "PNG")


def store_blank_mask(target: Path, facts: PhotoFacts) -> None:
    """Write a mask by which all of a photograph counts, where it has none."""
    from PIL import Image

    if not target.exists():
        _save(Image.new("L", (facts.width, facts.height), 255), target, "PNG")


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    from PIL import Image

    if path.suffix.lower() in CONVERTED_SUFFIXES:
        import pi_heif

        pi_heif.register_heif_opener()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # large photographs and odd EXIF are what cameras bring
            with Image.open(path) as image:
                yield image
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, TypeError, Image.DecompressionBombError) as error:
        raise UnreadableFile(f"{path} is not a photograph that can be read ({error}).") from error


def _convert(image: Image.Image, source: Path, target: Path, mask: Path) -> None:
    from PIL import Image, ImageOps

    exif = image.getexif()
    if source.suffix.lower() in CONVERTED_SUFFIXES:
        upright = ImageOps.exif_transpose(image)
    else:  # not by Pillow, which cuts 16 bits off
        turn = _turn(image)
        stored = Image.fromarray(decode(source))
        upright = stored if turn is None else stored.transpose(turn)
    if upright.mode == "RGBA" and upright.getchannel("A").getextrema() != (255, 255) and not mask.exists():
        _save(upright.getchannel("A"), mask, "PNG")
    exif[ORIENTATION] = 1
    _save(upright.convert("RGB"), target, "PNG" if target.suffix.lower() == ".png" else "JPEG", exif=_bytes(exif))


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What sets the stored pixels upright, or None where they are."""
    from PIL import Image

    return getattr(Image.Transpose, TURNS.get(image.getexif().get(ORIENTATION, 1), ""), None)


def _bytes(exif: Image.Exif) -> bytes:
    """EXIF as it is written; nothing of it where it is damaged, for a photograph without is better than none."""
    try:
        return exif.tobytes()
    except Exception:  # noqa: BLE001 - a maker's tags may be anything, and Pillow fails on them in many ways
        return b""


def _save(image: Image.Image, target: Path, form: str, **options: Any) -> None:
    with atomic_write(target) as file:
        if form == "JPEG":
            options |= {"quality": JPEG_QUALITY, "subsampling": 0}
        else:
            options |= {"compress_level": 1}
        image.save(file, form, **options)


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.symlink_to(source.resolve())
    except OSError:  # Windows without the right to, or a disk without links
        with atomic_write(target) as file, source.open("rb") as pixels:
            shutil.copyfileobj(pixels, file)
