"""Registering by clicks on two panes, and a surface by one, in a real window."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from planted_shapes import cube_splats, knobbly
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from recon.editing import edits_path, load_edits, load_mesh_edits
from recon.io import read_mesh, write_geometry
from recon.meshes import topology
from recon.scene import Similarity
from recon.scene.similarity import rotation_between
from recon.scene.transforms import transformed
from viewer.panels.register_hint import RegisterHint

pytestmark = pytest.mark.display

PATIENCE = 300_000  # milliseconds: kernels may have to be compiled
TRUTH = Similarity(1.4, rotation_between((0, 0, 1), (0.3, -0.2, 0.9)), np.array([0.4, -0.2, 0.3]))


def opened(qtbot, folder: Path, *paths: Path):
    from viewer.window import Window

    made = Window(folder=folder / "memory")
    made.resize(1280, 800)
    made.show()
    made.director.start_engine()
    made.open(list(paths))
    made.build_viewport()
    qtbot.waitUntil(lambda: made.settled, timeout=PATIENCE)
    made.docks.show("edit")
    return made


def keep_picture(window, qtbot, name: str) -> None:
    """Where pictures are wanted, of the whole window."""
    folder = os.environ.get("TRIPTYCH_PICTURES")
    if folder:
        qtbot.wait(600)
        window.grab().save(str(Path(folder) / f"{name}.png"))


def press(widget, words: str) -> None:
    button = next(each for each in widget.findChildren(QPushButton) if each.text() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def click_at(viewport, point, qtbot) -> None:
    """Click where a world point is seen."""
    camera, canvas = viewport.camera(), viewport.canvas
    (pixel,), _ = camera.project(np.array([point]))
    x, y = (pixel * canvas.width() / camera.width).round().astype(int).tolist()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
    qtbot.wait(20)


def seen_points(mesh, viewport, count: int = 5) -> np.ndarray:
    """Places of a mesh that face the camera, far apart."""
    camera = viewport.camera()
    toward = camera.center - mesh.vertices
    normals = mesh.normals
    facing = mesh.vertices[(toward / np.linalg.norm(toward, axis=1, keepdims=True) * normals).sum(1) > 0.6]
    chosen = [facing[0]]
    for _ in range(count - 1):
        chosen.append(facing[np.linalg.norm(facing[:, None] - np.array(chosen), axis=2).min(1).argmax()])
    return np.array(chosen)


@pytest.fixture
def meshes(qtbot, tmp_path: Path):
    """A mesh and the same one elsewhere, side by side."""
    write_geometry(tmp_path / "here.glb", knobbly())
    write_geometry(tmp_path / "there.glb", transformed(knobbly(), TRUTH))
    made = opened(qtbot, tmp_path, tmp_path / "here.glb", tmp_path / "there.glb")
    qtbot.waitUntil(lambda: made.workspace.mesh.target is not None, timeout=PATIENCE)
    yield made
    made.leave()
    made.deleteLater()


def test_a_mesh_is_moved_by_clicked_pairs_and_moved_back(meshes, qtbot, tmp_path: Path) -> None:
    from recon.meshes import with_normals

    window, model = meshes, meshes.workspace.register
    press(window.docks.panel("edit").currentWidget(), "Move onto another …")
    hint = window.findChild(RegisterHint)
    assert hint.isVisible()
    first, second = window.panes.viewports[:2]
    window.model.navigate(window.model.orbit.approached(1.7))  # both whole
    qtbot.wait(100)
    for point in seen_points(with_normals(knobbly()), first):
        click_at(first, point, qtbot)
        click_at(second, TRUTH.apply(point), qtbot)
        if len(model.pairs) == 2:
            keep_picture(window, qtbot, "registering-pairs")
    assert len(model.pairs) >= 3
    keep_picture(window, qtbot, "registering-enough")
    press(hint, "Register")
    qtbot.waitUntil(lambda: bool(model.said or model.message), timeout=PATIENCE)
    assert model.message == ""
    assert "of the points lie on the other result" in model.said
    qtbot.waitUntil(lambda: not window.workspace.mesh.pending, timeout=PATIENCE)
    keep_picture(window, qtbot, "registered")
    window.workspace.autosave.flush()
    (step,) = load_mesh_edits(edits_path(tmp_path / "here.glb"))
    moved = step.placement.similarity.apply(knobbly().vertices)
    assert np.abs(moved - TRUTH.apply(knobbly().vertices)).max() < 0.05
    window.undo()
    window.workspace.autosave.flush()
    assert load_mesh_edits(edits_path(tmp_path / "here.glb")) == ()
    press(hint, "Done")
    assert not hint.isVisible()
    assert not window.model.picking


def test_splats_become_a_surface_by_one_click(qtbot, tmp_path: Path) -> None:
    write_geometry(tmp_path / "cube.ply", cube_splats(3000))
    window = opened(qtbot, tmp_path, tmp_path / "cube.ply")
    try:
        qtbot.waitUntil(lambda: window.workspace.edit.target is not None, timeout=PATIENCE)
        press(window.docks.panel("edit").currentWidget(), "Make a surface")
        assert [task.title for task in window.workspace.tasks.list.running] == ["Surface through cube"]
        keep_picture(window, qtbot, "surface-running")
        qtbot.waitUntil(lambda: len(window.model.results) == 2, timeout=PATIENCE)
        keep_picture(window, qtbot, "surface-made")
        assert [pane.content.key for pane in window.model.compare.panes][1].endswith("cube-surface.glb")
        assert topology(read_mesh(tmp_path / "cube-surface.glb")).volume == pytest.approx(8, rel=0.05)
    finally:
        window.leave()
        window.deleteLater()


def test_splats_are_moved_all_of_them_although_some_are_selected(qtbot, tmp_path: Path) -> None:
    write_geometry(tmp_path / "cube.ply", cube_splats())
    nearly = Similarity(1.0, rotation_between((0, 0, 1), (0.1, 0.05, 1)), np.array([0.05, 0.02, -0.04]))
    write_geometry(tmp_path / "there.ply", transformed(cube_splats(), nearly))
    window = opened(qtbot, tmp_path, tmp_path / "cube.ply", tmp_path / "there.ply")
    try:
        work = window.workspace
        qtbot.waitUntil(lambda: work.edit.target is not None and work.edit.target.told is not None, timeout=PATIENCE)
        work.edit.select_rectangle(window.panes.active.camera(), (0, 0), (200, 200))
        qtbot.waitUntil(lambda: work.edit.has_selection, timeout=PATIENCE)
        work.register.begin()
        for corner in np.array([[1.0, 1, 1], [1, -1, 1], [-1, 1, 1], [1, 1, -1]]):
            work.register.pick(work.register.moving, corner)
            work.register.pick(work.register.fixed, nearly.apply(corner))
        work.register.register()
        qtbot.waitUntil(lambda: bool(work.register.said or work.register.message), timeout=PATIENCE)
        assert work.register.message == ""
        qtbot.waitUntil(lambda: not work.edit.has_selection, timeout=PATIENCE)
        qtbot.wait(300)
        work.autosave.flush()
        steps = load_edits(edits_path(tmp_path / "cube.ply"))
        assert [type(step).__name__ for step in steps] == ["SelectRectangle", "Clear", "Transform"]
        found = steps[-1].placement.similarity
        means = cube_splats().means
        assert np.abs(found.apply(means) - nearly.apply(means)).max() < 0.02
    finally:
        window.leave()
        window.deleteLater()
