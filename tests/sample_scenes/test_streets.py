"""Generated streets: the same from the same seed, with exact depth, and points where the depth says."""

import numpy as np
import pytest

from sample_scenes.streets import LAST, make_street, photograph


@pytest.fixture(scope="module")
def scene():
    return photograph(make_street(1), views=9, width=80, height=48)


def test_a_seed_gives_one_street():
    first, again, other = make_street(4), make_street(4), make_street(5)
    np.testing.assert_array_equal(first.boxes, again.boxes)
    assert first.boxes.shape != other.boxes.shape or not np.array_equal(first.boxes, other.boxes)


def test_there_are_six_to_ten_houses_that_stand_apart_on_the_ground():
    counts = set()
    for seed in range(30):
        boxes = make_street(seed).boxes
        counts.add(len(boxes))
        assert (boxes[:, 2] == 0).all()
        assert (boxes[:, 3:] > boxes[:, :3]).all()
        assert boxes[:, 4].max() < LAST
        for i, box in enumerate(boxes):
            others = np.delete(boxes, i, 0)
            assert not ((others[:, :3] < box[3:]) & (box[:3] < others[:, 3:])).all(1).any()
    assert counts == {6, 8, 10}


def test_the_truth_is_where_rays_meet_the_ground(scene):
    view = scene.capture.views[0]
    camera, depth = view.camera, scene.depth[view.name]
    row, column = 46, 40
    ray = np.array([(column + 0.5 - camera.cx) / camera.fx, (row + 0.5 - camera.cy) / camera.fy, 1.0])
    point = camera.world_from_camera[:3, :3] @ (ray * depth[row, column]) + camera.center
    assert point[2] == pytest.approx(0, abs=1e-5)


def test_every_eighth_view_is_held_out_and_depth_images_are_noisy_truth(scene):
    assert [view.split for view in scene.capture.views] == [*["train"] * 4, "test", *["train"] * 4]
    view = scene.capture.train[0]
    exact, noisy = scene.depth[view.name], view.depth.read(80, 48)
    hit = exact > 0
    assert 0.2 < 1 - hit.mean() < 0.6
    assert (noisy[~hit] == 0).all()
    assert np.std(noisy[hit] / exact[hit] - 1) == pytest.approx(0.01, rel=0.1)


def test_training_views_see_the_points(scene):
    positions = scene.capture.points.positions
    near = np.zeros(len(positions), bool)
    for view in scene.capture.train:
        (u, v), z = view.camera.project(positions)[0].T, view.camera.project(positions)[1]
        inside = np.flatnonzero((z > 0.1) & (u > 0) & (u < 80) & (v > 0) & (v < 48))
        depth = scene.depth[view.name][v[inside].astype(int), u[inside].astype(int)]
        near[inside[np.abs(depth - z[inside]) < 0.3 + 0.06 * z[inside]]] = True
    assert near.mean() > 0.98
