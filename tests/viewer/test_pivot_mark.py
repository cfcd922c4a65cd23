"""The mark at the pivot: where it lies, when it is seen, and what shows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from viewer.model import Orbit, WindowModel

pytestmark = pytest.mark.display
WIDTH, HEIGHT = 300, 200
RATIO = 2  # device pixels


class Desk:
    """A widget for a picture, and who looks at it."""

    def __init__(self, qtbot) -> None:
        from PySide6.QtWidgets import QWidget

        from viewer.viewport.pivot_mark import PivotMark

        self.orbit: Orbit | None = Orbit(pivot=(1, 2, 3), distance=5)
        self.picture = QWidget()
        self.picture.resize(WIDTH, HEIGHT)
        qtbot.addWidget(self.picture)
        self.picture.show()
        self.mark = PivotMark(self.picture, self.camera, lambda: self.orbit)

    def camera(self):
        return self.orbit.camera(RATIO * WIDTH, RATIO * HEIGHT) if self.orbit else None

    @property
    def place(self) -> tuple[float, float]:
        return self.mark.x() + self.mark.width() / 2, self.mark.y() + self.mark.height() / 2


@pytest.fixture
def desk(qtbot, qapp) -> Desk:
    return Desk(qtbot)


def near(place: tuple[float, float], x: float, y: float) -> bool:
    return abs(place[0] - x) <= 1 and abs(place[1] - y) <= 1


def test_it_is_seen_for_a_moment(desk, qtbot) -> None:
    assert not desk.mark.isVisible()
    desk.mark.flash()
    assert desk.mark.isVisible()
    assert near(desk.place, WIDTH / 2, HEIGHT / 2)
    qtbot.waitUntil(lambda: not desk.mark.isVisible(), timeout=5000)


def test_it_follows_what_one_turns_about(desk) -> None:
    desk.mark.flash()
    desk.orbit = desk.orbit.panned(0.25, 0.1)
    desk.mark.follow()
    assert near(desk.place, WIDTH / 2, HEIGHT / 2)  # panning takes the pivot along
    corner = desk.orbit.eye + desk.camera().world_from_camera[:3, :3] @ np.array([0.5, 0.25, 5])
    desk.orbit = desk.orbit.centered(corner)
    desk.mark.follow()
    (pixel,), _ = desk.camera().project([corner])
    assert near(desk.place, *(pixel / RATIO))
    before = desk.place
    desk.orbit = desk.orbit.turned(0.7, 0.2)
    desk.mark.follow()
    assert near(desk.place, *before)  # for that is what it marks


def test_it_hides_where_there_is_nothing_to_mark(desk) -> None:
    desk.mark.flash()
    behind = desk.orbit.eye - desk.camera().world_from_camera[:3, 2]
    desk.orbit = desk.orbit.centered(behind)
    desk.mark.follow()
    assert not desk.mark.isVisible()
    desk.orbit = None
    desk.mark.flash()
    assert not desk.mark.isVisible()


def test_it_is_a_ring_that_is_seen_on_light_and_dark(desk, qtbot) -> None:
    for ground in ("#000000", "#808080", "#ffffff"):
        desk.picture.setStyleSheet(f"background: {ground}")
        desk.mark.flash()
        image = desk.picture.grab(desk.mark.geometry()).toImage()
        image = image.convertToFormat(image.Format.Format_RGB32)
        shown = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3]
        level = int(ground[1:3], 16)
        assert np.abs(shown.astype(int) - level).max() > 60
        assert (shown[0] == level).all()  # nothing at its edge


@pytest.fixture
def navigated(qtbot, qapp):
    from PySide6.QtWidgets import QWidget

    from viewer.viewport.navigation import Navigation

    widget, model = QWidget(), WindowModel()
    widget.resize(WIDTH, HEIGHT)
    qtbot.addWidget(widget)
    widget.show()
    navigation = Navigation(widget, model, 0)
    heard = []
    navigation.circled.connect(lambda: heard.append(1))
    return widget, model, heard


def drag(widget, button: str = "LeftButton") -> None:
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    held = getattr(Qt.MouseButton, button)
    kinds = ((QEvent.Type.MouseButtonPress, 50), (QEvent.Type.MouseMove, 90), (QEvent.Type.MouseButtonRelease, 90))
    for kind, x in kinds:
        place = QPointF(x, 50)
        buttons = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else held
        event = QMouseEvent(kind, place, widget.mapToGlobal(place), held, buttons, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(widget, event)


def roll(widget) -> None:
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    event = QWheelEvent(
        *(QPointF(50, 50), widget.mapToGlobal(QPointF(50, 50)), QPoint(), QPoint(0, 120)),
        *(Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    QApplication.sendEvent(widget, event)


def test_turning_panning_and_coming_closer_show_it(navigated) -> None:
    widget, _, heard = navigated
    for number, act in enumerate((drag, lambda w: drag(w, "RightButton"), roll), start=1):
        act(widget)
        assert len(heard) == number


def test_flight_and_photographs_do_not(navigated) -> None:
    widget, model, heard = navigated
    model.steering = "fly"
    drag(widget)
    roll(widget)
    model.steering = "turntable"
    pane = replace(model.compare.pane, view="a photograph")
    model.compare.panes = (pane,)
    drag(widget, "RightButton")
    roll(widget)
    assert heard == []
