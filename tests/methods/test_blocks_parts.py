"""The parts of method `blocks`: tensors against arrays, gradients, ground, moves, merges."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from block_samples import some_blocks

from recon.methods.blocking import moves
from recon.methods.blocking.ground import find_place
from recon.methods.blocking.hierarchy import merges_of
from recon.methods.blocking.model import empty_model
from recon.methods.blocking.superquadric import Grid, Shapes, log_norm, radial_distance, rotations_of
from recon.methods.splatting.optimizer import Adam
from recon.scene import Blocks, Points
from recon.scene.block_surfaces import vertices
from sample_scenes import as_capture, draw
from sample_scenes.blocks import make_blocks, seed_points

CPU = torch.device("cpu")


def shapes_of(blocks: Blocks) -> Shapes:
    def tensor(array) -> torch.Tensor:
        return torch.from_numpy(np.asarray(array, np.float32))

    arrays = blocks.centers, blocks.scales, blocks.world_from_block, blocks.exponents, blocks.tapers
    return Shapes(*(tensor(array) for array in arrays))


def test_surfaces_are_those_of_the_scene():
    blocks = some_blocks(6)
    np.testing.assert_allclose(Grid(7, CPU).surface(shapes_of(blocks)).numpy(), vertices(blocks, 7), atol=2e-5)


def test_norms_are_those_of_the_scene():
    blocks = some_blocks(6)
    points = np.random.default_rng(5).normal(size=(200, 3)).astype(np.float32)
    _, logarithm = log_norm(torch.from_numpy(points), shapes_of(blocks))
    wanted = np.log(blocks.norm(points))
    near = wanted < 2  # beyond, a taper that nearly closes is cut off a little earlier
    np.testing.assert_allclose(logarithm.numpy()[near], wanted[near], atol=2e-3)


def test_distances_along_rays_are_exact():
    blocks = some_blocks(3, whole=False)
    blocks = replace(blocks, exponents=np.ones_like(blocks.exponents), tapers=np.zeros_like(blocks.tapers))
    blocks = replace(blocks, scales=np.full_like(blocks.scales, 0.5))
    points = torch.from_numpy(np.random.default_rng(5).normal(size=(50, 3)).astype(np.float32))
    wanted = np.linalg.norm(points.numpy()[None] - blocks.centers[:, None], axis=-1) - 0.5
    np.testing.assert_allclose(radial_distance(points, shapes_of(blocks)).numpy(), wanted, atol=1e-4)


@pytest.mark.parametrize("raw", [-4.0, 0.0, 4.0])
def test_gradients_stay_finite_at_every_shape(raw):
    model = empty_model(2, 8, np.random.default_rng(0), CPU)
    model.alive[:] = True
    with torch.no_grad():
        model["exponents"].fill_(raw)
        model["tapers"].fill_(-raw)
    surfels = model.block_surfels(model.indices, 8)
    points = torch.cat([torch.zeros(1, 3), torch.rand(50, 3), 100 * torch.rand(5, 3)])
    loss = surfels.means.square().sum() + surfels.u.abs().sum() + surfels.colors.sum()
    (loss + radial_distance(points, model.shapes(model.indices)).sum()).backward()
    for name in ("centers", "log_scales", "exponents", "tapers", "rotations", "tiles_8"):
        assert torch.isfinite(model[name].grad).all(), name


def test_two_columns_of_any_length_make_a_rotation():
    rotations = rotations_of(torch.randn(20, 6))
    np.testing.assert_allclose(
        (rotations @ rotations.transpose(1, 2)).numpy(), np.tile(np.eye(3), (20, 1, 1)), atol=1e-5
    )
    np.testing.assert_allclose(torch.linalg.det(rotations).numpy(), 1, atol=1e-5)


@pytest.fixture(scope="module")
def scene():
    made = make_blocks(3, width=64, height=48)
    pictures = draw(made, 1)
    return made, replace(as_capture(made, pictures), points=seed_points(made, pictures, np.random.default_rng(0)))


@pytest.mark.parametrize("with_points", [True, False])
def test_the_ground_is_found_with_points_and_without(scene, with_points):
    capture = scene[1]
    place = find_place(capture, capture.points if with_points else None, np.random.default_rng(0))
    up = place.local_from_world.rotation @ [0, 0, 1]
    assert up[2] > np.cos(np.radians(2 if with_points else 12))
    assert abs(place.local_from_world.apply([0, 0, 0])[2]) < (0.02 if with_points else 0.15)
    assert len(place.subject) > 100 or not with_points


def test_a_roof_is_not_taken_for_the_ground(scene):
    """Most points lie on the top of a large box, the rest on the ground beneath it."""
    random = np.random.default_rng(0)
    roof = np.c_[random.uniform(-0.4, 0.4, (900, 2)), np.full(900, 0.2)]
    below = np.c_[random.uniform(-1, 1, (300, 2)), np.zeros(300)]
    positions = (np.concatenate([roof, below]) + random.normal(0, 0.002, (1200, 3))).astype(np.float32)
    place = find_place(scene[1], Points(positions, np.zeros_like(positions)), random)
    assert abs(place.local_from_world.apply([0, 0, 0])[2]) < 0.03


def two_boxes(gap: float) -> tuple:
    model = empty_model(3, 8, np.random.default_rng(0), CPU)
    model.alive[:2] = True
    with torch.no_grad():
        model["centers"][:2] = torch.tensor([[-0.2 - gap / 2, 0, 0], [0.2 + gap / 2, 0, 0]])
        model["exponents"][:2] = -3
        model["tiles_8"][:6] = 3
        model["tiles_8"][6:12] = -3
        model["logits"][:2] = 2
    return model, Adam(model.parameters)


def test_halves_of_a_box_have_a_union_and_boxes_apart_have_none():
    model, _ = two_boxes(0.0)
    union = moves.unions(model, [(0, 1)], np.random.default_rng(0))[0]
    assert union.overlap > 0.9
    np.testing.assert_allclose(union.log_scales.exp(), [0.4, 0.2, 0.2], rtol=0.08)
    model, _ = two_boxes(0.4)
    assert moves.unions(model, [(0, 1)], np.random.default_rng(0))[0].overlap < 0.85


def test_three_pieces_of_a_box_are_found_and_become_it():
    model, optimizer = two_boxes(0.0)
    model.alive[2] = True
    with torch.no_grad():  # the left half is in two, one above the other
        model["log_scales"][:3] = math.log(0.2)
        for slot, height in ((0, 0.1), (2, -0.1)):
            model["centers"][slot] = torch.tensor([-0.2, 0, height])
            model["log_scales"][slot, 2] = math.log(0.1)
            model["exponents"][slot] = -3
    groups = moves.touching_groups(model)
    assert set(groups) == {(0, 1), (0, 2), (1, 2), (0, 1, 2)}
    found = dict(zip(groups, moves.unions(model, groups, np.random.default_rng(0)), strict=True))
    assert found[0, 1, 2].overlap > max(found[0, 1].overlap, found[1, 2].overlap, 0.9)
    moves.merge(model, optimizer, (0, 1, 2), found[0, 1, 2])
    assert model.indices.tolist() == [1]
    np.testing.assert_allclose(model["log_scales"][1].detach().exp(), [0.4, 0.2, 0.2], rtol=0.08)


def test_a_merged_block_keeps_both_colours():
    model, optimizer = two_boxes(0.0)
    union = moves.unions(model, [(0, 1)], np.random.default_rng(0))[0]
    moves.merge(model, optimizer, (0, 1), union)
    assert model.count == 1
    surfels = model.block_surfels(model.indices, 8)
    colors, left = surfels.colors[:, 0].detach(), surfels.means[:, 0] < -0.05
    assert colors[left].mean() > 0.9
    assert colors[surfels.means[:, 0] > 0.05].mean() < 0.1


def test_a_split_block_covers_what_it_covered():
    model, optimizer = two_boxes(0.0)
    model.alive[1] = False
    with torch.no_grad():
        model["log_scales"][0, 1] = np.log(0.6)
    moves.split(model, optimizer, 0, 1)
    assert model.count == 2
    shapes = model.shapes(model.indices)
    np.testing.assert_allclose(shapes.scales.detach(), [[0.2, 0.3, 0.2]] * 2, rtol=1e-5)
    np.testing.assert_allclose(shapes.centers.detach(), [[-0.2, 0.3, 0], [-0.2, -0.3, 0]], atol=1e-5)
    assert model.block_surfels(model.indices, 8).colors.min() > 0.9


def test_a_new_block_has_no_past():
    model, optimizer = two_boxes(0.0)
    for moments in optimizer.first.values():
        moments.add_(1)
    moves.birth(model, optimizer, np.array([0.1, 0.2, 0.3]), 2)
    np.testing.assert_allclose(model["centers"][2].detach(), [0.1, 0.2, 0.3], rtol=1e-6)
    assert optimizer.first["centers"][2].abs().max() == 0
    assert optimizer.first["centers"][0].abs().min() == 1
    assert optimizer.first["tiles_8"][12:18].abs().max() == 0


def test_halves_are_merged_first_and_cheaply():
    blocks = some_blocks(3, whole=False)
    values = {
        "centers": [[-0.25, 0, 0], [0.25, 0, 0], [2, 2, 0]], "scales": [[0.25, 0.5, 0.5]] * 2 + [[0.3] * 3],
        "exponents": [[0.12, 0.12]] * 3, "tapers": [[0, 0]] * 3, "quaternions": [[1, 0, 0, 0]] * 3,
    }  # fmt: skip
    merged = merges_of(replace(blocks, **{name: np.float32(value) for name, value in values.items()}))
    assert merged.merges.pairs.tolist() == [[0, 1], [2, 3]]
    assert merged.merges.costs[0] < 0.1 < merged.merges.costs[1]
    assert [len(merged.reduced_to(count)) for count in (1, 2, 3)] == [1, 2, 3]
    whole = merged.reduced_to(2)
    np.testing.assert_allclose(np.sort(whole.scales[1]), [0.5, 0.5, 0.5], rtol=0.1)


def test_without_points_the_ground_is_found_where_photographs_agree():
    scene = make_blocks(100)  # at the height of the focus, any plane looks nearly as good here
    place = find_place(as_capture(scene, draw(scene, 1)), None, np.random.default_rng(0))
    assert abs(place.local_from_world.apply([0, 0, 0])[2]) < 0.03
