"""What the window says: one line at the bottom, and a banner over the viewport when something needs attention."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QStatusBar, QToolButton, QWidget

from viewer.model import WindowModel
from viewer.model.machine import EVERY, MachineModel, size_in_words
from viewer.model.task_list import Task, TaskListModel

WIDEST = 480  # pixels of a line in the banner
BAR = 110  # pixels of a task's progress


class StatusLine(QStatusBar):
    """What draws, what is worked on, memory, how many splats, how large a picture, how fast.

    Parameters
    ----------
    model : WindowModel
    machine : MachineModel
        Sampled while the line is on screen.
    tasks : TaskListModel
    """

    report_wanted = Signal(object)  # of a failed Task

    def __init__(self, model: WindowModel, machine: MachineModel, tasks: TaskListModel) -> None:
        super().__init__()
        self._model = model
        self._machine = machine
        self.setSizeGripEnabled(False)
        self._device, self._memory, self._count, self._picture = (QLabel() for _ in range(4))
        self.addWidget(self._device)
        self._tasks = TaskStrip(tasks)
        self._tasks.report_wanted.connect(self.report_wanted)
        self.addWidget(self._tasks)
        for label in (self._memory, self._count, self._picture):
            self.addPermanentWidget(label)
        self._timer = QTimer(self, interval=round(1000 * EVERY))
        self._timer.timeout.connect(lambda: machine.sample() if self.isVisible() else None)
        self._timer.start()
        for event in (model.events.engine, model.events.extents, model.events.picture):
            event.connect(self._on_changed)
        machine.changed.connect(self._on_sampled)
        self._on_changed()
        machine.sample()

    def _on_sampled(self) -> None:
        self._memory.setText(self._machine.in_words)
        self._memory.setToolTip(f"{size_in_words(self._machine.free_bytes)} of memory are free")

    def _on_changed(self) -> None:
        model, picture = self._model, self._model.picture
        self._device.setText(model.engine.device)
        self._count.setText("" if model.splat_count is None else f"{model.splat_count:,} splats")
        self._picture.setText(
            ""
            if picture is None
            else f"{picture.width} × {picture.height}, reduced while moving"
            if picture.reduced
            else f"{picture.width} × {picture.height} · {1000 * picture.seconds:.0f} ms"
        )


class TaskStrip(QWidget):
    """The task at work with its progress and a way to end it, or one that failed; how many more there are.

    Parameters
    ----------
    tasks : TaskListModel
    """

    report_wanted = Signal(object)  # of a failed Task

    def __init__(self, tasks: TaskListModel) -> None:
        super().__init__()
        self._tasks = tasks
        self._text, self._more = QLabel(), QLabel()
        self._bar = QProgressBar(textVisible=False, maximum=1000)
        self._bar.setFixedSize(BAR, 6)
        self._report = QToolButton(text="Report")
        self._stop = QToolButton(text="✕")
        self._report.clicked.connect(lambda: self.report_wanted.emit(self._shown))
        self._stop.clicked.connect(self._on_stop_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self._text, self._bar, self._report, self._stop, self._more):
            layout.addWidget(widget)
        tasks.changed.connect(self._on_changed)
        self._on_changed()

    @property
    def _shown(self) -> Task | None:
        """One that failed first: somebody should read it."""
        failed = (task for task in self._tasks.tasks if task.condition == "failed")
        return next(failed, next(iter(self._tasks.running), None))

    def _on_changed(self) -> None:
        task = self._shown
        self.setVisible(task is not None)
        if task is None:
            return
        failed = task.condition == "failed"
        self._text.setText(task.message if failed else task.title)
        self._text.setToolTip(task.message or task.progress.message)
        fraction = task.progress.fraction
        self._bar.setMaximum(1000 if fraction is not None else 0)  # without an end, it only says that it is at work
        self._bar.setValue(round(1000 * (fraction or 0)))
        self._bar.setVisible(not failed)
        self._report.setVisible(failed and bool(task.report))
        self._stop.setToolTip("Dismiss" if failed else "Cancel")
        more = len(self._tasks.tasks) - 1
        self._more.setText(f"and {more} more")
        self._more.setVisible(more > 0)

    def _on_stop_clicked(self) -> None:
        task = self._shown
        if task is not None and task.condition == "failed":
            self._tasks.dismiss(task)
        elif task is not None:
            task.cancel()


class Banner(QFrame):
    """A sentence over the viewport, with a button where there is something to do about it.

    Parameters
    ----------
    model : WindowModel
    """

    restart_clicked = Signal()

    def __init__(self, model: WindowModel) -> None:
        super().__init__()
        self._model = model
        self.setObjectName("banner")
        self._text = QLabel(wordWrap=True)
        self._restart = QPushButton("Restart")
        self._restart.clicked.connect(self.restart_clicked)
        self._dismiss = QPushButton("OK")
        self._dismiss.clicked.connect(self._on_dismissed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 10, 12, 10)
        layout.setSpacing(14)
        for widget in (self._text, self._restart, self._dismiss):
            layout.addWidget(widget)
        for event in (model.events.engine, model.events.loading, model.events.notice):
            event.connect(self._on_changed)
        self._on_changed()

    def _on_dismissed(self) -> None:
        self._model.notice = ""

    def _on_changed(self) -> None:
        engine, notice = self._model.engine, self._model.notice
        stopped = engine.condition == "stopped"
        text = engine.message if stopped else notice or self._model.loading or engine.message
        self._text.setText(text)
        lines = (self._text.fontMetrics().horizontalAdvance(line) for line in text.splitlines())
        self._text.setMinimumWidth(min(max(lines, default=0) + 2, WIDEST))
        self._restart.setVisible(stopped)
        self._dismiss.setVisible(not stopped and bool(notice))
        self.setVisible(bool(text))
