"""The table of test views: the worst first, a click goes there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from viewer.model.look import colors
from viewer.model.scores import Score
from viewer.model.views_table import BY_ERROR, BY_NAME, ViewsTable
from viewer.panels.style import dress

Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()
SHEET = """
QTableView {{ background: {c.ground}; border: none; outline: none; color: {c.text}; font-size: 12px;
  selection-background-color: {c.line}; }}
QTableView::item {{ padding: 0 8px; }}
QTableView::item:hover {{ background: {c.raised}; }}
QTableView::item:selected {{ background: {c.line}; color: {c.text}; }}
QHeaderView {{ background: {c.ground}; border: none; }}
QHeaderView::section {{ background: {c.ground}; color: {c.quiet}; border: none; padding: 3px 8px; font-size: 11px; }}
"""
FILTERS = "Page with everything in it (*.html);;Table (*.csv);;Picture of the panes (*.png)"


class ViewsPanel(QWidget):
    """All test views with PSNR and SSIM of each result, what is not known to be measured on demand.

    Parameters
    ----------
    table : ViewsTable

    Attributes
    ----------
    picture_wanted : Signal
        Emitted with the path of a PNG, which is to be a picture of the panes as they stand.
    """

    picture_wanted = Signal(Path)

    def __init__(self, table: ViewsTable) -> None:
        super().__init__()
        self._table = table
        self._rows = _Rows(table)
        self._summary = QLabel(objectName="quiet")
        self._measure = QPushButton("Measure", toolTip="Measure what is not known yet")
        self._measure.clicked.connect(table.measure)
        self._export = QPushButton("Export…", toolTip="Write the comparison as a page, a table or a picture")
        self._export.clicked.connect(self._on_export_clicked)
        self._view = self._build_view()
        line = QHBoxLayout()
        line.addWidget(self._summary, stretch=1)
        line.addWidget(self._measure)
        line.addWidget(self._export)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(6)
        layout.addLayout(line)
        layout.addWidget(self._view)
        table.changed.connect(self._on_changed)
        table.selection_changed.connect(self._on_selection_changed)
        self._on_changed()

    def export_to(self, out: Path) -> None:
        """Write the comparison; the ending of the name says how."""
        if out.suffix.lower() == ".png":
            self.picture_wanted.emit(out)
        else:
            self._table.write(out)

    def _build_view(self) -> QTableView:
        view = QTableView()
        dress(view, SHEET)
        view.setModel(self._rows)
        view.setSortingEnabled(True)
        view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        view.setShowGrid(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(24)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # by error, as the table is at first
        header.setSortIndicatorClearable(True)
        view.clicked.connect(self._on_picked)
        view.activated.connect(self._on_picked)
        return view

    def _on_changed(self) -> None:
        table = self._table
        count, means = len(table.views), table.means
        words = [f"{count} test view{'' if count == 1 else 's'}" if count else "No test views"]
        words += [
            f"{result.title} {mean.psnr:.2f} dB, SSIM {mean.ssim:.4f}"
            for result, mean in zip(table.results, means, strict=True)
            if mean is not None
        ]
        self._summary.setText("  ·  ".join(words))
        self._measure.setEnabled(bool(count) and not table.complete)
        self._export.setEnabled(bool(count and table.results))
        self._on_selection_changed()

    def _on_selection_changed(self) -> None:
        """Mark the view that is selected in the window."""
        row = self._rows.row_of(self._table.selected)
        if row >= 0:
            self._view.selectRow(row)
        else:
            self._view.clearSelection()

    def _on_picked(self, index: QModelIndex) -> None:
        self._table.go_to(index.data(Qt.ItemDataRole.UserRole))

    def _on_export_clicked(self) -> None:
        name, chosen = QFileDialog.getSaveFileName(self, "Export the comparison", "comparison.html", FILTERS)
        if name:
            out = Path(name)
            self.export_to(out if out.suffix else out.with_suffix(chosen[chosen.index("*") + 1 : -1]))


class _Rows(QAbstractTableModel):
    """One row for each view: its name, then PSNR and SSIM of each result."""

    def __init__(self, table: ViewsTable) -> None:
        super().__init__()
        self._table = table
        self._shown, self._results = table.rows, table.results
        table.changed.connect(self._on_changed)

    def rowCount(self, parent: Index = NO_PARENT) -> int:  # noqa: N802  Qt's name
        """Number of views."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = NO_PARENT) -> int:  # noqa: N802  Qt's name
        """The name, and two for each result."""
        return 0 if parent.isValid() else 1 + 2 * len(self._results)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:  # noqa: N802  Qt's name
        """Titles of the columns."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignVCenter | (
                Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            )
        if orientation != Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        if section == 0:
            return "View"
        result = self._results[(section - 1) // 2]
        return f"{result.title}, dB" if section % 2 else "SSIM"

    def data(self, index: Index, role: int = 0) -> Any:
        """What a cell shows; UserRole is the name of the view."""
        row, column = self._shown[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.UserRole:
                return row.view.name
            case Qt.ItemDataRole.DisplayRole:
                return row.view.name if column == 0 else _number(row.scores[(column - 1) // 2], column)
            case Qt.ItemDataRole.ForegroundRole if column == 0:
                return None
            case Qt.ItemDataRole.ForegroundRole:
                best = self._is_best(row.scores, (column - 1) // 2)
                return QColor(colors().accent if best else colors().quiet)
            case Qt.ItemDataRole.TextAlignmentRole if column:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by name, or by the PSNR of a result; by error where no column is chosen."""
        by = self._results[(column - 1) // 2].key if column > 0 else BY_NAME if column == 0 else BY_ERROR
        self._table.sort(by, backward=order == Qt.SortOrder.DescendingOrder)

    def _is_best(self, scores: tuple[Score | None, ...], number: int) -> bool:
        known = [score.psnr for score in scores if score is not None]
        score = scores[number]
        return len(known) > 1 and score is not None and score.psnr == max(known)

    def _on_changed(self) -> None:
        """Take new rows; where only their order or numbers have changed, the place one has scrolled to is kept."""
        rows, results = self._table.rows, self._table.results
        same = len(rows) == len(self._shown) and results == self._results
        (self.layoutAboutToBeChanged.emit if same else self.beginResetModel)()
        self._shown, self._results = rows, results
        (self.layoutChanged.emit if same else self.endResetModel)()

    def row_of(self, name: str | None) -> int:
        """The row of a view, -1 where there is none."""
        return next((number for number, row in enumerate(self._shown) if row.view.name == name), -1)


def _number(score: Score | None, column: int) -> str:
    if score is None:
        return "–"
    return f"{score.psnr:.2f}" if column % 2 else f"{score.ssim:.4f}"
