"""Distances of surfaces, where they are known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from recon.errors import InputError
from recon.evaluate import measure_surface, sample_surface, silhouette_iou
from recon.scene import Camera, Mesh, View


def plate(z=0.0, half=1.0, turned=False):
    vertices = np.array([[-half, -half, z], [half, -half, z], [half, half, z], [-half, half, z]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    return Mesh(vertices, faces[:, ::-1].copy() if turned else faces)


def test_a_shift_is_measured_as_what_it_is():
    found = measure_surface(plate(0.1), plate(), [0.05, 0.15])
    assert found.accuracy == pytest.approx(0.1, rel=0.01)
    assert found.chamfer == pytest.approx(0.1, rel=0.01)
    assert found.f_scores == {0.05: 0.0, 0.15: 1.0}
    assert found.normal_degrees == pytest.approx(0, abs=1e-4)
    assert found.samples == 100_000


def test_the_floor_is_what_equal_surfaces_come_to():
    found = measure_surface(plate(), plate(), [0.01])
    assert found.chamfer == pytest.approx(found.floor, rel=0.03)
    # Half the mean spacing of random points of that density (Hertz 1909).
    assert found.floor == pytest.approx(0.5 / np.sqrt(100_000 / 4), rel=0.03)


def test_accuracy_and_completeness_tell_which_is_missing():
    small, large = plate(half=0.5), plate()
    missing, surplus = measure_surface(small, large, [0.05]), measure_surface(large, small, [0.05])
    assert missing.accuracy < 0.01 < 0.1 < missing.completeness
    assert surplus.completeness < 0.01 < 0.1 < surplus.accuracy
    assert missing.precisions[0.05] == 1.0
    assert missing.recalls[0.05] == pytest.approx(0.3025, abs=0.01)  # a square of 0.55 in one of 1, corners aside


def test_units_and_caps():
    found = measure_surface(plate(0.1), plate(), [20], unit=0.01, cap=5)
    assert found.chamfer == pytest.approx(5)
    assert found.f_scores[20] == 1.0
    assert json.loads(json.dumps(found.to_json()))["f_scores"] == {"20": 1.0}


def test_the_wrong_side_shows_in_normals():
    assert measure_surface(plate(turned=True), plate(), [1]).normal_degrees == pytest.approx(180)


def test_samples_are_even_by_area():
    mesh = Mesh(
        np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 0, 0], [8, 0, 0], [5, 1, 0]], np.float32),
        np.array([[0, 1, 2], [3, 4, 5]], np.int32),
    )
    points = sample_surface(mesh, 40_000, np.random.default_rng(0)).positions
    assert (points[:, 0] > 4).mean() == pytest.approx(0.75, abs=0.01)
    assert points[points[:, 0] < 4].mean(0) == pytest.approx([1 / 3, 1 / 3, 0], abs=0.01)


def test_no_area_is_refused():
    with pytest.raises(InputError, match="no area"):
        measure_surface(Mesh(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]], np.int32)), plate(), [1])


class Alpha:
    def read(self, width, height):
        alpha = np.zeros((height, width), np.uint8)
        alpha[5:15, 5:15] = 255
        return alpha


def test_outlines():
    camera = Camera(20, 20, 10.0, 10.0, 10.0, 10.0)
    view = View("a", camera, Alpha(), alpha=Alpha())
    assert silhouette_iou(plate(2.0), [view]) == 1.0
    assert silhouette_iou(plate(1.0), [view, view]) == pytest.approx(100 / 400)
    with pytest.raises(InputError, match="transparency"):
        silhouette_iou(plate(2.0), [replace(view, alpha=None)])
