"""Which planes bound which part."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recon.families.wiring import PLANES, lists_of, shared, start_of


def test_parts_begin_around_what_lies_together() -> None:
    generator = np.random.default_rng(0)
    middles = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, 0.5, 0.5]])
    points = np.concatenate([generator.uniform(-0.1, 0.1, (400, 3)) + middle for middle in middles])
    start = start_of(points, 3, generator)
    assert start.wiring.shape == (3 * PLANES, 3)
    assert (start.wiring.sum(0) == PLANES).all()
    away = points @ start.normals.T - start.offsets
    inside = np.stack([(away[:, column] <= 0.02).all(1) for column in start.wiring.T])
    of_cluster = np.arange(1200) // 400
    for part in inside:
        assert (np.bincount(of_cluster[part], minlength=3) > 0).sum() == 1  # one cluster, and nothing of the others
    assert inside.any(0).mean() > 0.6


def test_clusters_of_points_that_are_all_one_are_not_empty() -> None:
    start = start_of(
        np.tile([[0.1, 0.2, 0.3]], (9, 1)) + 1e-9 * np.arange(27).reshape(9, 3), 2, np.random.default_rng(0)
    )
    assert np.isfinite(start.offsets).all()


def test_there_are_no_more_parts_than_places() -> None:
    places = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    start = start_of(np.tile(places, (5, 1)), 4, np.random.default_rng(0))
    assert start.wiring.shape == (2 * PLANES, 2)
    assert np.isfinite(start.offsets).all()


def test_planes_that_are_the_same_in_every_shape_are_shared() -> None:
    up, right = [0.0, 0, 1], [1.0, 0, 0]
    normals = np.array([[up, up, right], [up, up, right]])
    offsets = np.array([[0.5, 0.505, 0.5], [0.3, 0.302, 0.3]])
    wiring = np.array([[True, False], [False, True], [True, True]])
    assert shared(wiring, normals, offsets).tolist() == [[True, True], [False, False], [True, True]]


def test_planes_that_differ_in_one_shape_are_not() -> None:
    normals = np.tile([0.0, 0, 1], (2, 2, 1))
    offsets = np.array([[0.5, 0.5], [0.3, 0.4]])
    wiring = np.eye(2, dtype=bool)
    assert np.array_equal(shared(wiring, normals, offsets), wiring)


@given(arrays(bool, (7, 4)))
def test_lists_hold_the_planes_of_each_part_and_nothing_else(wiring) -> None:
    for part, row in enumerate(lists_of(wiring)):
        assert sorted(plane for plane in row if plane < 7) == np.flatnonzero(wiring[:, part]).tolist()


@given(st.integers(0, 2**32 - 1))
def test_sharing_never_leaves_a_part_unbounded_that_was_bounded(seed: int) -> None:
    generator = np.random.default_rng(seed)
    wiring = generator.random((12, 4)) < 0.4
    normals = np.tile(generator.permutation(np.repeat(np.eye(3), 4, axis=0)), (2, 1, 1))
    offsets = np.round(generator.random((2, 12)), 1)
    after = shared(wiring, normals, offsets)
    assert np.array_equal(after.any(0), wiring.any(0))
    assert after.any(1).sum() <= wiring.any(1).sum()
