"""The auto-encoder that is shipped, and the icosphere that it deforms."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from scipy.spatial import cKDTree

from recon.evaluate import sample_surface
from recon.methods.shaping.icosphere import FACES, VERTICES, faces_of, icosphere
from recon.methods.shaping.shapes import HALF_DIAGONAL, WEIGHTS, Decoder, sphere_code, trained_shapes
from recon.scene import Mesh
from sample_scenes.patches import KINDS, REACH, make_patches

UNSEEN = 7  # a seed that no patch was trained or measured on


@pytest.fixture(scope="module")
def shapes():
    return trained_shapes()


def decoded(shapes, patches: np.ndarray) -> np.ndarray:
    """Meshes in voxels."""
    points = torch.from_numpy(patches) / HALF_DIAGONAL
    return shapes.decoder(shapes.encoder(points)).numpy() * HALF_DIAGONAL


def chamfer(vertices: np.ndarray, patch: np.ndarray) -> float:
    """Sum of both mean squared distances, voxels squared."""
    mesh = Mesh(vertices.astype(np.float32), icosphere()[1])
    samples = sample_surface(mesh, 480, np.random.default_rng(0)).positions
    there = cKDTree(patch).query(samples)[0]
    back = cKDTree(samples).query(patch)[0]
    return float((there**2).mean() + (back**2).mean())


def test_the_icosphere_is_closed_and_faces_outwards():
    vertices, faces = icosphere()
    assert (len(vertices), len(faces)) == (VERTICES, FACES)
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 1, atol=1e-6)
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a + b + c) > 0).all()
    edges = {(int(i), int(j)) for face in faces for i, j in zip(face, np.roll(face, -1), strict=True)}
    assert len(edges) == 3 * FACES  # each directed edge once
    assert all((j, i) in edges for i, j in edges)


def test_faces_of_several_meshes_follow_each_other():
    faces = faces_of(3).reshape(3, FACES, 3)
    np.testing.assert_array_equal(faces[2], icosphere()[1] + 2 * VERTICES)


def test_an_untrained_decoder_makes_spheres():
    made = Decoder()(torch.randn(5, 8))
    np.testing.assert_array_equal(made.detach().numpy(), np.tile(icosphere()[0], (5, 1, 1)))


def test_the_weights_are_small_and_numbers_alone():
    assert WEIGHTS.stat().st_size < 4 << 20
    assert all(torch.isfinite(tensor).all() for tensor in load_file(WEIGHTS).values())


def test_the_code_of_a_sphere_gives_the_sphere(shapes):
    made = shapes.decoder(sphere_code(shapes)[None])[0].numpy()
    assert np.linalg.norm(made - icosphere()[0], axis=1).mean() <= 0.005


def test_unseen_patches_come_back(shapes):
    patches, kinds = make_patches(100, UNSEEN)
    errors = np.array([chamfer(*pair) for pair in zip(decoded(shapes, patches), patches, strict=True)])
    assert errors.mean() <= 0.012
    assert all(errors[kinds == kind].mean() <= 0.025 for kind in range(len(KINDS)))


def test_codes_do_not_depend_on_the_order_of_points_nor_on_what_does_not_count(shapes):
    points = torch.from_numpy(make_patches(4, UNSEEN)[0]) / HALF_DIAGONAL
    turned = points[:, torch.randperm(points.shape[1], generator=torch.Generator().manual_seed(0))]
    padded = torch.cat([points, torch.full((4, 9, 3), 50.0)], 1)
    plain = shapes.encoder(points)
    torch.testing.assert_close(shapes.encoder(turned), plain, atol=1e-5, rtol=0)
    torch.testing.assert_close(shapes.encoder(padded, torch.full((4,), 256)), plain, atol=1e-5, rtol=0)
    torch.testing.assert_close(plain.norm(dim=1), torch.ones(4))


def test_patches_are_the_same_from_the_same_seed_and_stay_in_their_cube():
    first, again, other = make_patches(20, 1), make_patches(20, 1), make_patches(20, 2)
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.array_equal(first[0], other[0])
    assert np.abs(first[0]).max() <= REACH
