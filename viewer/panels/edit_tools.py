"""The row of tools, and what the one in hand can be told."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.model.editing import TOOLS, VOLUMES, EditModel
from viewer.panels.edit_icons import SIDE, tool_icon
from viewer.panels.gizmo_choice import GizmoChoice
from viewer.panels.style import on_recolored

TIPS = {
    "navigate": "Look around; no tool",
    "rectangle": "Select by a rectangle",
    "lasso": "Select by a lasso",
    "brush": "Select by a brush; Ctrl and the wheel size it",
    "sphere": "Select within a sphere; Return selects",
    "box": "Select within a box, or crop to it; Return selects",
    "transform": "Move, turn and resize what is selected",
}
HINT = "Shift adds, Ctrl takes away, both keep what is in both"
SHAPES = ("rectangle", "lasso", "brush")


class ToolRow(QWidget):
    """Tools, one of them in hand, and its options below.

    Parameters
    ----------
    model : EditModel
    """

    def __init__(self, model: EditModel) -> None:
        super().__init__()
        self._model = model
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self._tools())
        self._shape, self._brush, self._gizmo, self._volume = (
            self._shape_options(),
            self._brush_options(),
            GizmoChoice(model),
            self._volume_options(),
        )
        for options in (self._shape, self._brush, self._gizmo, self._volume):
            layout.addWidget(options)
        for event in (model.events.tool, model.events.brush_radius, model.events.front_only):
            event.connect(self._on_changed)
        self._on_changed()

    def _tools(self) -> QHBoxLayout:
        row, self._buttons = QHBoxLayout(), {}
        row.setSpacing(2)
        group = QButtonGroup(self)
        for tool in TOOLS:
            button = QToolButton(checkable=True, toolTip=TIPS[tool])
            button.setAccessibleName(tool.capitalize())
            button.setIconSize(QSize(SIDE, SIDE))
            button.clicked.connect(lambda _=False, tool=tool: self._model.take(tool))
            group.addButton(button)
            row.addWidget(button)
            self._buttons[tool] = button
        row.addStretch()
        on_recolored(self, self._on_recolored)
        return row

    def _on_recolored(self) -> None:
        for tool, button in self._buttons.items():
            button.setIcon(tool_icon(tool))

    def _shape_options(self) -> QWidget:
        self._front = QCheckBox("Only what is in front", toolTip="Leave alone what lies behind something solid")
        self._front.toggled.connect(lambda checked: setattr(self._model, "front_only", checked))
        return _column(self._front, QLabel(HINT, objectName="quiet", wordWrap=True))

    def _brush_options(self) -> QWidget:
        self._radius = QSlider(Qt.Orientation.Horizontal, minimum=2, maximum=200)
        self._radius.setAccessibleName("Brush size")
        self._radius.valueChanged.connect(lambda value: setattr(self._model, "brush_radius", float(value)))
        return _row(QLabel("Brush size"), self._radius)

    def _volume_options(self) -> QWidget:
        select, add, subtract = QPushButton("Select"), QPushButton("Add"), QPushButton("Take out")
        for button, mode in ((select, "replace"), (add, "add"), (subtract, "subtract")):
            button.clicked.connect(lambda _=False, mode=mode: self._model.select_volume(mode))
        self._crop = QPushButton("Crop", toolTip="Remove everything outside the box")
        self._crop.clicked.connect(self._model.crop)
        return _row(select, add, subtract, self._crop)

    def _on_changed(self) -> None:
        model = self._model
        self._buttons[model.tool].setChecked(True)
        self._shape.setVisible(model.tool in SHAPES)
        self._brush.setVisible(model.tool == "brush")
        self._gizmo.setVisible(model.tool in (*VOLUMES, "transform"))
        self._volume.setVisible(model.tool in VOLUMES)
        self._crop.setVisible(model.tool == "box")
        self._front.setChecked(model.front_only)
        if round(model.brush_radius) != self._radius.value():
            blocked = self._radius.blockSignals(True)
            self._radius.setValue(round(model.brush_radius))
            self._radius.blockSignals(blocked)


def _row(*widgets: QWidget) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    for widget in widgets:
        layout.addWidget(widget)
    return row


def _column(*widgets: QWidget) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    for widget in widgets:
        layout.addWidget(widget)
    return column
