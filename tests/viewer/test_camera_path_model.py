"""Making a camera path: keyframes, history, playhead and file."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sample_scenes
from recon.io import load_capture
from viewer.model import Orbit
from viewer.model.camera_path import CameraPathModel, path_file


class Desk:
    def __init__(self) -> None:
        self.orbit = Orbit(distance=4)
        self.model = CameraPathModel(lambda: self.orbit)
        self.looked: list[Orbit] = []
        self.model.looked.connect(self.looked.append)

    def add(self, azimuth: float) -> None:
        self.orbit = replace(self.orbit, azimuth=azimuth)
        self.model.add()

    @property
    def times(self) -> list[float]:
        return [each.time for each in self.model.path.keyframes]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_keyframes_added_one_after_the_other_follow_each_other(desk: Desk) -> None:
    for azimuth in (0, 0.5, 1.0, 1.5, 2.0, 2.5):
        desk.add(azimuth)
    assert desk.times == [0, 2, 4, 6, 8, 10]
    assert desk.model.path.duration == 10
    assert desk.model.time == 10
    assert desk.model.selected == 5


def test_a_keyframe_is_added_at_the_playhead_and_between_others(desk: Desk) -> None:
    desk.add(0)
    desk.add(1)
    desk.model.seek(1.25)
    desk.add(0.3)
    assert desk.times == [0, 1.25, 2]
    desk.model.go_to(0)
    desk.add(0.1)
    assert desk.times == [0, 0.625, 1.25, 2]
    assert desk.model.selected == 1


def test_going_to_a_keyframe_looks_from_where_it_was_made(desk: Desk) -> None:
    desk.orbit = Orbit((1, 2, 3), 5, 0.3, 0.4, field_of_view=0.6)
    desk.model.add()
    made = desk.orbit
    desk.orbit = Orbit()
    desk.model.go_to(0)
    there = desk.looked[-1]
    np.testing.assert_allclose(there.world_from_camera, made.world_from_camera, atol=1e-9)
    np.testing.assert_allclose(there.pivot, made.pivot, atol=1e-9)
    assert there.field_of_view == pytest.approx(0.6)
    assert there.aspect == pytest.approx(16 / 9)


def test_updating_moves_a_keyframe_in_space_and_keeps_its_name(desk: Desk) -> None:
    desk.add(0)
    desk.model.rename("Start")
    desk.orbit = replace(desk.orbit, azimuth=1)
    desk.model.update()
    (keyframe,) = desk.model.path.keyframes
    np.testing.assert_allclose(keyframe.world_from_camera, desk.orbit.world_from_camera)
    assert (keyframe.name, keyframe.time) == ("Start", 0)


def test_every_edit_is_undone_and_a_drag_is_one_edit(desk: Desk) -> None:
    desk.add(0)
    desk.add(1)
    for time in (2.5, 3, 3.5):
        desk.model.move(1, time)
    desk.model.end_drag()
    desk.model.move(1, 4)
    desk.model.set_loop(True)
    desk.model.delete()
    seen = [(desk.times, desk.model.path.loop)]
    while desk.model.can_undo:
        desk.model.undo()
        seen.append((desk.times, desk.model.path.loop))
    assert seen == [
        ([0], True),
        ([0, 4], True),
        ([0, 4], False),
        ([0, 3.5], False),
        ([0, 2], False),
        ([0], False),
        ([], False),
    ]
    while desk.model.can_redo:
        desk.model.redo()
    assert (desk.times, desk.model.path.loop) == seen[0]


def test_keyframes_stay_in_order_and_on_frames(desk: Desk) -> None:
    for azimuth in (0, 1, 2):
        desk.add(azimuth)
    desk.model.move(1, 100)
    assert desk.times[1] == pytest.approx(4 - 1 / 30)
    desk.model.move(1, 1.234)
    assert desk.times[1] == pytest.approx(37 / 30)
    desk.model.move(0, -5)
    assert desk.times[0] == 0


def test_a_longer_path_keeps_its_proportions(desk: Desk) -> None:
    desk.add(0)
    desk.add(1)
    desk.model.set_duration(16)
    assert desk.times == [0, 4]
    assert desk.model.path.duration == 16


def test_a_loop_has_room_to_come_back(desk: Desk) -> None:
    for azimuth in np.linspace(0, 2, 5):
        desk.add(azimuth)
    assert desk.model.path.duration == 8
    desk.model.set_loop(True)
    assert desk.model.path.duration == 10
    desk.model.move(4, 99)
    assert desk.times[4] < 10


def test_even_speed_moves_diamonds_and_still_lets_keyframes_be_added(desk: Desk) -> None:
    for azimuth in (0, 0.1, 2):
        desk.add(azimuth)
    desk.model.set_constant_speed(True)
    assert desk.model.path.passing_times[1] < 1
    desk.model.seek(3)
    desk.add(1)
    assert len(desk.times) == 4
    assert desk.model.selected == 2
    assert desk.model.time == pytest.approx(desk.model.path.passing_times[2])


def test_playing_looks_along_the_path_and_ends(desk: Desk) -> None:
    told: list[bool] = []
    desk.model.playing_changed.connect(told.append)
    desk.model.play()
    assert told == [], "there is nothing to play"
    desk.add(0)
    desk.add(1)
    desk.model.set_duration(2)
    desk.model.seek(2)
    desk.model.play()
    for _ in range(5):
        desk.model.advance(0.5)
    assert told == [True, False]
    assert desk.model.time == 2
    azimuths = [orbit.azimuth for orbit in desk.looked[-4:]]
    assert azimuths == sorted(azimuths)


def test_a_loop_plays_on(desk: Desk) -> None:
    desk.model.apply_preset("turntable")
    desk.model.play()
    desk.model.advance(7)
    desk.model.advance(2)
    assert desk.model.playing
    assert desk.model.time == pytest.approx(1)


def test_stepping_goes_from_keyframe_to_keyframe(desk: Desk) -> None:
    for azimuth in (0, 1, 2):
        desk.add(azimuth)
    desk.model.seek(3)
    desk.model.step(-1)
    assert (desk.model.selected, desk.model.time) == (1, 2)
    desk.model.step(1)
    desk.model.step(1)
    assert desk.model.selected == 2


def test_presets_begin_here_and_follow_the_capture(desk: Desk) -> None:
    desk.orbit = Orbit((0, 0, 1), 3, 0.5, 0.4)
    desk.model.apply_preset("turntable")
    np.testing.assert_allclose(desk.looked[-1].world_from_camera, desk.orbit.world_from_camera, atol=1e-9)
    desk.model.capture = load_capture(sample_scenes.path("desk"))
    desk.model.apply_preset("flight")
    assert len(desk.model.path.keyframes) == min(24, len(desk.model.capture.views))
    desk.model.undo()
    assert len(desk.model.path.keyframes) == 12


def test_a_photographs_frame_becomes_the_films_opening(desk: Desk) -> None:
    desk.orbit = Orbit(distance=2, field_of_view=math.radians(40), aspect=4.0)
    desk.model.add()
    height = 2 * math.tan(desk.model.path.keyframes[0].field_of_view / 2)
    assert height * 16 / 9 == pytest.approx(4 * 2 * math.tan(math.radians(20))), "the whole width is seen"


def test_the_path_is_kept_beside_the_run(desk: Desk, tmp_path: Path) -> None:
    file = path_file(tmp_path)
    assert file == tmp_path / "camera_path.json"
    assert path_file(tmp_path / "a.ply") == tmp_path / "a.camera_path.json"
    desk.model.open(file)
    desk.model.save()
    assert not file.exists(), "nothing was made"
    desk.add(0)
    desk.model.set_picture(width=640, height=360)
    desk.model.open(None)
    assert desk.times == []
    desk.model.open(file)
    assert desk.times == [0]
    assert desk.model.film.width == 640
    assert not desk.model.can_undo


def test_a_damaged_file_is_told_and_left_alone(desk: Desk, tmp_path: Path) -> None:
    told: list[str] = []
    desk.model.refused.connect(told.append)
    file = tmp_path / "camera_path.json"
    file.write_text("not a path")
    desk.model.open(file)
    desk.add(0)
    desk.model.save()
    assert file.read_text() == "not a path"
    assert "no camera path" in told[0]
