"""Blocks under edit: what each operation does, and that nothing is ever lost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from block_samples import some_blocks

from recon.editing import (
    BLOCK_OPERATIONS,
    Placement,
    Replay,
    blocks_from_json,
    edited_blocks,
    edited_geometry,
    edits_path,
    load_block_edits,
    load_edits,
    save_edits,
    to_json,
)
from recon.editing.blocks import (
    AddBlock,
    ChooseNumber,
    DeleteBlocks,
    DuplicateBlocks,
    EditedBlocks,
    MarkBlocks,
    MergeBlocks,
    MoveBlocks,
    RenameBlock,
    ShapeBlocks,
    SplitBlock,
    StretchBlocks,
    reachable_numbers,
)
from recon.editing.blocks.base import ARRAYS
from recon.errors import InputError, UnreadableFile
from recon.scene import Blocks

QUARTER = (0.5**0.5, 0.0, 0.0, 0.5**0.5)
STEPS = (
    MoveBlocks((0, 3), Placement((0.3, -0.2, 0.1), QUARTER, 1.25)),
    StretchBlocks((1,), (1.5, 1.0, 0.5)),
    ShapeBlocks((2,), "e1", 0.4),
    MarkBlocks((4,), "locked"),
    RenameBlock(2, "roof"),
    DuplicateBlocks((0,), (1.0, 0.0, 0.0)),
    AddBlock(Placement((0.0, 0.0, 2.0)), (0.1, 0.2, 0.3)),
    SplitBlock(3, 2),
    MergeBlocks(1, 2),
    DeleteBlocks((0,)),
)


def made(*operations, blocks: Blocks | None = None) -> EditedBlocks:
    return Replay(EditedBlocks.of(blocks or some_blocks())).apply(operations)


def same(first: Blocks, second: Blocks) -> bool:
    arrays = all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ARRAYS)
    return arrays and first.names == second.names


def one(exponents=(0.1, 0.1), tapers=(0.0, 0.0), scales=(0.5, 0.3, 0.4), quaternion=(1, 0, 0, 0)) -> Blocks:
    block = some_blocks(1, whole=False)
    rows = {"scales": scales, "exponents": exponents, "tapers": tapers, "quaternions": quaternion}
    return Blocks(*(np.float32([rows[name]]) if name in rows else getattr(block, name) for name in ARRAYS), block.names)


def overlap(first: Blocks, second: Blocks) -> float:
    """Volume IoU of two sets of blocks, by points in the first one's box."""
    low, high = first.bounds()
    points = low - 0.1 + (high - low + 0.2) * np.random.default_rng(1).random((20_000, 3))
    inside = first.inside(points), second.inside(points)
    return float((inside[0] & inside[1]).sum() / (inside[0] | inside[1]).sum())


def test_undo_and_redo_are_exact_and_the_result_stays_as_it_was() -> None:
    blocks = some_blocks()
    before = some_blocks()
    replay = Replay(EditedBlocks.of(blocks))
    states = [replay.apply(STEPS[:count]) for count in range(len(STEPS) + 1)]
    assert same(blocks, before)
    for count in (*reversed(range(len(STEPS) + 1)), *range(len(STEPS) + 1)):
        assert same(replay.apply(STEPS[:count]).blocks, states[count].blocks)
    afresh = Replay(EditedBlocks.of(some_blocks()))
    for count, state in enumerate(states):
        assert same(afresh.apply(STEPS[:count]).blocks, state.blocks)
        assert afresh.current.numbers == state.numbers
    assert replay.apply(()).result is blocks


def test_an_operation_leaves_all_other_blocks_alone() -> None:
    start = made()
    moved = made(STEPS[0])
    for number in (1, 2, 4):
        assert same(moved.block(number), start.block(number))
    assert moved.blocks.centers[0] == pytest.approx(Placement((0.3, -0.2, 0.1), QUARTER, 1.25).similarity.apply(
        start.blocks.centers[0]), abs=1e-5)  # fmt: skip
    assert moved.blocks.scales[3] == pytest.approx(1.25 * start.blocks.scales[3])
    assert np.array_equal(moved.blocks.ground.center, start.blocks.ground.center)


def test_shapes_are_set_and_their_ranges_kept() -> None:
    shaped = made(ShapeBlocks((0, 1), "e2", 0.7), ShapeBlocks((1,), "kx", -1.0), ShapeBlocks((1,), "opacity", 0.25))
    assert shaped.blocks.exponents[:2, 1] == pytest.approx([0.7, 0.7])
    assert shaped.blocks.tapers[1, 0] == -1
    assert shaped.blocks.opacities[1] == 0.25
    with pytest.raises(ValueError, match=r"e1 must be in \[0.05, 2\], got 3"):
        ShapeBlocks((0,), "e1", 3.0)
    with pytest.raises(ValueError, match="above 0"):
        StretchBlocks((0,), (1.0, 0.0, 1.0))


def test_marks_are_no_change_of_the_result() -> None:
    blocks = some_blocks()
    marked = made(MarkBlocks((1, 2), "hidden"), MarkBlocks((0,), "locked"), MarkBlocks((2,), "hidden", False),
                  blocks=blocks)  # fmt: skip
    assert marked.hidden == {1}
    assert marked.locked == {0}
    assert marked.result is blocks
    assert marked.visible.names == ("block 1", "block 3", "block 4", "block 5")


