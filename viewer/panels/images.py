"""Photographs as Qt images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget


def pixmap(pixels: NDArray[np.uint8]) -> QPixmap:
    """(H, W, 3) uint8 sRGB as a pixmap with pixels of its own."""
    pixels = np.ascontiguousarray(pixels)
    height, width, _ = pixels.shape
    return QPixmap.fromImage(QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888))


class PictureView(QWidget):
    """Shows a picture whole, as large as its place allows, without stretching."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_picture(self, picture: QPixmap) -> None:
        """Show this from now on; an empty one shows nothing."""
        self._pixmap = picture
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Wide; as high as the picture then is."""
        return QSize(400, self.heightForWidth(400))

    def hasHeightForWidth(self) -> bool:  # noqa: N802  Qt's name
        """Whether the height follows the width."""
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802  Qt's name
        """Height of the picture at a width, at most as high as wide."""
        if self._pixmap.isNull():
            return width * 3 // 4
        return min(width, round(width * self._pixmap.height() / self._pixmap.width()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Paint the picture into the middle."""
        if self._pixmap.isNull():
            return
        size = self._pixmap.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        target = QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2, *size.toTuple())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(target, self._pixmap, QRectF(self._pixmap.rect()))
