"""Superquadrics of a solid, as blocks."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from recon.scene import Blocks
from recon.scene.transforms import quaternion_of
from recon.shapes.quadrics import Quadrics
from recon.shapes.search import Config, Report, Search, unheard
from recon.shapes.solid import Solid

GOLDEN = 0.618034  # of the circle of hues: neighbours differ however many there are
TEXELS = 4


def superquadrics(solid: Solid, config: Config | None = None, report: Report = unheard) -> Blocks:
    """Superquadrics whose union is close to a solid, the largest first.

    Parameters
    ----------
    solid : Solid
    config : Config, optional
    report : callable, optional
        Told the name of a stage and the share of it that is done.

    Returns
    -------
    Blocks
        In the solid's frame, each in a colour of its own.
    """
    found = Search(solid, Quadrics, config or Config(), report).run()
    blocks = blocks_of(found)
    return blocks.part(np.argsort(-blocks.volumes)) if len(blocks) else blocks


def blocks_of(quadrics: Quadrics) -> Blocks:
    """The same superquadrics as blocks."""
    count = len(quadrics)
    quaternions = [quaternion_of(axes) for axes in quadrics.axes]
    return Blocks(
        centers=quadrics.centers.astype(np.float32),
        quaternions=np.array(quaternions, np.float32).reshape(-1, 4),
        scales=quadrics.scales.astype(np.float32),
        exponents=quadrics.exponents.astype(np.float32),
        tapers=quadrics.tapers.astype(np.float32),
        opacities=np.ones(count, np.float32),
        textures=np.broadcast_to(colors(count)[:, None, None, None], (count, 6, TEXELS, TEXELS, 3)).copy(),
        names=tuple(f"part {index + 1}" for index in range(count)),
    )


def colors(count: int) -> NDArray[np.uint8]:
    """(count, 3) uint8: sRGB colours that tell parts apart."""
    rows = [colorsys.hsv_to_rgb(index * GOLDEN % 1, 0.55, 0.9) for index in range(count)]
    return np.asarray(np.rint(255 * np.array(rows).reshape(-1, 3)), np.uint8)
