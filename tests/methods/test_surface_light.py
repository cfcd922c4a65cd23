"""Light that changes with the viewpoint, on a ball that is known to shine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from photographed import ball, photographs

from recon.evaluate import describe_mesh
from recon.methods.surfacing.light import lit
from recon.methods.surfacing.light_kernels import collect
from recon.methods.surfacing.painting import see
from recon.methods.surfacing.unwrap import unwrap
from recon.render.draw_mesh import MeshDrawer


@pytest.fixture(scope="module")
def plain():
    flat = unwrap(ball(), 64)
    texture = np.random.default_rng(0).integers(90, 160, (64, 64, 3)).astype(np.uint8)
    return replace(flat, texture=texture, colors=None)


@pytest.fixture(scope="module")
def shining(plain):
    slopes = np.random.default_rng(1).uniform(-0.25, 0.25, (3, 3))
    strength = 1 + 0.5 * np.sin(2 * plain.vertices[:, :1, None])
    light = np.concatenate([np.zeros((len(plain.vertices), 1, 3)), strength * slopes], axis=1)
    return replace(plain, light=light.astype(np.float32))


def fitted(mesh, views):
    *_, (fraction, made) = lit(mesh, [see(mesh, view) for view in views])
    assert fraction == 1.0
    return made


def test_what_shines_is_found_again(plain, shining):
    views = photographs(shining, 40)
    made = fitted(plain, views[4:])
    before, after = (describe_mesh(mesh, views[:4], "cpu") for mesh in (plain, made))
    assert before["psnr_covered"] < 25
    assert before["psnr_texture"] is None
    assert after["psnr_covered"] > before["psnr_covered"] + 8
    assert after["psnr_texture"] == before["psnr_covered"]
    assert after["coverage"] == before["coverage"]
    assert made.texture is plain.texture


def test_what_does_not_shine_stays_as_it_is(plain):
    views = photographs(plain, 20)
    made = fitted(plain, views[4:])
    assert describe_mesh(made, views[:4], "cpu")["psnr_covered"] > 45
    assert np.percentile(np.abs(made.light), 95) < 0.02


def test_both_sides_of_a_seam_have_the_same_light(plain, shining):
    made = fitted(plain, photographs(shining, 12))
    _, place = np.unique(made.vertices, axis=0, return_inverse=True)
    assert len(np.unique(place)) < len(made.vertices)
    for vertex in np.unique(place):
        assert np.ptp(made.light[place == vertex], axis=0).max() == 0


def test_who_saw_nothing_says_nothing(plain, shining):
    view = photographs(shining, 1)[0]
    made = fitted(plain, [view])
    away = made.vertices @ view.camera.center < -0.2
    assert away.any()
    assert np.abs(made.light[away]).max() == 0
    assert np.isfinite(made.light).all()


def test_the_kernel_adds_what_float64_adds():
    random = np.random.default_rng(2)
    corners = np.array([[0, 1, 2], [2, 1, 3]], np.int32)
    terms = random.normal(size=(4, 4)).astype(np.float32)
    found = random.integers(-1, 2, (6, 7)).astype(np.int32)
    weights = random.dirichlet([1, 1, 1], (6, 7)).astype(np.float32)
    left_over, light = (random.normal(size=shape).astype(np.float32) for shape in ((6, 7, 3), (4, 4, 3)))
    counts = np.maximum(random.normal(size=(6, 7)), 0).astype(np.float32)
    moments, totals = np.zeros((4, 4, 4)), np.zeros((4, 4, 3))
    collect(corners, terms, (found, weights), (left_over, counts), (light, moments, totals))

    wanted_moments, wanted_totals = np.zeros_like(moments), np.zeros_like(totals)
    for row, column in zip(*np.nonzero((found >= 0) & (counts > 0)), strict=True):
        corner, blend = corners[found[row, column]], weights[row, column].astype(np.float64)
        drawn = blend @ np.einsum("kn,knc->kc", terms[corner], light[corner])
        for k in range(3):
            weight = blend[k] * counts[row, column]
            wanted_moments[corner[k]] += weight * np.outer(terms[corner[k]], terms[corner[k]])
            wanted_totals[corner[k]] += weight * np.outer(terms[corner[k]], left_over[row, column] - drawn)
    np.testing.assert_allclose(moments, wanted_moments, atol=1e-5)
    np.testing.assert_allclose(totals, wanted_totals, atol=1e-5)


def test_comparisons_draw_it(shining):
    view = photographs(shining, 3)[2]
    drawing = MeshDrawer(shining, "cpu").draw(view.camera)
    np.testing.assert_allclose(drawing.color, view.image.array / 255, atol=0.003)
