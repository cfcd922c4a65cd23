"""Editing a mesh: steps that are worked out beside the window, undone and redone, saved, and shown."""

from __future__ import annotations

import queue
from pathlib import Path

import numpy as np
import pytest
from fake_tasks import FakeTasks

from recon.editing import edits_path, load_mesh_edits, save_edits
from recon.editing.meshes import CropMesh, RemoveSmall, SimplifyMesh, SmoothMesh
from recon.io import write_geometry
from recon.scene import Mesh, Similarity
from viewer.engine.mesh_tasks import edit_surface, shade
from viewer.model import Result, WindowModel
from viewer.model.edit_history import title
from viewer.model.gizmo import Change
from viewer.model.mesh_editing import KEPT, MeshEditModel
from viewer.model.mesh_shades import MeshShades
from viewer.model.meshes import Meshes


def two_plates(cells: int = 12) -> Mesh:
    """A plate of side 2, and a small one above it."""
    side = np.linspace(-1, 1, cells + 1)
    x, y = (each.ravel() for each in np.meshgrid(side, side))
    a = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).reshape(-1)
    faces = np.concatenate([np.stack([a, a + 1, a + cells + 2], 1), np.stack([a, a + cells + 2, a + cells + 1], 1)])
    large = np.stack([x, y, np.zeros_like(x)], 1)
    small = 0.1 * large + (0, 0, 0.5)
    vertices = np.concatenate([large, small]).astype(np.float32)
    return Mesh(vertices, np.concatenate([faces, faces + len(large)]).astype(np.int32))


class Editor:
    def __init__(self) -> None:
        self.asked: list[tuple] = []

    def edit(self, key: str, operations) -> None:
        self.asked.append((key, tuple(operations)))


class Desk:
    """A window with one mesh, open and ready to be edited."""

    def __init__(self, folder: Path) -> None:
        self.posted: queue.Queue = queue.Queue()
        self.window, self.tasks, self.editor = WindowModel(), FakeTasks(), Editor()
        self.meshes = Meshes(self.window, self.posted.put)
        self.path = folder / "plates.ply"
        self.model = MeshEditModel(self.meshes, self.tasks, edit_surface, self.editor)

    def open(self) -> None:
        if not self.path.exists():
            write_geometry(self.path, two_plates())
        self.window.add_result(Result("a", "A", "mesh", self.path))
        while self.meshes.pending:
            self.posted.get(timeout=10)()
        self.model.open("a", self.path, self.meshes.original("a"))
        self.model.activate("a")

    def finish(self) -> None:
        while self.tasks.waiting:
            self.tasks.finish()

    @property
    def faces(self) -> int:
        """Of what is drawn."""
        return len(self.meshes.get("a"))


@pytest.fixture
def desk(tmp_path: Path):
    made = Desk(tmp_path)
    made.open()
    yield made
    made.meshes.close()


def test_a_step_is_shown_told_and_saved_once_it_is_worked_out(desk: Desk) -> None:
    written = desk.path.read_bytes()
    desk.model.remove_small(0.5)
    assert desk.faces == 576
    assert desk.model.busy == "Remove parts below 50 %"
    assert desk.model.pending
    assert not edits_path(desk.path).exists()
    desk.finish()
    assert desk.faces == 288
    assert desk.model.busy == ""
    assert desk.editor.asked == [("a", (RemoveSmall(0.5),))]
    assert load_mesh_edits(edits_path(desk.path)) == (RemoveSmall(0.5),)
    assert desk.path.read_bytes() == written
    assert desk.window.extents["a"].count == 288


def test_undo_and_redo_cost_nothing_while_states_are_kept(desk: Desk) -> None:
    desk.model.remove_small(0.5)
    desk.finish()
    desk.model.simplify(100)
    desk.finish()
    simplified = desk.meshes.get("a")
    desk.model.undo()
    assert desk.faces == 288
    desk.model.undo()
    assert desk.meshes.get("a") is desk.meshes.original("a")
    assert not desk.model.can_undo
    assert load_mesh_edits(edits_path(desk.path)) == ()
    desk.model.jump(2)
    assert desk.meshes.get("a") is simplified
    assert desk.tasks.waiting == []
    assert [title(each) for each in desk.model.target.history.done] == [
        "Remove parts below 50 %",
        "Simplify to 100 faces",
    ]


