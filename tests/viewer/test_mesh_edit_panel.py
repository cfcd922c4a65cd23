"""The panel of mesh edits and the box over the picture, clicked and dragged, in a real window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake_backend import FakeBackend
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget

from recon.editing import edits_path, load_mesh_edits
from recon.editing.meshes import CropMesh, RemoveSmall, SimplifyMesh
from recon.io import read_geometry, write_geometry
from recon.runs.films import load_result
from recon.scene import Mesh
from viewer.engine.messages import Opened

PATIENCE = 60_000

pytestmark = pytest.mark.display


class MeshBackend(FakeBackend):
    """Opens meshes as meshes."""

    def open(self, key: str, path: str) -> Opened:
        opened = self.hold(key, path)
        return Opened(key, "mesh", 1, opened.sample, opened.bounds)


def sheet(cells: int = 20) -> Mesh:
    """A textured square of side 2, upright, and a crumb beside it."""
    side = np.linspace(-1, 1, cells + 1)
    x, z = (each.ravel() for each in np.meshgrid(side, side))
    a = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).reshape(-1)
    faces = np.concatenate([np.stack([a, a + 1, a + cells + 2], 1), np.stack([a, a + cells + 2, a + cells + 1], 1)])
    crumb = np.array([[1.5, 0, 0], [1.6, 0, 0], [1.5, 0, 0.1]])
    vertices = np.concatenate([np.stack([x, np.zeros_like(x), z], 1), crumb]).astype(np.float32)
    uv = np.clip(vertices[:, [0, 2]] / 2 + 0.5, 0, 1)
    texture = np.full((8, 8, 3), (200, 60, 60), np.uint8)
    return Mesh(vertices, np.concatenate([faces, [[441, 442, 443]]]).astype(np.int32), uv=uv, texture=texture)


@pytest.fixture
def window(qtbot, tmp_path: Path):
    from viewer.app import Window

    path = tmp_path / "sheet.glb"
    write_geometry(path, sheet())
    made = Window(MeshBackend, tmp_path / "settings")
    made.resize(1100, 700)
    made.show()
    made.director.start_engine()
    made.open([path])
    made.build_viewport()
    qtbot.waitUntil(lambda: made.settled and made.workspace.mesh.target is not None, timeout=PATIENCE)
    made.docks.show("edit")
    made.path = path
    yield made
    made.close()
    made.deleteLater()


def panel(window) -> QStackedWidget:
    return window.docks.panel("edit").currentWidget()


def click(window, words: str) -> None:
    button = next(each for each in panel(window).findChildren(QPushButton) if each.text() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def title(window) -> str:
    return next(label.text() for label in panel(window).findChildren(QLabel) if label.objectName() == "title")


def test_steps_are_taken_undone_saved_and_exported(window, qtbot) -> None:
    work = window.workspace
    assert title(window) == "801 faces · textured"
    click(window, "Remove parts")
    assert title(window) == "Remove parts below 3 % …"
    qtbot.waitUntil(lambda: not work.mesh.pending, timeout=PATIENCE)
    assert title(window) == "800 faces · textured"
    click(window, "Simplify")
    qtbot.waitUntil(lambda: not work.mesh.pending, timeout=PATIENCE)
    assert title(window).endswith("faces · coloured")
    assert [type(each) for each in work.mesh.target.history.done] == [RemoveSmall, SimplifyMesh]
    window.undo()
    assert title(window) == "800 faces · textured"
    work.autosave.flush()
    assert load_mesh_edits(edits_path(window.path)) == (RemoveSmall(0.03),)
    assert len(load_result(window.path, with_hidden=True)) == 800
    assert len(read_geometry(window.path)) == 801
    window.redo()
    assert title(window).endswith("faces · coloured")
    assert work.engines.edits_of(str(window.path)) == work.mesh.target.history.done


def test_a_box_is_dragged_and_cropped_to(window, qtbot) -> None:
    model, viewport = window.workspace.mesh, window.panes.active
    before = len(model.target.surface)
    click(window, "Box")
    assert model.tool == "box"
    camera, canvas = viewport.camera(), viewport.canvas
    ratio = camera.width / canvas.width()
    axes = [handle for handle in model.gizmo.handles(camera) if handle.name in ("x", "z")]  # in the sheet
    axis = max(axes, key=lambda handle: np.linalg.norm(np.ptp(handle.points, axis=0)))
    x, y = (round(value / ratio) for value in axis.points.mean(0))
    along = np.diff(axis.points[[0, -1]], axis=0)[0]
    dx, dy = (8 * along / np.linalg.norm(along)).round().astype(int).tolist()
    stood = model.volume
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    for step in range(1, 6):
        QTest.mouseMove(canvas, QPoint(x + dx * step, y + dy * step))
        qtbot.wait(10)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x + 5 * dx, y + 5 * dy))
    assert model.volume != stood
    click(window, "Crop")
    qtbot.waitUntil(lambda: not model.pending, timeout=PATIENCE)
    assert model.message == ""
    assert isinstance(model.target.history.done[0], CropMesh)
    assert 0 < len(model.target.surface) < before
    assert model.target.surface.mesh.texture is not None


def test_the_picture_shows_what_is_left(window, qtbot) -> None:
    viewport = window.panes.active
    viewport._interactor.hide_axes()
    window.model.show_grid = False
    ground = viewport.screenshot()[2, 2]

    def covered() -> int:
        return int((np.abs(viewport.screenshot().astype(int) - ground).max(-1) > 20).sum())

    whole = covered()
    window.workspace.mesh.take("box")
    window.workspace.mesh.crop()
    qtbot.waitUntil(lambda: not window.workspace.mesh.pending, timeout=PATIENCE)
    left = covered()
    assert 0.2 * whole < left < 0.9 * whole
    window.undo()
    assert covered() == whole
