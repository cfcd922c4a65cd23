"""What a result can become: one row for each format, its options, and where it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from recon.io.format import Format
from viewer.model.exporting import ExportModel
from viewer.panels.option_form import OptionForm
from viewer.panels.task_line import TaskLine

QUIET_SPELL = 400  # milliseconds without a change after which sizes are estimated anew
ROW = 34  # pixels
FRAMES = {"capture": "As the capture lies", "project": "Upright and to scale"}


def in_bytes(count: int) -> str:
    """A size in words, such as "12.3 MB"."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} GB"


class ExportPanel(QWidget):
    """Chooses a format and writes the file.

    Parameters
    ----------
    model : ExportModel
    """

    def __init__(self, model: ExportModel) -> None:
        super().__init__()
        self._model = model
        self._estimate = QTimer(self, singleShot=True, interval=QUIET_SPELL)
        self._estimate.timeout.connect(self._on_quiet)
        self._title = QLabel()
        self._title.setObjectName("title")
        self._list = QListWidget()
        self._list.setObjectName("formats")
        self._list.currentItemChanged.connect(self._on_row_chosen)
        self._loses = QLabel(wordWrap=True)
        self._loses.setObjectName("quiet")
        self._options = OptionForm(model)
        self._edited = QCheckBox("Apply edits")
        self._edited.setToolTip("Leave out what was deleted, and move what was moved")
        self._edited.toggled.connect(model.set_edited)
        self._frame = QComboBox()
        for name, text in FRAMES.items():
            self._frame.addItem(text, name)
        self._frame.activated.connect(lambda _: model.set_frame(self._frame.currentData()))
        self._message = QLabel(wordWrap=True)
        self._message.setObjectName("warning")
        self._arrange()
        model.changed.connect(self._on_changed)
        model.slot.changed.connect(self._on_changed)
        self._on_changed()

    def _arrange(self) -> None:
        self._out = QLineEdit()
        self._out.setAccessibleName("File")
        self._out.editingFinished.connect(self._on_out_edited)
        browse = QToolButton(text="…", toolTip="Choose where the file goes")
        browse.clicked.connect(self._on_browse)
        self._export = QPushButton("Export")
        self._export.setObjectName("primary")
        self._export.clicked.connect(self._model.export)
        place = QHBoxLayout()
        place.setSpacing(6)
        for widget in (self._out, browse, self._export):
            place.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self._list, stretch=1)
        for widget in (self._loses, self._options, self._edited, self._frame, self._message):
            layout.addWidget(widget)
        layout.addLayout(place)
        layout.addWidget(TaskLine(self._model.slot))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Estimate sizes once somebody looks."""
        super().showEvent(event)
        self._estimate.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  Qt's name
        """Estimate nothing that nobody looks at."""
        super().hideEvent(event)
        self._estimate.stop()

    def _on_quiet(self) -> None:
        if self._model.stale:
            self._model.estimate()

    def _on_changed(self) -> None:
        model = self._model
        if model.stale and self.isVisible():
            self._estimate.start()
        self._title.setText(f"Export {model.subject.title}" if model.subject else "Export")
        self._show_formats()
        self._loses.setText(_said(model.format, model) if model.format else "")
        self._edited.setChecked(model.edited)
        self._edited.setVisible(model.subject is not None)
        self._frame.setVisible(model.project_from_world is not None)
        self._frame.setCurrentIndex(list(FRAMES).index(model.frame))
        if not self._out.hasFocus():
            self._out.setText(str(model.out or ""))
        self._out.setToolTip(self._out.text())
        self._message.setText(model.refusal)
        self._message.setVisible(bool(model.refusal))
        self._export.setEnabled(not model.refusal and not model.slot.busy)

    def _show_formats(self) -> None:
        model = self._model
        self._list.blockSignals(True)
        if [self._list.item(row).data(Qt.ItemDataRole.UserRole) for row in range(self._list.count())] != [
            form.name for form in model.formats
        ]:
            self._list.clear()
            for form in model.formats:
                self._add_row(form)
        for row, form in enumerate(model.formats):
            item = self._list.item(row)
            size = model.sizes.get(form.name)
            self._list.itemWidget(item).show_size("" if size is None else in_bytes(size))
            if form is model.format:
                self._list.setCurrentItem(item)
        self._list.blockSignals(False)

    def _add_row(self, form: Format[Any]) -> None:
        item = QListWidgetItem()
        item.setData(Qt.ItemDataRole.UserRole, form.name)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, form.title)
        item.setSizeHint(QSize(0, ROW))
        self._list.addItem(item)
        self._list.setItemWidget(item, _Row(form))

    def _on_row_chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._model.choose(item.data(Qt.ItemDataRole.UserRole))

    def _on_out_edited(self) -> None:
        if self._out.text().strip():
            self._model.set_out(Path(self._out.text().strip()).expanduser())

    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Export", str(self._model.out or ""))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # the line below asks
        dialog.fileSelected.connect(lambda path: self._model.set_out(Path(path)))
        dialog.open()


def _said(form: Format[Any], model: ExportModel) -> str:
    """What is written, where it is not the result itself, and what of it is kept."""
    carried = model.subject is not None and model.subject.kind != form.kind
    light = model.subject is not None and model.subject.light
    return ("The splats that the blocks carry. " if carried else "") + (
        form.told_loss(light=light) or "Every value is kept."
    )


class _Row(QWidget):
    """A format: its title, and the size of the file."""

    def __init__(self, form: Format[Any]) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._size = QLabel()
        self._size.setObjectName("quiet")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 5, 8, 5)
        layout.addWidget(QLabel(form.title), stretch=1)
        layout.addWidget(self._size)

    def show_size(self, text: str) -> None:
        """Show the expected size."""
        self._size.setText(text)