def test_a_step_taken_back_before_it_is_there_never_comes(desk: Desk) -> None:
    desk.model.smooth(3)
    assert desk.model.can_undo
    desk.model.undo()
    assert desk.tasks.stopped == ["Smooth in 3 rounds: plates.ply"]
    assert desk.meshes.get("a") is desk.meshes.original("a")
    assert desk.model.busy == ""
    assert not desk.model.can_undo
    assert desk.model.can_redo


def test_steps_taken_quickly_one_after_the_other_all_count(desk: Desk) -> None:
    desk.model.remove_small(0.5)
    desk.model.simplify(60)
    desk.tasks.waiting = desk.tasks.waiting[-1:]  # the first was stopped
    desk.finish()
    assert desk.model.target.history.done == (RemoveSmall(0.5), SimplifyMesh(60))
    assert desk.faces <= 60


def test_what_cannot_be_done_is_said_and_changes_nothing(desk: Desk) -> None:
    desk.model.take("box")
    desk.model.drop(Change(Similarity(translation=(9, 9, 9))))
    desk.model.crop()
    desk.finish()
    assert "nothing would be left" in desk.model.message
    assert desk.faces == 576
    assert desk.model.target.history.done == ()
    desk.model.smooth(1)
    desk.finish()
    assert desk.model.message == ""


def test_the_box_stands_around_the_middle_and_follows_the_gizmo(desk: Desk) -> None:
    assert desk.model.gizmo is None
    desk.model.take("box")
    assert desk.model.box_size == pytest.approx((1.6, 1.6, 0.4), rel=1e-5)
    assert desk.model.volume.position == pytest.approx((0, 0, 0.25))
    assert desk.model.gizmo.stretches
    desk.model.drop(Change(Similarity(translation=(0.5, 0, -0.25)), (0.5, 1.0, 2.0)))
    desk.model.crop()
    desk.finish()
    (done,) = desk.model.target.history.done
    assert isinstance(done, CropMesh)
    points = desk.meshes.get("a").mesh.vertices
    assert 0.1 - 1e-6 <= points[:, 0].min() < points[:, 0].max() <= 0.9 + 1e-6
    assert desk.model.tool == "navigate"


def test_edits_saved_beside_a_mesh_are_applied_when_it_is_opened(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    write_geometry(desk.path, two_plates())
    save_edits(edits_path(desk.path), (RemoveSmall(0.5), SmoothMesh(2)))
    desk.open()
    assert desk.model.busy == "Smooth in 2 rounds"
    desk.finish()
    assert desk.faces == 288
    desk.model.undo()
    desk.finish()
    assert load_mesh_edits(edits_path(desk.path)) == (RemoveSmall(0.5),)
    desk.meshes.close()


def test_edits_that_are_not_understood_are_never_written_over(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    write_geometry(desk.path, two_plates())
    edits_path(desk.path).write_text("of a newer Triptych")
    desk.open()
    assert "cannot be understood" in desk.model.message
    desk.model.smooth(1)
    desk.finish()
    assert "cannot be understood" in desk.model.message
    assert edits_path(desk.path).read_text() == "of a newer Triptych"
    desk.meshes.close()


def test_what_is_measured_is_measured_of_the_edited_mesh(desk: Desk) -> None:
    shades = MeshShades(desk.window, desk.meshes, desk.tasks, shade)
    desk.window.compare.set_style("holes")
    desk.finish()
    assert shades.legend(0).lines[0] == "Holes and borders  2"
    desk.model.remove_small(0.5)
    desk.finish()
    assert shades.legend(0).lines[0] == "Holes and borders  1"
    desk.model.undo()
    assert shades.legend(0).lines[0] == "Holes and borders  2"
    assert desk.tasks.waiting == []


def test_only_so_many_states_are_kept(desk: Desk) -> None:
    for rounds in range(1, KEPT + 3):
        desk.model.smooth(rounds)
        desk.finish()
    desk.model.jump(1)
    assert len(desk.tasks.waiting) == 1


def test_closing_stops_what_is_worked_out(desk: Desk) -> None:
    desk.model.smooth(1)
    desk.model.close("a")
    assert desk.model.target is None
    assert desk.tasks.stopped == ["Smooth in 1 round: plates.ply"]
    assert not desk.model.pending
