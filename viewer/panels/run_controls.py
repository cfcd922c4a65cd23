"""Where the run is, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QVBoxLayout, QWidget

from viewer.model.run import RunModel, State
from viewer.model.tune import TuneModel
from viewer.panels.seen import is_seen

REDRAW = 1000  # milliseconds
WHOLE = 1000
WORDS: dict[State, str] = {
    "idle": "",
    "preparing": "Preparing",
    "running": "Training",
    "paused": "Paused",
    "stopping": "Ending",
    "finished": "Finished",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "interrupted": "Interrupted",
}


class RunControls(QWidget):
    """State, progress, time left, numbers, and what can be asked now.

    Parameters
    ----------
    tune : TuneModel
    """

    def __init__(self, tune: TuneModel) -> None:
        super().__init__()
        self._tune = tune
        self._run = tune.run
        self._state = QLabel(objectName="title")
        self._left = QLabel(objectName="quiet")
        self._bar = QProgressBar(maximum=WHOLE, textVisible=False)
        self._bar.setFixedHeight(6)
        self._numbers = QLabel(objectName="quiet", wordWrap=True)
        self._message = QLabel(objectName="warning", wordWrap=True)
        self._outlook = QLabel(objectName="quiet", wordWrap=True)
        self._buttons = self._make_buttons()
        self._timer = QTimer(self, singleShot=True, interval=REDRAW)
        self._timer.timeout.connect(self._draw)
        self._arrange()
        tune.run.progressed.connect(self._on_progressed)
        tune.run.warned.connect(self._say)
        tune.refused.connect(self._say)
        tune.changed.connect(self._on_changed)
        tune.form.value_changed.connect(self._on_form_changed)
        tune.form.replaced.connect(self._on_form_changed)
        self._on_changed()

    def _make_buttons(self) -> dict[str, QPushButton | QToolButton]:
        tune, run = self._tune, self._run
        return {
            "start": _button("Start", "Begin a run with these parameters", tune.start, default=True),
            "resume": _button("Resume", "Go on where it stands", run.resume),
            "pause": _button("Pause", "Hold still", run.pause),
            "stop": _button("Stop", "End now and keep the result", run.stop),
            "fork": _button("Fork", "Go on from here with other parameters, in a run of its own", tune.branch_off),
            "save": _button("Save", "Write a checkpoint now", run.save),
            "cancel": _button("Cancel", "End now without a result; the last checkpoint stays", run.cancel),
        }

    def _arrange(self) -> None:
        heading, buttons = QHBoxLayout(), QHBoxLayout()
        heading.addWidget(self._state)
        heading.addStretch()
        heading.addWidget(self._left)
        buttons.setSpacing(6)
        for button in self._buttons.values():
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(heading)
        for widget in (self._bar, self._numbers, self._message, self._outlook):
            layout.addWidget(widget)
        layout.addLayout(buttons)

    def _on_progressed(self) -> None:
        """Draw soon, and at most once a second, where somebody looks."""
        if is_seen(self) and not self._timer.isActive():
            self._timer.start()

    def _on_changed(self) -> None:
        tune, run = self._tune, self._run
        shown = {
            "start": (not run.active, tune.can_start),
            "resume": (run.can_resume, True),
            "pause": (run.state in {"preparing", "running"}, run.can_pause),
            "stop": (run.active, run.can_stop),
            "fork": (tune.can_branch_off and tune.parent is None, True),
            "save": (run.active, run.can_save),
            "cancel": (run.active, run.can_cancel),
        }
        for name in sorted(shown, key=lambda name: shown[name]):  # hidden ones first, lest the row grow wide meanwhile
            self._buttons[name].setVisible(shown[name][0])
            self._buttons[name].setEnabled(shown[name][1])
        self._say(run.message)
        self._draw()
        self._on_form_changed()

    def _on_form_changed(self) -> None:
        tune = self._tune
        outlook = tune.outlook
        self._buttons["start"].setEnabled(tune.can_start)
        self._buttons["start"].setToolTip(tune.problem or "Begin a run with these parameters")
        words = [tune.problem] if tune.problem and not tune.form.errors else [outlook.text, *outlook.lowered]
        self._outlook.setText("\n".join(filter(None, words)))
        self._outlook.setVisible(not self._run.active and any(words))
        _name(self._outlook, "quiet" if outlook.fits and not outlook.lowered else "warning")

    def _draw(self) -> None:
        run = self._run
        self._state.setText(_state_in_words(run))
        self._left.setText(_time_in_words(run.seconds_left))
        self._bar.setVisible(run.active)
        self._bar.setMaximum(0 if run.fraction is None and run.state != "paused" else WHOLE)
        self._bar.setValue(round(WHOLE * (run.fraction or 0)))
        self._numbers.setText(_numbers_in_words(run))
        for label in (self._state, self._left, self._numbers):
            label.setVisible(bool(label.text()))

    def _say(self, sentence: str) -> None:
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))


def _button(text: str, tip: str, action: Callable[[], None], *, default: bool = False) -> QPushButton:
    button = QPushButton(text, toolTip=tip, objectName="primary" if default else "")
    button.clicked.connect(lambda _checked: action())  # it would take `checked` for an argument
    return button


def _name(label: QLabel, name: str) -> None:
    if label.objectName() != name:
        label.setObjectName(name)
        label.style().unpolish(label)
        label.style().polish(label)


def _state_in_words(run: RunModel) -> str:
    if run.state in {"preparing", "running"} and run.stage:
        return run.stage
    return WORDS[run.state]


def _time_in_words(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{max(1, round(seconds / 5)) * 5} s left"
    minutes = round(seconds / 60)
    return f"{minutes} min left" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min left"


def _numbers_in_words(run: RunModel) -> str:
    if not run.step:
        return ""
    words = [f"step {run.step:,} of {run.total_steps:,}"]
    if run.rate and run.state == "running":
        words.append(f"{run.rate:.1f} it/s" if run.rate < 10 else f"{run.rate:.0f} it/s")
    for name, written in (("loss", "loss {:.4f}"), ("psnr", "{:.2f} dB"), ("gaussians", "{:,.0f} Gaussians")):
        value = run.curves.last(name)
        if value is not None:
            words.append(written.format(value))
    return " · ".join(words)
