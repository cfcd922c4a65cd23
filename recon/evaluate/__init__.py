"""Numbers: the only place where they are made.

Owns image metrics (PSNR, SSIM, LPIPS), the protocol they are reported with, and the pictures that show them.
Refuses optimisation, run folders and windows. Importing it loads nothing heavy; torch is loaded at the first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOMES = {
    "Metrics": "recon.evaluate.metrics",
    "ViewMetrics": "recon.evaluate.metrics",
    "contact_sheet": "recon.evaluate.sheets",
    "measure": "recon.evaluate.metrics",
    "photometric": "recon.evaluate.similarity",
    "preview": "recon.evaluate.sheets",
    "psnr": "recon.evaluate.metrics",
    "ssim": "recon.evaluate.similarity",
}

if TYPE_CHECKING:
    from recon.evaluate.metrics import Metrics, ViewMetrics, measure, psnr
    from recon.evaluate.sheets import contact_sheet, preview
    from recon.evaluate.similarity import photometric, ssim

__all__ = ["Metrics", "ViewMetrics", "contact_sheet", "measure", "photometric", "preview", "psnr", "ssim"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'recon.evaluate' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
