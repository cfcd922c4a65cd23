"""Splats that blocks carry: exactly those of a block go where it goes, and come back to the bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from block_samples import some_blocks
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.editing import Placement
from recon.editing.blocks import (
    AddBlock,
    Carrying,
    CarrySplats,
    ChooseNumber,
    DeleteBlocks,
    DuplicateBlocks,
    MarkBlocks,
    MergeBlocks,
    MoveBlocks,
    RenameBlock,
    ShapeBlocks,
    SplitBlock,
    StretchBlocks,
    carried,
)
from recon.editing.blocks.belonging import NOBODY, distances, owners
from recon.scene import Blocks, Camera, Ground, Merges, Splats
from recon.scene.rotations import matrices_of
from recon.scene.transforms import transformed

ARRAYS = ("means", "quaternions", "scales", "opacities", "sh")
FAR = Placement((3.0, -2.0, 0.5), (0.9, 0.1, -0.3, 0.2), 1.3)


def boxes(count: int = 3, *, ground: bool = True) -> Blocks:
    """Boxes two wide in a row along x, four apart, on a ground at z = 0; the first two merge, then all."""
    textures = np.full((count, 6, 4, 4, 3), 200, np.uint8)
    centers = np.zeros((count, 3), np.float32)
    centers[:, 0], centers[:, 2] = 4 * np.arange(count), 1
    arrays = np.tile(np.float32([1, 0, 0, 0]), (count, 1)), np.ones((count, 3), np.float32)
    shapes = np.full((count, 2), 0.1, np.float32), np.zeros((count, 2), np.float32), np.ones(count, np.float32)
    floor = Ground(np.zeros(3, np.float32), np.float32([[9, 0, 0], [0, 9, 0]]), np.zeros((4, 4, 3), np.uint8))
    names = tuple(f"b{index}" for index in range(count))
    return Blocks(centers, *arrays, *shapes, textures, names, floor if ground else None)


def merging(blocks: Blocks) -> Blocks:
    """The same, with a merge of the first two."""
    both = blocks.part(np.array([0])).bare()
    both = replace(both, centers=blocks.centers[:2].mean(0, keepdims=True), scales=np.float32([[3, 1, 1]]))
    return replace(blocks, merges=Merges(np.array([[0, 1]], np.int32), np.float32([0.1]), both))


def splats_around(blocks: Blocks, count: int = 600, degree: int = 3, seed: int = 0) -> Splats:
    """Splats on and in blocks, on the ground and in the air."""
    random = np.random.default_rng(seed)
    low, high = blocks.bounds()
    means = random.uniform(low - 1, high + 1, (count, 3))
    quaternions = random.normal(size=(count, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    arrays = [
        means, quaternions, random.uniform(0.01, 0.2, (count, 3)), random.uniform(0.1, 1, count),
        random.normal(size=(count, (degree + 1) ** 2, 3)) / 4,
    ]  # fmt: skip
    return Splats(*(array.astype(np.float32) for array in arrays))


BLOCKS = boxes()
SPLATS = splats_around(BLOCKS)
OWNED = carried(SPLATS, BLOCKS, ()).numbers


def rows(splats: Splats, chosen: np.ndarray) -> bytes:
    return b"".join(np.ascontiguousarray(getattr(splats, name)[chosen]).tobytes() for name in ARRAYS)


def same(first: Splats, second: Splats) -> bool:
    everything = np.ones(len(first), bool)
    return len(first) == len(second) and rows(first, everything) == rows(second, everything)


def test_splats_belong_to_the_block_that_holds_them_and_the_ground_to_none() -> None:
    points = np.float32([[0, 0, 1], [4.9, 0.9, 1.9], [8, 0, 2.15], [2, 0, 1], [0, 0, 0.01], [1.1, 0, 0.02]])
    assert owners(BLOCKS, points).tolist() == [0, 1, 2, NOBODY, NOBODY, NOBODY]
    stacked = replace(BLOCKS, centers=np.float32([[0, 0, 1], [0, 0, 3], [9, 0, 1]]))
    points = np.float32([[0, 0, 1.9], [0, 0, 2.1], [1.1, 0, 1.8], [1.1, 0, 2.3]])
    assert owners(stacked, points).tolist() == [0, 1, 0, 1]
    assert owners(boxes(ground=False), np.float32([[0, 0, -0.1]])).tolist() == [0]
    assert owners(BLOCKS.part(slice(0, 0)), points).tolist() == [NOBODY] * len(points)


def test_distances_are_right_beside_flat_blocks_too() -> None:
    plate = replace(boxes(1).bare(), scales=np.float32([[2, 2, 0.05]]), exponents=np.float32([[0.05, 0.05]]))
    points = np.float32([[1.5, 1.5, 1.2], [0, 0, 1.04], [2.5, 0, 1]])
    assert distances(plate, points) == pytest.approx([0.15, -0.01, 0.5], abs=0.01)
    ball = replace(boxes(1).bare(), exponents=np.ones((1, 2), np.float32))
    away = np.random.default_rng(0).normal(size=(50, 3))
    away *= np.random.default_rng(1).uniform(0.8, 1.3, (50, 1)) / np.linalg.norm(away, axis=1, keepdims=True)
    assert distances(ball, away + np.array([0, 0, 1])) == pytest.approx(np.linalg.norm(away, axis=1) - 1, abs=1e-3)


def test_the_sample_has_splats_of_every_kind() -> None:
    for number in (NOBODY, 0, 1, 2):
        assert (number == OWNED).sum() > 30


placements = st.builds(
    Placement,
    st.tuples(*[st.floats(-5, 5)] * 3),
    st.tuples(*[st.floats(0.1, 1)] + [st.floats(-1, 1)] * 3),
    st.floats(0.3, 3),
)


@given(placements, st.sampled_from([(0,), (1,), (0, 2)]))
@settings(max_examples=40, deadline=None)
def test_exactly_the_splats_of_what_is_moved_are_moved_and_come_back_to_the_bit(placement, numbers) -> None:
    carrying = Carrying(SPLATS, BLOCKS)
    moved = carrying.apply([MoveBlocks(numbers, placement)]).splats
    mine = np.isin(OWNED, numbers)
    assert rows(moved, ~mine) == rows(SPLATS, ~mine)
    expected = transformed(SPLATS.part(mine), placement.similarity)
    np.testing.assert_allclose(moved.means[mine], expected.means, atol=3e-5)
    np.testing.assert_allclose(moved.scales[mine], expected.scales, rtol=1e-5)
    np.testing.assert_allclose(moved.sh[mine], expected.sh, atol=1e-5)
    back = Placement.of(placement.similarity.inverse)
    assert same(carrying.apply([MoveBlocks(numbers, placement), MoveBlocks(numbers, back)]).splats, SPLATS)
    assert carrying.apply([]).splats is SPLATS


def test_a_shift_leaves_all_but_places_as_it_is() -> None:
    moved = carried(SPLATS, BLOCKS, [MoveBlocks((1,), Placement((0.1, 0.2, 0.3)))]).splats
    assert not np.array_equal(moved.means, SPLATS.means)
    for name in ARRAYS[1:]:
        assert np.array_equal(getattr(moved, name), getattr(SPLATS, name))


def covariances(splats: Splats) -> np.ndarray:
    shaped = matrices_of(splats.quaternions) * splats.scales[:, None]
    return shaped @ shaped.transpose(0, 2, 1)


def test_a_stretch_is_one_along_the_axes_of_the_block() -> None:
    turned = MoveBlocks((0,), Placement((0.0, 0.0, 0.0), (0.9, 0.0, 0.0, 0.3)))
    moved = carried(SPLATS, BLOCKS, [turned]).splats
    grown = carried(SPLATS, BLOCKS, [turned, StretchBlocks((0,), (2.0, 1.0, 0.5))]).splats
    mine = OWNED == 0
    rotation = turned.placement.similarity.rotation
    affine = rotation @ np.diag([2, 1, 0.5]) @ rotation.T
    center = turned.placement.similarity.apply(BLOCKS.centers[0])
    np.testing.assert_allclose(grown.means[mine], (moved.means[mine] - center) @ affine.T + center, atol=1e-5)
    expected = affine @ covariances(moved)[mine] @ affine.T
    np.testing.assert_allclose(covariances(grown)[mine], expected, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(grown.quaternions, axis=1), 1, atol=1e-6)
    steps = [turned, StretchBlocks((0,), (2.0, 1.0, 0.5)), StretchBlocks((0,), (0.5, 1.0, 2.0))]
    assert same(carried(SPLATS, BLOCKS, steps).splats, moved)


def test_colours_turn_with_the_block() -> None:
    """What a camera sees of one block's splats is what a camera turned with the block sees after it was moved."""
    from recon.render.draw import draw

    placement = Placement((0.5, 0.3, 0.2), (0.8, 0.2, -0.4, 0.3), 1.5)
    mine = OWNED == 1
    pose = np.diag([1.0, -1, -1, 1])
    pose[:3, 3] = 4, 0, 6
    similarity = placement.similarity
    moved_pose = np.eye(4)
    moved_pose[:3, :3] = similarity.rotation @ pose[:3, :3]
    moved_pose[:3, 3] = similarity.apply(pose[:3, 3])
    before = draw(SPLATS.part(mine), Camera(60, 60, 60, 60, 30, 30, pose), device="cpu").color
    moved = carried(SPLATS, BLOCKS, [MoveBlocks((1,), placement)]).splats.part(mine)
    after = draw(moved, Camera(60, 60, 60, 60, 30, 30, moved_pose), device="cpu").color
    assert before.std() > 0.05
    np.testing.assert_allclose(after, before, atol=2e-3)
    unturned = draw(replace(moved, sh=SPLATS.part(mine).sh), Camera(60, 60, 60, 60, 30, 30, moved_pose), device="cpu")
    assert np.abs(unturned.color - before).max() > 0.1


