"""All shortcuts at a glance, and a line to find one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from viewer.model.commands import Commands
from viewer.model.fuzzy import match
from viewer.panels.overlay import Overlay

SIZE = QSize(880, 620)
COLUMNS, GAP = 2, 40
GESTURES: Mapping[str, Sequence[tuple[str, str]]] = {
    "Looking around": (
        ("Drag", "Turn around the pivot"),
        ("Shift+Drag", "Move sideways; so does the right or the middle button"),
        ("Wheel", "Come closer; enlarge, in a photograph"),
        ("Click", "Set the pivot"),
        ("Double-click", "Stand in a camera"),
    ),
    "In flight": (
        ("Drag", "Turn the head"),
        ("W A S D", "Forward, left, back, right"),
        ("Q E", "Down, up"),
        ("Shift", "Hurry"),
        ("Wheel", "Change the speed"),
    ),
    "With a tool for selecting": (
        ("Drag", "Select"),
        ("Shift+Drag", "Add"),
        ("Ctrl+Drag", "Take away"),
        ("Shift+Ctrl+Drag", "Keep what both hold"),
        ("Ctrl+Wheel", "Size the brush"),
        ("Esc", "Drop what is being drawn"),
    ),
}


@dataclass(frozen=True)
class _Section:
    title: str
    rows: tuple[tuple[str, str], ...]  # keys, what they do


class ShortcutSheet(QWidget):
    """Lists the shortcuts by menu, and what the pointer does.

    Parameters
    ----------
    commands : Commands
    window : QWidget
        What it lies over.
    gestures : mapping of str to sequence of (str, str)
        Under each heading, what is done and what it does.
    """

    def __init__(
        self, commands: Commands, window: QWidget, gestures: Mapping[str, Sequence[tuple[str, str]]] = GESTURES
    ) -> None:
        super().__init__()
        self._commands, self._gestures = commands, gestures
        self._line = QLineEdit(placeholderText="Find a shortcut", clearButtonEnabled=True)
        self._line.setObjectName("search")
        self._line.textChanged.connect(self._on_text_changed)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        title = QLabel("Shortcuts")
        title.setObjectName("heading")
        head = QHBoxLayout()
        head.addWidget(title, stretch=1)
        head.addWidget(self._line, stretch=1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 12, 12)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self._scroll, stretch=1)
        self.setFocusProxy(self._line)
        self._overlay = Overlay(window, self)

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """Two columns wide."""
        return SIZE

    def open(self) -> None:
        """Show it, with everything in it."""
        self._line.clear()
        self._on_text_changed("")
        self._overlay.open()

    def close_sheet(self) -> None:
        """Hide it."""
        self._overlay.close_sheet()

    def _on_text_changed(self, query: str) -> None:
        sections = [found for section in self._sections() if (found := _narrowed(section, query)).rows]
        page = _page(sections)
        self._scroll.setWidget(page)
        page.setAutoFillBackground(False)  # which the scroll area has just set

    def _sections(self) -> list[_Section]:
        sections = [
            _Section(
                menu.replace("/", ": "),
                tuple((_native(each.shortcut), each.title) for each in self._commands.in_menu(menu) if each.shortcut),
            )
            for menu in self._commands.menus
        ]
        return sections + [_Section(title, tuple(rows)) for title, rows in self._gestures.items()]


def _native(shortcut: str) -> str:
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def _narrowed(section: _Section, query: str) -> _Section:
    """What of a section holds the words of a query, in what is done or in its keys."""
    words = query.lower().split()
    kept = tuple(
        row for row in section.rows if all(word in f"{row[0]} {row[1]} {section.title}".lower() for word in words)
    )
    if not kept:
        kept = tuple(row for row in section.rows if match(query, row[1]))
    return _Section(section.title, kept)


def _page(sections: list[_Section]) -> QWidget:
    page = QWidget()
    layout = QHBoxLayout(page)
    layout.setContentsMargins(0, 0, 8, 0)
    layout.setSpacing(GAP)
    if not sections:
        nothing = QLabel("No shortcut has these letters.", alignment=Qt.AlignmentFlag.AlignCenter)
        nothing.setObjectName("quiet")
        layout.addWidget(nothing)
    for column in _columns(sections):
        stack = QVBoxLayout()
        stack.setSpacing(18)
        for section in column:
            stack.addWidget(_section_widget(section))
        stack.addStretch()
        layout.addLayout(stack, stretch=1)
    return page


def _columns(sections: list[_Section]) -> list[list[_Section]]:
    """Sections in order, in columns of about the same height."""
    heights = [len(section.rows) + 2 for section in sections]
    columns: list[list[_Section]] = [[] for _ in range(COLUMNS if sections else 0)]
    above = 0
    for section, height in zip(sections, heights, strict=True):
        place = int(COLUMNS * (above + height / 2) / sum(heights))
        columns[min(place, COLUMNS - 1)].append(section)
        above += height
    return columns


def _section_widget(section: _Section) -> QWidget:
    widget = QWidget()
    layout = QGridLayout(widget, horizontalSpacing=12, verticalSpacing=5)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setColumnStretch(0, 1)
    title = QLabel(section.title)
    title.setObjectName("title")
    layout.addWidget(title, 0, 0, 1, 2)
    for row, (keys, words) in enumerate(section.rows, start=1):
        text, cap = QLabel(words, wordWrap=True), QLabel(keys)
        text.setObjectName("quiet")
        cap.setObjectName("key")
        layout.addWidget(text, row, 0)
        layout.addWidget(cap, row, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    return widget
