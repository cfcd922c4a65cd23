"""One line about a task: how far it is, what it asks, what it has written, or why it failed."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QToolButton, QWidget

from viewer.model.task_list import Task, TaskListModel
from viewer.model.task_slot import TaskSlot

STEPS = 1000


def time_left(seconds: float | None) -> str:
    """In words: "2:05 left"; empty where nobody knows."""
    if seconds is None:
        return ""
    minutes, second = divmod(max(round(seconds), 1), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02} left" if hours else f"{minute}:{second:02} left"


def show_progress(bar: QProgressBar, task: Task) -> None:
    """Let a bar show how far a task is; it runs to and fro where nobody knows."""
    fraction = task.progress.fraction
    bar.setRange(0, 0 if fraction is None else STEPS)
    if fraction is not None:
        bar.setValue(round(STEPS * fraction))


class TaskLine(QWidget):
    """What a slot has to say.

    Parameters
    ----------
    slot : TaskSlot
    """

    def __init__(self, slot: TaskSlot) -> None:
        super().__init__()
        self._slot = slot
        self._text = QLabel(textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(120)
        self._cancel = _button("Cancel", self._on_cancel)
        self._yes = _button("Replace", lambda: slot.answer(True))
        self._no = _button("Keep", lambda: slot.answer(False))
        self._show = _button("Show in folder", self._on_show)
        self._copy = _button("Copy report", self._on_copy)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._bar)
        layout.addWidget(self._text, stretch=1)
        for button in (self._cancel, self._yes, self._no, self._show, self._copy):
            layout.addWidget(button)
        slot.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        slot, task = self._slot, self._slot.task
        self._bar.setVisible(slot.busy)
        self._cancel.setVisible(slot.busy)
        self._yes.setVisible(bool(slot.question))
        self._no.setVisible(bool(slot.question))
        self._show.setVisible(slot.written is not None)
        self._copy.setVisible(bool(task and task.report))
        if task and slot.busy:
            show_progress(self._bar, task)
        text = self._sentence()
        self._text.setText(text)
        self._text.setToolTip(str(slot.written) if slot.written else text)

    def _sentence(self) -> str:
        slot, task = self._slot, self._slot.task
        if task and slot.busy:
            return " · ".join(filter(None, [task.progress.message or task.title, time_left(task.seconds_left)]))
        if task:
            return task.message
        return slot.question or (f"{slot.written.name} written." if slot.written else "")

    def _on_cancel(self) -> None:
        if self._slot.task:
            self._slot.task.cancel()

    def _on_show(self) -> None:
        if self._slot.written:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._slot.written.parent)))

    def _on_copy(self) -> None:
        if self._slot.task:
            QGuiApplication.clipboard().setText(self._slot.task.report)


class TaskList(QWidget):
    """All tasks in one line of the status bar: the newest with its progress, and how many there are besides.

    Parameters
    ----------
    tasks : TaskListModel
    """

    def __init__(self, tasks: TaskListModel) -> None:
        super().__init__()
        self._tasks = tasks
        self._text = QLabel()
        self._bar = QProgressBar(textVisible=False)
        self._bar.setFixedWidth(90)
        self._end = QToolButton(text="✕")
        self._end.clicked.connect(self._on_end)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(6)
        for widget in (self._text, self._bar, self._end):
            layout.addWidget(widget)
        tasks.changed.connect(self._on_changed)
        self._on_changed()

    @property
    def _shown(self) -> Task | None:
        running = self._tasks.running
        return (running or self._tasks.tasks or (None,))[-1]

    def _on_changed(self) -> None:
        task = self._shown
        self.setVisible(task is not None)
        if task is None:
            return
        running = task.condition == "running"
        self._bar.setVisible(running)
        if running:
            show_progress(self._bar, task)
        others = len(self._tasks.tasks) - 1
        words = [task.title if running else f"{task.title} failed", time_left(task.seconds_left)]
        words.append(f"{others} more" if others else "")
        self._text.setText(" · ".join(filter(None, words)))
        self._text.setToolTip("\n".join(_line(each) for each in self._tasks.tasks))
        self._end.setToolTip("Cancel it" if running else "Dismiss it")

    def _on_end(self) -> None:
        task = self._shown
        if task and task.condition == "running":
            task.cancel()
        elif task:
            self._tasks.dismiss(task)


def _line(task: Task) -> str:
    return f"{task.title}: {task.message or task.progress.message or task.condition}"


def _button(text: str, clicked: object) -> QPushButton:
    button = QPushButton(text)
    button.clicked.connect(clicked)
    return button
