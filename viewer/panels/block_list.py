"""The blocks as a list: colour, name, image error, opacity, and whether each is locked or hidden."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from viewer.model.block_editing import BlockModel
from viewer.model.block_target import BlockTarget, Mark
from viewer.model.block_view import part_color
from viewer.model.look import colors
from viewer.model.scores import PartScore
from viewer.panels.edit_icons import tool_icon
from viewer.panels.style import dress, on_recolored

NAME, ERROR, OPACITY, LOCK, EYE = range(5)
NUMBER = Qt.ItemDataRole.UserRole
MARKS: dict[int, Mark] = {LOCK: "locked", EYE: "hidden"}
SWATCH, ROW, BAR, ERROR_BAR, ICON = 12, 26, 64, 44, 28  # pixels
UNKNOWN = "The image error of this block is not known: it was changed since, or no held-out photograph shows it"
SHEET = """
QTreeWidget {{ background: {c.ground}; border: 1px solid {c.line}; border-radius: 4px; }}
QTreeWidget {{ outline: none; color: {c.text}; }}
QTreeWidget::item:hover {{ background: {c.raised}; }}
QTreeWidget::item:selected {{ background: {c.line}; color: {c.text}; }}
"""


class BlockList(QTreeWidget):
    """All blocks of the target; what is selected here is selected in the panes.

    A click on the lock or the eye turns it, a double click or F2 renames, and the bar is dragged.

    Parameters
    ----------
    model : BlockModel
    """

    def __init__(self, model: BlockModel) -> None:
        super().__init__()
        self._model = model
        self._filling = False
        self._icons: dict[str, QIcon] = {}
        self.setColumnCount(5)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(16, 16))
        self.setMinimumHeight(6 * ROW)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setAccessibleName("Blocks")
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in ((ERROR, ERROR_BAR + 8), (OPACITY, BAR + 8), (LOCK, ICON), (EYE, ICON)):
            header.resizeSection(column, width)
        dress(self, SHEET)
        self.itemSelectionChanged.connect(self._on_selected)
        self.itemClicked.connect(self._on_clicked)
        self.itemChanged.connect(self._on_edited)
        model.events.target.connect(self._show)
        model.events.selection.connect(self._show_selection)
        on_recolored(self, self._on_recolored)

    def item_of(self, number: int) -> QTreeWidgetItem | None:
        """The row of a block."""
        rows = (self.topLevelItem(row) for row in range(self.topLevelItemCount()))
        return next((item for item in rows if item.data(NAME, NUMBER) == number), None)

    def _on_recolored(self) -> None:
        marks = {"lock": True, "unlock": False, "eye": True, "closed_eye": False}
        self._icons = {name: _icon(name, on=on) for name, on in marks.items()}
        self._show()

    def _show(self) -> None:
        target = self._model.target
        numbers = list(target.edited.numbers) if target else []
        self._filling = True
        if numbers != [self.topLevelItem(row).data(NAME, NUMBER) for row in range(self.topLevelItemCount())]:
            self._make_rows(numbers)
        for row in range(len(numbers)):
            if target is not None:
                self._fill(self.topLevelItem(row), target, row)
        self.setColumnHidden(ERROR, target is None or not any(target.errors))
        self._filling = False
        self._show_selection()

    def _make_rows(self, numbers: list[int]) -> None:
        self.clear()
        for number in numbers:
            item = QTreeWidgetItem()
            item.setData(NAME, NUMBER, number)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setSizeHint(NAME, QSize(0, ROW))
            item.setIcon(NAME, _swatch(number))
            self.addTopLevelItem(item)
            bar = OpacityBar()
            bar.moved.connect(lambda value, number=number: self._model.set_opacity(number, value, provisional=True))
            bar.released.connect(lambda value, number=number: self._model.set_opacity(number, value))
            self.setItemWidget(item, OPACITY, bar)
            self.setItemWidget(item, ERROR, ErrorBar())

    def _fill(self, item: QTreeWidgetItem, target: BlockTarget, row: int) -> None:
        edited = target.edited
        number, name = edited.numbers[row], edited.blocks.names[row]
        locked, hidden = number in edited.locked, number in edited.hidden
        item.setText(NAME, name)
        item.setForeground(NAME, QColor(colors().quiet if hidden else colors().text))
        item.setIcon(LOCK, self._icons["lock" if locked else "unlock"])
        item.setIcon(EYE, self._icons["closed_eye" if hidden else "eye"])
        item.setToolTip(NAME, f"{name}; double-click to rename")
        item.setToolTip(LOCK, "Let it go" if locked else "Keep it as it is, in edits and in fits")
        item.setToolTip(EYE, "Show" if hidden else "Hide")
        bar = self.itemWidget(item, OPACITY)
        if isinstance(bar, OpacityBar):
            bar.put(float(edited.blocks.opacities[row]), enabled=not locked)
        error = self.itemWidget(item, ERROR)
        if isinstance(error, ErrorBar):
            largest = max((each.mean_absolute_error for each in target.errors if each), default=0.0)
            error.put(target.error_of(number), largest)

    def _show_selection(self) -> None:
        self._filling = True
        for row in range(self.topLevelItemCount()):
            item = self.topLevelItem(row)
            item.setSelected(item.data(NAME, NUMBER) in self._model.selection)
        self._filling = False

    def _on_selected(self) -> None:
        if not self._filling:
            self._model.selection = tuple(item.data(NAME, NUMBER) for item in self.selectedItems())

    def _on_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        target = self._model.target
        if column in MARKS and target is not None:
            mark, number = MARKS[column], item.data(NAME, NUMBER)
            there = target.edited.locked if mark == "locked" else target.edited.hidden
            self._model.mark((number,), mark, on=number not in there)

    def _on_edited(self, item: QTreeWidgetItem, column: int) -> None:
        if self._filling or column != NAME:
            return
        self._model.rename(item.data(NAME, NUMBER), item.text(NAME))
        self._show()  # an empty name is none


class OpacityBar(QWidget):
    """A bar as long as something is opaque, to be dragged.

    Attributes
    ----------
    moved, released : Signal
        With the opacity, in [0, 1].
    """

    moved = Signal(float)
    released = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self._value = 1.0
        self.setFixedWidth(BAR)

    def put(self, value: float, *, enabled: bool) -> None:
        """Show an opacity."""
        self._value = value
        self.setEnabled(enabled)
        self.setToolTip(f"Opacity {value:.0%}")
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Begin to drag."""
        self.moved.emit(self._at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Drag."""
        self.moved.emit(self._at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Let go."""
        self.released.emit(self._at(event.position()))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        groove = QRectF(0, self.height() / 2 - 3, self.width(), 6)
        painter.setBrush(QColor(colors().raised))
        painter.drawRoundedRect(groove, 3, 3)
        groove.setWidth(max(self._value * self.width(), 1.0))
        painter.setBrush(QColor(colors().accent if self.isEnabled() else colors().quiet))
        painter.drawRoundedRect(groove, 3, 3)

    def _at(self, position: QPointF) -> float:
        return min(max(position.x() / max(self.width(), 1), 0.0), 1.0)


class ErrorBar(QWidget):
    """A block's image error in words, over a bar as long as it is beside the largest one."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self._part = "", 0.0
        self.setFixedWidth(ERROR_BAR)

    def put(self, score: PartScore | None, largest: float) -> None:
        """Show an error beside the largest there is."""
        self.text = f"{score.mean_absolute_error:.1%}" if score else "–"
        self._part = score.mean_absolute_error / largest if score and largest > 0 else 0.0
        self.setToolTip(_told(score) if score else UNKNOWN)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  Qt's name and signature
        """Paint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors().warning))
        painter.drawRoundedRect(QRectF(0, self.height() - 5, self._part * self.width(), 3), 1.5, 1.5)
        painter.setPen(QColor(colors().text if self._part else colors().quiet))
        painter.drawText(self.rect().adjusted(0, 0, 0, -5), Qt.AlignmentFlag.AlignVCenter, self.text)


def _told(score: PartScore) -> str:
    return (
        f"Image error: colours are {score.mean_absolute_error:.1%} off on average, PSNR {score.psnr:.1f} dB, "
        f"over the {score.pixels:,} pixels of held-out photographs in which the block is seen"
    )


def _swatch(number: int) -> QIcon:
    pixmap = QPixmap(SWATCH, SWATCH)
    pixmap.fill(QColor.fromRgbF(*part_color(number)))
    return _plain(pixmap)


def _icon(name: str, *, on: bool) -> QIcon:
    """An icon that says that something is on, or quietly that it is not."""
    state = QIcon.State.On if on else QIcon.State.Off
    return _plain(tool_icon(name).pixmap(QSize(48, 48), QIcon.Mode.Normal, state))


def _plain(pixmap: QPixmap) -> QIcon:
    """An icon that looks the same in rows that are selected."""
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)
    return icon
