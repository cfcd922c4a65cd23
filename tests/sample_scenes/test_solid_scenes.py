"""Generated solids: their truth is what it says."""

import numpy as np
import pytest

from recon.meshes import in_convexes, topology
from sample_scenes.assemblies import FEWEST, MOST, make_assembly
from sample_scenes.csg import FEWEST as FEWEST_CONVEX
from sample_scenes.csg import MOST as MOST_CONVEX
from sample_scenes.csg import make_csg


@pytest.mark.parametrize("seed", range(3))
def test_assemblies_hang_together_and_hide_no_part(seed):
    blocks = make_assembly(seed)
    assert FEWEST <= len(blocks) <= MOST
    points = np.random.default_rng(0).uniform(*blocks.bounds(), (50_000, 3))
    inside = blocks.norm(points) <= 1
    shared = (inside & (inside.sum(0) > 1)).sum(1) / inside.sum(1)
    assert (shared < 0.25).all()
    assert (shared > 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_the_mesh_of_a_csg_shape_is_its_truth(seed):
    shape = make_csg(seed)
    assert FEWEST_CONVEX <= len(shape.parts) <= MOST_CONVEX
    mesh = shape.mesh()
    numbers = topology(mesh)
    assert numbers.watertight
    assert numbers.components == len(shape.parts)
    volume = sum(_hull_volume(part.vertices) for part in shape.parts)
    assert numbers.volume == pytest.approx(volume, rel=1e-4)


def _hull_volume(vertices):
    from scipy.spatial import ConvexHull

    return ConvexHull(vertices).volume


def test_a_csg_part_holds_what_its_planes_say():
    shape = make_csg(1)
    points = np.random.default_rng(0).uniform(*shape.bounds(), (5_000, 3))
    first = type(shape)(shape.parts[:1])
    differ = first.each(points)[0] != in_convexes([first.mesh()], points)
    assert differ.mean() < 1e-3  # the mesh is of float32


def test_the_same_seed_gives_the_same_shape():
    assert np.array_equal(make_assembly(5).centers, make_assembly(5).centers)
    assert np.array_equal(make_csg(5).mesh().vertices, make_csg(5).mesh().vertices)
