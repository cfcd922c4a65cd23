"""Which points depth images contradict."""

import numpy as np
import pytest
from planted import Drawn, look_at

from recon.errors import MethodError
from recon.methods.shaping.outliers import plausible
from recon.methods.shaping.points import placing_points
from recon.scene import Camera, Capture, Points, View

WIDTH, HEIGHT = 32, 24


class Depths:
    """Of the plane z = 0, from above; unknown on the right third of the picture."""

    def __init__(self, camera: Camera, *, partly: bool) -> None:
        self.camera, self.partly = camera, partly

    def read(self, width: int, height: int) -> np.ndarray:
        camera = self.camera.resized(width, height)
        rows, columns = np.mgrid[:height, :width] + 0.5
        rays = np.stack([(columns - camera.cx) / camera.fx, (rows - camera.cy) / camera.fy, np.ones_like(rows)], -1)
        down = rays @ camera.world_from_camera[2, :3]
        depth = np.where(down < 0, camera.center[2] / np.maximum(-down, 1e-9), 0)
        if self.partly:
            depth[:, width // 3 * 2 :] = 0
        return depth.astype(np.float32)


def views(*, partly: bool = False, measured: bool = True) -> tuple[View, ...]:
    grey = Drawn(np.full((HEIGHT, WIDTH, 3), 128, np.uint8))
    made = []
    for index in range(5):
        center = np.array([0.2 * index - 0.4, -1.0, 3.0])
        camera = Camera(WIDTH, HEIGHT, 30.0, 30.0, WIDTH / 2, HEIGHT / 2, look_at(center, np.array([0, 0.2, 0])))
        depth = Depths(camera, partly=partly) if measured else None
        made.append(View(f"{index}.png", camera, grey, depth=depth))
    return tuple(made)


def on_the_plane(count: int = 200) -> np.ndarray:
    flat = np.random.default_rng(0).uniform(-0.8, 0.8, (count, 2))
    return np.concatenate([flat, np.zeros((count, 1))], 1).astype(np.float32)


def test_points_that_photographs_see_through_go_and_those_they_see_stay():
    wild = on_the_plane(20) + np.float32([0, 0, 0.8])
    kept = plausible(np.concatenate([on_the_plane(), wild]), views())
    assert kept[:200].all()
    assert not kept[200:].any()


def test_points_behind_what_is_seen_go():
    kept = plausible(np.concatenate([on_the_plane(), on_the_plane(20) - np.float32([0, 0, 0.8])]), views())
    assert kept[:200].all()
    assert not kept[200:].any()


def test_without_depth_images_all_stay():
    assert plausible(on_the_plane() + np.float32([0, 0, 0.8]), views(measured=False)).all()


def test_where_depth_is_unknown_points_of_the_surface_stay():
    assert plausible(on_the_plane(), views(partly=True)).all()


def test_points_at_no_place_are_refused_in_a_sentence(tmp_path):
    nowhere = Points(np.full((40, 3), np.nan, np.float32), np.zeros((40, 3), np.float32))
    with pytest.raises(MethodError, match="Only 0 of the 40 points of street"):
        next(placing_points(Capture("street", views(), nowhere), tmp_path, np.random.default_rng(0)))


def test_placing_leaves_wild_points_out(tmp_path):
    both = np.concatenate([on_the_plane(), on_the_plane(20) + np.float32([0, 0, 0.8])])
    capture = Capture("street", views(), Points(both, np.zeros_like(both)))
    with pytest.raises(StopIteration) as stopped:
        next(placing_points(capture, tmp_path, np.random.default_rng(0)))
    np.testing.assert_array_equal(stopped.value.value.positions, on_the_plane())