def test_hidden_blocks_hide_their_splats_and_deleted_ones_take_them_along() -> None:
    hidden = carried(SPLATS, BLOCKS, [MarkBlocks((2,), "hidden")])
    assert same(hidden.splats, SPLATS)
    assert np.array_equal(hidden.hidden, OWNED == 2)
    assert same(hidden.visible, SPLATS.part(OWNED != 2))
    left = carried(SPLATS, BLOCKS, [DeleteBlocks((0,)), MoveBlocks((1,), FAR)])
    assert np.array_equal(left.numbers, OWNED[OWNED != 0])
    still = left.numbers != 1
    assert rows(left.splats, still) == rows(SPLATS, np.isin(OWNED, (NOBODY, 2)))


def test_copies_take_copies_along() -> None:
    steps = [MoveBlocks((0,), FAR), DuplicateBlocks((0, 1), (0.0, 5.0, 0.0))]
    moved, copied = (carried(SPLATS, BLOCKS, steps[:count]) for count in (1, 2))
    count = len(SPLATS)
    assert rows(copied.splats.part(slice(0, count)), OWNED < 9) == rows(moved.splats, OWNED < 9)
    assert copied.numbers[count:].tolist() == [3] * (OWNED == 0).sum() + [4] * (OWNED == 1).sum()
    np.testing.assert_allclose(copied.splats.means[copied.numbers == 3], moved.splats.means[OWNED == 0] + [0, 5, 0],
                               atol=1e-5)  # fmt: skip
    np.testing.assert_allclose(copied.splats.sh[copied.numbers == 3], moved.splats.sh[OWNED == 0], atol=1e-6)
    later = carried(SPLATS, BLOCKS, [*steps, MoveBlocks((0,), FAR)]).splats
    assert rows(later, copied.numbers == 3) == rows(copied.splats, copied.numbers == 3)


