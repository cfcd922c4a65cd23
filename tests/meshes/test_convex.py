"""What is in convex meshes."""

import numpy as np
from shapes import box, sphere

from recon.meshes import in_convexes


def test_points_are_in_either_of_two_boxes():
    points = np.array([[0, 0, 0], [0.49, 0.49, 0.49], [0.6, 0, 0], [2, 0, 0], [2, 0.6, 0]])
    assert in_convexes([box(), box((2, 0, 0))], points).tolist() == [True, True, False, True, False]


def test_a_ball_holds_its_volume():
    points = np.random.default_rng(0).uniform(-1, 1, (20_000, 3))
    assert abs(in_convexes([sphere()], points).mean() - np.pi / 6) < 0.02


def test_nothing_is_in_no_mesh():
    assert not in_convexes([], np.zeros((3, 3))).any()
