"""Pictures of parts: each block in a colour of its own, lit, beside the photograph and what the blocks show of it."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.evaluate.comparison import compare
from recon.io.files import atomic_write
from recon.io.pictures import eight_bits
from recon.render.draw import WHITE, Drawer
from recon.scene import Blocks, View
from recon.scene.block_surfaces import vertices

LIGHT = np.array([0.35, 0.25, 0.9])  # in a frame whose third axis points up
AMBIENT, DIRECT = 0.55, 0.5
GOLDEN = 0.61803398875  # turns of hue from one block to the next: neighbours differ, however many there are
GROUND_GREY = 0.86
TEXELS = 32
GAP = 4


def shaded(blocks: Blocks) -> Blocks:
    """The same blocks, each in one colour, lit from above; the ground pale, the sky gone."""
    count = len(blocks)
    hues = [colorsys.hsv_to_rgb((0.02 + GOLDEN * index) % 1, 0.6, 0.95) for index in range(count)]
    grid = vertices(blocks, TEXELS)
    across, along = grid[:, :, 1:, 1:] - grid[:, :, :-1, :-1], grid[:, :, :-1, 1:] - grid[:, :, 1:, :-1]
    normals = np.cross(across, along)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
    light = AMBIENT + DIRECT * np.clip(normals @ _light(blocks), 0, 1)
    colors = light[..., None] * np.array(hues).reshape(count, 1, 1, 1, 3)
    textures = np.rint(np.clip(colors, 0, 1) * 255).astype(np.uint8)
    ground = blocks.ground
    if ground is not None:
        ground = replace(ground, texture=np.full_like(ground.texture, round(GROUND_GREY * 255)))
    return replace(blocks, textures=textures, ground=ground, sky=None, merges=None)


def _light(blocks: Blocks) -> NDArray[np.float64]:
    """Unit vector towards the lamp, world coordinates."""
    up = np.array([0.0, 0, 1]) if blocks.ground is None else blocks.ground.up
    side = np.cross(up, np.eye(3)[np.abs(up).argmin()])
    side /= np.linalg.norm(side)
    axes = np.stack([side, np.cross(up, side), up])
    light = LIGHT @ axes
    return np.asarray(light / np.linalg.norm(light))


def parts_picture(path: Path, blocks: Blocks, views: Sequence[View], *, device: str = "auto") -> None:
    """Write a PNG with a row for each view: the photograph, the blocks, and their shaded parts.

    Parameters
    ----------
    path : Path
    blocks : Blocks
    views : sequence of View
        At least one, all of one size.
    device : {"auto", "cpu", "cuda"}

    Raises
    ------
    ValueError
        If there is no view.
    DiskFull, InputError
        If the file cannot be written.
    """
    from PIL import Image

    if not views:
        raise ValueError("a picture of parts needs at least one view")
    drawer, parts = Drawer(blocks, device), Drawer(shaded(blocks), device)
    rows = []
    for view in views:
        comparison = compare(drawer, view)
        shown = parts.draw(view.camera, background=WHITE).color
        rows.append(beside([comparison.photo, comparison.render, shown], axis=1))
    picture = beside(rows, axis=0)
    with atomic_write(path) as file:
        Image.fromarray(eight_bits(picture)).save(file, "PNG")


def beside(pictures: Sequence[NDArray[np.float32]], axis: int) -> NDArray[np.float32]:
    """Pictures with white between them."""
    shape = list(pictures[0].shape)
    shape[axis] = GAP
    gap = np.ones(shape, np.float32)
    parts = [part for picture in pictures for part in (gap, picture)][1:]
    return np.concatenate(parts, axis=axis)
