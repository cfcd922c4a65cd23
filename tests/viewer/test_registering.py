"""Registering without a window: what is picked on which result, and what comes of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake_tasks import FakeTasks

from recon.errors import MethodError
from recon.scene import Similarity
from viewer.model import Content, Result, Scene, WindowModel
from viewer.model.point_surface import PointSurfaceModel, surface_path
from viewer.model.registering import Registered, RegisterModel
from viewer.model.task_list import TaskProgress

MOVE = Similarity(2.0, np.eye(3), np.array([1.0, 0, 0]))


def work(moving, fixed, pairs, scale):
    yield TaskProgress(0.5, "Bringing points together")
    if scale is False and not pairs:
        raise MethodError("The two do not fit together.")
    return Registered(MOVE, f"{moving.name} onto {fixed.name} by {len(pairs)} pairs.")


def surface_work(points, out):
    yield TaskProgress(None, "Reading")
    return out


class Desk:
    """A window's model with three results, two of them shown."""

    def __init__(self) -> None:
        self.model = WindowModel()
        self.results = [Result(name, name, "splats", Path(f"/{name}.ply")) for name in ("a", "b", "c")]
        self.model.show_scene(Scene("three", None, tuple(self.results)))
        self.model.compare.set_contents((Content.result("b"), Content.result("c")))
        self.tasks, self.steps, self.moved, self.saved = FakeTasks(), {}, [], 0
        self.register = RegisterModel(self.model, self.tasks, work, self.edits, self.move, self.save)

    def edits(self, key):
        return self.steps.get(key, ())

    def move(self, key, similarity):
        self.moved.append((key, similarity))
        return ""

    def save(self):
        self.saved += 1


@pytest.fixture
def desk():
    return Desk()


def test_the_active_result_is_moved_onto_the_other_one_that_is_shown(desk):
    desk.register.begin()
    assert (desk.register.moving, desk.register.fixed) == ("b", "c")
    assert desk.model.picking
    desk.register.stop()
    assert not desk.model.picking
    assert desk.register.moving == ""


def test_a_result_that_is_not_shown_comes_on_screen_when_it_is_chosen(desk):
    desk.register.begin()
    desk.register.pick("b", [0, 0, 0])
    desk.register.choose("a")
    assert desk.register.fixed == "a"
    assert desk.register.marks == ()
    assert "a" in desk.model.compare.keys
    assert desk.model.compare.pane.content.key == "b"


def test_points_pair_up_whichever_comes_first(desk):
    register = desk.register
    register.begin()
    register.pick("c", [9, 9, 9])
    register.pick("c", [1, 1, 1])  # again on the same: it is corrected
    register.pick("b", [0, 0, 1])
    register.pick("b", [2, 0, 0])
    assert register.pairs == (((0, 0, 1), (1, 1, 1)),)
    assert [(mark.key, mark.number) for mark in register.marks] == [("b", 1), ("c", 1), ("b", 2)]
    register.take_back()
    assert register.open is None
    register.take_back()
    assert register.pairs == ()
    assert (register.open.key, register.open.point) == ("b", (0, 0, 1))


def test_a_click_on_neither_is_told(desk):
    desk.register.begin()
    desk.register.pick("a", [0, 0, 0])
    assert desk.register.message == "Click on b or on c."
    assert desk.register.marks == ()


def test_two_pairs_are_too_few(desk):
    register = desk.register
    register.begin()
    for place in range(2):
        register.pick("b", [place, 0, 0])
        register.pick("c", [place, 0, 0])
    assert not register.can_register
    register.register()
    assert "at least three" in register.message
    assert desk.tasks.waiting == []


def test_what_was_found_is_told_and_moves_the_result(desk):
    register = desk.register
    register.begin()
    for place in np.eye(3):
        register.pick("b", place)
        register.pick("c", place)
    register.register()
    assert register.busy
    assert desk.saved == 1
    assert desk.tasks.titles == ["Registering b onto c"]
    desk.tasks.finish()
    assert not register.busy
    assert desk.moved == [("b", MOVE)]
    assert register.said == "b.ply onto c.ply by 3 pairs. Undo takes it back."
    assert not desk.model.picking
    assert register.marks == ()


def test_what_does_not_fit_is_told_and_nothing_moves(desk):
    register = desk.register
    register.begin()
    register.scale = False
    register.register()
    desk.tasks.finish()
    assert register.message == "The two do not fit together."
    assert desk.moved == []
    assert register.can_register


def test_a_result_that_was_edited_meanwhile_is_not_moved(desk):
    desk.register.begin()
    desk.register.register()
    desk.steps["c"] = ("cut",)
    desk.tasks.finish()
    assert "edited meanwhile" in desk.register.message
    assert desk.moved == []


def test_a_result_that_goes_ends_it(desk):
    desk.register.begin()
    desk.register.register()
    desk.model.remove_result("c")
    assert desk.register.moving == ""
    assert desk.tasks.stopped == ["Registering b onto c"]
    assert not desk.model.picking


def test_one_result_alone_has_nowhere_to_go():
    desk = Desk()
    for key in ("b", "c"):
        desk.model.remove_result(key)
    desk.register.begin()
    assert desk.register.moving == ""
    assert "second result" in desk.model.notice


def test_a_surface_is_made_once_and_announced(desk, tmp_path):
    tasks, made = FakeTasks(), []
    surfacing = PointSurfaceModel(tasks, surface_work, desk.save)
    surfacing.made.connect(lambda path: made.extend([path]))
    splats = Result("x", "x", "splats", tmp_path / "x.compressed.ply")
    for _ in range(2):
        surfacing.make(splats)
    assert tasks.titles == ["Surface through x"]
    assert surfacing.is_busy(splats)
    tasks.finish()
    assert made == [tmp_path / "x-surface.glb"]
    assert desk.saved == 1
    surfacing.make(Result("m", "m", "mesh", tmp_path / "m.glb"))
    assert tasks.waiting == []


def test_no_surface_is_written_over_another(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "poisson.glb").write_bytes(b"kept")
    assert surface_path(run) == run / "poisson-2.glb"
    assert surface_path(tmp_path / "a.ply") == tmp_path / "a-surface.glb"
