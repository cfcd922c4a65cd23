"""Superquadrics found in solids that are made of some."""

from dataclasses import replace

import numpy as np
import pytest
from block_samples import some_blocks
from scipy.spatial.transform import Rotation

from recon.errors import InvalidParameter
from recon.evaluate import compare_parts
from recon.scene.block_surfaces import mesh_of
from recon.shapes import Config, blocks_of, solid_of, superquadrics
from recon.shapes.quadrics import Quadrics
from recon.shapes.refine import refined
from recon.shapes.samples import samples_of

FEW = 80_000


def two_parts():
    """A cylinder on a box."""
    blocks = some_blocks(2, whole=False)
    return replace(
        blocks,
        centers=np.float32([[0, 0, 0], [0.1, 0, 0.85]]),
        quaternions=np.tile(np.float32([1, 0, 0, 0]), (2, 1)),
        scales=np.float32([[0.8, 0.6, 0.4], [0.3, 0.3, 0.5]]),
        exponents=np.float32([[0.15, 0.15], [0.15, 1.0]]),
        tapers=np.zeros((2, 2), np.float32),
    )


def a_quadric(seed=0):
    random = np.random.default_rng(seed)
    axes = Rotation.random(1, rng=random).as_matrix()
    scales = random.uniform(0.5, 1, (1, 3))
    return Quadrics(random.normal(size=(1, 3)), axes, scales, np.array([[0.4, 0.8]]), np.array([[0.3, -0.2]]))


def test_distances_have_the_sign_of_the_blocks_norm_and_grow_outwards():
    quadric = a_quadric()
    points = quadric.centers + np.random.default_rng(1).normal(size=(500, 3))
    norm = blocks_of(quadric).norm(points)[0]
    clear = np.abs(norm - 1) > 1e-5
    assert ((quadric.distances(points)[0] < 0) == (norm < 1))[clear].all()


def test_distances_from_a_ball_are_exact():
    ball = Quadrics(np.ones((1, 3)), np.eye(3)[None], np.full((1, 3), 2.0), np.ones((1, 2)), np.zeros((1, 2)))
    points = 1 + np.random.default_rng(0).uniform(-2.3, 2.3, (100, 3))
    assert ball.distances(points)[0] == pytest.approx(np.linalg.norm(points - 1, axis=1) - 2)


@pytest.mark.parametrize("column", range(13))
def test_slopes_on_the_surface_are_those_of_differences(column):
    quadric = a_quadric()
    directions = np.random.default_rng(2).normal(size=(60, 3))
    norm = blocks_of(quadric).norm(quadric.centers + directions)[0]
    points = quadric.centers + directions / norm[:, None]  # a taper bends the way there: not all are on the surface
    points = points[np.abs(quadric.distances(points)[0]) < 0.02]
    step = np.zeros((1, 13))
    step[0, column] = 1e-5
    differences = (quadric.moved(step).distances(points) - quadric.moved(-step).distances(points))[0] / 2e-5
    slopes = quadric.slopes(points, np.zeros(len(points), int))[1][:, column]
    assert slopes == pytest.approx(differences, abs=0.05)


def test_refining_brings_displaced_parts_back():
    truth = two_parts()
    samples = samples_of(solid_of(mesh_of(truth), FEW), np.random.default_rng(0))
    moved = Quadrics(
        truth.centers + 0.05, truth.world_from_block, 0.9 * truth.scales, truth.exponents + 0.2, np.zeros((2, 2))
    )
    back = blocks_of(refined(moved, samples, None, samples.spacing, 30))
    assert back.centers == pytest.approx(truth.centers, abs=0.03)
    assert back.scales == pytest.approx(truth.scales, abs=0.03)


def test_parts_are_counted_and_found():
    truth = two_parts()
    stages = {}
    found = superquadrics(solid_of(mesh_of(truth), FEW), None, stages.setdefault)
    measures = compare_parts(found, truth)
    assert measures.count == 2
    assert measures.iou > 0.96
    assert min(measures.part_ious) > 0.9
    assert found.volumes[0] >= found.volumes[1]
    assert "Carving" in stages


def test_no_more_parts_than_asked_for():
    solid = solid_of(mesh_of(two_parts()), FEW)
    assert len(superquadrics(solid, Config(max_parts=1))) == 1


def test_the_same_seed_gives_the_same_parts():
    solid = solid_of(mesh_of(two_parts()), FEW)
    first, second = (superquadrics(solid, Config(max_parts=2, seed=3)) for _ in range(2))
    assert np.array_equal(first.centers, second.centers)


def test_values_out_of_range_are_refused():
    with pytest.raises(InvalidParameter, match="max_parts"):
        Config(max_parts=0)
