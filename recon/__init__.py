"""Triptych's engine: photographs in; splats, blocks and meshes out.

Light to import: heavy parts are loaded when they are first used. No Qt, no VTK.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "carry": "recon.runs",
    "load_capture": "recon.io",
    "load_run": "recon.runs",
    "rasterize": "recon.render",
    "reconstruct": "recon.runs",
}

if TYPE_CHECKING:
    from recon import evaluate
    from recon.io import load_capture
    from recon.render import rasterize
    from recon.runs import carry, load_run, reconstruct

__all__ = ["carry", "evaluate", "load_capture", "load_run", "rasterize", "reconstruct"]


def __getattr__(name: str) -> Any:
    if name == "evaluate":
        return import_module("recon.evaluate")
    if name not in _HOMES:
        raise AttributeError(f"module 'recon' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
