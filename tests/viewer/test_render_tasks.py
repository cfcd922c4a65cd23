"""Films, pictures and exports made in real processes."""

from __future__ import annotations

import queue
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from recon.editing import Delete, SelectSphere, edits_path, save_edits
from recon.io import read_splats, write_splats
from recon.scene import Splats
from recon.scene.similarity import Similarity
from viewer.engine.render_tasks import RecordingStudio
from viewer.engine.tasks import Tasks
from viewer.model import Orbit
from viewer.model.camera_path import CameraPathModel
from viewer.model.exporting import ExportModel
from viewer.model.filming import FilmingModel, ScreenshotModel, Subject

PATIENCE = 60.0


class Desk:
    def __init__(self) -> None:
        self.calls: queue.Queue = queue.Queue()
        self.tasks = Tasks(self.calls.put)
        self.studio = RecordingStudio(self.tasks)

    def wait_until(self, true) -> None:
        deadline = time.monotonic() + PATIENCE
        while not true():
            self.calls.get(timeout=max(deadline - time.monotonic(), 0.01))()


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.tasks.close()


@pytest.fixture
def balls(tmp_path: Path) -> Path:
    """A red ball at the origin and a green one beside it."""
    splats = Splats(
        means=np.float32([[0, 0, 0], [1, 0, 0]]),
        quaternions=np.float32([[1, 0, 0, 0]] * 2),
        scales=np.full((2, 3), 0.2, np.float32),
        opacities=np.float32([0.99, 0.99]),
        sh=np.float32([[[1.7, -1.7, -1.7]], [[-1.7, 1.7, -1.7]]]),
    )
    write_splats(tmp_path / "balls.ply", splats)
    return tmp_path / "balls.ply"


def without_green(path: Path) -> None:
    save_edits(edits_path(path), [SelectSphere(center=(1.0, 0.0, 0.0), radius=0.3), Delete()])


def test_a_path_becomes_a_film(desk: Desk, balls: Path) -> None:
    path = CameraPathModel(lambda: Orbit(distance=4))
    path.apply_preset("turntable")
    path.set_duration(1)
    path.set_picture(width=64, height=48, frames_per_second=6.0)
    filming = FilmingModel(path, desk.studio)
    filming.show(Subject("balls", balls))
    fractions = []
    filming.slot.changed.connect(
        lambda: fractions.append(filming.slot.task.progress.fraction) if filming.slot.task else None
    )
    filming.render()
    desk.wait_until(lambda: not filming.slot.busy)
    assert filming.slot.written == balls.with_name("balls.film.mp4"), filming.slot.task and filming.slot.task.message
    assert any(fraction for fraction in fractions)
    video = cv2.VideoCapture(str(filming.slot.written))
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1].astype(int))
    video.release()
    assert len(frames) == 6
    assert all(frame.shape == (48, 64, 3) for frame in frames)
    assert all((frame[..., 2] - frame[..., 0] > 100).any() for frame in frames), "the red ball is always in view"
    assert np.abs(frames[0] - frames[3]).max() > 100


def test_a_screenshot_shows_what_edits_leave(desk: Desk, balls: Path) -> None:
    without_green(balls)
    model = ScreenshotModel(lambda: Orbit(distance=5, azimuth=-1.57), desk.studio)
    model.show(Subject("balls", balls))
    model.set_size(120, 90)
    model.set_transparent(True)
    model.take()
    desk.wait_until(lambda: not model.slot.busy)
    picture = cv2.imread(str(model.slot.written), cv2.IMREAD_UNCHANGED)
    assert picture.shape == (90, 120, 4)
    solid = picture[picture[..., 3] > 128]
    assert len(solid) > 20
    assert (solid[:, 2] > 200).all()
    assert (solid[:, 1] < 50).all()


def test_an_export_moves_and_edits(desk: Desk, balls: Path) -> None:
    without_green(balls)
    model = ExportModel(desk.studio)
    model.show(Subject("balls", balls), Similarity(2.0, translation=np.array([0.0, 0.0, 3.0])))
    model.set_frame("project")
    model.export()
    desk.wait_until(lambda: not model.slot.busy)
    written = read_splats(model.slot.written)
    np.testing.assert_allclose(written.means, [[0, 0, 3]], atol=1e-6)
    np.testing.assert_allclose(written.scales, 0.4, rtol=1e-5)


def test_expected_sizes_are_those_of_the_files(desk: Desk, balls: Path) -> None:
    model = ExportModel(desk.studio)
    model.show(Subject("balls", balls))
    model.estimate()
    desk.wait_until(lambda: model.sizes)
    assert desk.tasks.list.tasks == ()
    assert abs(model.sizes["ply"] - balls.stat().st_size) <= 0.01 * balls.stat().st_size


def test_a_result_that_has_gone_is_said(desk: Desk, tmp_path: Path) -> None:
    model = ScreenshotModel(Orbit, desk.studio)
    model.show(Subject("gone", tmp_path / "gone.ply"))
    model.take()
    desk.wait_until(lambda: not model.slot.busy)
    assert "is not there" in model.slot.task.message
