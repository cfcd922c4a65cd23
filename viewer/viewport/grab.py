"""What a widget shows, as pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget


def pixels_of(widget: QWidget) -> NDArray[np.uint8]:
    """Paint a widget anew: (H, W, 3) uint8 sRGB in device pixels, first row uppermost."""
    image = widget.grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
