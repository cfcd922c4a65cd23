"""The pointer with a tool in hand, over a picture."""

from __future__ import annotations

import numpy as np
import pytest
from edit_engine import EditEngine
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QRegion, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from recon.editing import Clear, SelectBrush, SelectPolygon, SelectRectangle, SelectSphere, Transform
from recon.scene import Camera
from viewer.model.editing import EditModel
from viewer.viewport.gestures import Gestures

pytestmark = pytest.mark.display

WIDTH, HEIGHT = 400, 200
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


class Navigator(QObject):
    """Notes what reaches navigation."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.reached = []
        canvas.installEventFilter(self)

    def eventFilter(self, _, event) -> bool:  # noqa: N802  Qt's name
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.MouseMove):
            self.reached.append(event.type())
        return False


class Stage:
    """A picture twice as large as its widget, seen from above, with an overlay and the two balls of `edit_engine`."""

    def __init__(self, qtbot, path) -> None:
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.resize(WIDTH, HEIGHT)
        self.canvas, self.overlay = QWidget(self.window), QWidget(self.window)
        for widget in (self.canvas, self.overlay):
            widget.resize(WIDTH, HEIGHT)
        self.overlay.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        pose = np.diag([1.0, -1, -1, 1])
        pose[2, 3] = 4
        self.camera = Camera(2 * WIDTH, 2 * HEIGHT, 240, 240, WIDTH, HEIGHT, pose)
        self.navigator = Navigator(self.canvas)
        self.engine = EditEngine()
        self.model = self.engine.model = EditModel(self.engine)
        self.model.open("run", path)
        self.model.activate("run")
        self.key = "run"
        self.gestures = Gestures(self.overlay, self.canvas, self.model, lambda: self.camera, lambda: self.key)
        self.window.show()

    def send(self, kind, x, y, button=LEFT, keys=NONE) -> None:
        held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
        cause = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else button
        place = QPointF(x, y)
        QApplication.sendEvent(self.canvas, QMouseEvent(kind, place, place, cause, held, keys))

    def stroke(self, *points, button=LEFT, keys=NONE) -> None:
        self.send(QEvent.Type.MouseButtonPress, *points[0], button, keys)
        for point in points[1:]:
            self.send(QEvent.Type.MouseMove, *point, button, keys)
        self.send(QEvent.Type.MouseButtonRelease, *points[-1], button, keys)

    @property
    def done(self) -> tuple:
        return self.model.target.history.done

    @property
    def selected(self) -> int:
        return self.model.target.told.selected

    def painted(self) -> int:
        """How many pixels the tools have painted."""
        image = QImage(WIDTH, HEIGHT, QImage.Format.Format_ARGB32)
        image.fill(0)
        self.gestures.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(HEIGHT, WIDTH, 4)
        return int((pixels[..., 3] > 0).sum())


@pytest.fixture
def stage(qtbot, tmp_path) -> Stage:
    return Stage(qtbot, tmp_path)


def test_without_a_tool_everything_is_navigation(stage: Stage) -> None:
    stage.stroke((10, 10), (200, 190))
    assert stage.done == ()
    assert QEvent.Type.MouseButtonPress in stage.navigator.reached
    assert stage.painted() == 0


def test_a_rectangle_selects_in_the_pixels_of_the_picture(stage: Stage) -> None:
    stage.model.take("rectangle")
    stage.stroke((10, 10), (100, 100), (200, 190))
    assert stage.done[-1].start == (20, 20)
    assert stage.done[-1].end == (400, 380)
    assert isinstance(stage.done[-1], SelectRectangle)
    assert stage.selected == 100
    assert stage.navigator.reached == []
    stage.stroke((200, 10), (390, 190), keys=SHIFT)
    assert stage.selected == 200
    stage.stroke((0, 0), (200, 200), keys=CONTROL)
    assert stage.selected == 100


def test_a_lasso_and_a_brush_follow_the_pointer(stage: Stage) -> None:
    stage.model.take("lasso")
    stage.stroke((10, 10), (200, 10), (200, 190), (10, 190))
    assert isinstance(stage.done[-1], SelectPolygon)
    assert stage.selected == 100
    stage.model.take("brush")
    stage.stroke((260, 100), keys=SHIFT)
    assert isinstance(stage.done[-1], SelectBrush)
    assert stage.done[-1].radius == 2 * stage.model.brush_radius
    assert stage.selected > 100


def test_a_click_beside_everything_selects_nothing(stage: Stage) -> None:
    stage.model.take("rectangle")
    stage.stroke((10, 10), (200, 190))
    stage.stroke((5, 5))
    assert stage.done[-1] == Clear()
    stage.stroke((5, 5), keys=SHIFT)
    assert len(stage.done) == 2


def test_strokes_are_painted_while_they_are_drawn_and_escape_drops_them(stage: Stage) -> None:
    for tool in ("rectangle", "lasso", "brush"):
        stage.model.take(tool)
        stage.send(QEvent.Type.MouseButtonPress, 50, 50)
        stage.send(QEvent.Type.MouseMove, 150, 50)
        stage.send(QEvent.Type.MouseMove, 150, 150)
        assert stage.painted() > 300, tool
        QTest.keyClick(stage.canvas, Qt.Key.Key_Escape)
        stage.send(QEvent.Type.MouseButtonRelease, 150, 150)
        assert stage.done == (), tool
    stage.model.take("lasso")
    assert stage.painted() == 0


def test_wheel_and_right_button_navigate(stage: Stage) -> None:
    stage.model.take("brush")
    stage.stroke((50, 50), (90, 50), button=RIGHT)
    before = stage.model.brush_radius
    for keys in (NONE, CONTROL):
        event = QWheelEvent(
            QPointF(9, 9),
            QPointF(9, 9),
            QPoint(),
            QPoint(0, 120),
            LEFT & RIGHT,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(stage.canvas, event)
    assert stage.done == ()
    assert stage.navigator.reached.count(QEvent.Type.MouseButtonPress) == 1
    assert stage.navigator.reached.count(QEvent.Type.Wheel) == 1
    assert stage.model.brush_radius > before


def test_tools_leave_other_results_alone(stage: Stage) -> None:
    stage.model.take("rectangle")
    stage.key = "another"
    stage.stroke((10, 10), (200, 190))
    assert stage.done == ()
    assert QEvent.Type.MouseButtonPress in stage.navigator.reached


def middle(stage: Stage) -> tuple[float, float]:
    x, y = stage.camera.project([stage.model.gizmo.center])[0][0] / 2
    return float(x), float(y)


def test_a_gizmo_moves_what_is_selected_live_and_once(stage: Stage, qtbot) -> None:
    stage.model.take("rectangle")
    stage.stroke((10, 10), (200, 190))
    stage.model.take("transform")
    x, y = middle(stage)
    before = stage.model.target.told.center
    assert stage.painted() > 200
    stage.send(QEvent.Type.MouseButtonPress, x + 50, y)
    for step in range(1, 11):
        stage.send(QEvent.Type.MouseMove, x + 50 + 3 * step, y + step)
    qtbot.waitUntil(lambda: stage.model.target.told.center[0] > before[0] + 0.2)
    QTest.qWait(120)  # the last of it may still be on its way
    assert len(stage.done) == 1
    live = stage.model.target.told.center
    assert live[1:] == pytest.approx(before[1:], abs=1e-5)
    stage.send(QEvent.Type.MouseButtonRelease, x + 80, y + 10)
    assert isinstance(stage.done[-1], Transform)
    assert len(stage.done) == 2
    assert stage.model.target.told.center == pytest.approx(live, abs=1e-5)
    assert stage.navigator.reached == []


def test_a_drag_is_shown_at_most_twenty_times_a_second(stage: Stage) -> None:
    stage.model.take("transform")
    x, y = middle(stage)
    asked = len(stage.engine.asked)
    stage.send(QEvent.Type.MouseButtonPress, x + 50, y)
    for step in range(30):
        stage.send(QEvent.Type.MouseMove, x + 50 + step, y)
        QTest.qWait(5)
    assert 2 <= len(stage.engine.asked) - asked <= 12
    QTest.keyClick(stage.canvas, Qt.Key.Key_Escape)
    QTest.qWait(80)
    assert stage.done == ()
    assert stage.engine.asked[-1] == ("run", ())
    stage.send(QEvent.Type.MouseButtonRelease, x + 80, y)
    assert stage.done == ()


def test_beside_its_handles_a_gizmo_leaves_the_pointer_to_navigation(stage: Stage) -> None:
    stage.model.take("transform")
    stage.stroke((5, 5), (30, 30))
    assert QEvent.Type.MouseButtonPress in stage.navigator.reached
    assert stage.done == ()


def test_volumes_are_moved_by_the_gizmo_and_select_on_return(stage: Stage) -> None:
    stage.model.take("sphere")
    stage.model.gizmo_kind = "move"
    x, y = middle(stage)
    stage.stroke((x + 50, y), (x + 65, y), (x + 80, y))
    assert stage.model.volume.position[0] == pytest.approx(1, abs=0.15)
    assert stage.done == ()
    QTest.keyClick(stage.canvas, Qt.Key.Key_Return)
    assert isinstance(stage.done[-1], SelectSphere)
    assert 50 <= stage.selected <= 100
    stage.model.take("box")
    stage.model.gizmo_kind = "scale"
    size = stage.model.box_size
    x, y = middle(stage)
    stage.stroke((x + 50, y), (x + 75, y))
    assert stage.model.box_size[0] == pytest.approx(1.5 * size[0], rel=0.05)
    assert stage.model.box_size[1:] == size[1:]
