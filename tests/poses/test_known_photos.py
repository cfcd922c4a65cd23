"""Real photographs: all are placed, and the fox where its published cameras say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recon.io import load_capture
from recon.poses import reconstruct_cameras
from recon.scene.alignment import align

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def found(name, tmp_path):
    photos = DATA / name / "images"
    if not photos.is_dir():
        pytest.skip(f"{photos} is not there")
    *_, last = reconstruct_cameras(photos, tmp_path / name)
    return last


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("sceaux_castle", 11), ("sacre_coeur", 8), ("fox", 50)])
def test_photographs_are_placed(tmp_path, name, least):
    last = found(name, tmp_path)
    assert len(last.report.registered) >= least
    assert last.report.reprojection_error < 1
    if name == "fox":
        published = {Path(view.name).name: view.camera.center for view in load_capture(DATA / "fox").views}
        views = load_capture(last.capture).views
        centers = np.array([view.camera.center for view in views])
        wanted = np.array([published[view.name] for view in views])
        off = np.linalg.norm(align(centers, wanted).apply(centers) - wanted, axis=1)
        extent = np.linalg.norm(np.ptp(wanted, axis=0))
        assert off.max() < 0.005 * extent
