"""What a finished run leaves behind: the result, the numbers measured on it, and pictures of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from recon.methods.base import Finished, Geometry
from recon.runs.files import write_json
from recon.runs.folder import CONTACT_SHEET, METRICS, PREVIEW, RESULT, Run
from recon.runs.meter import Costs
from recon.scene import Capture

TRAINING = "training"


def cache_folder() -> Path:
    """Where data derived from captures is kept: TRIPTYCH_CACHE, or the system's place for caches."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("TRIPTYCH_CACHE") or user_cache_path("triptych", appauthor=False))
