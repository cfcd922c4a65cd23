"""Gaussian splats as SOG (PlayCanvas): pictures in lossless WebP and a `meta.json`, in a folder or a zip archive.

One texel a splat: positions as two bytes an axis in a logarithmic domain, scales and colours as places in a table of
256 values, rotations as their three smaller components, harmonics as places in a palette. Version 1, which gave ranges
in place of tables, is read; version 2 is written.
"""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.files import atomic_write, atomic_write_all
from recon.io.format import Format
from recon.io.splats.palette import codebook, nearest, palette
from recon.io.splats.values import (
    Floats,
    blocks,
    check_size,
    empty_splats,
    from_smallest_three,
    log_scale,
    morton_order,
    sigmoid,
    smallest_three,
    splats_of,
    to_bytes,
)
from recon.scene import Splats

Texels = NDArray[np.uint8]

META = "meta.json"
LARGEST_META = 4 << 20
LARGEST_WEBP = 16383
BYTES_PER_SPLAT = 5 * 4
# Of the table of a rotation: 252 and up, plus which component (w, x, y, z) was left out.
ROTATION_MARK = 252
COEFFICIENTS = (0, 3, 8, 15)
PALETTE_ROW = 64
LARGEST_PALETTE = 1 << 16
# What a JSON of any shape raises, and pictures that are none.
DAMAGE = (
    *(ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError),
    *(OSError, RecursionError, SyntaxError),
)


def read(path: Path) -> Splats:
    """Read a SOG archive, or the folder of a `meta.json`; see `recon.io.read_splats`."""
    if path.name.lower() == META:
        return _read(path, lambda name, most: _from_folder(path, name, most), _size_of_folder(path))
    if not zipfile.is_zipfile(path):
        raise UnreadableFile(f"{path} is not a SOG archive, or damaged: it is no zip file.")
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(path, lambda name, most: _from_archive(path, archive, name, most), path.stat().st_size)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnreadableFile(f"{path} is damaged: {error}.") from error


def _size_of_folder(path: Path) -> int:
    return sum(each.stat().st_size for each in path.parent.glob("*.webp") if each.is_file())


def _from_folder(path: Path, name: str, most: int) -> bytes:
    # What a file names must lie beside it.
    file = path.parent / name
    if Path(name).name != name or not file.is_file():
        raise UnreadableFile(f"{path} speaks of {name!r}, which is not a file beside it.")
    with file.open("rb") as content:
        return _within(path, name, content.read(most + 1), most)


