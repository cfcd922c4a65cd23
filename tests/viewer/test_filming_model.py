"""Films and screenshots as the window asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_studio import FakeStudio

from viewer.model import Orbit
from viewer.model.camera_path import CameraPathModel
from viewer.model.filming import FilmingModel, ScreenshotModel, Subject
from viewer.model.task_list import Failure, TaskProgress


@pytest.fixture
def studio() -> FakeStudio:
    return FakeStudio()


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path / "run"


@pytest.fixture
def filming(studio: FakeStudio, run: Path) -> FilmingModel:
    model = FilmingModel(CameraPathModel(Orbit), studio)
    model.show(Subject("fox", run))
    return model


def test_what_is_missing_is_said(filming: FilmingModel, studio: FakeStudio, run: Path) -> None:
    assert "keyframe" in filming.refusal
    filming.render()
    filming.path.add()
    assert filming.refusal == ""
    filming.show(Subject("mesh", run, "mesh"))
    assert "Only splats" in filming.refusal
    filming.show(None)
    assert "Open a result" in filming.refusal
    filming.render()
    assert studio.asked == []


def test_a_film_is_ordered_and_followed(filming: FilmingModel, studio: FakeStudio, run: Path) -> None:
    filming.path.open(run / "camera_path.json")
    filming.path.add()
    filming.render()
    assert studio.asked == [("film", run, filming.path.film, run / "film.mp4", True)]
    assert (run / "camera_path.json").exists(), "what was rendered is kept"
    assert filming.slot.busy
    filming.render()
    assert len(studio.asked) == 1, "one at a time"
    studio.tasks[0].advance(TaskProgress(0.5))
    studio.tasks[0].finish(run / "film.mp4")
    assert (filming.slot.busy, filming.slot.written) == (False, run / "film.mp4")


def test_overwriting_is_asked_in_a_line(filming: FilmingModel, studio: FakeStudio, run: Path) -> None:
    filming.path.add()
    (run / "film.mp4").write_bytes(b"old")
    filming.render()
    assert filming.slot.question == "film.mp4 exists already. Replace it?"
    filming.slot.answer(False)
    assert (filming.slot.question, studio.asked) == ("", [])
    filming.render()
    filming.slot.answer(True)
    assert len(studio.asked) == 1
    assert filming.slot.question == ""


def test_what_is_transparent_becomes_pictures(filming: FilmingModel, run: Path) -> None:
    filming.set_background(None)
    assert (filming.container, filming.suggestion) == ("png", run / "film")
    filming.set_container("mp4")
    assert filming.path.film.background == (0, 0, 0)


def test_cancelling_and_failing_free_the_slot(filming: FilmingModel, studio: FakeStudio) -> None:
    filming.path.add()
    filming.render()
    filming.slot.task.cancel()
    assert (filming.slot.task, studio.stopped) == (None, 1)
    filming.render()
    studio.tasks[1].fail(Failure("The disk is full."))
    assert filming.slot.task.message == "The disk is full."
    assert not filming.slot.busy
    filming.render()
    assert filming.slot.busy


def test_a_screenshot_has_the_size_that_was_asked(studio: FakeStudio, tmp_path: Path) -> None:
    orbit = Orbit((1, 0, 0), 3)
    model = ScreenshotModel(lambda: orbit, studio)
    model.take()
    assert studio.asked == []
    (tmp_path / "fox.screenshot.png").write_bytes(b"")
    model.show(Subject("fox", tmp_path / "fox.ply"))
    model.set_size(5000, 99999)
    model.set_transparent(True)
    model.take()
    ((_, subject, snapshot, out, _),) = studio.asked
    assert (subject, out) == (tmp_path / "fox.ply", tmp_path / "fox.screenshot-2.png")
    assert (snapshot.camera.width, snapshot.camera.height, snapshot.background) == (5000, 16384, None)
    assert snapshot.camera.world_from_camera.tolist() == orbit.world_from_camera.tolist()
