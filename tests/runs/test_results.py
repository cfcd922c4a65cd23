from __future__ import annotations

import json
from pathlib import Path

import platformdirs
import pytest
import toy
from PIL import Image

from recon.methods.base import Finished, Stage
from recon.runs import Run, evaluate_run, load_run, reconstruct


def finish(capture: Path, out: Path) -> Run:
    list(reconstruct(capture, out, method="toy", preset="quick", device="cpu"))
    return load_run(out)


def test_the_numbers_of_a_run_are_those_measured_again(capture_folder: Path, tmp_path: Path) -> None:
    run = finish(capture_folder, tmp_path / "run")
    metrics = run.metrics()
    assert [view["name"] for view in metrics["views"]] == ["view_0.png", "view_8.png"]
    assert metrics["mean"]["psnr"] == pytest.approx(sum(view["psnr"] for view in metrics["views"]) / 2)
    *_, last = run.events()
    assert last == Finished(10, metrics["mean"])
    assert evaluate_run(run.path) == metrics == load_run(run.path).metrics()


def test_pictures_can_be_opened(capture_folder: Path, tmp_path: Path) -> None:
    run = finish(capture_folder, tmp_path / "run")
    for name in ("preview.png", "contact_sheet.png"):
        with Image.open(run.path / name) as picture:
            assert picture.format == "PNG"
            assert min(picture.size) >= 16


def test_a_capture_too_small_for_test_views_is_reconstructed_all_the_same(tmp_path: Path) -> None:
    run = finish(toy.write_capture(tmp_path / "capture", views=2), tmp_path / "run")
    metrics = run.metrics()
    assert metrics["mean"] == {"psnr": None, "ssim": None}
    assert metrics["views"] == []
    assert (run.path / "contact_sheet.png").exists()
    assert run.status() == "finished"


def test_undistortion_is_told_and_timed(capture_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path / "cache"))
    path = capture_folder / "transforms.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"camera_model": "OPENCV", "k1": 0.05}))
    run = finish(capture_folder, tmp_path / "run")
    stages = [event for event in run.events() if isinstance(event, Stage)]
    told = [stage.fraction for stage in stages if stage.name == "Undistorting photographs"]
    assert told == [pytest.approx(done / 9) for done in range(1, 10)]
    assert run.metrics()["stage_seconds"]["undistortion"] > 0
