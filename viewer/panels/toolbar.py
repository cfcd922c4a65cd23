"""What is shown in the viewport, as toggles."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolBar

from viewer.model import WindowModel

TOGGLES = (
    ("Cameras", "C", "show_cameras", "Show where the photographs were taken"),
    ("Points", "P", "show_points", "Show the points the capture brings"),
    ("Grid", "G", "show_grid", "Show the ground"),
)


class Toolbar(QToolBar):
    """Where to look from, and one toggle for each thing that can be shown.

    Parameters
    ----------
    model : WindowModel
    """

    def __init__(self, model: WindowModel) -> None:
        super().__init__()
        self._model = model
        self.setMovable(False)
        home = self._add("Whole scene", "H", "Look at the whole scene")
        home.triggered.connect(model.go_home)
        up = self._add("Up", "U", "Take another axis for up")
        up.triggered.connect(model.turn_up)
        self._toggles: dict[str, QAction] = {}
        for title, key, field, tip in TOGGLES:
            action = self._add(title, key, tip)
            action.setCheckable(True)
            action.setChecked(getattr(model, field))
            action.toggled.connect(lambda checked, field=field: setattr(model, field, checked))
            model.events[field].connect(self._on_shown_changed)
            self._toggles[field] = action
        model.events.scene.connect(self._on_scene_changed)
        self._on_scene_changed()

    def _add(self, title: str, key: str, tip: str) -> QAction:
        action = self.addAction(title)
        action.setShortcut(key)
        action.setToolTip(f"{tip} ({key})")
        return action

    def _on_shown_changed(self) -> None:
        for field, action in self._toggles.items():
            action.setChecked(getattr(self._model, field))

    def _on_scene_changed(self) -> None:
        capture = self._model.scene.capture if self._model.scene else None
        self._toggles["show_cameras"].setVisible(capture is not None)
        self._toggles["show_points"].setVisible(capture is not None and capture.points is not None)
