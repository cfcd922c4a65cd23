"""What the window shows when nothing is open."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from viewer.model.opening import KINDS, title_of
from viewer.model.recent import RecentEntry, RecentModel
from viewer.model.session import SessionModel
from viewer.panels.cards import PICTURE, Card

COLUMNS, GAP = 4, 16
WIDTH = COLUMNS * PICTURE.width() + (COLUMNS - 1) * GAP
DROPPED = "Photographs · COLMAP · transforms.json · NeRF-synthetic · runs · splats · meshes · video"


class WelcomePage(QScrollArea):
    """Offers to open something, what was opened lately, and to go on where the last session ended.

    Parameters
    ----------
    recent : RecentModel
    session : SessionModel
    """

    open_files_clicked = Signal()
    open_folder_clicked = Signal()
    sample_clicked = Signal()
    continue_clicked = Signal()
    open_wanted = Signal(list)  # of Path

    def __init__(self, recent: RecentModel, session: SessionModel) -> None:
        super().__init__()
        self._recent = recent
        self._session = session
        self._cards = QGridLayout(horizontalSpacing=GAP, verticalSpacing=GAP)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._lately = QLabel("Recent")
        self._lately.setObjectName("heading")
        self._last = _LastSession(session)
        self._last.continue_clicked.connect(self.continue_clicked)
        self.setWidget(self._arranged())
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        recent.changed.connect(self._on_recent_changed)
        self._on_recent_changed()

    def _arranged(self) -> QWidget:
        column = QWidget()
        column.setFixedWidth(WIDTH)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 40, 0, 40)
        layout.setSpacing(18)
        layout.addLayout(_greeting())
        layout.addWidget(self._last)
        layout.addWidget(self._drop_area())
        layout.addWidget(self._lately)
        layout.addLayout(self._cards)
        page = QWidget()
        page.setObjectName("page")
        outer = QHBoxLayout(page)
        outer.addStretch()
        outer.addWidget(column, alignment=Qt.AlignmentFlag.AlignVCenter)
        outer.addStretch()
        return page

    def _drop_area(self) -> QFrame:
        area = QFrame()
        area.setObjectName("drop")
        title = QLabel("Drop anything here", alignment=Qt.AlignmentFlag.AlignCenter)
        title.setObjectName("heading")
        words = QLabel(DROPPED, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        words.setObjectName("quiet")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        for text, signal, name in (
            ("Open folder …", self.open_folder_clicked, "primary"),
            ("Open files …", self.open_files_clicked, ""),
            ("Try the sample scene", self.sample_clicked, ""),
        ):
            button = QPushButton(text)
            button.setObjectName(name)
            button.clicked.connect(signal)
            buttons.addWidget(button)
        buttons.addStretch()
        layout = QVBoxLayout(area)
        layout.setContentsMargins(24, 26, 24, 26)
        layout.setSpacing(10)
        layout.addWidget(title)
        layout.addWidget(words)
        layout.addSpacing(6)
        layout.addLayout(buttons)
        return area

    def _on_recent_changed(self) -> None:
        while (item := self._cards.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        entries = self._recent.entries
        for place, entry in enumerate(entries):
            self._cards.addWidget(self._card(entry), place // COLUMNS, place % COLUMNS)
        self._cards.setColumnStretch(COLUMNS, 1)
        self._lately.setVisible(bool(entries))

    def _card(self, entry: RecentEntry) -> Card:
        path, picture = Path(entry.path), QPixmap()
        picture.loadFromData(self._recent.picture(entry) or b"")
        card = Card(title_of(path), entry.words, KINDS[entry.kind], picture)
        card.setToolTip(f"{entry.path}\n{entry.words}")
        card.clicked.connect(lambda: self.open_wanted.emit([path]))
        card.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        card.customContextMenuRequested.connect(lambda where: self._on_menu_wanted(card, entry, where))
        return card

    def _on_menu_wanted(self, card: Card, entry: RecentEntry, where: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction("Open", card.click)
        menu.addAction("Remove from this list", lambda: self._recent.forget(entry.path))
        menu.addAction("Clear the list", self._recent.clear)
        menu.exec(card.mapToGlobal(where))


class _LastSession(QFrame):
    """Offers to go on where the last session ended; hidden where there was none."""

    continue_clicked = Signal()

    def __init__(self, session: SessionModel) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("card")
        self._title, self._words = QLabel(), QLabel(wordWrap=True)
        self._title.setObjectName("title")
        self._words.setObjectName("quiet")
        go_on, dismiss = QPushButton("Continue where you left off"), QPushButton("Dismiss")
        go_on.setObjectName("primary")
        go_on.clicked.connect(self.continue_clicked)
        dismiss.clicked.connect(session.dismiss)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        texts.addWidget(self._title)
        texts.addWidget(self._words)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 12, 12, 12)
        layout.addLayout(texts, stretch=1)
        layout.addWidget(dismiss)
        layout.addWidget(go_on)
        session.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        previous = self._session.previous
        self.setVisible(previous is not None)
        if previous is None:
            return
        names = ", ".join(title_of(Path(path)) for path in previous.paths)
        at = self._session.previous_at
        when = f", {_ago(at)}" if at else ""
        self._title.setText("Triptych ended unexpectedly" if self._session.crashed else "Last session")
        self._words.setText(f"{names}{when}")


def _greeting() -> QVBoxLayout:
    title = QLabel("Triptych")
    title.setObjectName("display")
    words = QLabel("Photographs in; splats, blocks and meshes out; the three side by side, with numbers.")
    words.setObjectName("quiet")
    layout = QVBoxLayout()
    layout.setSpacing(2)
    layout.addWidget(title)
    layout.addWidget(words)
    return layout


def _ago(at: datetime) -> str:
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    minutes = int((datetime.now(UTC) - at).total_seconds() // 60)
    for size, name in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size:
            count = minutes // size
            return f"{count} {name}{'s' * (count != 1)} ago"
    return "just now"
