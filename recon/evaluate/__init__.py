"""Numbers: the only place where they are made.

Owns image metrics (PSNR, SSIM, LPIPS), distances of surfaces, the protocol they are reported with, and the pictures
that show them.
Refuses optimisation, run folders and windows. Importing it loads nothing heavy; torch is loaded at the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Deviation": "recon.evaluate.distances",
    "Metrics": "recon.evaluate.metrics",
    "ViewMetrics": "recon.evaluate.metrics",
    "compare_parts": "recon.evaluate.parts",
    "contact_sheet": "recon.evaluate.sheets",
    "ReferenceSurface": "recon.evaluate.distances",
    "SurfaceMetrics": "recon.evaluate.surfaces",
    "coverage": "recon.evaluate.parts",
    "describe_blocks": "recon.evaluate.parts",
    "describe_mesh": "recon.evaluate.meshes",
    "deviation": "recon.evaluate.distances",
    "measure": "recon.evaluate.metrics",
    "measure_blocks_in": "recon.evaluate.parts",
    "measure_convexes_in": "recon.evaluate.parts",
    "measure_drawn": "recon.evaluate.metrics",
    "measure_surface": "recon.evaluate.surfaces",
    "part_errors": "recon.evaluate.block_errors",
    "photometric": "recon.evaluate.similarity",
    "preview": "recon.evaluate.sheets",
    "psnr": "recon.evaluate.metrics",
    "sample_surface": "recon.evaluate.surfaces",
    "silhouette_iou": "recon.evaluate.surfaces",
    "ssim": "recon.evaluate.similarity",
}

if TYPE_CHECKING:
    from recon.evaluate.block_errors import part_errors
    from recon.evaluate.distances import Deviation, ReferenceSurface, deviation
    from recon.evaluate.meshes import describe_mesh
    from recon.evaluate.metrics import Metrics, ViewMetrics, measure, measure_drawn, psnr
    from recon.evaluate.parts import compare_parts, coverage, describe_blocks, measure_blocks_in, measure_convexes_in
    from recon.evaluate.sheets import contact_sheet, preview
    from recon.evaluate.similarity import photometric, ssim
    from recon.evaluate.surfaces import SurfaceMetrics, measure_surface, sample_surface, silhouette_iou

__all__ = [
    "Deviation",
    "Metrics",
    "ReferenceSurface",
    "SurfaceMetrics",
    "ViewMetrics",
    "compare_parts",
    "contact_sheet",
    "coverage",
    "describe_blocks",
    "describe_mesh",
    "deviation",
    "measure",
    "measure_blocks_in",
    "measure_convexes_in",
    "measure_drawn",
    "measure_surface",
    "part_errors",
    "photometric",
    "preview",
    "psnr",
    "sample_surface",
    "silhouette_iou",
    "ssim",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'recon.evaluate' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
