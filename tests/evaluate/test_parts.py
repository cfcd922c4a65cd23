"""Measures of blocks, on blocks whose numbers are known."""

from dataclasses import replace

import numpy as np
import pytest
from block_samples import some_blocks

from recon.evaluate.parts import (
    compact_bytes,
    compare_parts,
    coverage,
    describe_blocks,
    distance_to_mesh,
    measure_blocks_in,
    measure_convexes_in,
    overlap,
)
from recon.evaluate.surfaces import sample_surface
from recon.scene import Blocks, Mesh
from recon.scene.block_surfaces import mesh_of, sample


def boxes(*centers, size=0.5) -> Blocks:
    count = len(centers)
    values = {
        "centers": np.float32(centers), "scales": np.full((count, 3), size, np.float32),
        "exponents": np.full((count, 2), 0.05, np.float32), "tapers": np.zeros((count, 2), np.float32),
        "quaternions": np.tile(np.float32([1, 0, 0, 0]), (count, 1)),
    }  # fmt: skip
    return replace(some_blocks(count, whole=False), **values)


def test_blocks_equal_themselves():
    truth = boxes((0, 0, 0.5), (2, 0, 0.5))
    same = compare_parts(truth, truth, ground=0.0)
    assert same.iou == 1
    assert same.part_ious == (1, 1)
    assert same.count == same.true_count == 2
    assert same.chamfer < 0.006  # the floor of so many samples
    assert same.f_score > 0.9999  # chance may leave one point of so many without a neighbour


def test_a_shifted_box_has_the_iou_of_two_boxes():
    moved = compare_parts(boxes((0.25, 0, 0)), boxes((0, 0, 0)))
    assert moved.iou == pytest.approx(0.75 / 1.25, abs=0.01)
    assert moved.chamfer > 0.03


def test_an_object_cut_in_two_shows_in_its_own_iou_alone():
    halves = replace(boxes((-0.25, 0, 0), (0.25, 0, 0)), scales=np.float32([[0.25, 0.5, 0.5]] * 2))
    cut = compare_parts(halves, boxes((0, 0, 0)))
    assert cut.iou > 0.98
    assert cut.part_ious[0] == pytest.approx(0.5, abs=0.01)
    assert cut.count == 2


def test_what_is_under_the_ground_does_not_count():
    deep = replace(boxes((0, 0, 0.25)), scales=np.float32([[0.5, 0.5, 0.75]]))
    assert compare_parts(deep, boxes((0, 0, 0.5)), ground=0.0).iou > 0.99
    assert compare_parts(deep, boxes((0, 0, 0.5))).iou < 0.8


def test_no_block_at_all_is_the_worst():
    none = compare_parts(boxes((0, 0, 0)).part(slice(0, 0)), boxes((0, 0, 0)))
    assert (none.iou, none.part_ious, none.f_score) == (0, (0,), 0)


def test_overlap_is_the_volume_held_twice():
    assert overlap(boxes((0, 0, 0), (0.5, 0, 0))) == pytest.approx(0.5 / 1.5, abs=0.01)
    assert overlap(boxes((0, 0, 0), (3, 0, 0))) == 0


def test_points_are_covered_where_a_surface_is_near():
    blocks = boxes((0, 0, 0))
    on = sample(blocks, 500, np.random.default_rng(0))
    assert coverage(blocks, on) > 0.95
    assert coverage(blocks, np.concatenate([on, on * 0.2])) == pytest.approx(0.5, abs=0.05)
    assert coverage(blocks, np.zeros((0, 3))) == 1


def test_blocks_lie_on_their_own_mesh():
    blocks = some_blocks(1)
    chamfer, f_score = distance_to_mesh(blocks, mesh_of(blocks))
    assert chamfer < 0.006
    assert f_score > 0.99


def test_plain_textures_take_few_bytes():
    blocks = boxes((0, 0, 0), (2, 0, 0))
    plain = replace(blocks, textures=np.zeros_like(blocks.textures))
    assert compact_bytes(plain) < 200 < compact_bytes(blocks)
    assert describe_blocks(plain)["count"] == 2
    assert describe_blocks(plain)["volume"] == pytest.approx(2, rel=0.02)


def cube(shift):
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) - 0.5
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))]
    return Mesh((corners + np.array([shift, 0, 0])).astype(np.float32), np.int32(faces))


@pytest.mark.parametrize("kind", ["blocks", "convexes"])
def test_parts_of_a_solid_are_measured_by_volume_and_surface(kind):
    """A box, and one that is shifted by a quarter."""
    points = np.random.default_rng(0).uniform(-1, 1, (100_000, 3))
    truth = points, (np.abs(points) < 0.5).all(1), sample_surface(cube(0), 100_000, np.random.default_rng(1)).positions
    same, shifted = (
        measure_blocks_in(boxes((shift, 0, 0)), *truth)
        if kind == "blocks"
        else measure_convexes_in([cube(shift)], *truth)
        for shift in (0, 0.25)
    )
    assert same.iou > 0.95  # the blocks' edges are a little round
    assert same.f_score > 0.98
    assert shifted.iou == pytest.approx(0.75 / 1.25, abs=0.03)
    assert shifted.chamfer > 5 * same.chamfer
    assert shifted.count == 1
