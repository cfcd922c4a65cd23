"""A block dragged in the window: its splats follow on screen, and come back to the pixel."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from block_scenes import row, spots

from recon.io import write_geometry
from recon.scene.similarity import Similarity
from viewer.model.gizmo import Change

pytestmark = pytest.mark.display

PATIENCE = 300_000  # milliseconds: kernels may have to be compiled


@pytest.fixture
def window(qtbot, tmp_path: Path):
    """Blocks and splats, the blocks in the active pane."""
    from viewer.window import Window

    write_geometry(tmp_path / "row.blocks.json", row())
    write_geometry(tmp_path / "spots.ply", spots())
    made = Window(folder=tmp_path / "memory")
    made.resize(1000, 600)
    made.show()
    made.director.start_engine()
    made.open([tmp_path / "row.blocks.json", tmp_path / "spots.ply"])
    made.build_viewport()
    qtbot.waitUntil(lambda: made.settled, timeout=PATIENCE)
    made.model.show_grid = False
    made.model.turn_to((0.0, 0.0, 1.0))  # from above, where nothing lies in the ground
    yield made
    made.leave()
    made.deleteLater()


def pictures(window, qtbot) -> list[np.ndarray]:
    """Of both panes, once all is drawn."""
    qtbot.wait(50)
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE)
    qtbot.wait(50)
    return [viewport.screenshot().astype(int) for viewport in window.panes.viewports]


def choose(window, path: Path, qtbot) -> None:
    from PySide6.QtWidgets import QComboBox

    from viewer.panels.block_carry import CarryChoice

    (box,) = window.findChild(CarryChoice).findChildren(QComboBox)
    box.setCurrentIndex(box.findData(str(path)))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: bool(window.model.carried), timeout=PATIENCE)


def shift(step: float) -> Change:
    return Change(Similarity(translation=np.array([0, step, 0])))


def test_splats_follow_a_drag_and_come_back(window, qtbot, tmp_path: Path) -> None:
    blocks = window.workspace.blocks
    solid, still = pictures(window, qtbot)
    choose(window, tmp_path / "spots.ply", qtbot)
    carried, beside = pictures(window, qtbot)
    assert np.abs(carried - solid).max() > 50
    np.testing.assert_array_equal(beside, still)
    blocks.select(2)
    for step in (1.0, 2.0, 3.0):
        blocks.drag(shift(step))
        qtbot.wait(20)
    qtbot.waitUntil(lambda: np.abs(pictures(window, qtbot)[0] - carried).max() > 100, timeout=PATIENCE)
    assert len(blocks.target.history.done) == 1
    blocks.drop(shift(3.0))
    blocks.select(None)
    moved, beside = pictures(window, qtbot)
    assert np.abs(moved - carried).max() > 100
    np.testing.assert_array_equal(beside, still)
    blocks.undo()
    qtbot.waitUntil(lambda: np.array_equal(pictures(window, qtbot)[0], carried), timeout=PATIENCE)
    blocks.undo()
    qtbot.waitUntil(lambda: not window.model.carried, timeout=PATIENCE)
    qtbot.waitUntil(lambda: np.array_equal(pictures(window, qtbot)[0], solid), timeout=PATIENCE)


def test_splats_come_back_with_the_renderer(window, qtbot, tmp_path: Path) -> None:
    choose(window, tmp_path / "spots.ply", qtbot)
    carried, _ = pictures(window, qtbot)
    os.kill(window.workspace.engines.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: window.model.engine.condition == "stopped", timeout=PATIENCE)
    assert not window.model.carried
    window.director.start_engine()
    qtbot.waitUntil(lambda: bool(window.model.carried), timeout=PATIENCE)
    np.testing.assert_array_equal(pictures(window, qtbot)[0], carried)
