"""Meshes in a real viewport, drawn in every way there is: what the pixels say."""

from __future__ import annotations

import queue
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_tasks import FakeTasks

from recon.io import write_geometry
from recon.scene import Mesh
from viewer.engine.mesh_tasks import shade
from viewer.model import Orbit, Photos, Result, WindowModel
from viewer.model.block_editing import BlockModel
from viewer.model.mesh_shades import MeshShades
from viewer.model.mesh_style import MESH_STYLES
from viewer.model.meshes import Meshes

pytestmark = pytest.mark.display

FRONT = Orbit(distance=6.0, azimuth=0.0, elevation=0.0, field_of_view=0.5, up=(0.0, 0.0, 1.0))
RED = np.array([0.9, 0.1, 0.1], np.float32)


def ball(radius: float, columns: int = 64, rows: int = 32, *, opened: bool = False) -> Mesh:
    azimuth, polar = np.arange(columns) * 2 * np.pi / columns, np.linspace(0.01, np.pi - 0.01, rows + 1)
    across, down = np.meshgrid(azimuth, polar)
    vertices = np.stack([np.sin(down) * np.cos(across), np.sin(down) * np.sin(across), np.cos(down)], 2)
    grid = np.arange((rows + 1) * columns).reshape(rows + 1, columns)
    a, b = grid[:-1], np.roll(grid, -1, 1)[:-1]
    c, d = grid[1:], np.roll(grid, -1, 1)[1:]
    faces = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)])
    points = (radius * vertices.reshape(-1, 3)).astype(np.float32)
    if opened:
        faces = faces[(points[faces].mean(1)[:, 2] < 0.7 * radius)]
    return Mesh(points, faces.astype(np.int32), colors=np.tile(RED, (len(points), 1)))


class Bench:
    """A pane of meshes, and what is in its pixels."""

    def __init__(self, folder: Path, qtbot) -> None:
        from viewer.viewport.pane_grid import PaneGrid

        self.posted: queue.Queue = queue.Queue()
        self.model, self.tasks = WindowModel(), FakeTasks()
        self.photos, self.meshes = Photos(self.posted.put), Meshes(self.model, self.posted.put)
        self.shades = MeshShades(self.model, self.meshes, self.tasks, shade)
        self.model.show_grid = False
        for name, mesh in (("ball", ball(1.0)), ("larger", ball(1.2)), ("open", ball(1.0, opened=True))):
            path = folder / f"{name}.ply"
            write_geometry(path, mesh)
            self.model.add_result(Result(name, name, "mesh", path))
        while self.meshes.pending:
            self.posted.get(timeout=10)()
        self.grid = PaneGrid(self.model, self.photos, self.meshes, self.shades, BlockModel(editor=None))
        self.grid.resize(500, 400)
        qtbot.addWidget(self.grid)
        self.grid.show()
        qtbot.waitExposed(self.grid)
        self.viewport = self.grid.viewports[0]
        self.viewport._interactor.hide_axes()
        self.look(FRONT)

    def look(self, orbit: Orbit) -> None:
        self.viewport.look(orbit.camera(*self.viewport.picture_size))

    def draw(self, style: str, key: str = "ball") -> np.ndarray:
        from viewer.model import Content

        self.model.compare.show(Content.result(key))
        self.model.compare.set_style(style)
        while self.tasks.waiting:
            self.tasks.finish()
        return self.viewport.screenshot().astype(float)

    def close(self) -> None:
        self.grid.shut_down()
        self.photos.close()
        self.meshes.close()


@pytest.fixture
def bench(tmp_path: Path, qapp, qtbot):
    made = Bench(tmp_path, qtbot)
    yield made
    made.close()


