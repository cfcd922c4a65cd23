"""Several objects of one file become one mesh, their textures one picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST_TEXTURE = 16384 * 16384
BORDER = 1  # texels around each picture that repeat its edge, so that neighbours do not shine in
PLAIN = (255, 255, 255)

Part = dict[str, Any]  # arrays by the names that `Mesh` gives them


def joined(parts: Sequence[Part]) -> Part:
    """One mesh of several, at least one of which has a texture; those that have none are white.

    Texture coordinates beyond their picture are cut off there, for the picture next to it is another's.
    """
    starts = np.cumsum([0, *(len(part["vertices"]) for part in parts)])
    whole: Part = {
        "vertices": np.concatenate([part["vertices"] for part in parts]),
        "faces": np.concatenate([part["faces"] + start for part, start in zip(parts, starts, strict=False)]),
    }
    if all("normals" in part for part in parts):
        whole["normals"] = np.concatenate([part["normals"] for part in parts])
    whole["texture"], places = _packed([_picture(part) for part in parts])
    size = np.array(whole["texture"].shape[1::-1], np.float32)
    whole["uv"] = np.concatenate(
        [_moved(part, place, size) for part, place in zip(parts, places, strict=True)], dtype=np.float32
    )
    return whole


def _picture(part: Part) -> NDArray[np.uint8]:
    texture = part["texture"][..., :3] if "texture" in part else np.array([[PLAIN]])
    return np.asarray(texture, np.uint8)


def _packed(pictures: Sequence[NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], list[NDArray[np.int64]]]:
    """All in a grid; and of each its left and upper edge, width and height, in texels."""
    height = max(len(picture) for picture in pictures) + 2 * BORDER
    width = max(picture.shape[1] for picture in pictures) + 2 * BORDER
    if len(pictures) * height * width > LARGEST_TEXTURE:
        raise ValueError(f"its {len(pictures)} textures of up to {width}x{height} are too large for one")
    columns = max(1, round(math.sqrt(len(pictures) * height / width)))
    whole = np.zeros((-(-len(pictures) // columns) * height, columns * width, 3), np.uint8)
    places = []
    for index, picture in enumerate(pictures):
        top, left = index // columns * height, index % columns * width
        framed = np.pad(picture, ((BORDER, BORDER), (BORDER, BORDER), (0, 0)), mode="edge")
        whole[top : top + len(framed), left : left + framed.shape[1]] = framed
        places.append(np.array([left + BORDER, top + BORDER, picture.shape[1], len(picture)]))
    return whole, places


def _moved(part: Part, place: NDArray[np.int64], size: NDArray[np.float32]) -> NDArray[np.floating]:
    """Texture coordinates, whose v runs upwards, in the whole picture."""
    uv = np.clip(part["uv"], 0, 1) if "texture" in part else np.full((len(part["vertices"]), 2), 0.5)
    left, top, width, height = place
    texels = np.stack([left + uv[:, 0] * width, top + (1 - uv[:, 1]) * height], axis=1)
    return np.stack([texels[:, 0] / size[0], 1 - texels[:, 1] / size[1]], axis=1)
