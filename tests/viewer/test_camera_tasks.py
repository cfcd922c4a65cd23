"""Cameras found beside the window, in real processes: followed, given up, gone on with, and refused."""

from __future__ import annotations

import queue
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recon.io import load_capture
from recon.io.pictures import write_video
from viewer.engine.camera_tasks import find_cameras
from viewer.engine.tasks import SECONDS_TO_CLEAN_UP, Tasks
from viewer.model.find_cameras import FindCamerasModel
from viewer.model.photographs import Photographs, find_photographs

DESK = Path(__file__).resolve().parents[2] / "sample_scenes" / "desk" / "images"
PATIENCE = 120.0


class Desk:
    """A window's thread without a window, the model, and the stages it went through."""

    def __init__(self, captures: Path) -> None:
        self.calls: queue.Queue = queue.Queue()
        self.tasks = Tasks(self.calls.put)
        self.captures = captures
        self.model = FindCamerasModel(self.tasks, find_cameras)
        self.told: list[tuple[str, float | None]] = []
        self.model.events.stages.connect(
            lambda stages: stages and self.told.append((stages[-1].name, stages[-1].fraction))
        )

    def offer(self, photographs: Photographs) -> None:
        self.model.offer(photographs, self.captures)

    def run(self) -> None:
        self.told.clear()
        assert self.model.start() is not None
        self.wait_until(lambda: self.model.condition != "running")

    def wait_until(self, true) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            self.calls.get(timeout=max(deadline - time.monotonic(), 0.01))()

    @property
    def stages(self) -> list[str]:
        return list(dict.fromkeys(name for name, _ in self.told))


@pytest.fixture
def desk(tmp_path: Path):
    desk = Desk(tmp_path / "captures")
    yield desk
    desk.tasks.close()


def copied(names: list[str], folder: Path) -> Photographs:
    folder.mkdir(parents=True)
    for name in names:
        shutil.copy(DESK / name, folder / name)
    photographs = find_photographs(folder)
    assert photographs is not None
    return photographs


def test_given_up_while_matching_it_goes_on_from_there(desk: Desk, tmp_path: Path) -> None:
    desk.offer(copied(sorted(path.name for path in DESK.iterdir()), tmp_path / "desk" / "images"))
    out = desk.captures / "desk-cameras"
    desk.model.start()
    desk.wait_until(lambda: "Matching photographs" in desk.stages)
    begun = time.monotonic()
    desk.model.cancel()
    assert desk.model.condition == "offered"
    desk.tasks.close()
    assert time.monotonic() - begun < SECONDS_TO_CLEAN_UP
    assert not (out / "cameras.json").exists()

    desk.run()
    assert desk.model.condition == "found", desk.model.message
    assert [fraction for name, fraction in desk.told if name == "Finding features" and fraction != 1] == []
    assert desk.stages[:4] == [
        "Reading photographs",
        "Finding features",
        "Matching photographs",
        "Placing photographs",
    ]
    assert all(stage.done for stage in desk.model.stages)
    found = desk.model.found
    assert found is not None
    assert found.capture == out
    assert len(load_capture(found.capture).views) == len(found.report.registered) >= 28
    assert dict(desk.model.report_lines)["Placed"] == f"{len(found.report.registered)} of 30 photographs"


def test_a_video_becomes_a_capture(desk: Desk, tmp_path: Path) -> None:
    frames = [np.asarray(Image.open(path).convert("RGB")) for path in sorted(DESK.iterdir())]
    write_video(tmp_path / "walk.mp4", iter(frames))
    desk.offer(Photographs(tmp_path / "walk.mp4", ("walk.mp4",)))
    desk.run()
    assert desk.model.condition == "found", desk.model.message
    assert desk.stages[:3] == ["Looking for sharp frames", "Taking frames", "Reading photographs"]
    views = load_capture(desk.captures / "walk-cameras").views
    assert len(views) >= 15
    assert all(view.name.startswith("frame_") for view in views)


def test_photographs_of_different_things_are_refused_in_a_sentence(desk: Desk, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "noise").mkdir()
    for name in "abc":
        Image.fromarray(rng.integers(0, 256, (60, 80, 3)).astype(np.uint8)).save(tmp_path / "noise" / f"{name}.png")
    desk.offer(Photographs(tmp_path / "noise", ("a.png", "b.png", "c.png")))
    desk.run()
    assert desk.model.condition == "failed"
    assert "could be placed together" in desk.model.message
    assert desk.model.can_start, "it can be tried again"


def test_real_photographs_become_a_capture(desk: Desk, tmp_path: Path, data) -> None:
    source = data("fox_quarter") / "images"
    folder = tmp_path / "fox" / "images"
    folder.mkdir(parents=True)
    for path in sorted(source.iterdir())[:12]:
        shutil.copy(path, folder / path.name)
    photographs = find_photographs(folder)
    assert photographs is not None
    desk.offer(photographs)
    desk.run()
    assert desk.model.condition == "found", desk.model.message
    assert desk.model.found is not None
    assert desk.model.found.report.reprojection_error < 1.5
    assert len(load_capture(desk.captures / "fox-cameras").views) >= 8
