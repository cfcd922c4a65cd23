"""The capture that is open: what is used of it, and how its world lies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sample_scenes
from recon.io import load_capture
from recon.runs import CaptureSource
from recon.scene import Capture
from viewer.model.autosave import Autosave
from viewer.model.capture import CaptureModel
from viewer.model.capture_notes import CAMERAS_CHANGED, CaptureStore


@pytest.fixture(scope="session")
def desk() -> Capture:
    return load_capture(sample_scenes.path("desk"))


@pytest.fixture
def autosave():
    made = Autosave(0.0)
    yield made
    made.close()


@pytest.fixture
def model(tmp_path: Path, autosave: Autosave, desk: Capture) -> CaptureModel:
    return opened(tmp_path, autosave, desk)


def opened(folder: Path, autosave: Autosave, capture: Capture, **options) -> CaptureModel:
    autosave.flush()
    model = CaptureModel(CaptureStore(folder, autosave))
    model.show(capture, CaptureSource(capture.source, downscale=2), **options)
    return model


def names(views) -> list[str]:
    return [view.name for view in views]


def test_a_disabled_view_is_neither_trained_on_nor_tested(model: CaptureModel, desk: Capture) -> None:
    gone = desk.views[0].name
    assert model.state_of(gone) == "test"
    model.set_enabled([gone], False)
    assert model.state_of(gone) == "disabled"
    assert names(model.used.test) == [desk.views[i].name for i in range(1, len(desk.views), 8)]
    assert model.job_source.exclude == (gone,)
    assert model.job_source.downscale == 2
    assert (
        "Photographs",
        f"{len(model.used.train)} to train, {len(model.used.test)} held out, 1 disabled",
    ) in model.facts
    model.enable_all()
    assert names(model.used.test) == names(desk.test)
    assert model.exclude == ()


def test_a_job_excludes_these_names_and_no_others(desk: Capture) -> None:
    odd = replace(
        desk, views=(replace(desk.views[0], name="a[1].png"), replace(desk.views[1], name="a1.png"), *desk.views[2:])
    )
    model = CaptureModel()
    model.show(odd, CaptureSource("x"))
    model.set_enabled(["a[1].png"], False)
    from recon.io.captures.source import Frame, Source

    frames = [Frame(view.name, Path(view.name), view.camera) for view in odd.views]
    source = Source("", Path(), frames)
    source.exclude(model.exclude)
    assert {frame.name for frame in frames} - {frame.name for frame in source.frames} == {"a[1].png"}


def test_two_views_must_remain(model: CaptureModel) -> None:
    model.set_enabled(names(model.views)[1:], False)
    assert "At least two" in model.message
    assert model.disabled == frozenset()
    model.set_enabled(names(model.views)[2:], False)
    assert len(model.used.views) == 2
    assert model.message == ""


def test_the_filter_finds_by_name_and_state(model: CaptureModel, desk: Capture) -> None:
    model.only = "test"
    assert names(model.shown) == names(desk.test)
    model.text = desk.test[1].name.upper()
    assert names(model.shown) == [desk.test[1].name]
    model.text, model.only = "", "disabled"
    assert model.shown == ()


def test_notes_are_found_again_and_the_capture_is_left_alone(
    tmp_path: Path, autosave: Autosave, model: CaptureModel, desk: Capture
) -> None:
    model.set_enabled([desk.views[3].name], False)
    model.choose_up("-y")
    again = opened(tmp_path, autosave, desk)
    assert again.disabled == {desk.views[3].name}
    assert again.state_of(desk.views[3].name) == "disabled"
    assert again.up == (0, -1, 0)
    elsewhere = opened(tmp_path, autosave, replace(desk, source="/somewhere/else"))
    assert elsewhere.disabled == frozenset()
    assert {file.parent.name for file in tmp_path.rglob("*.json")} == {"captures"}


def test_changed_cameras_void_up_and_scale_and_say_so(
    tmp_path: Path, autosave: Autosave, model: CaptureModel, desk: Capture
) -> None:
    model.set_enabled([desk.views[3].name, desk.views[4].name], False)
    model.choose_up("-y")
    pose = desk.views[0].camera.world_from_camera.copy()
    pose[0, 3] += 1
    moved = replace(desk.views[0], camera=replace(desk.views[0].camera, world_from_camera=pose))
    again = opened(tmp_path, autosave, replace(desk, views=(moved, *desk.views[1:4], *desk.views[5:])))
    assert again.alignment.up is None
    assert again.disabled == {desk.views[3].name}
    assert CAMERAS_CHANGED in again.warnings


def test_what_a_run_left_out_is_disabled_where_nothing_was_noted(tmp_path: Path, autosave, desk: Capture) -> None:
    name = desk.views[2].name
    model = opened(tmp_path, autosave, desk, left_out=[name])
    assert model.disabled == {name}
    model.enable_all()
    assert opened(tmp_path, autosave, desk, left_out=[name]).disabled == frozenset()


def test_up_is_guessed_chosen_or_taken_from_a_view(model: CaptureModel, desk: Capture) -> None:
    guess = model.up
    assert model.alignment.up is None
    model.choose_up("+x")
    assert model.up == (1, 0, 0)
    model.level_by(desk.views[2].name)
    np.testing.assert_allclose(model.up, -desk.views[2].camera.world_from_camera[:3, 1], atol=1e-9)
    model.guess_up()
    assert model.up == guess


def test_three_points_of_the_ground_set_up_on_the_side_of_the_cameras(model: CaptureModel) -> None:
    model.choose_up("+x")
    below = np.mean([view.camera.center for view in model.views], axis=0) - (0, 0, 50)
    model.pick_ground()
    for missing, shift in zip((2, 1), [(0, 0, 0), (1, 0, 0)], strict=True):
        model.add_measured_point(below + shift)
        assert model.points_missing == missing
    model.take_back_point()
    assert model.points_missing == 2
    model.add_measured_point(below + np.array([1, 0, 0]))
    model.add_measured_point(below + np.array([0, 3, 0]))
    np.testing.assert_allclose(model.up, (0, 0, 1), atol=1e-9)
    assert model.tool is None
    assert model.picked == ()


def test_points_on_a_line_are_refused_and_one_goes_on(model: CaptureModel) -> None:
    up = model.up
    model.pick_ground()
    for x in range(3):
        model.add_measured_point((x, 0, 0))
    assert "on one line" in model.message
    assert (model.tool, model.points_missing, model.up) == ("ground", 3, up)


def test_a_known_distance_sets_scale_and_unit(model: CaptureModel) -> None:
    before = dict(model.facts)["Cameras span"]
    model.pick_length()
    assert model.distance is None
    model.set_length(1, "m")
    assert "Pick two points" in model.message
    for point in [(9, 9, 9), (9, 9, 8), (0, 0, 0), (0, 0, 4)]:  # a third point begins anew
        model.add_measured_point(point)
    assert model.distance == 4
    model.set_length(-1, "m")
    assert "above 0" in model.message
    model.set_length(2, "cm")
    assert (model.alignment.scale, model.alignment.unit) == (0.5, "cm")
    assert model.tool is None
    after = dict(model.facts)["Cameras span"]
    assert before.endswith(" units")
    assert after.endswith(" cm")
    ratio = float(after.split()[0]) / float(before.split()[0])
    assert ratio == pytest.approx(0.5, rel=0.02)
    model.forget_scale()
    assert model.alignment.scale is None


def test_clicks_without_a_tool_do_nothing(model: CaptureModel) -> None:
    model.add_measured_point((1, 2, 3))
    assert model.picked == ()


def test_opening_another_capture_forgets_filter_and_tool(model: CaptureModel, desk: Capture) -> None:
    model.text, model.only = "x", "test"
    model.pick_length()
    told = []
    model.events.capture.connect(told.append)
    other = replace(desk, source="/other")
    model.show(other)
    assert told == [other]
    assert (model.text, model.only, model.tool, model.job_source) == ("", "all", None, None)
    model.show(None)
    assert (model.views, model.facts, model.used) == ((), (), None)
