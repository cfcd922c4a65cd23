"""A small ring at what one turns about, seen only while one moves."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt, QTimer, QVariantAnimation
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from recon.scene import Camera
from viewer.model import Orbit
from viewer.viewport.gizmo_painter import PLAIN, SHADE

SIDE, RADIUS = 26, 8.0  # pixels
STAYS, FADES = 600, 250  # milliseconds


class PivotMark(QWidget):
    """Marks the pivot over a picture for a moment whenever it is asked to.

    Parameters
    ----------
    overlay : QWidget
        Lies over the picture.
    camera : callable
        The camera of the picture on screen, or None.
    orbit : callable
        From where the pane is seen, or None.
    """

    def __init__(
        self, overlay: QWidget, camera: Callable[[], Camera | None], orbit: Callable[[], Orbit | None]
    ) -> None:
        super().__init__(overlay)
        self._overlay, self._camera, self._orbit = overlay, camera, orbit
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFixedSize(SIDE, SIDE)
        self._fading = QVariantAnimation(self, startValue=1.0, endValue=0.0, duration=FADES)
        self._fading.valueChanged.connect(lambda _: self.update())
        self._fading.finished.connect(self.hide)
        self._staying = QTimer(self, singleShot=True, interval=STAYS)
        self._staying.timeout.connect(self._fading.start)
        self.hide()

    def flash(self) -> None:
        """Show it, and let it fade once nothing more happens."""
        self._fading.stop()
        self._staying.start()
        self.show()
        self.follow()

    def follow(self) -> None:
        """Lie at the pivot, as the picture on screen shows it."""
        if self.isHidden():
            return
        place = self._place()
        if place is None:
            self.hide()
        else:
            self.move((place - QPointF(SIDE / 2, SIDE / 2)).toPoint())
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Paint a ring and a dot, dark under light, to be seen on anything."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._fading.state() == QVariantAnimation.State.Running:
            painter.setOpacity(float(self._fading.currentValue()))
        middle = QPointF(SIDE / 2, SIDE / 2)
        shade = QColor(SHADE)
        shade.setAlpha(130)
        for color, width in ((shade, 3.2), (QColor(PLAIN), 1.4)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(middle, RADIUS, RADIUS)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(middle, 0.5 + width / 2, 0.5 + width / 2)
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _place(self) -> QPointF | None:
        camera, orbit = self._camera(), self._orbit()
        if camera is None or orbit is None:
            return None
        (pixel,), (depth,) = camera.project([orbit.pivot if orbit.center is None else orbit.center])
        if depth <= 0:
            return None
        across, down = self._overlay.width() / camera.width, self._overlay.height() / camera.height
        return QPointF(pixel[0] * across, pixel[1] * down)
