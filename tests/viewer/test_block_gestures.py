"""The pointer over blocks, and blocks on the screen."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv
from block_scenes import Editor, above, row
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from recon.editing.blocks import MoveBlocks
from viewer.model.block_editing import BlockModel
from viewer.model.block_view import part_color
from viewer.viewport.aim import aim
from viewer.viewport.block_gestures import BlockGestures
from viewer.viewport.block_layer import BlockLayer

pytestmark = pytest.mark.display

WIDTH, HEIGHT = 400, 200
PRESS, MOVE, RELEASE = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


class Stage:
    """A picture twice as large as its widget, seen from above."""

    def __init__(self, qtbot, path) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(WIDTH, HEIGHT)
        self.canvas, self.overlay = QWidget(self.window), QWidget(self.window)
        for widget in (self.canvas, self.overlay):
            widget.resize(WIDTH, HEIGHT)
        self.overlay.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.camera = above(2)
        self.model = BlockModel(Editor())
        self.model.open("run", path, row())
        self.model.activate("run")
        self.key = "run"
        self.gestures = BlockGestures(self.overlay, self.canvas, self.model, lambda: self.camera, lambda: self.key)
        self.window.show()

    def at(self, *point: float) -> tuple[float, float]:
        """Where a world point lies on the widget."""
        x, y = self.camera.project(np.array([point]))[0][0] / 2
        return float(x), float(y)

    def send(self, kind, x, y, keys=NONE) -> bool:
        """Send an event of the left button; says whether the pointer's own got it."""
        button = Qt.MouseButton.LeftButton
        held = Qt.MouseButton.NoButton if kind == RELEASE else button
        cause = Qt.MouseButton.NoButton if kind == MOVE else button
        event = QMouseEvent(kind, QPointF(x, y), QPointF(x, y), cause, held, keys)
        return self.gestures.eventFilter(self.canvas, event)

    def click(self, *point: float, keys=NONE) -> bool:
        self.send(PRESS, *self.at(*point), keys)
        return self.send(RELEASE, *self.at(*point), keys)

    def painted(self) -> int:
        image = QImage(WIDTH, HEIGHT, QImage.Format.Format_ARGB32)
        image.fill(0)
        self.gestures.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, WIDTH, 4)
        return int((pixels[..., 3] > 0).sum())


@pytest.fixture
def stage(qtbot, tmp_path) -> Stage:
    return Stage(qtbot, tmp_path)


def test_a_click_selects_the_block_under_it(stage: Stage) -> None:
    assert stage.painted() == 0
    assert stage.click(4, 0, 1)
    assert stage.model.selection == (2,)
    assert stage.painted() > 100
    assert stage.click(2, 0.2, 1, keys=SHIFT)
    assert stage.model.selection == (2, 1)
    assert not stage.click(4, 1.5, 0)  # beside all: navigation has the click too
    assert stage.model.selection == ()


def test_a_stroke_over_blocks_is_navigation(stage: Stage) -> None:
    assert not stage.send(PRESS, *stage.at(4, 0, 1))
    assert not stage.send(MOVE, *stage.at(2, 0, 1))
    assert not stage.send(RELEASE, *stage.at(2, 0, 1))
    assert stage.model.selection == ()


def test_a_block_is_dragged_by_its_gizmo_live_and_once(stage: Stage, qtbot) -> None:
    stage.click(4, 0, 1)
    x, y = stage.at(4, 0, 0.5)
    assert stage.send(PRESS, x + 50, y)
    for step in range(1, 11):
        assert stage.send(MOVE, x + 50 + 3 * step, y)
    qtbot.waitUntil(lambda: stage.model.shown("run")[1].centers[2, 0] > 4.4)
    live = stage.model.shown("run")[1].centers[2]
    assert live[1:] == pytest.approx([0, 0.5], abs=1e-5)
    assert stage.model.target.history.done == ()
    assert stage.send(RELEASE, x + 80, y)
    assert [type(each) for each in stage.model.target.history.done] == [MoveBlocks]
    assert stage.model.target.edited.blocks.centers[2] == pytest.approx(live, abs=1e-5)


