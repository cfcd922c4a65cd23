from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.scene import Alignment, Similarity
from recon.scene.similarity import UP_AXES, measured_scale, plane_normal, rotation_between

numbers = st.floats(-10, 10)
points = st.tuples(numbers, numbers, numbers)
directions = points.filter(lambda p: np.linalg.norm(p) > 1e-3)
similarities = st.builds(
    lambda scale, a, b, shift: Similarity(scale, rotation_between(a, b), np.array(shift)),
    st.floats(0.01, 100),
    directions,
    directions,
    points,
)


@given(directions, directions)
def test_a_rotation_turns_one_direction_into_the_other(source, target) -> None:
    rotation = rotation_between(source, target)
    turned = rotation @ source / np.linalg.norm(source)
    np.testing.assert_allclose(turned, target / np.linalg.norm(target), atol=1e-7)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-7)
    assert np.linalg.det(rotation) == pytest.approx(1)


@pytest.mark.parametrize("axis", UP_AXES.values())
def test_opposite_directions_are_half_a_turn_apart(axis) -> None:
    rotation = rotation_between(axis, -np.array(axis))
    np.testing.assert_allclose(rotation @ axis, -np.array(axis))
    np.testing.assert_allclose(rotation @ rotation, np.eye(3))


@given(similarities, similarities, st.lists(points, min_size=1, max_size=4))
def test_composition_and_inverse_are_those_of_the_matrices(second, first, some) -> None:
    both = second @ first
    np.testing.assert_allclose(both.matrix, second.matrix @ first.matrix, rtol=1e-7, atol=1e-7)
    moved = both.apply(some)
    np.testing.assert_allclose(moved, second.apply(first.apply(some)), rtol=1e-7, atol=1e-6)
    np.testing.assert_allclose(both.inverse.apply(moved), some, rtol=1e-6, atol=1e-6)
    homogeneous = np.column_stack([some, np.ones(len(some))]) @ both.matrix.T
    np.testing.assert_allclose(moved, homogeneous[:, :3], rtol=1e-7, atol=1e-6)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"scale": 0.0}, "scale above 0"),
        ({"scale": np.nan}, "scale above 0"),
        ({"rotation": -np.eye(3)}, "right-handed"),
        ({"rotation": 2 * np.eye(3)}, "orthonormal"),
        ({"translation": np.zeros(2)}, "three finite numbers"),
    ],
)
def test_what_is_no_similarity_is_refused(values, said) -> None:
    with pytest.raises(ValueError, match=said):
        Similarity(**values)


def test_an_alignment_puts_up_on_z_and_lengths_into_the_unit() -> None:
    scale = measured_scale((0, 0, 0), (0, 3, 4), 2.5)
    assert scale == 0.5
    similarity = Alignment((0, -2, 0), scale, "m").similarity
    np.testing.assert_allclose(similarity.apply([[0, -4, 0], [0, 0, 0]]), [[0, 0, 2], [0, 0, 0]], atol=1e-12)
    np.testing.assert_array_equal(Alignment().similarity.matrix, np.eye(4))


@given(st.none() | directions, st.none() | st.floats(1e-3, 1e3), st.sampled_from(["mm", "m", "ft"]))
def test_an_alignment_survives_json(up, scale, unit) -> None:
    alignment = Alignment(up, scale, unit)
    back = Alignment.from_json(json.loads(json.dumps(alignment.to_json())))
    assert (back.scale, back.unit) == (scale, unit)
    assert up is None or np.allclose(back.up, alignment.up)


@pytest.mark.parametrize(
    "values",
    [None, {}, {"up": [0, 0], "scale": 1, "unit": "m"}, {"up": None, "scale": -1, "unit": "m"},
     {"up": None, "scale": None, "unit": "parsec"}],
)  # fmt: skip
def test_what_is_no_alignment_is_refused(values) -> None:
    with pytest.raises(ValueError, match=r"alignment|direction|scale|unit"):
        Alignment.from_json(values)


@given(directions, st.floats(0.1, 6))
def test_the_ground_through_points_is_found(up, turn) -> None:
    turned = rotation_between((0, 0, 1), up)
    ground = [turned @ (np.cos(a), np.sin(a), 0.0) + (3, -1, 2) for a in (turn, turn + 2, turn + 4)]
    np.testing.assert_allclose(plane_normal(ground, up), np.array(up) / np.linalg.norm(up), atol=1e-6)


def test_points_on_a_line_span_no_ground() -> None:
    with pytest.raises(ValueError, match="on one line"):
        plane_normal([(0, 0, 0), (1, 1, 1), (2, 2, 2)], (0, 0, 1))


@pytest.mark.parametrize(("first", "second", "length"), [((1, 1, 1), (1, 1, 1), 2), ((0, 0, 0), (1, 0, 0), 0)])
def test_a_scale_needs_a_distance_and_a_length(first, second, length) -> None:
    with pytest.raises(ValueError, match=r"same place|above 0"):
        measured_scale(first, second, length)
