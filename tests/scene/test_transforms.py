"""Moving geometry keeps what it looks like."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.scene import Mesh, Splats
from recon.scene.harmonics import basis
from recon.scene.similarity import Similarity
from recon.scene.transforms import quaternion_of, transformed, turn

AXES = ("x", "y", "z", "-x", "-y", "-z")


def rotation_of(quaternion):
    w, x, y, z = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def random_splats(count=7, degree=3, seed=0):
    rng = np.random.default_rng(seed)
    quaternions = rng.normal(size=(count, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    arrays = [
        rng.normal(size=(count, 3)), quaternions, rng.uniform(0.01, 1, (count, 3)), rng.uniform(0, 1, count),
        rng.normal(size=(count, (degree + 1) ** 2, 3)),
    ]  # fmt: skip
    return Splats(*(array.astype(np.float32) for array in arrays))


def random_similarity(seed):
    rng = np.random.default_rng(seed)
    quaternion = rng.normal(size=4)
    rotation = rotation_of(quaternion / np.linalg.norm(quaternion))
    return Similarity(float(rng.uniform(0.1, 10)), rotation, rng.normal(size=3))


@given(st.integers(0, 2**32 - 1))
def test_the_quaternion_of_a_rotation_says_the_same(seed):
    rotation = random_similarity(seed).rotation
    np.testing.assert_allclose(rotation_of(quaternion_of(rotation)), rotation, atol=1e-9)


def test_every_quaternion_is_found_however_far_it_turns():
    for signs in product((1, -1), repeat=3):
        if np.prod(signs) > 0:
            rotation = np.diag(signs).astype(float)
            np.testing.assert_allclose(rotation_of(quaternion_of(rotation)), rotation, atol=1e-12)


@pytest.mark.parametrize(("source", "target"), list(product(AXES, AXES)))
def test_a_turn_carries_one_axis_onto_another(source, target):
    vectors = dict(zip(AXES, [*np.eye(3), *-np.eye(3)], strict=True))
    np.testing.assert_array_equal(turn(source, target).apply(vectors[source][None])[0], vectors[target])


def test_y_down_becomes_z_up_with_x_kept():
    np.testing.assert_array_equal(turn("-y", "z").rotation, [[1, 0, 0], [0, 0, 1], [0, -1, 0]])


@pytest.mark.parametrize("seed", range(3))
def test_splats_keep_their_shape_and_colour(seed):
    splats, similarity = random_splats(seed=seed), random_similarity(seed)
    moved = transformed(splats, similarity)
    np.testing.assert_allclose(moved.means, similarity.apply(splats.means), rtol=1e-5, atol=1e-5)
    for i in range(len(splats)):
        before = rotation_of(splats.quaternions[i]) * splats.scales[i] ** 2 @ rotation_of(splats.quaternions[i]).T
        after = rotation_of(moved.quaternions[i]) * moved.scales[i] ** 2 @ rotation_of(moved.quaternions[i]).T
        wanted = similarity.scale**2 * similarity.rotation @ before @ similarity.rotation.T
        np.testing.assert_allclose(after, wanted, rtol=1e-4, atol=1e-4 * np.abs(wanted).max())
    seen = random_splats(50).means
    seen = seen / np.linalg.norm(seen, axis=1, keepdims=True)
    old = np.einsum("dk,nkc->ndc", basis(seen), splats.sh)
    new = np.einsum("dk,nkc->ndc", basis(seen @ similarity.rotation.T), moved.sh)
    np.testing.assert_allclose(new, old, atol=1e-5)


def test_half_a_turn_there_and_back_is_exact():
    splats, there = random_splats(50), turn("-y", "y")
    again = transformed(transformed(splats, there), there.inverse)
    for name in ("means", "quaternions", "scales", "opacities", "sh"):
        np.testing.assert_array_equal(getattr(again, name), getattr(splats, name))


@pytest.mark.parametrize("target", AXES)
def test_splats_turned_onto_another_axis_keep_their_shape(target):
    splats, similarity = random_splats(), turn("y", target)
    moved = transformed(splats, similarity)
    for i in range(len(splats)):
        before = rotation_of(splats.quaternions[i]) * splats.scales[i] ** 2 @ rotation_of(splats.quaternions[i]).T
        after = rotation_of(moved.quaternions[i]) * moved.scales[i] ** 2 @ rotation_of(moved.quaternions[i]).T
        np.testing.assert_allclose(after, similarity.rotation @ before @ similarity.rotation.T, atol=1e-5)


def test_a_mesh_moves_with_its_normals():
    mesh = Mesh(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32), normals=np.eye(3, dtype=np.float32))
    similarity = random_similarity(1)
    moved = transformed(mesh, similarity)
    np.testing.assert_allclose(moved.vertices, similarity.apply(mesh.vertices), atol=1e-6)
    np.testing.assert_allclose(moved.normals, similarity.rotation.T, atol=1e-6)
    assert moved.name == mesh.name


def test_light_turns_with_its_mesh():
    random = np.random.default_rng(4)
    corners, flat = np.eye(3, dtype=np.float32), np.zeros((3, 2), np.float32)
    light, texture = random.normal(size=(3, 4, 3)).astype(np.float32), np.zeros((1, 1, 3), np.uint8)
    mesh = Mesh(corners, np.array([[0, 1, 2]], np.int32), uv=flat, texture=texture, light=light)
    similarity = random_similarity(2)
    moved = transformed(mesh, similarity)
    directions = random.normal(size=(20, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    wanted = np.einsum("dk,vkc->vdc", basis(directions)[:, :4], light)
    found = np.einsum("dk,vkc->vdc", basis(directions @ similarity.rotation.T)[:, :4], moved.light)
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    np.testing.assert_array_equal(transformed(transformed(mesh, turn("y", "z")), turn("z", "y")).light, light)
