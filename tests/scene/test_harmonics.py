"""Harmonics turn with the scene."""

from __future__ import annotations

import numpy as np
import pytest

from recon.scene import SH_C0
from recon.scene.harmonics import basis, first_terms, rotation_of_harmonics


def directions(count=200, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def random_rotation(seed):
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.sign(np.linalg.det(q))


def test_the_basis_is_orthonormal_with_the_signs_of_3dgs():
    steps = 64
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    angles = 2 * np.pi * np.arange(2 * steps) / (2 * steps)
    z, angle = (each.ravel() for each in np.meshgrid(nodes, angles, indexing="ij"))
    radius = np.sqrt(1 - z**2)
    values = basis(np.stack([radius * np.cos(angle), radius * np.sin(angle), z], axis=1))
    area = np.repeat(weights, 2 * steps) * np.pi / steps
    np.testing.assert_allclose(values.T @ (values * area[:, None]), np.eye(16), atol=1e-12)
    along = basis(np.eye(3))
    np.testing.assert_allclose(along[:, 0], SH_C0)
    assert along[1, 1] < 0 < along[2, 2]
    assert along[0, 3] < 0


@pytest.mark.parametrize("seed", range(5))
def test_turned_coefficients_say_the_same_in_turned_directions(seed):
    rotation = random_rotation(seed)
    old = np.random.default_rng(seed).normal(size=16)
    matrices = rotation_of_harmonics(rotation)
    new = np.concatenate([matrix @ old[d * d : (d + 1) ** 2] for d, matrix in enumerate(matrices)])
    seen = directions()
    np.testing.assert_allclose(basis(seen @ rotation.T) @ new, basis(seen) @ old, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_turning_twice_is_turning_once_by_both(seed):
    first, second = random_rotation(seed), random_rotation(seed + 10)
    both = rotation_of_harmonics(second @ first)
    for one, two, matrix in zip(rotation_of_harmonics(first), rotation_of_harmonics(second), both, strict=True):
        np.testing.assert_allclose(two @ one, matrix, atol=1e-12)
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(len(matrix)), atol=1e-12)


def test_half_turns_only_flip_signs():
    for flip in ([1, -1, -1], [-1, 1, -1], [-1, -1, 1]):
        for matrix in rotation_of_harmonics(np.diag(flip).astype(float)):
            assert np.array_equal(np.abs(matrix), np.eye(len(matrix)))


def test_the_first_terms_are_those_of_the_whole_basis():
    random = np.random.default_rng(0)
    places, eye = random.normal(size=(30, 3)), random.normal(size=3)
    directions = (places - eye) / np.linalg.norm(places - eye, axis=1, keepdims=True)
    np.testing.assert_allclose(first_terms(places, eye), basis(directions)[:, :4], atol=1e-6)
    assert np.isfinite(first_terms(eye[None], eye)).all()
