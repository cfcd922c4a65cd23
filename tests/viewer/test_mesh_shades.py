"""What is worked out of meshes in the panes: asked for once, kept while it holds, told in the project's unit."""

from __future__ import annotations

import queue
from pathlib import Path

import numpy as np
import pytest
from fake_tasks import FakeTasks

from recon.io import write_geometry
from recon.scene import Mesh
from recon.scene.similarity import Alignment
from viewer.engine.mesh_tasks import read_surface, shade
from viewer.model import Content, Result, WindowModel
from viewer.model.mesh_shades import MeshShades
from viewer.model.meshes import Meshes


def plate(z: float, cells: int = 4) -> Mesh:
    """A square of side 2 with a square hole in its middle."""
    side = np.linspace(-1, 1, cells + 1)
    x, y = np.meshgrid(side, side)
    corner = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).reshape(-1)
    corner = np.delete(corner, cells * (cells // 2) + cells // 2)
    across = cells + 1
    faces = np.concatenate(
        [
            np.stack([corner, corner + 1, corner + across + 1], 1),
            np.stack([corner, corner + across + 1, corner + across], 1),
        ]
    )
    return Mesh(np.stack([x.ravel(), y.ravel(), np.full(x.size, z)], 1).astype(np.float32), faces.astype(np.int32))


class Desk:
    """A window of meshes, and who works for it."""

    def __init__(self, folder: Path, *heights: float) -> None:
        self.posted: queue.Queue = queue.Queue()
        self.model, self.tasks = WindowModel(), FakeTasks()
        self.meshes = Meshes(self.model, self.posted.put)
        self.shades = MeshShades(self.model, self.meshes, self.tasks, shade)
        for number, height in enumerate(heights):
            path = folder / f"mesh {number}.ply"
            write_geometry(path, plate(height))
            self.model.add_result(Result(str(number), f"Mesh {number}", "mesh", path))
        self.read()

    def read(self) -> None:
        while self.meshes.pending:
            self.posted.get(timeout=10)()

    @property
    def compare(self):
        return self.model.compare


@pytest.fixture
def desk(tmp_path: Path):
    made = Desk(tmp_path, 0.0, 0.25, -0.5)
    yield made
    made.meshes.close()


def test_what_needs_no_work_asks_for_none(desk: Desk) -> None:
    for style in ("colors", "clay", "wireframe", "normals", "parts", "shaded"):
        desk.compare.set_style(style)
        assert desk.shades.legend(0) is None
    assert desk.tasks.titles == []


def test_a_distance_is_told_in_the_unit_of_the_project(desk: Desk) -> None:
    desk.compare.set_style("distance")
    assert desk.shades.legend(0).lines == ("Measuring …",)
    assert desk.shades.pending
    desk.tasks.finish()
    assert desk.tasks.titles == ["Distance of Mesh 0 to Mesh 1"]
    found = desk.shades.of(0)
    assert found.colors.shape == (25, 3)
    legend = desk.shades.legend(0)
    assert legend.title == "Distance, units"
    assert legend.ticks == ("0", "0.0625", "0.125", "0.188", "0.25")
    assert legend.lines == ("Mean  0.25 units", "Median  0.25 units", "95 % within  0.25 units")
    desk.shades.measure_in(Alignment(scale=40.0, unit="cm"))
    assert desk.shades.legend(0).lines[0] == "Mean  10 cm"
    assert desk.shades.legend(0).ticks[-1] == "10"


def test_another_reference_can_be_chosen_and_coming_back_costs_nothing(desk: Desk) -> None:
    desk.compare.set_style("signed")
    desk.tasks.finish()
    desk.compare.measure_to("2")
    desk.tasks.finish()
    assert desk.shades.legend(0).lines[0] == "Mean  0.5 units"
    desk.compare.measure_to("1")
    assert desk.shades.legend(0).lines[0] == "Mean  0.25 units"
    assert desk.tasks.waiting == []


def test_a_reference_that_is_closed_gives_way_to_another(desk: Desk) -> None:
    desk.compare.set_style("distance")
    desk.compare.measure_to("2")
    desk.tasks.waiting.clear()
    desk.model.remove_result("2")
    assert desk.shades.reference_of(0).key == "1"
    assert desk.tasks.stopped == ["Distance of Mesh 0 to Mesh 1", "Distance of Mesh 0 to Mesh 2"]
    desk.model.remove_result("1")
    assert desk.shades.legend(0).lines == ("Open another mesh to measure to.",)


def test_each_pane_shows_its_own(desk: Desk) -> None:
    desk.compare.add(Content.result("1"))
    desk.compare.set_style("holes", 0)
    desk.compare.set_style("curvature", 1)
    desk.tasks.finish()
    desk.tasks.finish()
    assert desk.shades.of(0).colors is None
    assert desk.shades.of(1).lines is None
    assert desk.shades.legend(1).title == "Mean curvature, 1/unit"


def test_holes_are_counted_with_their_edges(desk: Desk) -> None:
    desk.compare.set_style("holes")
    desk.tasks.finish()
    assert desk.shades.legend(0).lines == ("Holes and borders  2", "Edges along them  20", "Longest  8 units")
    lines = desk.shades.of(0).lines
    assert lines.shape == (20, 2, 3)
    assert np.linalg.norm(lines[:, 1] - lines[:, 0], axis=1).sum() == pytest.approx(8 + 2)


def test_what_is_no_longer_wanted_is_stopped(desk: Desk) -> None:
    desk.compare.set_style("curvature")
    desk.compare.set_style("shaded")
    assert desk.tasks.stopped == ["Curvature of Mesh 0"]
    assert not desk.shades.pending


def test_moving_the_eye_asks_and_tells_nothing_anew(desk: Desk) -> None:
    desk.compare.set_style("curvature")
    told = []
    desk.shades.changed.connect(lambda: told.append(1))
    desk.compare.navigate(desk.compare.pane.orbit.turned(0.1, 0))
    assert told == []
    assert len(desk.tasks.titles) == 1


def test_a_failure_is_said_and_not_tried_again_until_asked(desk: Desk) -> None:
    desk.model.result("0").path.write_bytes(b"ply\nnothing")
    desk.compare.set_style("curvature")
    desk.tasks.finish()
    assert "mesh 0.ply" in desk.shades.legend(0).lines[0]
    assert len(desk.tasks.titles) == 1
    desk.compare.set_style("shaded")
    desk.compare.set_style("curvature")
    assert len(desk.tasks.titles) == 2


def test_a_file_that_has_changed_since_is_not_shown_wrongly(desk: Desk) -> None:
    write_geometry(desk.model.result("0").path, plate(0.0, cells=2))
    desk.compare.set_style("distance")
    desk.tasks.finish()
    assert desk.shades.of(0) is None
    assert "has changed" in desk.shades.legend(0).lines[0]


def test_a_large_file_is_read_elsewhere(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("viewer.model.meshes.LARGE", 100)
    path = tmp_path / "large.ply"
    write_geometry(path, plate(0.0))
    model, tasks = WindowModel(), FakeTasks()
    meshes = Meshes(model, None, lambda path: tasks.run(f"Reading {path.name}", read_surface, path))
    model.add_result(Result("a", "A", "mesh", path))
    assert meshes.get("a") is None
    tasks.finish()
    assert len(meshes.get("a")) == 30
    assert model.extents["a"].count == 30

    model.add_result(Result("b", "B", "mesh", path))
    model.remove_result("b")
    assert tasks.stopped == ["Reading large.ply"]
    assert not meshes.pending
    model.add_result(Result("c", "C", "mesh", path))
    tasks.waiting[-1][0].cancel()
    assert model.notice == "large.ply was not read. Open it again to read it."
    meshes.close()
