"""What pointer and keys do in a pane: turn, pan, approach, enlarge, fly, and pick."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from viewer.model import Orbit, WindowModel
from viewer.model.window import RUNNING

TURN_PER_HEIGHT = math.pi
LOOK_PER_HEIGHT = math.pi / 2
APPROACH_PER_NOTCH = 0.88
ENLARGE_PER_NOTCH = 1.2
NOTCH = 120
STILL = 4.0  # pixels within which a press and its release are a click
FLIGHT_STEP = 16  # milliseconds
LONGEST_STEP = 0.1  # seconds flown at once, however long the window was busy
# right, down, forward
FLIGHT_KEYS = {
    Qt.Key.Key_W: (0, 0, 1),
    Qt.Key.Key_S: (0, 0, -1),
    Qt.Key.Key_A: (-1, 0, 0),
    Qt.Key.Key_D: (1, 0, 0),
    Qt.Key.Key_Q: (0, 1, 0),
    Qt.Key.Key_E: (0, -1, 0),
}


class Navigation(QObject):
    """Turns events over a pane into movements of the model's camera.

    On the turntable, drag turns, the right or middle button or Shift pans, and the wheel approaches. In flight, drag
    turns the head, W A S D Q E move, Shift hurries, and the wheel changes the speed. In a photograph the wheel enlarges
    and panning moves the picture. All pointer and key events end here, so that no VTK interactor style moves a camera
    behind the model's back.

    Parameters
    ----------
    widget : QWidget
    model : WindowModel
    index : int
        Of the pane.

    Attributes
    ----------
    clicked, double_clicked : Signal
        Emitted with the place.
    circled : Signal
        Emitted when one has moved with respect to the pivot: turned, panned or come closer.
    """

    clicked = Signal(QPointF)
    double_clicked = Signal(QPointF)
    circled = Signal()

    def __init__(self, widget: QWidget, model: WindowModel, index: int) -> None:
        super().__init__(widget)
        self._widget = widget
        self._model = model
        self._index = index
        self._last = QPointF()
        self._pressed_at: QPointF | None = None
        self._keys: set[int] = set()
        self._hurrying = False
        self._flown_at = 0.0
        self._flight = QTimer(self, interval=FLIGHT_STEP)
        self._flight.timeout.connect(self._fly)
        self._handlers = {
            QEvent.Type.MouseButtonPress: self._pressed,
            QEvent.Type.MouseMove: self._moved,
            QEvent.Type.MouseButtonRelease: self._released,
            QEvent.Type.MouseButtonDblClick: self._double_clicked,
            QEvent.Type.Wheel: self._wheeled,
            QEvent.Type.ShortcutOverride: self._claim_key,
            QEvent.Type.KeyPress: self._key_pressed,
            QEvent.Type.KeyRelease: self._key_released,
            QEvent.Type.FocusOut: self._land,
            QEvent.Type.Enter: _nothing,
            QEvent.Type.Leave: _nothing,
        }
        widget.installEventFilter(self)
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Handle pointer and key events before VTK does."""
        handle = self._handlers.get(event.type())
        if handle is None:
            return super().eventFilter(watched, event)
        handle(event)
        return True

    @property
    def _orbit(self) -> Orbit:
        return self._model.seen_from(self._index)

    @property
    def _in_photograph(self) -> bool:
        return self._model.is_flat(self._index) or self._model.compare.panes[self._index].view is not None

    @property
    def _flying(self) -> bool:
        return self._model.steering == "fly"

    def _navigate(self, orbit: Orbit) -> None:
        self._model.compare.navigate(orbit, self._index)

    def _look_closer(self, orbit: Orbit) -> None:
        self._model.compare.look_closer(orbit, self._index)

    def _pressed(self, event: QMouseEvent) -> None:
        self._last = self._pressed_at = event.position()
        self._widget.setFocus()
        self._model.compare.activate(self._index)

    def _moved(self, event: QMouseEvent) -> None:
        if event.buttons() == Qt.MouseButton.NoButton:
            return
        if self._pressed_at is not None:
            if (event.position() - self._pressed_at).manhattanLength() < STILL:
                return
            self._pressed_at = None
        moved, self._last = event.position() - self._last, event.position()
        turning = event.buttons() == Qt.MouseButton.LeftButton and not (
            event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        )
        if turning and not self._model.is_flat(self._index):
            self._turn(moved)
        else:
            self._pan(moved)

    def _turn(self, moved: QPointF) -> None:
        scale = (LOOK_PER_HEIGHT if self._flying else TURN_PER_HEIGHT) / max(self._widget.height(), 1)
        turn = self._orbit.looked if self._flying else self._orbit.turned
        self._navigate(turn(moved.x() * scale, moved.y() * scale))
        if not self._flying:
            self.circled.emit()

    def _pan(self, moved: QPointF) -> None:
        orbit = self._orbit
        framed = orbit.framed_height(self._widget.width(), self._widget.height())
        right, down = moved.x() / framed, moved.y() / framed
        if self._in_photograph:
            self._look_closer(orbit.shifted(right, down))
        else:
            self._navigate(orbit.panned(right, down))
            self.circled.emit()

    def _released(self, event: QMouseEvent) -> None:
        pressed_at, self._pressed_at = self._pressed_at, None
        if pressed_at is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(event.position())

    def _double_clicked(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit(event.position())

    def _wheeled(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / NOTCH
        orbit = self._orbit
        if self._in_photograph:
            width, height = self._widget.width(), self._widget.height()
            framed = orbit.framed_height(width, height)
            place = (event.position() - QPointF(width / 2, height / 2)) / framed
            self._look_closer(orbit.magnified(ENLARGE_PER_NOTCH**notches, place.x(), place.y()))
        elif self._flying:
            self._model.change_speed(notches)
        elif notches:
            self._navigate(orbit.approached(APPROACH_PER_NOTCH**notches))
            self.circled.emit()

    def _claim_key(self, event: QKeyEvent) -> None:
        """Keep the keys of flight from being taken for shortcuts."""
        wanted = self._flying and event.key() in FLIGHT_KEYS and not _commands(event)
        event.setAccepted(wanted)

    def _key_pressed(self, event: QKeyEvent) -> None:
        self._hurrying = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not self._flying or event.key() not in FLIGHT_KEYS or _commands(event):
            event.ignore()  # shortcuts are the window's
            return
        self._keys.add(event.key())
        if not self._flight.isActive():
            self._flown_at = time.perf_counter()
            self._flight.start()

    def _key_released(self, event: QKeyEvent) -> None:
        self._hurrying = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() in self._keys and not event.isAutoRepeat():
            self._keys.discard(event.key())
            if not self._keys:
                self._flight.stop()
        event.ignore()

    def _land(self, _: QEvent) -> None:
        self._keys.clear()
        self._flight.stop()

    def _fly(self) -> None:
        now = time.perf_counter()
        seconds, self._flown_at = min(now - self._flown_at, LONGEST_STEP), now
        seconds *= RUNNING if self._hurrying else 1.0
        directions = [FLIGHT_KEYS[key] for key in FLIGHT_KEYS if key in self._keys]
        right, down, forward = (seconds * sum(parts) for parts in zip(*directions, strict=True))
        self._model.compare.activate(self._index)
        self._model.fly(right, down, forward)


def _commands(event: QKeyEvent) -> bool:
    """Whether a key is pressed together with one that makes it a command."""
    return bool(event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier))


def _nothing(_: QEvent) -> None:
    """Nothing happens, and VTK does not hear of it."""
