"""Editing blocks in the window's model, without a window."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from block_samples import some_blocks
from block_scenes import Editor, above, row

from recon.editing import Placement, load_block_edits
from recon.editing.blocks import ChooseNumber, MoveBlocks, ShapeBlocks, StretchBlocks
from recon.scene.similarity import Similarity
from viewer.model.block_editing import BlockModel
from viewer.model.block_view import apart, met, part_color
from viewer.model.edit_history import title
from viewer.model.gizmo import Change


@pytest.fixture
def model(tmp_path: Path) -> BlockModel:
    made = BlockModel(Editor())
    made.open("run", tmp_path, row())
    made.activate("run")
    return made


def test_a_block_is_found_under_the_pointer(model: BlockModel) -> None:
    camera = above()
    for number in range(4):
        x, y = camera.project(np.array([[2.0 * number, 0.1, 1.0]]))[0][0]
        assert model.number_at(camera, x, y) == number
    assert model.number_at(camera, *camera.project(np.array([[1.0, 0.0, 1.0]]))[0][0]) is None
    assert met(row(), camera, *camera.project(np.array([[0.0, 0.0, 1.0]]))[0][0]) == (0, pytest.approx(9, abs=1e-4))


def test_the_nearer_one_is_found_and_a_hidden_one_is_not(model: BlockModel) -> None:
    camera = above()
    model.select(1)
    model.do(MoveBlocks((1,), Placement((2.0, 0.0, 2.0))))
    pixel = camera.project(np.array([[4.0, 0.0, 3.0]]))[0][0]
    assert model.number_at(camera, *pixel) == 1
    model.toggle("hidden")
    assert model.number_at(camera, *pixel) == 2


def test_clicks_select_and_shift_adds(model: BlockModel) -> None:
    model.select(2)
    model.select(3, add=True)
    assert model.selection == (2, 3)
    model.select(2, add=True)
    model.select(None, add=True)
    assert model.selection == (3,)
    model.select(None)
    assert model.selection == ()


def test_a_drag_is_shown_at_once_and_is_one_step(model: BlockModel, tmp_path: Path) -> None:
    model.select(1)
    assert model.gizmo.placement.position == (2, 0, 0.5)
    for shift in (0.1, 0.4, 0.7):
        model.drag(Change(Similarity(translation=np.array([0, shift, 0]))))
        assert model.shown("run")[1].centers[1] == pytest.approx([2, shift, 0.5])
    assert model.target.history.done == ()
    assert model.editor.told == []
    model.drop(Change(Similarity(translation=np.array([0, 0.7, 0]))))
    assert [title(each) for each in model.target.history.done] == ["Move"]
    assert load_block_edits(tmp_path / "edits.json") == model.target.history.done
    model.undo()
    assert np.array_equal(model.target.edited.blocks.centers, row().centers)
    assert not (tmp_path / "edits.json").exists()
    model.redo()
    assert model.shown("run")[1].centers[1] == pytest.approx([2, 0.7, 0.5])
    assert [len(operations) for _, operations in model.editor.told] == [1, 0, 1]


def test_escape_drops_what_is_dragged(model: BlockModel) -> None:
    model.select(1)
    model.drag(Change(stretch=(2.0, 1.0, 1.0)))
    assert model.shown("run")[1].scales[1] == pytest.approx([1, 0.5, 0.5])
    model.cancel()
    assert model.shown("run")[1].scales[1] == pytest.approx([0.5, 0.5, 0.5])
    model.drop(Change(stretch=(2.0, 1.0, 1.0)))
    assert model.target.history.done == (StretchBlocks((1,), (2.0, 1.0, 1.0)),)


def test_a_slider_is_one_step_however_often_it_is_moved(model: BlockModel) -> None:
    model.select(0)
    for value in (0.3, 0.5, 0.9):
        model.shape("e1", value, provisional=True)
        assert model.target.edited.blocks.exponents[0, 0] == pytest.approx(value)
    model.shape("e1", 0.9)
    model.shape("e1", 1.0)
    model.shape("e2", 1.0)
    model.select(1)
    model.shape("e2", 0.5)
    assert [each.value for each in model.target.history.done] == [1.0, 1.0, 0.5]


def test_locked_blocks_cannot_be_changed(model: BlockModel) -> None:
    model.select(0)
    model.toggle("locked")
    assert model.free == ()
    assert model.gizmo is None
    done = model.target.history.done
    model.delete()
    model.shape("e1", 1.0)
    model.set_opacity(0, 0.5)
    model.split()
    model.drop(Change(Similarity(translation=np.ones(3))))
    assert model.target.history.done == done
    model.select(1, add=True)
    model.delete()
    assert model.target.edited.numbers == (0, 2, 3)
    assert model.selection == (0,)
    model.toggle("locked")
    assert not model.target.edited.locked


def test_what_is_made_is_selected(model: BlockModel) -> None:
    model.select(3)
    model.duplicate()
    assert model.selection == (4,)
    assert model.target.edited.block(4).centers[0] == pytest.approx([6 + 1.15, 0, 0.5], abs=1e-2)
    model.split(2)
    assert model.selection == (5, 6)
    assert model.can_merge
    model.merge()
    assert model.selection == (7,)
    model.add((1.0, 1.0, 1.0))
    assert model.target.edited.block(8).centers[0].tolist() == [1, 1, 1]
    model.undo()
    assert model.selection == ()


def test_blocks_are_named_by_their_user(model: BlockModel) -> None:
    model.rename(2, "  tower ")
    model.rename(2, "tower")
    model.rename(2, "   ")
    assert model.target.edited.block(2).names == ("tower",)
    assert len(model.target.history.done) == 1


def test_blocks_are_drawn_apart_above_the_ground_and_cannot_be_moved_then(model: BlockModel) -> None:
    model.select(0)
    model.explode = 1.0
    blocks = model.shown("run")[1]
    assert (np.diff(blocks.centers[:, 0]) > 2 * 2.0).all()
    assert (blocks.centers[:, 2] >= 0.5).all()
    assert model.gizmo is None
    assert np.array_equal(model.target.edited.blocks.centers, row().centers)
    assert apart(row(), 0.0).centers[0].tolist() == [0, 0, 0.5]


def test_the_number_is_chosen_quickly_and_in_one_step(tmp_path: Path) -> None:
    model = BlockModel(Editor())
    model.open("run", tmp_path, some_blocks(64, 16))
    model.activate("run")
    assert model.numbers == (1, 64)
    slowest = 0.0
    for count in (*range(1, 65), *reversed(range(1, 65))):
        begun = time.process_time()
        model.choose_number(count, provisional=True)
        assert len(model.shown("run")[0]) == count
        slowest = max(slowest, time.process_time() - begun)
    assert slowest < 0.1
    model.choose_number(7)
    model.choose_number(20)
    assert model.target.history.done == (ChooseNumber(20),)
    assert model.numbers == (1, 64)


def test_edits_come_back_with_the_result(tmp_path: Path) -> None:
    first = BlockModel(Editor())
    first.open("run", tmp_path, row())
    first.activate("run")
    first.select(0)
    first.shape("kx", -0.5)
    second = BlockModel(Editor())
    second.open("run", tmp_path, row())
    assert second.editor.told == [("run", (ShapeBlocks((0,), "kx", -0.5),))]
    second.activate("run")
    assert second.target.edited.blocks.tapers[0, 0] == -0.5
    second.activate(None)
    assert second.target is None


def test_blocks_that_are_read_anew_keep_their_edits_and_no_selection_of_what_is_gone(
    model: BlockModel, tmp_path: Path
) -> None:
    model.select(3)
    model.set_opacity(0, 0.5)
    model.open("run", tmp_path, row(3))
    assert model.selection == ()
    assert model.target.edited.blocks.opacities.tolist() == [0.5, 1, 1]
    assert model.can_undo


def test_edits_that_cannot_be_understood_are_not_lost(tmp_path: Path) -> None:
    (tmp_path / "edits.json").write_text("damaged")
    model = BlockModel(Editor())
    model.open("run", tmp_path, row())
    model.activate("run")
    assert "edits.json cannot be understood" in model.message
    model.select(0)
    model.delete()
    assert model.target.edited.numbers == (1, 2, 3)
    assert (tmp_path / "edits.json").read_text() == "damaged"


def test_edits_are_saved_by_the_autosave_where_there_is_one(tmp_path: Path) -> None:
    saved = {}
    model = BlockModel(Editor(), save=saved.__setitem__)
    model.open("run", tmp_path, row())
    model.activate("run")
    model.select_all()
    model.delete()
    assert json.loads(json.dumps(saved[tmp_path / "edits.json"]))["operations"][0]["operation"] == "DeleteBlocks"
    assert len(model.shown("run")[1]) == 0
    assert model.numbers == (0, 0)


def test_parts_are_told_by_their_colours() -> None:
    colors = np.array([part_color(number) for number in range(12)])
    apart_by = np.linalg.norm(colors[:, None] - colors[None], axis=-1) + np.eye(12)
    assert apart_by.min() > 0.05
    assert (colors >= 0).all()
    assert (colors <= 1).all()