def test_numbers_are_never_given_twice() -> None:
    first = made(DuplicateBlocks((4,)))
    number = first.numbers[-1]
    again = made(DuplicateBlocks((4,)), DeleteBlocks((number,)), AddBlock())
    assert number not in again.numbers
    assert len(set(again.numbers)) == 6
    with pytest.raises(InputError, match=f"no block number {number} any more"):
        made(DuplicateBlocks((4,)), DeleteBlocks((number,)), MoveBlocks((number,)))


def test_what_is_added_stands_where_it_was_put() -> None:
    state = made(AddBlock(Placement((1.0, 2.0, 3.0), QUARTER, 2.0), (0.1, 0.2, 0.3), "tower"))
    block = state.block(state.numbers[-1])
    assert block.names == ("tower",)
    assert block.centers[0].tolist() == [1, 2, 3]
    assert block.scales[0] == pytest.approx([0.2, 0.4, 0.6])
    assert block.inside(np.array([[1.0, 2.1, 3.0], [1.35, 2.0, 3.0]])).all()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_halves_of_a_box_are_the_box(axis: int) -> None:
    box = one((0.05, 0.05), (0.0, 0.0))
    halves = made(SplitBlock(0, axis), blocks=box)
    assert len(halves.blocks) == 2
    assert halves.blocks.volumes.sum() == pytest.approx(box.volumes.sum(), rel=0.02)
    assert overlap(box, halves.blocks) > 0.97
    assert set(map(tuple, halves.blocks.textures.reshape(-1, 3))) <= set(map(tuple, box.textures.reshape(-1, 3)))


def test_a_roof_cut_level_keeps_its_slopes() -> None:
    roof = one((0.05, 0.05), (-0.8, 0.3))
    assert overlap(roof, made(SplitBlock(0, 2), blocks=roof).blocks) > 0.97


@pytest.mark.parametrize("exponents", [(0.1, 0.1), (0.1, 1.0)])
def test_merging_two_halves_gives_the_whole_back(exponents: tuple[float, float]) -> None:
    whole = one(exponents, quaternion=(0.8, 0.0, 0.6, 0.0))
    halves = made(SplitBlock(0, 2), blocks=whole)
    merged = made(SplitBlock(0, 2), MergeBlocks(*halves.numbers), blocks=whole)
    assert len(merged.blocks) == 1
    assert overlap(whole, merged.blocks) > 0.93


def test_merging_what_the_result_would_merge_takes_the_results_own() -> None:
    blocks = some_blocks()
    merged = made(MergeBlocks(1, 0), blocks=blocks)
    assert same(merged.blocks, blocks.reduced_to(4))
    touched = made(StretchBlocks((0,), (1.1, 1.0, 1.0)), MergeBlocks(1, 0), blocks=blocks)
    assert not np.array_equal(touched.blocks.centers[-1], merged.blocks.centers[-1])
    assert touched.blocks.names[-1] == "block 2"


def test_the_number_is_chosen_as_the_result_says_and_back() -> None:
    blocks = some_blocks()
    assert reachable_numbers(made(blocks=blocks)) == (1, 5)
    for count in range(1, 6):
        assert same(made(ChooseNumber(count), blocks=blocks).blocks, blocks.reduced_to(count))
        assert made(ChooseNumber(count), ChooseNumber(5), blocks=blocks).result is blocks


def test_the_number_is_chosen_around_what_is_locked_or_was_changed() -> None:
    for keep in (MarkBlocks((0,), "locked"), MarkBlocks((0,), "hidden"), MoveBlocks((0,), Placement((0.1, 0.0, 0.0)))):
        state = made(keep, ChooseNumber(1))
        assert 0 in state.numbers
        assert len(state.numbers) == reachable_numbers(made(keep))[0]
        assert same(state.block(0), made(keep).block(0))


def test_every_operation_is_saved_and_read_back() -> None:
    everything = (*STEPS, *(kind() for kind in BLOCK_OPERATIONS.values()))
    assert blocks_from_json(json.loads(json.dumps(to_json(everything)))) == everything


def test_edits_lie_beside_the_run_and_are_applied_to_what_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "run.json").touch()
    for name in ("blocks.json", "result.glb"):
        assert edits_path(tmp_path / name) == tmp_path / "edits.json"
    blocks = some_blocks()
    assert edited_geometry(blocks, tmp_path, with_hidden=True) is blocks
    save_edits(tmp_path / "edits.json", (*STEPS, MarkBlocks((4,), "hidden")))
    assert load_block_edits(tmp_path / "edits.json") == (*STEPS, MarkBlocks((4,), "hidden"))
    everything = edited_geometry(blocks, tmp_path, with_hidden=True)
    assert same(everything, edited_blocks(blocks, tmp_path).blocks)
    assert len(edited_geometry(blocks, tmp_path, with_hidden=False)) == len(everything) - 1
    with pytest.raises(UnreadableFile, match="no operation 'MoveBlocks'"):
        load_edits(tmp_path / "edits.json")
