"""What the panes show and from where; results, scores and saved places."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import sample_scenes
from viewer.model import (
    NOTHING,
    PHOTO,
    CompareModel,
    Content,
    Extent,
    Orbit,
    Result,
    SavedView,
    SavedViews,
    Scene,
    Score,
    ScoreBook,
    WindowModel,
    open_scene,
)

A, B, C = (Content.result(name) for name in "abc")
NEAR = Orbit(distance=0.5)


def result(name: str, **changes) -> Result:
    return replace(Result(name, f"Result {name}", "splats", Path(f"{name}.ply")), **changes)


@pytest.fixture
def panes() -> CompareModel:
    model = CompareModel()
    model.set_contents((A, B, PHOTO))
    return model


@pytest.fixture
def window() -> WindowModel:
    model = WindowModel()
    capture = open_scene([sample_scenes.path("desk")]).capture
    scores = {view.name: Score(30.0 + index, 0.9) for index, view in enumerate(capture.test)}
    model.show_scene(Scene("desk", capture, (result("a", scores=scores), result("b"))))
    return model


class TestPanes:
    def test_at_most_four_and_at_least_one(self, panes: CompareModel) -> None:
        for _ in range(3):
            panes.add()
        assert [pane.content for pane in panes.panes] == [A, B, PHOTO, NOTHING]
        for _ in range(6):
            panes.close()
        assert [pane.content for pane in panes.panes] == [NOTHING]

    def test_the_active_pane_stays_the_same_when_another_closes(self, panes: CompareModel) -> None:
        panes.activate(1)
        panes.close(0)
        assert panes.pane.content == B
        panes.close(1)
        assert panes.pane.content == B

    def test_beside_is_an_empty_pane_another_pane_or_the_active_one(self) -> None:
        panes = CompareModel()
        panes.show_beside(A)
        assert [pane.content for pane in panes.panes] == [A]
        for content in (B, A, PHOTO, C):
            panes.show_beside(content)
        assert [pane.content for pane in panes.panes] == [A, B, PHOTO, C]
        panes.show_beside(Content.difference("a"))
        assert [pane.content for pane in panes.panes] == [Content.difference("a"), B, PHOTO, C]

    def test_commands_are_for_the_active_pane(self, panes: CompareModel) -> None:
        panes.activate_next()
        panes.show(C)
        panes.next_mode()
        panes.set_mode("error", 0)
        assert [(pane.content, pane.mode) for pane in panes.panes[:2]] == [(A, "error"), (C, "depth")]

    def test_a_difference_is_drawn_as_an_error(self, panes: CompareModel) -> None:
        panes.show(Content.difference("b"))
        assert panes.pane.drawn_mode == "error"
        assert panes.pane.mode == "color"

    def test_linked_panes_move_together(self, panes: CompareModel) -> None:
        panes.navigate(NEAR)
        assert {pane.orbit for pane in panes.panes} == {NEAR}

    def test_panes_that_are_not_linked_move_alone_until_they_are(self, panes: CompareModel) -> None:
        panes.link(False)
        panes.stand("photo", NEAR)
        panes.navigate(Orbit(distance=9), 1)
        assert [(pane.orbit.distance, pane.view) for pane in panes.panes] == [(0.5, "photo"), (9, None), (1, None)]
        panes.link(True)
        assert {(pane.orbit, pane.view) for pane in panes.panes} == {(NEAR, "photo")}

    def test_all_can_be_sent_to_one_place(self, panes: CompareModel) -> None:
        panes.link(False)
        panes.stand("photo", NEAR, everywhere=True)
        assert {(pane.orbit, pane.view) for pane in panes.panes} == {(NEAR, "photo")}

    def test_looking_closer_does_not_leave_the_photograph(self, panes: CompareModel) -> None:
        panes.stand("photo", NEAR)
        panes.look_closer(NEAR.magnified(2, 0.1, 0), 1)
        assert {pane.view for pane in panes.panes} == {"photo"}
        panes.navigate(NEAR, 1)
        assert {pane.view for pane in panes.panes} == {None}

    def test_a_wipe_and_a_blink_show_two_from_one_place(self, panes: CompareModel) -> None:
        panes.link(False)
        panes.navigate(NEAR)
        panes.arrange("wipe")
        assert panes.visible == (0, 1)
        assert panes.panes[1].orbit == NEAR
        panes.navigate(Orbit(distance=2), 1)
        assert panes.panes[0].orbit == panes.panes[1].orbit
        panes.arrange("blink")
        assert panes.visible == (0,)
        panes.flip()
        assert panes.visible == (1,)
        assert panes.keys == ("b",)

    def test_one_pane_alone_cannot_be_wiped(self) -> None:
        model = CompareModel()
        model.arrange("wipe")
        assert model.arrangement == "panes"

    def test_closing_all_but_one_ends_a_wipe(self, panes: CompareModel) -> None:
        panes.arrange("wipe")
        panes.close()
        panes.close()
        assert panes.arrangement == "panes"

    def test_dividers_stay_within_reach(self, panes: CompareModel) -> None:
        panes.move_divider(-3)
        panes.move_split(0.3, 7)
        assert 0 < panes.divider < 0.1
        assert panes.split[0] == 0.3
        assert 0.9 < panes.split[1] < 1


class TestResults:
    def test_each_result_of_a_scene_gets_a_pane(self, window: WindowModel) -> None:
        assert [pane.content for pane in window.compare.panes] == [A, B]

    def test_a_new_result_is_shown_where_nothing_is(self, window: WindowModel) -> None:
        window.add_result(result("c"))
        assert [pane.content for pane in window.compare.panes] == [A, B]
        window.compare.add()
        window.compare.activate(2)
        window.add_result(result("d"))
        assert window.compare.panes[2].content == Content.result("d")

    def test_one_that_goes_takes_its_panes_extent_and_scores_with_it(self, window: WindowModel) -> None:
        window.measured_out("a", Extent(3, np.zeros((1, 3), np.float32), np.array([[0, 0, 0], [1, 1, 1]])))
        window.remove_result("a")
        assert [pane.content for pane in window.compare.panes] == [B]
        assert window.extents == {}
        assert window.book.of("a", window.views[0].name) is None
        with pytest.raises(KeyError):
            window.result("a")

    def test_a_new_name_changes_nothing_else(self, window: WindowModel) -> None:
        window.rename_result("a", "the better one")
        assert window.result("a").title == "the better one"
        assert window.book.of("a", window.scene.capture.test[1].name) == Score(31.0, 0.9)

    def test_one_that_is_replaced_has_new_scores(self, window: WindowModel) -> None:
        view = window.scene.capture.test[0].name
        window.replace_result(result("a", live=True))
        assert window.book.of("a", view) is None
        window.replace_result(result("a", scores={view: Score(40, 1)}))
        assert window.book.of("a", view).psnr == 40

    def test_a_new_scene_takes_the_place_of_the_old(self, window: WindowModel) -> None:
        window.show_scene(Scene("other", None, (result("c"),)))
        assert [each.key for each in window.results] == ["c"]
        assert [pane.content for pane in window.compare.panes] == [C]
        assert window.book.of("a", "images/0001.png") is None


class TestLooking:
    def test_the_window_follows_the_active_pane(self, window: WindowModel) -> None:
        window.compare.link(False)
        window.compare.navigate(NEAR, 1)
        assert window.orbit != NEAR
        window.compare.activate(1)
        assert window.orbit == NEAR

    def test_standing_in_a_photograph_selects_it_in_its_pane(self, window: WindowModel) -> None:
        name = window.views[5].name
        window.stand_at(name)
        assert window.standing
        assert window.selected == name
        window.fly(0, 0, 0.5)
        assert not window.standing

    def test_stepping_through_photographs_comes_round(self, window: WindowModel) -> None:
        window.stand_at(window.views[-1].name)
        window.stand_at_next()
        assert window.selected == window.views[0].name
        window.stand_at_next(-1)
        assert window.selected == window.views[-1].name

    def test_the_first_extent_brings_one_home_unless_one_has_moved(self, window: WindowModel) -> None:
        points = np.random.default_rng(0).normal(5, 1, (99, 3)).astype(np.float32)
        extent = Extent(99, points, np.stack([points.min(0), points.max(0)]))
        window.navigate(NEAR)
        window.measured_out("a", extent)
        assert window.orbit == NEAR
        window.show_scene(Scene("alone", None, (result("a"),)))
        before = window.orbit
        window.measured_out("a", extent)
        assert window.orbit == window.home != before

    def test_framing_all_keeps_the_direction(self, window: WindowModel) -> None:
        window.measured_out("a", Extent(2, np.ones((2, 3), np.float32), np.array([[0, 0, 0], [1, 2, 3]])))
        window.face("top")
        window.frame_all()
        assert window.orbit.pivot == (0.5, 1.0, 1.5)
        assert np.allclose(window.orbit.world_from_camera[:3, 2], -np.array(window.up), atol=1e-6)

    def test_speed_has_limits(self, window: WindowModel) -> None:
        for step in (99, -999):
            window.change_speed(step)
            assert 0 < window.speed < 100

    def test_parallel_and_back(self, window: WindowModel) -> None:
        before = window.orbit
        window.toggle_parallel()
        assert window.orbit.parallel
        window.toggle_parallel()
        assert window.orbit == before


class TestSavedPlaces:
    def test_saved_by_number_or_name_and_recalled(self, window: WindowModel) -> None:
        window.navigate(NEAR)
        assert window.save_view() == "View 1"
        window.go_home()
        window.save_view("home")
        window.recall_view(1)
        assert window.orbit == NEAR
        window.recall_view("home")
        assert window.orbit == window.home
        window.recall_view(9)  # nothing is there
        assert window.orbit == window.home

    def test_names_stay_unique(self) -> None:
        saved = SavedViews()
        for _ in range(3):
            saved.save(NEAR)
        saved.remove("View 1")
        assert saved.save(NEAR) not in {"View 2", ""}
        saved.rename("View 2", "View 3")
        assert len({view.name for view in saved.views}) == 3
        saved.save(Orbit(), "View 2")
        assert saved.find("View 2") == Orbit()
        assert len(saved.views) == 3

    def test_they_survive_as_json(self) -> None:
        view = SavedView("here", replace(NEAR, center=(1.0, 2.0, 3.0), parallel=True, offset=(0.1, 0.2)))
        assert SavedView.from_json(json.loads(json.dumps(view.to_json()))) == view


class Measurer:
    def __init__(self) -> None:
        self.asked = []

    def measure(self, key, views) -> None:
        self.asked.append((key, [view.name for view in views]))


class TestScores:
    def test_only_what_is_unknown_is_measured_and_only_once(self, window: WindowModel) -> None:
        test, measurer = window.scene.capture.test, Measurer()
        window.book.require("a", test, measurer)
        window.book.enter("b", {test[0].name: Score(20, 0.5)})
        for _ in range(2):
            window.book.require("b", test[:3], measurer)
        assert measurer.asked == [("b", [test[1].name, test[2].name])]

    def test_what_is_forgotten_is_measured_again(self, window: WindowModel) -> None:
        test, measurer = window.scene.capture.test, Measurer()
        for _ in range(2):
            window.book.require("b", test[:1], measurer)
            window.book.forget("b")
        assert len(measurer.asked) == 2

    def test_a_mean_needs_all_views(self, window: WindowModel) -> None:
        test = window.scene.capture.test
        assert window.book.mean("a", test).psnr == pytest.approx(30 + (len(test) - 1) / 2)
        window.book.enter("b", {test[0].name: Score(20, 0.5)})
        assert window.book.mean("b", test) is None
        assert ScoreBook().mean("a", []) is None
