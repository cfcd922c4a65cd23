"""What is worth knowing of a mesh that was made from photographs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from recon.evaluate.comparison import COUNTS
from recon.evaluate.metrics import HIGHEST_PSNR, psnr
from recon.meshes import topology
from recon.render.draw_mesh import drawer_of
from recon.scene import Mesh, View

COVERED = 0.99


def describe_mesh(mesh: Mesh, views: Sequence[View], device: str = "auto") -> dict[str, Any]:
    """Topology, and how the mesh looks where it is.

    Parameters
    ----------
    mesh : Mesh
    views : sequence of View
        Held out.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    dict
        "topology": see `recon.meshes.Topology`; "coverage": share of the pixels that count which the mesh covers;
        "psnr_covered": PSNR over those pixels of each view, averaged over views; "psnr_texture": the same of a mesh
        with light without it, as other programs draw it. All but the first are None without views, the last one also
        without light.
    """
    covered, values = _against(mesh, views, device)
    alone = [] if mesh.light is None else _against(replace(mesh, light=None), views, device)[1]
    return {
        "topology": asdict(topology(mesh)),
        "coverage": _mean(covered),
        "psnr_covered": _mean(values),
        "psnr_texture": _mean(alone),
    }


def _against(mesh: Mesh, views: Sequence[View], device: str) -> tuple[list[float], list[float]]:
    """The share of each view's pixels that is covered, and the PSNR there of those views that have some."""
    drawer = drawer_of(mesh, device)
    covered, values = [], []
    for view in views:
        camera = view.camera
        photo = view.image.read(camera.width, camera.height).astype(np.float32) / 255
        drawing = drawer.draw(camera)
        counts = np.ones(photo.shape[:2], np.bool_)
        for band in (view.alpha, view.mask):
            if band is not None:
                counts &= band.read(camera.width, camera.height) >= COUNTS
        inside = counts & (drawing.alpha > COVERED)
        covered.append(float(inside.sum() / max(1, counts.sum())))
        if inside.any():
            values.append(min(psnr(drawing.color, photo, inside), HIGHEST_PSNR))
    return covered, values


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None
