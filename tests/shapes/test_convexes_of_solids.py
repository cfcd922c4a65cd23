"""Convex polytopes found in solids that are made of some."""

import numpy as np
import pytest

from recon.meshes import in_convexes, topology
from recon.scene import Mesh
from recon.shapes import Config, convexes, solid_of
from recon.shapes.convexes import DIRECTIONS, Convexes

FEW = 80_000


def box(low, high):
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    low, high = np.array(low), np.array(high)
    return Mesh((low + corners * (high - low)).astype(np.float32), np.array(faces, np.int32))


def letter_t():
    """Two boxes, one across the end of the other."""
    first, second = box((-1, -0.2, 0.6), (1, 0.2, 1)), box((-0.2, -0.2, -1), (0.2, 0.2, 0.7))
    faces = np.concatenate([first.faces, second.faces + len(first.vertices)])
    return Mesh(np.concatenate([first.vertices, second.vertices]), faces.astype(np.int32))


@pytest.fixture(scope="module")
def found():
    return convexes(solid_of(letter_t(), FEW))


def test_a_t_is_two_convexes(found):
    points = np.random.default_rng(0).uniform(-1.2, 1.2, (50_000, 3))
    low = np.array([[-1, -0.2, 0.6], [-0.2, -0.2, -1]])
    high = np.array([[1, 0.2, 1], [0.2, 0.2, 0.7]])
    true = ((points[:, None] > low) & (points[:, None] < high)).all(2).any(1)
    ours = in_convexes(found, points)
    assert len(found) == 2
    assert (true & ours).sum() / (true | ours).sum() > 0.93


def test_each_polytope_is_closed_and_its_planes_are_few(found):
    for part in found:
        numbers = topology(part)
        assert numbers.watertight
        assert numbers.euler == 2
        assert numbers.volume > 0
        assert len(part) <= 20  # 12 triangles make a box; a plane too many cuts a corner off


def test_parts_have_names_and_colours_of_their_own(found):
    assert [part.name for part in found] == ["part 1", "part 2"]
    assert not np.array_equal(found[0].colors[0], found[1].colors[0])


def test_no_more_parts_than_asked_for():
    assert len(convexes(solid_of(letter_t(), FEW // 2), Config(max_parts=1))) == 1


def cube(size):
    axes = np.abs(DIRECTIONS).sum(1) == 1
    offsets = np.where(axes, size, np.inf)
    return Convexes(np.ones((1, 3)), DIRECTIONS[None], offsets[None])


def test_distances_from_a_cube_are_exact_inside():
    points = 1 + np.random.default_rng(0).uniform(-2, 2, (200, 3))
    assert cube(2.0).distances(points)[0] == pytest.approx(np.abs(points - 1).max(1) - 2)


def test_slopes_are_those_of_differences():
    points = 1 + np.random.default_rng(1).uniform(-3, 3, (200, 3))
    _, slopes = cube(2.0).slopes(points, np.zeros(len(points), int))
    for column in range(4):
        steps = np.zeros((len(DIRECTIONS), 4))
        steps[:, column] = 1e-6
        ahead, behind = (cube(2.0).moved(sign * steps).distances(points)[0] for sign in (1, -1))
        assert (ahead - behind) / 2e-6 == pytest.approx(slopes[:, column], abs=1e-4)