def test_halves_share_the_splats_of_the_whole() -> None:
    steps = [MoveBlocks((1,), FAR), SplitBlock(1, 0)]
    moved, cut = (carried(SPLATS, BLOCKS, steps[:count]) for count in (1, 2))
    assert same(cut.splats, moved.splats)
    upper, lower = cut.numbers == 3, cut.numbers == 4
    assert np.array_equal(upper | lower, OWNED == 1)
    assert (SPLATS.means[upper, 0] >= 4).all()
    assert (SPLATS.means[lower, 0] <= 4).all()
    parted = carried(SPLATS, BLOCKS, [*steps, MoveBlocks((3,), Placement((0.0, 0.0, 1.0)))]).splats
    assert rows(parted, ~upper) == rows(moved.splats, ~upper)
    np.testing.assert_allclose(parted.means[upper], moved.splats.means[upper] + [0, 0, 1], atol=1e-5)
    steps += [DeleteBlocks((4,))]
    assert np.array_equal(np.unique(carried(SPLATS, BLOCKS, steps).numbers), [NOBODY, 0, 2, 3])


def test_what_is_merged_moves_together_and_apart_again_each_has_its_own() -> None:
    blocks = merging(BLOCKS)
    for merge in (MergeBlocks(0, 1), ChooseNumber(2)):
        merged = carried(SPLATS, blocks, [merge])
        assert same(merged.splats, SPLATS)
        assert np.array_equal(merged.numbers == 3, np.isin(OWNED, (0, 1)))
        moved = carried(SPLATS, blocks, [merge, MoveBlocks((3,), Placement((0.0, 2.0, 0.0)))]).splats
        assert rows(moved, ~np.isin(OWNED, (0, 1))) == rows(SPLATS, ~np.isin(OWNED, (0, 1)))
    apart = carried(SPLATS, blocks, [ChooseNumber(2), RenameBlock(2, "c"), ChooseNumber(3)])
    assert np.array_equal(apart.numbers, OWNED)
    assert same(apart.splats, SPLATS)


