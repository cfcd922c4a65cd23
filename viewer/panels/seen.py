"""Whether anybody looks."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def is_seen(widget: QWidget) -> bool:
    """Whether a widget is on screen: drawing for nobody would take its time from what is being computed."""
    return widget.isVisible() and not widget.window().isMinimized()
