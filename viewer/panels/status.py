"""What the window says: one line at the bottom, and a banner over the viewport when something needs attention."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QStatusBar

from viewer.model import WindowModel
from viewer.model.machine import EVERY, MachineModel, size_in_words
from viewer.model.task_list import TaskListModel
from viewer.panels.seen import is_seen
from viewer.panels.task_line import TaskList

NARROWEST, WIDEST = 90, 480  # pixels of a line in the banner


class StatusLine(QStatusBar):
    """What draws, what is worked on, memory, how many splats, how large a picture, how fast.

    Parameters
    ----------
    model : WindowModel
    machine : MachineModel
        Sampled while the line is on screen.
    tasks : TaskListModel
    """

    def __init__(self, model: WindowModel, machine: MachineModel, tasks: TaskListModel) -> None:
        super().__init__()
        self._model = model
        self._machine = machine
        self.setSizeGripEnabled(False)
        self._device, self._memory, self._count, self._picture = (QLabel() for _ in range(4))
        self.addWidget(self._device)
        self.addWidget(TaskList(tasks))
        for label in (self._memory, self._count, self._picture):
            self.addPermanentWidget(label)
        self._timer = QTimer(self, interval=round(1000 * EVERY))
        self._timer.timeout.connect(lambda: machine.sample() if is_seen(self) else None)
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


class _Sentence(QLabel):
    """Words in lines of a comfortable length where there is room for them."""

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As wide as its longest line, up to a limit."""
        lines = (self.fontMetrics().horizontalAdvance(line) for line in self.text().splitlines())
        width = min(max(lines, default=0) + 2, WIDEST)
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """A few words a line."""
        return QSize(NARROWEST, self.fontMetrics().height())


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
        self._text = _Sentence(wordWrap=True)
        self._restart = QPushButton("Restart")
        self._restart.clicked.connect(self.restart_clicked)
        self._dismiss = QPushButton("OK")
        self._dismiss.clicked.connect(self._on_dismissed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 10, 12, 10)
        layout.setSpacing(14)
        for widget in (self._text, self._restart, self._dismiss):
            layout.addWidget(widget)
        for event in (model.events.engine, model.events.notice):
            event.connect(self._on_changed)
        self._on_changed()

    def _on_dismissed(self) -> None:
        self._model.notice = ""

    def _on_changed(self) -> None:
        engine, notice = self._model.engine, self._model.notice
        stopped = engine.condition == "stopped"
        text = engine.message if stopped else notice or engine.message
        self._text.setText(text)
        self._restart.setVisible(stopped)
        self._dismiss.setVisible(not stopped and bool(notice))
        self.setVisible(bool(text))