def test_steps_that_move_nothing_move_no_splat() -> None:
    steps = [
        *(CarrySplats("somewhere"), RenameBlock(0, "a"), ShapeBlocks((1,), "e1", 1.0), MarkBlocks((1,), "locked")),
        AddBlock(Placement((0.0, 0.0, 1.0)), (2.0, 2.0, 2.0)),
        MoveBlocks((3,), FAR),
    ]
    assert carried(SPLATS, BLOCKS, steps).splats is SPLATS


def test_lists_are_taken_up_where_they_begin_alike_and_come_to_the_same() -> None:
    blocks = some_blocks(5)
    splats = splats_around(blocks, 300, 1)
    steps = [
        *(MoveBlocks((0, 3), FAR), StretchBlocks((1,), (1.5, 1.0, 0.5)), DuplicateBlocks((0,), (1.0, 0.0, 0.0))),
        *(SplitBlock(3, 2), MergeBlocks(1, 2), MoveBlocks((4,), FAR), DeleteBlocks((0,))),
    ]
    carrying = Carrying(splats, blocks)
    states = [carrying.apply(steps[:count]) for count in range(len(steps) + 1)]
    for count in (*reversed(range(len(steps) + 1)), *range(len(steps) + 1)):
        assert same(carrying.apply(steps[:count]).splats, states[count].splats)
        assert same(carried(splats, blocks, steps[:count]).splats, states[count].splats)
    assert states[0].splats is splats


def test_nothing_can_be_carried_and_nobody_can_carry() -> None:
    none = SPLATS.part(slice(0, 0))
    assert len(carried(none, BLOCKS, [MoveBlocks((0,), FAR), SplitBlock(1, 0)]).splats) == 0
    assert carried(SPLATS, BLOCKS.part(slice(0, 0)), [AddBlock()]).splats is SPLATS
