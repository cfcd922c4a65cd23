"""Points from pixels: exact where the pixels are, and robust where some lie."""

from __future__ import annotations

import numpy as np
import pytest

from recon.poses.triangulation import Observations, Rig, triangulate, viewing_angles, vote
from recon.scene import Camera
from sample_scenes.scene import look_at

GENERATOR = np.random.default_rng(0)
POINTS = GENERATOR.uniform(-0.5, 0.5, (200, 3))


def cameras(count=6):
    angles = np.linspace(0, 1.2, count)
    eyes = np.stack([3 * np.cos(angles), 3 * np.sin(angles), 0.5 + 0 * angles], 1)
    return [Camera(400, 300, 380, 390, 203, 148, look_at(eye, np.zeros(3))) for eye in eyes]


def observations(points, rig_cameras, noise=0.0):
    pixels = np.stack([camera.project(points)[0] for camera in rig_cameras], 1)
    pixels += np.random.default_rng(1).normal(scale=noise, size=pixels.shape) if noise else 0
    count, views = pixels.shape[:2]
    return Observations(
        np.repeat(np.arange(count), views),
        np.tile(np.arange(views), count),
        pixels.reshape(-1, 2),
        np.arange(count * views),
    )


def test_exact_pixels_give_exact_points():
    found, seen = triangulate(Rig(cameras()), observations(POINTS, cameras()))
    np.testing.assert_allclose(found, POINTS, atol=1e-7)
    assert len(seen.track) == 1200


def test_noise_is_averaged_as_least_squares_would():
    found, _ = triangulate(Rig(cameras()), observations(POINTS, cameras(), noise=0.3))
    # Half a pixel at three units and 380 pixels of focal length is 0.004 units.
    assert np.median(np.linalg.norm(found - POINTS, axis=1)) < 0.004


def test_wrong_pixels_are_given_up_and_the_rest_is_kept():
    seen = observations(POINTS, cameras())
    seen.pixel[2::6] += [25.0, -40.0]
    seen.pixel[4::12] += [-60.0, 5.0]
    found, left = triangulate(Rig(cameras()), seen)
    assert len(found) == 200
    np.testing.assert_allclose(found, POINTS, atol=1e-6)
    assert not np.isin(left.feature, np.arange(1200)[2::6]).any()
    assert not np.isin(left.feature, np.arange(1200)[4::12]).any()


def test_a_vote_is_won_by_those_who_agree():
    seen = observations(POINTS, cameras())
    # Three of the five others are moved along different directions: two that agree outvote them.
    for view, shift in ((1, (30, 50)), (3, (-45, 20)), (5, (10, -35))):
        seen.pixel[view::6] += shift
    agrees = vote(Rig(cameras()), seen).reshape(200, 6)
    assert agrees[:, [0, 2, 4]].all(1).mean() > 0.97
    assert agrees[:, [1, 3, 5]].mean() < 0.05


def test_a_vote_that_nobody_wins_keeps_nothing():
    seen = observations(POINTS[:3], cameras(2))
    seen.pixel[1::2] = 2 * np.array([203, 148]) - seen.pixel[1::2] + [0, 130]
    assert not vote(Rig(cameras(2)), seen)[1::2].any()


def test_votes_are_the_same_in_one_piece_or_many(monkeypatch):
    seen = observations(POINTS, cameras(), noise=2.0)
    whole = vote(Rig(cameras()), seen)
    monkeypatch.setattr("recon.poses.triangulation.VOTES_AT_ONCE", 50)
    np.testing.assert_array_equal(vote(Rig(cameras()), seen), whole)
    assert 0.1 < whole.mean() < 1


def test_angles_are_those_of_the_rays():
    rig = Rig(cameras(2))
    seen = observations(POINTS[:1], cameras(2))
    one, other = (POINTS[0] - camera.center for camera in cameras(2))
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert viewing_angles(rig, seen, POINTS[:1])[0] == pytest.approx(np.degrees(np.arccos(cosine)))


def test_points_too_far_for_their_baseline_are_dropped():
    close = cameras(2)
    assert len(triangulate(Rig(close), observations(POINTS[:1], close))[0]) == 1
    far = np.array([[-300.0, -80.0, 3.0]])
    eyes = close[0].center + np.array([[0, 0, 0], [0, 3.0, 0]])
    near = [Camera(400, 300, 380, 390, 203, 148, look_at(eye, far[0])) for eye in eyes]
    assert len(triangulate(Rig(near), observations(far, near))[0]) == 0


def test_rays_that_part_meet_behind_the_cameras_and_give_nothing():
    eyes = np.array([[-0.5, 0, 0], [0.5, 0, 0]])
    parted = [Camera(400, 300, 380, 390, 203, 148, look_at(eye, eye * 1.5 + [0, 1, 0])) for eye in eyes]
    middle = Observations(np.zeros(2, np.int64), np.arange(2), np.array([[203.0, 148], [203, 148]]), np.arange(2))
    assert len(triangulate(Rig(parted), middle)[0]) == 0
    assert not vote(Rig(parted), middle).any()


def test_nothing_in_nothing_out():
    nothing = Observations(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 2)), np.zeros(0, np.int64))
    points, seen = triangulate(Rig(cameras(2)), nothing)
    assert points.shape == (0, 3)
    assert len(seen.track) == 0
    assert len(vote(Rig(cameras(2)), nothing)) == 0
