"""Paths through keyframes: smooth, honest about pauses, even where asked."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from recon.scene.camera_path import CameraPath, Film, Keyframe


def keyframe(time, position=(0, 0, 0), turn=(0, 0, 0), opening=1.0, distance=2.0):
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_rotvec(turn).as_matrix()
    pose[:3, 3] = position
    return Keyframe(time, pose, opening, distance)


def wandering(times, seed=0):
    random = np.random.default_rng(seed)
    return tuple(keyframe(time, random.normal(size=3), random.uniform(-1.5, 1.5, 3)) for time in times)


def positions(path, times):
    return np.stack([path.at(time).position for time in times])


def turns(path, times):
    rotations = Rotation.from_matrix([path.at(time).world_from_camera[:3, :3] for time in times])
    return (rotations[:-1].inv() * rotations[1:]).magnitude()


@given(st.lists(st.floats(0.05, 3), min_size=1, max_size=6), st.booleans(), st.booleans(), st.integers(0, 1000))
def test_keyframes_are_passed_when_it_is_said(gaps, loop, even, seed):
    times = np.cumsum([0.2, *gaps])
    path = CameraPath(wandering(times, seed), times[-1] + 1, loop, even)
    for each, time in zip(path.keyframes, path.passing_times, strict=True):
        np.testing.assert_allclose(path.at(time).world_from_camera, each.world_from_camera, atol=1e-6)
        assert path.at(time).focus_distance == pytest.approx(each.focus_distance)
    assert list(path.passing_times) == sorted(path.passing_times)


@pytest.mark.parametrize("loop", [False, True])
def test_neither_position_nor_rotation_has_a_corner(loop):
    path = CameraPath(wandering([0, 1, 1.5, 4]), 6, loop)
    tiny = 1e-4
    for time in (1, 1.5, *([4, 6] if loop else [])):
        before, after = np.diff(positions(path, [time - tiny, time, time + tiny]), axis=0) / tiny
        np.testing.assert_allclose(before, after, atol=0.01)
        around = Rotation.from_matrix([path.at(time + step).world_from_camera[:3, :3] for step in (-tiny, 0, tiny)])
        before, after = (around[:-1].inv() * around[1:]).as_rotvec() / tiny
        np.testing.assert_allclose(before, after, atol=0.01)


def test_even_steps_along_a_line_are_even():
    path = CameraPath(tuple(keyframe(time, (time, 0, 0), (0, time / 3, 0)) for time in range(4)), 3)
    np.testing.assert_allclose(positions(path, np.linspace(0, 3, 31))[:, 0], np.linspace(0, 3, 31), atol=1e-12)
    np.testing.assert_allclose(turns(path, np.linspace(0, 3, 31)), 0.1 / 3, atol=1e-9)


def test_a_pause_is_a_pause():
    stops = [keyframe(0), keyframe(1, (1, 0, 0)), keyframe(3, (1, 0, 0)), keyframe(4, (2, 1, 0))]
    path = CameraPath(tuple(stops), 4)
    np.testing.assert_allclose(positions(path, np.linspace(1, 3, 9)), [[1, 0, 0]] * 9, atol=1e-9)


def test_an_evened_path_moves_evenly():
    path = CameraPath(wandering([0, 0.2, 3, 3.5]), 5, constant_speed=True)
    steps = np.linalg.norm(np.diff(positions(CameraPath(path.keyframes, 5), np.linspace(0, 3.5, 200)), axis=0), axis=1)
    assert steps.max() > 3 * steps.min()
    straight = CameraPath(
        tuple(keyframe(time, (x, x**2, 0)) for time, x in ((0, 0), (0.2, 1), (3, 1.5), (3.5, 4))),
        5,
        constant_speed=True,
    )
    steps = np.linalg.norm(np.diff(positions(straight, np.linspace(0, 3.5, 200)), axis=0), axis=1)
    assert steps.max() < 1.03 * steps.min()
    assert straight.passing_times[0] == 0
    assert straight.passing_times[-1] == pytest.approx(3.5)


def test_turning_on_the_spot_takes_time_even_on_an_evened_path():
    stops = (keyframe(0), keyframe(1, (1, 0, 0)), keyframe(2, (1, 0, 0), (0, 2, 0)), keyframe(3, (2, 0, 0), (0, 2, 0)))
    path = CameraPath(stops, 3, constant_speed=True)
    assert turns(path, np.linspace(0, 3, 91)).max() < 0.3
    alone = CameraPath((keyframe(0), keyframe(1, turn=(0, 1, 0)), keyframe(4, turn=(0, 2, 0))), 4, constant_speed=True)
    assert np.ptp(turns(alone, np.linspace(0, 4, 41))) < 0.002


def test_a_loop_ends_where_it_begins_and_other_paths_wait():
    loop = CameraPath(wandering([1, 2, 3]), 4, loop=True)
    np.testing.assert_allclose(loop.at(0.5).world_from_camera, loop.at(4.5).world_from_camera, atol=1e-9)
    path = CameraPath(wandering([1, 2, 3]), 4)
    np.testing.assert_allclose(path.at(0).position, path.keyframes[0].position)
    np.testing.assert_allclose(path.at(4).position, path.keyframes[-1].position)


def test_one_keyframe_stands_still_and_none_leads_nowhere():
    assert CameraPath((keyframe(1, (1, 2, 3)),), 4).at(3).position.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="leads nowhere"):
        CameraPath().at(0)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: CameraPath(wandering([1, 1])), "order of time"),
        (lambda: CameraPath(wandering([1, 9]), 8), "within the 8 s"),
        (lambda: CameraPath(duration=0), "duration"),
        (lambda: keyframe(-1), "must not be negative"),
        (lambda: keyframe(0, opening=4), "field of view"),
        (lambda: keyframe(0, distance=0), "focus distance"),
        (lambda: Film(CameraPath(), mode="taste"), "mode"),
        (lambda: Film(CameraPath(), width=0), "size"),
        (lambda: Film(CameraPath(), background=(0, 0, 2)), "background"),
        (lambda: Film(CameraPath(), frames_per_second=0), "frames per second"),
    ],
)
def test_what_makes_no_sense_is_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_frames_are_cameras_of_the_films_size():
    film = Film(CameraPath((keyframe(0, (0, 0, 0)), keyframe(2, (2, 0, 0))), 2), 200, 100, 10)
    assert film.frame_count == 20
    camera = film.camera(5)
    assert (camera.width, camera.height, camera.cx, camera.cy) == (200, 100, 100, 50)
    assert camera.fy == pytest.approx(50 / math.tan(0.5))
    np.testing.assert_allclose(camera.center, [0.5, 0, 0], atol=1e-9)