def middle(picture: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    return picture[height // 2, width // 2]


def test_every_style_looks_its_own_way(bench: Bench) -> None:
    pictures = {style: bench.draw(style, "open") for style in MESH_STYLES}
    for one in MESH_STYLES:
        for other in MESH_STYLES:
            differing = (np.abs(pictures[one] - pictures[other]).max(-1) > 2).sum()
            assert one == other or differing > 100, (one, other)


def test_clay_is_lit_and_has_no_colour(bench: Bench) -> None:
    own, clay = middle(bench.draw("shaded")), middle(bench.draw("clay"))
    assert own[0] > 3 * own[1]
    assert np.ptp(clay) < 20
    assert len(np.unique(bench.draw("clay").reshape(-1, 3), axis=0)) > 40


def test_normals_are_those_of_the_camera(bench: Bench) -> None:
    for orbit in (FRONT, replace(FRONT, azimuth=1.0, elevation=0.6), replace(FRONT, parallel=True)):
        bench.look(orbit)
        picture = bench.draw("normals")
        np.testing.assert_allclose(middle(picture), [127.5, 127.5, 255], atol=6)
        height, width = picture.shape[:2]
        radius = 0.7 * height / (2 * FRONT.distance * np.tan(FRONT.field_of_view / 2))
        right, up = picture[height // 2, round(width / 2 + radius)], picture[round(height / 2 - radius), width // 2]
        assert right[0] > 190
        assert abs(right[1] - 127.5) < 8
        assert up[1] > 190
        assert abs(up[0] - 127.5) < 8


def test_a_distance_has_one_colour_where_it_is_the_same_everywhere(bench: Bench) -> None:
    from viewer.model.ramps import STEPS

    bench.model.compare.measure_to("larger")
    near = middle(bench.draw("distance"))
    top = [int(STEPS["sequential"][-1][at : at + 2], 16) for at in (0, 2, 4)]
    assert near[0] / near[2] > 3
    assert top[0] > top[2] * 3
    inside = middle(bench.draw("signed"))
    assert inside[2] > 1.5 * inside[0]  # within the larger one
    bench.model.compare.measure_to("ball")
    outside = middle(bench.draw("signed", "larger"))
    assert outside[0] > 1.5 * outside[2]


def test_borders_are_bright_lines_before_the_surface(bench: Bench) -> None:
    bench.look(replace(FRONT, elevation=0.5))
    picture = bench.draw("holes", "open")
    bright = (picture[..., 0] > 240) & (picture[..., 2] < 60)
    assert bright.sum() > 300
    closed = bench.draw("holes", "ball")
    assert ((closed[..., 0] > 240) & (closed[..., 2] < 60)).sum() < bright.sum() / 4  # the small holes at its poles


def test_what_is_measured_is_said_beside_it(bench: Bench) -> None:
    card = bench.grid._places[0].legend
    bench.draw("clay")
    assert not card.isVisible()
    bench.draw("curvature")
    assert card.isVisible()
    assert card.legend.title == "Mean curvature, 1/unit"
    assert float(card.legend.ticks[-1]) == pytest.approx(1.0, rel=0.1)
    whole = bench.grid.picture()
    at = card.geometry()
    bar = whole[at.y() + at.height() // 2 - 60 : at.y() + at.height() // 2 + 60, at.x() + 12]
    assert len(np.unique(bar, axis=0)) > 30
    bench.draw("distance")
    assert any(line.startswith("95 % within") for line in card.legend.lines)


def test_the_header_offers_what_distances_can_be_measured_to(bench: Bench) -> None:
    header = bench.grid._places[0].header
    bench.draw("clay")
    assert header.references.isHidden()
    bench.draw("distance")
    assert [header.references.itemText(row) for row in range(header.references.count())] == ["to larger", "to open"]
    header.references.activated.emit(1)
    assert bench.shades.reference_of(0).key == "open"
    modes = [header.modes.itemData(row) for row in range(header.modes.count())]
    assert modes == list(MESH_STYLES)
    header.modes.activated.emit(modes.index("normals"))
    assert bench.model.compare.pane.style == "normals"
