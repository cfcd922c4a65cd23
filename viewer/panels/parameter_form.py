"""The form of a method's parameters, made from what its config declares."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.model.parameter_form import Field, ParameterForm
from viewer.panels.fold import Fold
from viewer.panels.parameter_editors import make_editor, plain

LABEL_WIDTH = 108
HELP_LINES = 3


class ParameterRow(QWidget):
    """One parameter: its name, its editor, a way back, and what is wrong with it.

    Parameters
    ----------
    form : ParameterForm
    field : Field
    """

    looked_at = Signal(object)

    def __init__(self, form: ParameterForm, field: Field) -> None:
        super().__init__()
        self.field = field
        self._form = form
        self._label = QLabel(field.label)
        self._label.setFixedWidth(LABEL_WIDTH)
        self.editor = make_editor(field)
        self.editor.edited.connect(self._on_edited)
        self._reset = QToolButton(text="↺", objectName="reset")
        self._reset.setFixedWidth(20)
        self._reset.clicked.connect(lambda: form.reset(field.name))
        self._error = QLabel(wordWrap=True, objectName="warning")
        self._label.setBuddy(self.editor)
        self._arrange()
        for watched in (self, self.editor, *self.editor.findChildren(QWidget)):
            watched.installEventFilter(self)
        self.refresh()

    def _arrange(self) -> None:
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 1, 0, 1)
        layout.setHorizontalSpacing(6)
        layout.setVerticalSpacing(2)
        layout.addWidget(self._label, 0, 0)
        layout.addWidget(self.editor, 0, 1)
        layout.addWidget(self._reset, 0, 2)
        layout.addWidget(self._error, 1, 0, 1, 3)
        layout.setColumnStretch(1, 1)
        keep = self._reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(keep)

    def refresh(self) -> None:
        """Show value, error and whether it may be edited."""
        form, name = self._form, self.field.name
        locked, error, changed = form.locked(name), form.errors.get(name, ""), form.is_changed(name)
        self.editor.show_value(form.values[name])
        self.editor.setEnabled(not locked)
        self._label.setEnabled(not locked)
        self._reset.setVisible(changed and not locked)
        self._reset.setToolTip(f"Back to {plain(getattr(form.base, name))}")
        self._error.setText(error)
        self._error.setVisible(bool(error))
        self.setToolTip(locked or self.help)
        _set_property(self, "wrong", bool(error))
        _set_property(self._label, "changed", changed)

    @property
    def help(self) -> str:
        """What it is, its range and what it was, in a few lines."""
        info = self.field.info
        limits = [f"{word} {limit:g}" for word, limit in (("from", info.low), ("to", info.high)) if limit is not None]
        facts = [" ".join([*limits, info.unit]).strip(), f"preset {plain(getattr(self._form.base, self.field.name))}"]
        facts += ["can change during a run"] if info.live else []
        return f"{info.help}\n{' · '.join(filter(None, facts)).capitalize()}"

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        """Tell that one points at it or edits it."""
        if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn):
            self.looked_at.emit(self)
        return super().eventFilter(watched, event)

    def _on_edited(self, value: object) -> None:
        self._form.set(self.field.name, value)
        self.refresh()  # what was entered may come to the value there was


class ParameterFormView(QWidget):
    """All parameters under their headings, with a search field and a line of help; for 320 pixels of width and more.

    Parameters
    ----------
    form : ParameterForm
    """

    def __init__(self, form: ParameterForm) -> None:
        super().__init__()
        self._form = form
        self.rows: dict[str, ParameterRow] = {}
        self._groups: dict[str, Fold] = {}
        self._search = QLineEdit(placeholderText="Find a parameter", clearButtonEnabled=True)
        self._search.textChanged.connect(self._on_search_changed)
        self._reset = QToolButton(text="Reset all", objectName="resetAll")
        self._reset.clicked.connect(form.reset_all)
        self._nothing = QLabel("No parameter is called that.", objectName="quiet")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._help = QLabel(wordWrap=True, objectName="quiet")
        self._help.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._help.ensurePolished()
        self._help.setFixedHeight(HELP_LINES * self._help.fontMetrics().lineSpacing())
        self._pages = QScrollArea(widgetResizable=True)
        self._arrange()
        form.replaced.connect(self._on_replaced)
        form.value_changed.connect(self._on_value_changed)
        form.access_changed.connect(self._refresh)
        self._on_replaced()

    def _arrange(self) -> None:
        self._pages.setFrameShape(QFrame.Shape.NoFrame)
        self._pages.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._pages.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        top = QHBoxLayout()
        top.addWidget(self._search, stretch=1)
        top.addWidget(self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self._pages, stretch=1)
        layout.addWidget(self._nothing)
        layout.addWidget(self._help)

    def _on_replaced(self) -> None:
        """Other values; other rows only where the parameters are others."""
        if tuple(row.field for row in self.rows.values()) != self._form.fields:
            self._build()
        self._refresh()

    def _build(self) -> None:
        self.rows = {field.name: ParameterRow(self._form, field) for field in self._form.fields}
        self._groups = {}
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 4, 0)
        layout.setSpacing(2)
        for title in dict.fromkeys(field.info.group for field in self._form.fields):
            self._groups[title] = Fold(title, self._body(title), unfolded=not self._groups)
            layout.addWidget(self._groups[title])
        layout.addStretch()
        self._pages.setWidget(page)
        self._on_search_changed()

    def _body(self, group: str) -> QWidget:
        body = QWidget()
        layout = QVBoxLayout(body)
        layout.setContentsMargins(8, 0, 0, 6)
        layout.setSpacing(2)
        for row in self.rows.values():
            if row.field.info.group == group:
                layout.addWidget(row)
                row.looked_at.connect(lambda row: self._help.setText(row.help))
        return body

    def _refresh(self) -> None:
        for row in self.rows.values():
            row.refresh()
        self._on_totals_changed()

    def _on_value_changed(self, name: str) -> None:
        self.rows[name].refresh()
        self._on_totals_changed()

    def _on_totals_changed(self) -> None:
        form = self._form
        changed = {name for name in self.rows if form.is_changed(name)}
        self._reset.setEnabled(bool(changed) and form.access == "all")
        for title, group in self._groups.items():
            count = sum(form.field(name).info.group == title for name in changed)
            group.set_title(f"{title} · {count} changed" if count else title)

    def _on_search_changed(self) -> None:
        found = self._form.matching(self._search.text())
        for name, row in self.rows.items():
            row.setVisible(name in found)
        for title, group in self._groups.items():
            holds = any(self._form.field(name).info.group == title for name in found)
            group.setVisible(holds)
            if holds and self._search.text():
                group.unfold()
        self._nothing.setVisible(not found)
        self._pages.setVisible(bool(found))
        policy = QSizePolicy.Policy.Expanding if not found else QSizePolicy.Policy.Preferred
        self._nothing.setSizePolicy(QSizePolicy.Policy.Preferred, policy)


def _set_property(widget: QWidget, name: str, value: bool) -> None:
    """Set a property that the style sheet asks for; Qt looks again only when it is told to."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        for each in (widget, *widget.findChildren(QWidget)):
            each.style().unpolish(each)
            each.style().polish(each)
