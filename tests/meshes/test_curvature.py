"""Curvature of shapes whose curvature is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapes import box, mesh_of, sphere, torus, unwelded

from recon.meshes import mean_curvature, part


@pytest.mark.parametrize("radius", [0.5, 1.0, 20.0])
def test_a_ball_bends_everywhere_as_much(radius: float) -> None:
    values = mean_curvature(sphere(64, 32, radius))
    np.testing.assert_allclose(values, 1 / radius, rtol=0.02)


def test_seams_of_textures_do_not_show() -> None:
    whole = sphere(24, 12)
    values = mean_curvature(unwelded(whole))
    np.testing.assert_allclose(values, mean_curvature(whole)[whole.faces.reshape(-1)], rtol=1e-5)


def test_a_hollow_bends_the_other_way() -> None:
    ball = sphere(32, 16)
    hollow = replace(ball, faces=ball.faces[:, ::-1].copy())
    np.testing.assert_allclose(mean_curvature(hollow), -mean_curvature(ball), rtol=1e-5)


def test_a_ring_bends_most_on_its_outside() -> None:
    mesh = torus(96, 48)
    values = mean_curvature(mesh)
    across = np.hypot(mesh.vertices[:, 0], mesh.vertices[:, 1])
    known = (1 / 0.3 + (across - 1) / 0.3 / across) / 2  # (R + 2 r cos v) / (2 r (R + r cos v))
    np.testing.assert_allclose(values, known, rtol=0.02)


def test_a_plane_does_not_bend_and_its_border_has_no_curvature() -> None:
    side = np.arange(4)
    x, y = np.meshgrid(side, side)
    corner = (side[:3, None] * 4 + side[:3]).reshape(-1)
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + 5], 1), np.stack([corner, corner + 5, corner + 4], 1)]
    )
    plane = mesh_of(np.stack([x.ravel(), y.ravel(), np.zeros(16)], 1), faces)
    inside = (x.ravel() % 3 != 0) & (y.ravel() % 3 != 0)
    values = mean_curvature(plane)
    np.testing.assert_allclose(values[inside], 0, atol=1e-12)
    assert np.isnan(values[~inside]).all()


def test_what_has_no_area_has_no_curvature() -> None:
    flat = mesh_of([[0, 0, 0], [1, 0, 0], [2, 0, 0], [9, 9, 9]], [[0, 1, 2]])
    assert np.isnan(mean_curvature(flat)).all()
    assert mean_curvature(part(box(), np.zeros(12, bool))).shape == (0,)
