"""Runs that begin with photographs whose cameras nobody knows yet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recon.errors import UnusableCapture
from recon.methods.base import Cancel, Cancelled, Failed, Finished, Stage
from recon.runs import Reconstruction, load_run, reconstruct, resume

PHOTOS = Path(__file__).resolve().parents[2] / "sample_scenes" / "desk" / "images"

pytestmark = pytest.mark.usefixtures("unmeasured")


def test_given_up_while_cameras_are_found_it_goes_on_from_there(tmp_path: Path) -> None:
    given_up = False

    def commands() -> Cancel | None:
        return Cancel() if given_up else None

    run = reconstruct(PHOTOS, tmp_path / "run", method="toy", device="cpu", commands=commands)
    assert run.capture is None
    events = []
    for event in run:
        events.append(event)
        given_up |= isinstance(event, Stage) and event.name == "Matching photographs"
    assert isinstance(events[-1], Cancelled)
    assert not (tmp_path / "run" / "capture" / "cameras.json").exists()

    again: Reconstruction = resume(tmp_path / "run")
    events = list(again)
    assert isinstance(events[-1], Finished)
    assert sum(event.name == "Finding features" for event in events if isinstance(event, Stage)) == 1
    assert again.capture is not None
    assert len(again.capture.views) >= 28
    assert load_run(tmp_path / "run").capture.has_cameras
    assert "cameras" in load_run(tmp_path / "run").metrics()["stage_seconds"]
    # Of a finished run the cameras are read, not found again.
    assert resume(tmp_path / "run").capture is not None


def test_photographs_of_different_things_end_the_run_with_a_sentence(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for name in "ab":
        Image.fromarray(rng.integers(0, 256, (60, 80, 3)).astype(np.uint8)).save(tmp_path / "photos" / f"{name}.png")
    events = []
    with pytest.raises(UnusableCapture, match="could be placed together"):
        events.extend(reconstruct(tmp_path / "photos", tmp_path / "run", method="toy", device="cpu"))
    assert load_run(tmp_path / "run").status() == "failed"
    assert any(isinstance(event, Failed) for event in load_run(tmp_path / "run").events())