def test_escape_drops_a_drag(stage: Stage, qtbot) -> None:
    stage.click(4, 0, 1)
    x, y = stage.at(4, 0, 0.5)
    stage.send(PRESS, x + 50, y)
    stage.send(MOVE, x + 80, y)
    qtbot.waitUntil(lambda: stage.model.target.provisional is not None)
    QTest.keyClick(stage.canvas, Qt.Key.Key_Escape)
    assert stage.model.target.edited.blocks.centers[2].tolist() == [4, 0, 0.5]
    stage.send(RELEASE, x + 80, y)
    assert stage.model.target.history.done == ()


def test_the_click_that_makes_a_pane_active_selects_too(stage: Stage) -> None:
    stage.model.activate(None)
    assert not stage.send(PRESS, *stage.at(4, 0, 1))
    stage.model.activate("run")
    assert stage.send(RELEASE, *stage.at(4, 0, 1))
    assert stage.model.selection == (2,)


def test_the_pointer_leaves_other_results_alone(stage: Stage) -> None:
    stage.key = "another"
    assert not stage.click(4, 0, 1)
    assert stage.model.selection == ()
    assert stage.painted() == 0


@pytest.fixture
def layer():
    plotter = pv.Plotter(off_screen=True, window_size=(WIDTH, HEIGHT), lighting="light kit")
    made = BlockLayer(plotter)
    plotter.show(auto_close=False)
    yield made, plotter
    plotter.close()


def pixel(plotter, *point: float) -> np.ndarray:
    """The colour at a world point seen from above."""
    x, y = above().project(np.array([point]))[0][0]
    aim(plotter.renderer, above(), np.array([[-1, -9, -1], [9, 9, 2]]))
    plotter.render()
    return plotter.screenshot(return_img=True)[int(y), int(x)].astype(int)


def test_blocks_are_drawn_where_they_are_in_their_colours(layer, qapp: QApplication) -> None:
    shown, plotter = layer
    blocks = row()
    shown.show((0, 1, 2, 3), blocks, ())
    shown.set_style("colors")
    assert pixel(plotter, 4, 0, 1) == pytest.approx([200] * 3, abs=2)
    assert pixel(plotter, 3, 0, 0) == pytest.approx([0] * 3, abs=2)  # the ground between them
    shown.show((0, 1, 3), blocks.part(np.array([0, 1, 3])), ())
    assert pixel(plotter, 4, 0, 1) == pytest.approx([0] * 3, abs=2)
    assert shown.depth_at(above(), *above().project(np.array([[2.0, 0, 1]]))[0][0]) == pytest.approx(9, abs=1e-3)


def test_a_block_that_moves_or_is_painted_is_drawn_so(layer, qapp: QApplication) -> None:
    from dataclasses import replace

    shown, plotter = layer
    blocks = row()
    shown.set_style("colors")
    shown.show((0, 1, 2, 3), blocks, ())
    shift, textures = np.zeros((4, 3), np.float32), blocks.textures.copy()
    shift[2, 1], textures[2] = 1.2, (250, 20, 20)
    shown.show((0, 1, 2, 3), replace(blocks, centers=blocks.centers + shift, textures=textures), ())
    assert pixel(plotter, 4, 0, 0) == pytest.approx([0] * 3, abs=2)
    assert pixel(plotter, 4, 1.2, 1) == pytest.approx([250, 20, 20], abs=2)


def test_parts_have_the_colours_of_the_list(layer, qapp: QApplication) -> None:
    shown, plotter = layer
    shown.show((0, 1, 2, 3), row(), (1,))
    shown.set_style("parts")
    for number in (0, 2):
        color = pixel(plotter, 2 * number, 0, 1) / 255
        assert color / color.max() == pytest.approx(np.array(part_color(number)) / max(part_color(number)), abs=0.05)
    assert pixel(plotter, 2, 0, 1).max() > 0.9 * 255 * max(part_color(1))  # a selected one is lit
    shown.set_visible(False)
    assert len({tuple(pixel(plotter, x, 0, 1)) for x in (0, 2, 3, 4)}) == 1
