"""What is worth knowing of a mesh that was made from photographs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
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
        "psnr_covered": PSNR over those pixels of each view, averaged over views; both None without views.
    """
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
    return {
        "topology": asdict(topology(mesh)),
        "coverage": math.fsum(covered) / len(covered) if covered else None,
        "psnr_covered": math.fsum(values) / len(values) if values else None,
    }
