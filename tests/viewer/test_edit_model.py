"""Editing without a window: history, tools, and what is saved."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from edit_engine import EditEngine, two_balls

from recon.editing import All, Clear, Delete, Invert, SeenFrom, SelectFloaters, SelectSphere, Transform, edits_path
from recon.editing import load_edits as load
from recon.scene import Camera, Similarity
from viewer.model.edit_history import title
from viewer.model.editing import EditModel, mode_of
from viewer.model.gizmo import Change

LEFT = SelectSphere(center=(-1, 0, 0), radius=0.6)


def open_model(path: Path, *, at_once: bool = True, cameras: tuple = ()) -> tuple[EditModel, EditEngine]:
    engine = EditEngine(at_once=at_once)
    model = engine.model = EditModel(engine)
    model.open("run", path, cameras)
    model.activate("run")
    return model, engine


@pytest.fixture
def model(tmp_path: Path) -> EditModel:
    return open_model(tmp_path)[0]


def done(model: EditModel) -> tuple:
    return model.target.history.done


def test_a_result_tells_what_it_holds_once_it_is_edited(model: EditModel) -> None:
    assert model.target.told.count == 200
    assert set(model.target.told.histograms) == {"opacity", "size", "elongation"}
    assert not model.can_undo
    assert not model.can_redo
    assert not model.has_selection


def test_steps_are_taken_back_and_again_without_limit(model: EditModel) -> None:
    seen = []
    model.events.target.connect(lambda target: seen.append(target.told.selected))
    model.do(LEFT)
    assert (model.target.told.selected, model.has_selection) == (100, True)
    model.delete()
    assert model.target.told.count == 100
    for _ in range(50):
        model.invert()
    for _ in range(60):
        model.undo()
    assert (model.target.told.count, done(model), model.can_undo) == (200, (), False)
    for _ in range(60):
        model.redo()
    assert done(model) == (LEFT, Delete(), *[Invert()] * 50)
    model.jump(1)
    assert (model.target.told.selected, model.target.told.count) == (100, 200)
    model.do(All())
    assert (done(model), model.can_redo) == ((LEFT, All()), False)
    assert len(seen) > 50


def test_the_history_waits_for_the_engine(tmp_path: Path) -> None:
    model, engine = open_model(tmp_path, at_once=False)
    engine.answer()
    model.do(LEFT)
    model.delete()  # nothing is known to be selected yet
    model.invert()
    assert done(model) == ()
    assert [operations for _, operations in engine.asked] == [(), (LEFT,)]
    engine.answer()
    assert done(model) == (LEFT,)
    engine.answer()
    assert done(model) == (LEFT, Invert())
    assert engine.asked[-1][1] == (LEFT, Invert())


def test_of_what_waits_only_the_newest_is_asked_for(tmp_path: Path) -> None:
    model, engine = open_model(tmp_path, at_once=False)
    engine.answer()
    for radius in range(1, 9):
        model.preview(SelectSphere(radius=radius))
    assert len(engine.asked) == 2
    engine.answer()
    engine.answer()
    assert [operations[0].radius for _, operations in engine.asked[1:]] == [1, 8]
    assert done(model) == ()


def test_what_the_engine_refuses_did_not_happen(tmp_path: Path) -> None:
    model, engine = open_model(tmp_path)
    model.do(LEFT)
    engine.refuses = (Invert,)
    model.invert()
    assert model.message == "The engine refuses."
    assert done(model) == (LEFT,)
    model.do(Clear())
    assert (model.message, done(model)) == ("", (LEFT, Clear()))
    assert load(edits_path(tmp_path)) == (LEFT, Clear())


def test_a_step_being_made_is_shown_and_dropped_again(model: EditModel, tmp_path: Path) -> None:
    model.do(All())
    model.take("transform")
    model.drag(Change(Similarity(translation=np.array([5.0, 0, 0]))))
    assert model.target.told.center[0] > 3
    assert done(model) == (All(),)
    assert load(edits_path(tmp_path)) == (All(),)
    model.cancel()
    assert abs(model.target.told.center[0]) < 0.5
    assert model.change is None
    model.drag(Change(Similarity(translation=np.array([5.0, 0, 0]))))
    model.drop()
    assert isinstance(done(model)[-1], Transform)
    model.undo()
    assert abs(model.target.told.center[0]) < 0.5


def test_edits_are_saved_after_every_step_and_found_again(tmp_path: Path) -> None:
    (tmp_path / "result.ply").write_bytes(b"never touched")
    model, _ = open_model(tmp_path)
    model.do(LEFT)
    model.delete()
    assert load(edits_path(tmp_path)) == (LEFT, Delete())
    again, engine = open_model(tmp_path)
    assert done(again) == (LEFT, Delete())
    assert again.target.told.count == 100
    assert again.can_undo
    again.undo()
    again.undo()
    assert load(edits_path(tmp_path)) == ()
    assert (tmp_path / "result.ply").read_bytes() == b"never touched"
    assert engine.asked[-1] == ("run", ())


def test_damaged_edits_are_told_and_kept(tmp_path: Path) -> None:
    edits_path(tmp_path).write_text("damaged")
    model, _ = open_model(tmp_path)
    assert "cannot be understood" in model.message
    model.do(LEFT)
    assert model.target.told.selected == 100
    assert edits_path(tmp_path).read_text() == "damaged"
    assert "cannot be understood" in model.message


def test_saving_can_be_left_to_another(tmp_path: Path) -> None:
    saved = {}
    engine = EditEngine()
    model = engine.model = EditModel(engine, save=lambda path, document: saved.update({path: document}))
    model.open("run", tmp_path)
    model.activate("run")
    model.do(LEFT)
    assert json.dumps(saved[edits_path(tmp_path)])
    assert not edits_path(tmp_path).exists()


def test_cameras_travel_with_what_needs_them(tmp_path: Path) -> None:
    camera = Camera(64, 48, 50, 50, 32, 24)
    model, engine = open_model(tmp_path, cameras=(camera,))
    assert isinstance(engine.asked[-1][1][0], SeenFrom)
    assert "seen_by" in model.target.told.histograms
    model.do(LEFT)
    assert load(edits_path(tmp_path)) == (LEFT,)
    model.clean_up()
    assert done(model) == (LEFT, SelectFloaters())
    assert [type(each) for each in load(edits_path(tmp_path))] == [SeenFrom, SelectSphere, SelectFloaters]
    again, _ = open_model(tmp_path)  # the photographs are gone
    assert "seen_by" in again.target.told.histograms
    assert done(again) == (LEFT, SelectFloaters())


def test_several_results_have_histories_of_their_own(tmp_path: Path) -> None:
    model, engine = open_model(tmp_path / "first.ply")
    model.do(LEFT)
    model.open("other", tmp_path / "other.ply")
    assert done(model) == (LEFT,)
    model.activate("other")
    assert done(model) == ()
    assert not model.can_undo
    model.activate("run")
    assert done(model) == (LEFT,)
    model.open("run", tmp_path / "first.ply")  # the engine was started anew
    assert engine.asked[-1] == ("run", (LEFT,))
    model.close("run")
    assert model.target is None
    model.undo()
    model.do(LEFT)
    assert engine.asked[-1] == ("run", (LEFT,))
    model.activate("mesh")
    assert model.target is None


def test_volumes_are_placed_where_the_selection_is(model: EditModel) -> None:
    model.do(LEFT)
    model.take("sphere")
    assert model.volume.position == pytest.approx((-1, 0, 0), abs=0.1)
    model.clear_selection()
    model.select_volume()
    assert 60 < model.target.told.selected <= 100
    model.take("box")
    model.drag(Change(Similarity(translation=np.array([2.0, 0, 0])), (2.0, 1.0, 1.0)))
    before = model.box_size
    model.drop()
    assert model.volume.position == pytest.approx((1, 0, 0), abs=0.1)
    assert model.box_size == pytest.approx((2 * before[0], before[1], before[2]))
    model.select_volume("add")
    assert model.target.told.selected > 150
    model.crop()
    assert model.target.told.count <= 100


def test_gizmos_stand_where_the_tool_works(model: EditModel) -> None:
    assert model.gizmo is None
    model.do(LEFT)
    model.take("transform")
    assert model.gizmo.placement.position == pytest.approx((-1, 0, 0), abs=0.1)
    model.gizmo_axes = "local"
    model.transform_by((0, 0, 0), (0, 0, 90), 1.0)
    assert np.allclose(model.gizmo.directions[0], (0, 1, 0), atol=1e-6)
    model.take("box")
    assert model.gizmo.stretches


def test_numbers_move_about_the_middle(model: EditModel) -> None:
    model.do(LEFT)
    center, size = model.target.told.center, model.target.told.size
    model.transform_by((0, 0, 3), (0, 0, 180), 2.0)
    assert np.allclose(model.target.told.center, np.add(center, (0, 0, 3)), atol=0.02)
    assert np.allclose(model.target.told.size, np.multiply(size, 2), atol=0.02)
    steps = len(done(model))
    model.transform_by((0, 0, 0), (0, 0, 0), 1.0)
    assert len(done(model)) == steps


def test_tools_on_the_picture_select(model: EditModel) -> None:
    pose = np.diag([1.0, -1, -1, 1])
    pose[2, 3] = 4
    camera = Camera(200, 100, 60, 60, 100, 50, pose)
    model.select_rectangle(camera, (0, 0), (100, 100))
    assert model.target.told.selected == 100
    model.select_lasso(camera, ((100, 0), (200, 0), (200, 100), (100, 100)), "add")
    assert model.target.told.selected == 200
    model.select_brush(camera, ((70, 50), (90, 50)), 60, "subtract")
    assert model.target.told.selected < 200
    assert [title(operation) for operation in done(model)] == ["Rectangle", "Lasso +", "Brush −"]


def test_values_and_floaters_are_shown_while_a_slider_moves(model: EditModel) -> None:
    opaque = int((two_balls().opacities >= 0.5).sum())
    model.preview_filter("opacity", 0.5, None)
    assert model.target.told.selected == opaque
    model.filter("opacity", 0.1, None)
    model.filter("opacity", 0.5, None)
    assert model.target.told.selected == opaque
    assert [title(each) for each in done(model)] == ["Opacity"]
    model.preview_clean_up(1.0)
    many = model.target.told.selected
    model.preview_clean_up(0.0)
    assert model.target.told.selected <= many
    assert model.sensitivity == 0.0
    model.clean_up()
    assert done(model)[-1] == SelectFloaters(sensitivity=0.0)


def test_keys_choose_how_selections_join() -> None:
    assert [mode_of(shift=s, control=c) for s in (False, True) for c in (False, True)] == [
        "replace",
        "subtract",
        "add",
        "intersect",
    ]
