"""The timeline: keyframes of a camera path, playing it in the viewport, and rendering it."""

from __future__ import annotations

import time

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from recon.scene.path_presets import PRESETS
from viewer.model.filming import FilmingModel
from viewer.panels.film_form import FilmForm, summary
from viewer.panels.media_icons import Sign, media_icon
from viewer.panels.style import on_recolored
from viewer.panels.task_line import TaskLine
from viewer.panels.timeline_ruler import Ruler

DISPLAY = 16  # milliseconds between two pictures of a display
TIDY = 800  # milliseconds of quiet after which the path is saved


class Timeline(QWidget):
    """Makes, plays and renders a camera path.

    Parameters
    ----------
    model : FilmingModel
    """

    def __init__(self, model: FilmingModel) -> None:
        super().__init__()
        self._model = model
        self._path = model.path
        self._ruler = Ruler(model.path)
        self._form = FilmForm(model)
        self._form.setWindowFlag(Qt.WindowType.Popup)
        self._clock = QTimer(self, interval=DISPLAY)
        self._clock.setTimerType(Qt.TimerType.PreciseTimer)
        self._clock.timeout.connect(self._on_tick)
        self._ticked = 0.0
        self._tidy = QTimer(self, singleShot=True, interval=TIDY)
        self._tidy.timeout.connect(self._path.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addLayout(self._transport())
        layout.addWidget(self._ruler, stretch=1)
        layout.addLayout(self._settings())
        self._line = TaskLine(model.slot)
        layout.addWidget(self._line)
        self._path.changed.connect(self._on_changed)
        self._path.changed.connect(self._on_edited)
        self._path.time_changed.connect(self._on_time_changed)
        self._path.playing_changed.connect(self._on_playing_changed)
        model.changed.connect(self._on_changed)
        model.slot.changed.connect(self._on_changed)
        self._on_changed()

    def _transport(self) -> QHBoxLayout:
        path = self._path
        self._play = _tool("play", "Play the path in the viewport (Space)", path.toggle)
        on_recolored(self, self._on_recolored)
        self._time = QLabel()
        self._time.setMinimumWidth(self._time.fontMetrics().horizontalAdvance("000.00 / 000.0 s "))
        self._name = QLineEdit(placeholderText="Name", minimumWidth=60, maximumWidth=140)
        self._name.setAccessibleName("Name of the keyframe")
        self._name.editingFinished.connect(lambda: path.rename(self._name.text()))
        self._add = _button("Add keyframe", "Add a keyframe where you stand", path.add)
        self._update = _button("Update", "Move the selected keyframe to where you stand", path.update)
        self._delete = _button("Delete", "Delete the selected keyframe (Del)", path.delete)
        self._presets = QPushButton("Presets")
        self._presets.setMenu(self._preset_menu())
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(_tool("before", "Keyframe before (Ctrl+Left)", lambda: path.step(-1)))
        row.addWidget(self._play)
        row.addWidget(_tool("after", "Keyframe after (Ctrl+Right)", lambda: path.step(1)))
        row.addWidget(self._time)
        row.addStretch()
        for widget in (self._name, self._add, self._update, self._delete, self._presets):
            row.addWidget(widget)
        return row

    def _preset_menu(self) -> QMenu:
        menu = QMenu(self)
        self._preset_actions = {}
        for preset in PRESETS:
            action = menu.addAction(preset.title, lambda name=preset.name: self._path.apply_preset(name))
            self._preset_actions[preset] = action
        menu.aboutToShow.connect(self._on_menu_shown)
        return menu

    def _settings(self) -> QHBoxLayout:
        path = self._path
        self._duration = QDoubleSpinBox(minimum=0.1, maximum=3600, decimals=1, singleStep=1, suffix=" s")
        self._duration.setToolTip("Duration; keyframes keep their share of it")
        self._duration.setKeyboardTracking(False)
        self._duration.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self._duration.setFixedWidth(72)
        self._duration.valueChanged.connect(path.set_duration)
        self._duration.editingFinished.connect(path.end_drag)
        self._loop = QCheckBox("Loop")
        self._loop.setToolTip("Lead from the end smoothly into the beginning")
        self._loop.toggled.connect(path.set_loop)
        self._even = QCheckBox("Even speed")
        self._even.setToolTip("Move at one speed, whatever the times of the keyframes")
        self._even.toggled.connect(path.set_constant_speed)
        self._film = _button("", "Size, what is drawn, background and format", self._on_film_clicked)
        self._render = _button("Render", "", self._model.render)
        self._render.setObjectName("primary")
        row = QHBoxLayout()
        row.setSpacing(10)
        for widget in (self._duration, self._loop, self._even):
            row.addWidget(widget)
        row.addStretch()
        row.addWidget(self._film)
        row.addWidget(self._render)
        return row

    def _on_changed(self) -> None:
        path = self._path
        for widget, value in ((self._loop, path.path.loop), (self._even, path.path.constant_speed)):
            widget.blockSignals(True)
            widget.setChecked(value)
            widget.blockSignals(False)
        self._duration.blockSignals(True)
        self._duration.setValue(path.path.duration)
        self._duration.blockSignals(False)
        chosen = path.selected is not None
        self._update.setEnabled(chosen)
        self._delete.setEnabled(chosen)
        self._name.setVisible(chosen)
        if chosen and not self._name.hasFocus():
            self._name.setText(path.path.keyframes[path.selected].name)
        self._play.setEnabled(bool(path.path.keyframes))
        self._film.setText(summary(self._model))
        self._render.setEnabled(not self._model.refusal and not self._model.slot.busy)
        self._render.setToolTip(self._model.refusal or f"Write {self._model.suggestion}")
        slot = self._model.slot
        self._line.setVisible(bool(slot.task or slot.written or slot.question))
        self._on_time_changed()

    def _on_edited(self) -> None:
        self._tidy.start()

    def _on_time_changed(self, _time: float = 0.0) -> None:
        self._time.setText(f"{self._path.time:.2f} / {self._path.path.duration:.1f} s")

    def _on_playing_changed(self, playing: bool) -> None:
        self._on_recolored()
        self._ticked = time.monotonic()
        if playing:
            self._clock.start()
        else:
            self._clock.stop()

    def _on_recolored(self) -> None:
        self._play.setIcon(media_icon("pause" if self._path.playing else "play"))

    def _on_tick(self) -> None:
        now = time.monotonic()
        passed, self._ticked = now - self._ticked, now
        self._path.advance(passed)

    def _on_menu_shown(self) -> None:
        for preset, action in self._preset_actions.items():
            action.setEnabled(not preset.needs_capture or self._path.capture is not None)

    def _on_film_clicked(self) -> None:
        self._form.adjustSize()
        above = QPoint(self._film.width() - self._form.width(), -self._form.height() - 6)
        self._form.move(self._film.mapToGlobal(above))
        self._form.show()


def _tool(sign: Sign, tip: str, clicked: object) -> QToolButton:
    button = QToolButton(toolTip=tip)
    on_recolored(button, lambda: button.setIcon(media_icon(sign)))
    button.setAccessibleName(tip)
    button.clicked.connect(clicked)
    return button


def _button(text: str, tip: str, clicked: object) -> QPushButton:
    button = QPushButton(text, toolTip=tip)
    button.clicked.connect(lambda _=False: clicked())
    return button
