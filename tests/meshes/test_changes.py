"""Closing holes, simplifying, smoothing, normals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapes import box, mesh_of, sphere, torus, unwelded

from recon.errors import InputError
from recon.meshes import close_holes, part, repair, simplify, smooth, topology, with_normals
from recon.meshes.holes import boundary_loops


@pytest.mark.parametrize("make", [lambda mesh: mesh, unwelded], ids=["welded", "with seams"])
def test_closed_holes_are_watertight_with_the_same_side_out(make):
    whole = sphere()
    middles = whole.vertices[whole.faces].mean(1)
    holed = make(part(whole, (middles[:, 0] < 0.9) & (middles[:, 1] > -0.95)))
    assert topology(holed).boundary_loops == 2
    closed = close_holes(holed)
    assert topology(closed).watertight
    assert topology(closed).volume == pytest.approx(topology(whole).volume, rel=0.05)
    assert repair(closed).notices == ()


def test_triangles_and_quads_need_no_further_vertex():
    for gone in ([0], [0, 1]):
        holed = part(box(), np.setdiff1d(np.arange(12), gone))
        closed = close_holes(holed)
        assert len(closed.vertices) == 8
        assert topology(closed).watertight


def test_long_holes_and_the_outer_border_can_stay_open():
    whole = sphere()
    middles = whole.vertices[whole.faces].mean(1)
    holed = part(whole, (middles[:, 1] < 0.6) & (middles[:, 1] > -0.97))
    lengths = sorted(len(loop) for loop in boundary_loops(holed))
    assert topology(close_holes(holed, longest=lengths[0] - 1)).boundary_loops == 2
    left = close_holes(holed, keep_largest=True)
    assert topology(left).boundary_loops == 1
    assert left.vertices[boundary_loops(left)[0]][:, 1].min() > 0.5


def test_caps_take_colours_from_their_border():
    holed = part(sphere(), sphere().vertices[sphere().faces].mean(1)[:, 1] < 0.9)
    closed = close_holes(replace(holed, colors=np.full((len(holed.vertices), 3), 0.25, np.float32)))
    assert (closed.colors == 0.25).all()


def test_simplifying_keeps_the_shape():
    mesh = sphere(96, 48)
    colored = replace(mesh, colors=((mesh.vertices + 1) / 2))
    small = simplify(colored, 800)
    assert 700 <= len(small) <= 800
    assert topology(small).volume == pytest.approx(topology(mesh).volume, rel=0.01)
    np.testing.assert_allclose(small.colors, (small.vertices + 1) / 2, atol=0.1)
    assert topology(simplify(unwelded(mesh), 800)).watertight
    assert simplify(mesh, len(mesh)) is mesh
    with pytest.raises(InputError, match="3 faces"):
        simplify(mesh, 3)


def test_smoothing_takes_noise_away_and_keeps_the_size():
    mesh = sphere(64, 32)
    noise = np.random.default_rng(0).normal(0, 0.01, mesh.vertices.shape).astype(np.float32)
    noisy = replace(mesh, vertices=mesh.vertices + noise)
    smoothed = smooth(noisy, 20)

    def roughness(shape):
        return np.linalg.norm(shape.vertices, axis=1).std()

    assert roughness(smoothed) < 0.4 * roughness(noisy)
    assert topology(smoothed).volume == pytest.approx(topology(mesh).volume, rel=0.02)


def test_smoothing_leaves_borders_and_seams_alone():
    half = part(sphere(), sphere().vertices[sphere().faces].mean(1)[:, 1] > 0)
    rim = np.unique(np.concatenate(boundary_loops(half)))
    np.testing.assert_array_equal(smooth(half).vertices[rim], half.vertices[rim])
    assert topology(smooth(unwelded(torus()))).watertight


def test_normals_point_outwards_and_do_not_show_seams():
    for shape in (sphere(64, 32), unwelded(sphere(64, 32))):
        normals = with_normals(shape).normals
        np.testing.assert_allclose(normals, shape.vertices, atol=0.05)
    lonely = with_normals(mesh_of([[0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5]], [[0, 1, 2]]))
    assert np.isfinite(lonely.normals).all()