def _from_archive(path: Path, archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    # Nothing is ever unpacked to disk, so that a name cannot lead anywhere.
    try:
        with archive.open(name) as content:
            return _within(path, name, content.read(most + 1), most)
    except KeyError:
        raise UnreadableFile(f"{path} is damaged: its {name!r} is missing.") from None
    except Exception as error:
        if isinstance(error, UnreadableFile):
            raise
        # The decompressors of zip raise what they like.
        raise UnreadableFile(f"{path} is damaged: its {name!r} cannot be unpacked ({error}).") from error


def _within(path: Path, name: str, content: bytes, most: int) -> bytes:
    if len(content) > most:
        raise UnreadableFile(f"{path} is damaged: its {name!r} is larger than {most / 1e6:.0f} MB.")
    return content


class _Source:
    """The pictures of a SOG and what its `meta.json` says of them."""

    def __init__(self, path: Path, load: Callable[[str, int], bytes], size: int) -> None:
        self.path, self._load, self._size = path, load, size
        meta = json.loads(load(META, LARGEST_META))
        self.meta: dict[str, Any] = meta
        self.version = int(meta.get("version", 1))
        self.count = int(meta["count"] if self.version > 1 else meta["means"]["shape"][0])
        if self.version not in (1, 2) or self.count < 0:
            raise UnreadableFile(f"{path} is a SOG of version {self.version}; 1 and 2 can be read.")
        check_size(path, self.count * BYTES_PER_SPLAT, size)

    def texels(self, group: str, index: int = 0, count: int | None = None) -> Texels:
        """The first texels of a picture, row by row, as (count, 4)."""
        name, wanted = self.meta[group]["files"][index], self.count if count is None else count
        with self.picture(str(name)) as image:
            if not wanted <= image.width * image.height <= 4 * wanted + PALETTE_ROW * LARGEST_PALETTE:
                raise UnreadableFile(f"{self.path} is damaged: {name!r} is {image.width}x{image.height} in size.")
            check_size(self.path, image.width * image.height * 4, self._size)
            return np.asarray(image.convert("RGBA")).reshape(-1, 4)[:wanted]

    def picture(self, name: str) -> Any:
        """A picture, opened but not unpacked."""
        from PIL import Image

        content = self._load(name, self._size + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            try:
                return Image.open(BytesIO(content), formats=["WEBP"])
            except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
                raise ValueError(str(error)) from error

    def table(self, group: str, channels: int) -> Floats:
        """(256, channels) values of the bytes of a picture."""
        if self.version > 1:
            values = np.asarray(self.meta[group]["codebook"], np.float32)
            if values.ndim != 1 or len(values) > 256:
                raise ValueError(f"a codebook of {values.shape}")
            return np.repeat(np.pad(values, (0, 256 - len(values)))[:, None], channels, axis=1)
        low, high = (np.resize(np.asarray(self.meta[group][name], np.float64), channels) for name in ("mins", "maxs"))
        return (low + np.linspace(0, 1, 256)[:, None] * (high - low)).astype(np.float32)


def _read(path: Path, load: Callable[[str, int], bytes], size: int) -> Splats:
    try:
        source = _Source(path, load, size)
        return _decoded(source)
    except DAMAGE as error:
        raise UnreadableFile(f"{path} is damaged: {META} or its pictures cannot be understood ({error!r}).") from error


def _decoded(source: _Source) -> Splats:
    low, high = source.texels("means", 0), source.texels("means", 1)
    scales, rotations, colors = source.texels("scales"), source.texels("quats"), source.texels("sh0")
    scale_table, color_table = source.table("scales", 3), source.table("sh0", 4)
    limits = [np.asarray(source.meta["means"][name], np.float64) for name in ("mins", "maxs")]
    centroids, labels = _palette(source)
    arrays = empty_splats(source.count, COEFFICIENTS.index(centroids.shape[1]))
    for part in blocks(source.count):
        steps = low[part, :3].astype(np.float64) + 256.0 * high[part, :3]
        with np.errstate(over="ignore", invalid="ignore"):
            along = limits[0] + steps / 65535 * (limits[1] - limits[0])
            arrays["means"][part] = np.sign(along) * np.expm1(np.abs(along))
            arrays["scales"][part] = np.exp(_looked_up(scale_table, scales[part, :3]))
        largest = np.clip(rotations[part, 3].astype(np.int64) - ROTATION_MARK, 0, 3)
        arrays["quaternions"][part] = from_smallest_three(largest, (rotations[part, :3] / 127.5 - 1) / np.sqrt(2))
        arrays["sh"][part, 0] = _looked_up(color_table, colors[part, :3])
        alpha = colors[part, 3]
        arrays["opacities"][part] = alpha / 255 if source.version > 1 else sigmoid(color_table[alpha, 3])
        arrays["sh"][part, 1:] = centroids[labels[part]]
    return splats_of(source.path, arrays, bool(source.meta.get("antialias", False)))


def _looked_up(table: Floats, texels: Texels) -> Floats:
    return np.stack([table[texels[:, i], i] for i in range(3)], axis=1)


def _palette(source: _Source) -> tuple[Floats, NDArray[np.int64]]:
    """Entries (P, K, 3) of the palette of harmonics, and each splat's entry."""
    group = source.meta.get("shN")
    if not group:
        return np.zeros((1, 0, 3), np.float32), np.zeros(source.count, np.int64)
    texels = source.texels("shN", 1)
    labels = texels[:, 0].astype(np.int64) | (texels[:, 1].astype(np.int64) << 8)
    size = int(labels.max(initial=0)) + 1
    coefficients = COEFFICIENTS[int(group["bands"])] if "bands" in group else _coefficients(source, size)
    rows = -(-size // PALETTE_ROW)
    pixels = source.texels("shN", 0, rows * PALETTE_ROW * coefficients)[:, :3]
    return _looked_up(source.table("shN", 3), pixels).reshape(-1, coefficients, 3), labels


def _coefficients(source: _Source, size: int) -> int:
    """Version 1 tells the degree by the width of the palette's picture alone."""
    with source.picture(str(source.meta["shN"]["files"][0])) as image:
        width = int(image.width) // PALETTE_ROW
    if width not in COEFFICIENTS[1:]:
        raise UnreadableFile(f"{source.path} is damaged: its palette of {size} has {width} harmonics.")
    return width


def write(path: Path, splats: Splats, _: None = None) -> None:
    """Write a SOG archive, or a folder where the path is its `meta.json`; see `recon.io.write_splats`."""
    files = _encoded(splats)
    if path.name.lower() == META:
        atomic_write_all({path.parent / name: content for name, content in files.items()} | {path: files[META]})
        return
    with atomic_write(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            # A fixed date keeps equal splats equal files.
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)


def _encoded(splats: Splats) -> dict[str, bytes]:
    order = morton_order(splats.means)
    files: dict[str, bytes] = {}
    meta: dict[str, Any] = {"version": 2, "asset": {"generator": "Triptych"}, "count": len(splats)}
    if splats.antialiased:
        meta["antialias"] = True
    meta["means"] = _write_means(splats.means[order], files)
    scales = log_scale(splats.scales[order]).astype(np.float32)
    table = codebook(scales)
    meta["scales"] = {"codebook": table.tolist(), "files": ["scales.webp"]}
    files["scales.webp"] = _picture(nearest(table, scales))
    meta["quats"] = {"files": ["quats.webp"]}
    files["quats.webp"] = _picture(_rotation_texels(splats.quaternions[order]))
    colors = splats.sh[order, 0]
    table = codebook(colors)
    meta["sh0"] = {"codebook": table.tolist(), "files": ["sh0.webp"]}
    alphas = to_bytes(splats.opacities[order])[:, None]
    files["sh0.webp"] = _picture(np.concatenate([nearest(table, colors), alphas], axis=1))
    if splats.degree and len(splats):
        meta["shN"] = _write_harmonics(splats, order, files)
    return {META: json.dumps(meta).encode(), **files}


def _write_means(means: Floats, files: dict[str, bytes]) -> dict[str, Any]:
    along = np.sign(means) * np.log1p(np.abs(means.astype(np.float64)))
    low, high = (along.min(axis=0), along.max(axis=0)) if len(along) else (np.zeros(3), np.zeros(3))
    steps = np.rint((along - low) / np.where(high > low, high - low, 1) * 65535).astype(np.uint16)
    files["means_l.webp"] = _picture((steps & 255).astype(np.uint8))
    files["means_u.webp"] = _picture((steps >> 8).astype(np.uint8))
    return {"mins": low.tolist(), "maxs": high.tolist(), "files": ["means_l.webp", "means_u.webp"]}


def _rotation_texels(quaternions: Floats) -> Texels:
    largest, rest = smallest_three(quaternions)
    mark = (largest + ROTATION_MARK).astype(np.uint8)[:, None]
    return np.concatenate([to_bytes((rest * np.sqrt(2) + 1) / 2), mark], axis=1)


def _write_harmonics(splats: Splats, order: NDArray[np.int64], files: dict[str, bytes]) -> dict[str, Any]:
    coefficients = splats.sh.shape[1] - 1
    rest = splats.sh[order, 1:].reshape(len(order), -1)
    entries, labels = palette(rest, palette_size(len(order)))
    table = codebook(entries)
    padded = np.zeros((-(-len(entries) // PALETTE_ROW) * PALETTE_ROW, entries.shape[1]), np.float32)
    padded[: len(entries)] = entries
    texels = nearest(table, padded).reshape(-1, 3)
    files["shN_centroids.webp"] = _picture(texels, PALETTE_ROW * coefficients)
    split = np.stack([labels & 255, labels >> 8, np.zeros_like(labels)], axis=1).astype(np.uint8)
    files["shN_labels.webp"] = _picture(split)
    return {
        "count": len(entries),
        "bands": splats.degree,
        "codebook": table.tolist(),
        "files": ["shN_centroids.webp", "shN_labels.webp"],
    }


def palette_size(count: int) -> int:
    """Entries of the palette of harmonics: a power of two near the count of splats, at most 65536."""
    return min(LARGEST_PALETTE, count, max(1024, 1 << max(count.bit_length() - 1, 0)))


def _picture(texels: Texels, width: int | None = None) -> bytes:
    """Texels (N, 3) or (N, 4), padded with zeros to a picture about as wide as high, as lossless WebP."""
    from PIL import Image

    width = width or max(4, 4 * int(np.ceil(np.sqrt(len(texels)) / 4)))
    height = max(1, -(-len(texels) // width))
    pixels = np.zeros((height * width, 4), np.uint8)
    pixels[:, 3] = 255
    pixels[: len(texels), : texels.shape[1]] = texels
    packed = BytesIO()
    # Without `exact`, colours of texels with alpha 0 would be lost.
    image = Image.fromarray(pixels.reshape(height, width, 4))
    image.save(packed, "WEBP", lossless=True, exact=True, quality=60, method=2)
    return packed.getvalue()


def _forecast(splats: Splats, _: None) -> int:
    """By what pictures of real scenes take: 12.5 bytes a splat, palettes about 0.6 bytes a coefficient."""
    coefficients = 3 * (splats.sh.shape[1] - 1)
    harmonics = 1.6 * len(splats) + 0.6 * coefficients * palette_size(len(splats)) if coefficients else 0
    return round(3000 + 12.5 * len(splats) + harmonics)


FORMAT = Format(
    name="sog",
    title="SOG, PlayCanvas",
    suffixes=(".sog", META),
    kind="splats",
    read=read,
    write=write,
    forecast=_forecast,
    loses="Positions are rounded to 1/65536 of the scene, scales and colours to one of 256 values, rotations to 0.6 "
    "degrees, opacities to 8 bits; harmonics share a palette; the order of splats is lost.",
)
