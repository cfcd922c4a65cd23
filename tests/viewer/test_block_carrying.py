"""Blocks that carry splats in the window: a choice that is a step, and splats that follow a drag."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from block_scenes import Editor, above, row, spots
from PIL import Image

from recon.editing import Delete, Placement, SelectSphere, edits_path, load_block_edits, save_edits
from recon.editing.blocks import CarrySplats, DeleteBlocks, MarkBlocks, MoveBlocks
from recon.errors import InputError
from recon.io import read_splats, write_geometry
from recon.scene.similarity import Similarity
from viewer.engine.backend import SplatBackend
from viewer.engine.messages import Shot
from viewer.engine.render_tasks import draw_snapshot, export, forecast
from viewer.model import Result, WindowModel
from viewer.model.block_editing import BlockModel
from viewer.model.edit_history import title
from viewer.model.exporting import ExportModel, ExportOrder
from viewer.model.filming import Snapshot, Subject
from viewer.model.gizmo import Change
from viewer.model.run_entry import RunEntry
from viewer.model.run_tree import RunTree
from viewer.model.scores import PartScore
from viewer.wiring.carrying import Carrying

UP = MoveBlocks((2,), Placement((0.0, 2.0, 0.0)))
ERRORS = (PartScore(0.02, 30.0, 900), PartScore(0.08, 20.0, 400), None, PartScore(0.04, 26.0, 100))


def shift(*by: float) -> Change:
    return Change(Similarity(translation=np.array(by)))


@pytest.fixture
def model(tmp_path: Path) -> BlockModel:
    made = BlockModel(Editor())
    made.open("run", tmp_path, row(), ERRORS)
    made.activate("run")
    return made


# The model


def test_what_is_carried_is_one_step_that_is_kept_and_undone(model: BlockModel, tmp_path: Path) -> None:
    for path in ("/runs/a", "/runs/b", "/runs/b"):
        model.carry(path)
    assert model.carries == "/runs/b"
    assert [title(each) for each in model.target.history.done] == ["Carry splats"]
    assert load_block_edits(tmp_path / "edits.json") == (CarrySplats("/runs/b"),)
    assert model.editor.told[-1] == ("run", (CarrySplats("/runs/b"),))
    model.undo()
    assert model.carries == ""
    model.redo()
    model.carry("")
    assert model.carries == ""
    assert load_block_edits(tmp_path / "edits.json") == (CarrySplats(""),)


def test_the_engine_hears_of_a_drag_while_something_is_carried(model: BlockModel) -> None:
    model.select(2)
    model.drag(shift(0, 1, 0))
    model.cancel()
    assert model.editor.told == []
    model.carry("/runs/a")
    model.drag(shift(0, 1, 0))
    model.drag(shift(0, 2, 0))
    assert [told[1] for told in model.editor.told[1:]] == [
        (CarrySplats("/runs/a"), MoveBlocks((2,), Placement((0.0, y, 0.0)))) for y in (1.0, 2.0)
    ]
    model.cancel()
    assert model.editor.told[-1][1] == (CarrySplats("/runs/a"),)
    model.drop(shift(0, 2, 0))
    assert model.editor.told[-1][1] == model.target.history.done == (CarrySplats("/runs/a"), UP)


def test_image_errors_are_those_of_blocks_that_are_as_they_were_measured(model: BlockModel) -> None:
    assert [model.target.error_of(number) for number in range(4)] == list(ERRORS)
    model.rename(1, "tower")
    model.mark((1,), "hidden", on=True)
    assert model.target.error_of(1) == ERRORS[1]
    model.do(MoveBlocks((1,), Placement((1.0, 0.0, 0.0))))
    assert model.target.error_of(1) is None
    model.select(0)
    model.duplicate()
    assert model.target.error_of(4) is None
    model.jump(0)
    assert model.target.error_of(1) == ERRORS[1]


# Between the parts


@pytest.fixture
def joined(model: BlockModel, tmp_path: Path) -> SimpleNamespace:
    window = WindowModel()
    tree = RunTree()
    carrying = Carrying(window, model, tree)
    (tmp_path / "s.ply").touch()
    splats = Result(str(tmp_path / "s.ply"), "fox", "splats", tmp_path / "s.ply")
    window.results = (Result("run", "fox blocks", "blocks", tmp_path), splats)
    return SimpleNamespace(window=window, blocks=model, tree=tree, carrying=carrying, splats=splats)


def test_splats_that_are_open_and_finished_runs_of_the_capture_can_be_carried(
    joined: SimpleNamespace, tmp_path: Path
) -> None:
    assert joined.blocks.carriable == {str(tmp_path / "s.ply"): "fox"}
    states = {"a": "finished", "b": "running", "gone": "finished"}
    entries = [RunEntry(tmp_path / name, state, "splats") for name, state in states.items()]
    for name in ("a", "b", "blocks"):
        (tmp_path / name).mkdir()
    joined.tree.entries = (*entries, RunEntry(tmp_path / "blocks", "finished", "blocks"))
    joined.window.results = joined.window.results[:1]
    assert joined.blocks.carriable == {str(tmp_path / "a"): "a"}


def test_carried_splats_are_seen_but_not_while_blocks_are_apart(joined: SimpleNamespace) -> None:
    window, key = joined.window, joined.splats.key
    assert window.shows_splats(key)
    assert not window.shows_splats("run")
    window.note_carried("run", key)
    assert window.shows_splats("run")
    joined.blocks.explode = 0.5
    assert not window.shows_splats("run")
    joined.blocks.explode = 0.0
    assert window.shows_splats("run")
    window.note_carried("run", "")
    assert not window.shows_splats("run")


def test_what_is_closed_carries_nothing_any_more(joined: SimpleNamespace) -> None:
    joined.window.note_carried("run", joined.splats.key)
    joined.window.remove_result("run")
    assert joined.window.carried == {}


# The engine


@pytest.fixture
def files(tmp_path: Path) -> SimpleNamespace:
    write_geometry(tmp_path / "row.blocks.json", row())
    write_geometry(tmp_path / "spots.ply", spots())
    return SimpleNamespace(blocks=str(tmp_path / "row.blocks.json"), splats=str(tmp_path / "spots.ply"))


@pytest.fixture
def backend(files: SimpleNamespace) -> SplatBackend:
    made = SplatBackend()
    made.open("row", files.blocks)
    return made


def drawn(backend: SplatBackend) -> np.ndarray:
    """(H, W, 3) from above, first row uppermost."""
    camera = above()
    shape = camera.height, camera.width
    rgba, depth = np.zeros((*shape, 4), np.uint8), np.zeros(shape, np.float32)
    backend.draw(Shot("row", camera), rgba, depth)
    return rgba[::-1, :, :3]


def color(picture: np.ndarray, *point: float) -> list[int]:
    x, y = above().project(np.array([point]))[0][0]
    return picture[int(y), int(x)].tolist()


def test_splats_follow_their_blocks_in_the_picture(backend: SplatBackend, files: SimpleNamespace) -> None:
    carry = CarrySplats(files.splats)
    assert backend.edit("row", (carry,)).carries == files.splats
    before = drawn(backend)
    assert color(before, 4, 0, 1) > [240] * 3
    assert backend.edit("row", (carry, UP)).count == 4
    moved = drawn(backend)
    assert color(moved, 4, 0, 1) == [0] * 3
    assert color(moved, 4, 2, 1) == color(before, 4, 0, 1)
    assert color(moved, 3, 0, 0) == color(before, 3, 0, 0)
    assert np.array_equal(moved[:, :160], before[:, :160])
    backend.edit("row", (carry,))
    assert np.array_equal(drawn(backend), before)
    backend.edit("row", (carry, MarkBlocks((1,), "hidden"), DeleteBlocks((3,))))
    left = drawn(backend)
    assert [color(left, x, 0, 1)[0] > 200 for x in (0, 2, 4, 6)] == [True, False, True, False]
    assert backend.edit("row", ()).carries == ""
    assert color(drawn(backend), 4, 0.3, 1) == pytest.approx([190] * 3, abs=15)  # the blocks themselves


def test_edits_of_splats_that_are_open_are_followed(backend: SplatBackend, files: SimpleNamespace) -> None:
    backend.open(files.splats, files.splats)
    backend.edit("row", (CarrySplats(files.splats), UP))
    assert color(drawn(backend), 4, 2, 1)[0] > 200
    backend.edit(files.splats, (SelectSphere("replace", (4.0, 0.0, 1.0), 0.1), Delete()))
    assert color(drawn(backend), 4, 2, 1) == [0] * 3
    backend.edit(files.splats, ())
    assert color(drawn(backend), 4, 2, 1)[0] > 200


def test_blocks_are_edited_where_their_splats_cannot_be_carried(backend: SplatBackend, files: SimpleNamespace) -> None:
    told = backend.edit("row", (CarrySplats(files.splats + "x"), DeleteBlocks((0,))))
    assert (told.count, told.carries) == (3, "")
    assert "is not there" in told.problem
    told = backend.edit("row", (CarrySplats(files.blocks), UP))
    assert "holds no splats" in told.problem
    told = backend.edit("row", (CarrySplats(files.splats), UP))
    assert (told.carries, told.problem) == (files.splats, "")
    before = drawn(backend)
    with pytest.raises(InputError, match="no block number 9"):
        backend.edit("row", (CarrySplats(files.splats), DeleteBlocks((9,))))
    assert np.array_equal(drawn(backend), before)


# What leaves the window


def test_carried_splats_are_exported_beside_the_blocks(files: SimpleNamespace, tmp_path: Path) -> None:
    blocks = Path(files.blocks)
    model = BlockModel(Editor())
    model.open("row", blocks, row())
    model.activate("row")
    model.carry(files.splats)
    model.do(UP)
    offered = ExportModel(exporter=None)
    offered.show(Subject("row", blocks, "blocks"))
    assert all(form.kind == "blocks" for form in offered.formats)
    offered.show(Subject("row", blocks, "blocks", carries=True))
    offered.choose("ply")
    offered.set_out(tmp_path / "moved")
    *_, told = drained(forecast(blocks, True, {}))
    assert {"ply", "blocks-json"} <= set(told)
    drained(export(ExportOrder(blocks, offered.out, "ply", offered.options)))
    written = read_splats(offered.out)
    assert written.means[:, 1].tolist() == [0, 0, 2, 0, 0]
    drained(export(ExportOrder(blocks, offered.out, "ply", offered.options, edited=False)))
    assert not read_splats(offered.out).means[:, 1].any()


def test_a_picture_shows_what_the_pane_shows(files: SimpleNamespace, tmp_path: Path) -> None:
    blocks = Path(files.blocks)
    save_edits(edits_path(blocks), (CarrySplats(files.splats), UP))
    for edited, seen in ((True, [255, 255, 255]), (False, [0, 0, 0])):
        drained(draw_snapshot(blocks, Snapshot(above()), tmp_path / "picture.png", edited))
        picture = np.array(Image.open(tmp_path / "picture.png"))
        assert color(picture, 4, 2, 1) == pytest.approx(seen, abs=8)


def drained(work) -> list:
    """What a task tells, and last what it gives."""
    told = []
    try:
        while True:
            told.append(next(work))
    except StopIteration as end:
        return [*told, end.value]
