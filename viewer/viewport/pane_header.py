"""The line above a pane: what it shows, how it is drawn, and how to close it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSizePolicy, QToolButton

from viewer.model import MODES, NOTHING, PHOTO, Content, WindowModel
from viewer.model.compare import MODE_TITLES
from viewer.model.window import MESH_STYLES, STYLE_TITLES

SURFACES = ("mesh", "blocks")  # which the window draws itself
CARRIED = "carried splats"  # in the place of the blocks that carry them; it is these that are compared with photographs


class PaneHeader(QFrame):
    """Pickers of content and mode, and a button that closes the pane.

    Parameters
    ----------
    model : WindowModel
    index : int
        Of the pane.
    """

    def __init__(self, model: WindowModel, index: int) -> None:
        super().__init__()
        self._model = model
        self._index = index
        self.setObjectName("paneHeader")
        self.contents = _picker("What this pane shows", stretch=True)
        self.modes = _picker("How it is drawn")
        self.close_button = QToolButton(text="×", toolTip="Close this pane")
        self.close_button.clicked.connect(lambda: model.compare.close(index))
        self.contents.activated.connect(self._on_content_picked)
        self.modes.activated.connect(self._on_mode_picked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.setSpacing(2)
        for widget in (self.contents, self.modes, self.close_button):
            layout.addWidget(widget)
        compare = model.compare.events
        for event in (model.events.results, model.events.scene):
            event.connect(self._on_choice_changed)
        for event in (compare.panes, compare.active, model.events.mesh_style):
            event.connect(self._on_pane_changed)
        for event in (model.events.carried, model.events.blocks_apart):
            event.connect(self._on_pane_changed)
        self._on_choice_changed()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        """As narrow as need be: a wipe's divider may leave little."""
        return QSize(1, super().minimumSizeHint().height())

    def _on_choice_changed(self) -> None:
        """List what could be shown."""
        self.contents.clear()
        self.contents.addItem("Nothing", NOTHING)
        for result in self._model.results:
            self.contents.addItem(result.title, Content.result(result.key))
        if self._model.views:
            self.contents.addItem("Photograph", PHOTO)
            for result in self._model.results:
                self.contents.addItem(f"Error of {result.title}", Content.difference(result.key))
        self._on_pane_changed()

    def _on_pane_changed(self) -> None:
        compare = self._model.compare
        if self._index >= len(compare.panes):
            return
        pane = compare.panes[self._index]
        _select(self.contents, pane.content)
        self.contents.setToolTip(self.contents.currentText() or "What this pane shows")
        self._list_modes(self._kind(pane.content))
        _select(self.modes, self._model.mesh_style if self._kind(pane.content) in SURFACES else pane.mode)
        self.close_button.setVisible(len(compare.panes) > 1)
        active = len(compare.panes) > 1 and compare.active == self._index
        if self.property("active") != active:
            self.setProperty("active", active)
            self.style().unpolish(self)
            self.style().polish(self)

    def _kind(self, content: Content) -> str:
        """As what a result is shown; empty where there is none."""
        if content.kind != "result":
            return ""
        if content.key in self._model.carried:
            return CARRIED
        return next((result.kind for result in self._model.results if result.key == content.key), "")

    def _list_modes(self, kind: str) -> None:
        titles: Mapping[str, str] = STYLE_TITLES if kind in SURFACES else MODE_TITLES
        plain = tuple(style for style in MESH_STYLES if style != "parts")
        names: tuple[str, ...] = {"splats": MODES, CARRIED: MODES, "mesh": plain, "blocks": MESH_STYLES}.get(kind, ())
        if kind == CARRIED or not self._model.views:
            names = tuple(name for name in names if name != "error")
        if [self.modes.itemData(row) for row in range(self.modes.count())] != list(names):
            self.modes.clear()
            for name in names:
                self.modes.addItem(titles[name], name)
        self.modes.setVisible(bool(names))

    def _on_content_picked(self, row: int) -> None:
        self._model.compare.activate(self._index)
        self._model.compare.show(self.contents.itemData(row), self._index)

    def _on_mode_picked(self, row: int) -> None:
        self._model.compare.activate(self._index)
        name = self.modes.itemData(row)
        if name in MESH_STYLES:
            self._model.mesh_style = name
        else:
            self._model.compare.set_mode(name, self._index)


def _picker(tip: str, *, stretch: bool = False) -> QComboBox:
    box = QComboBox(toolTip=tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    box.setSizePolicy(QSizePolicy.Policy.Ignored if stretch else QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    box.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
    return box


def _select(box: QComboBox, wanted: object) -> None:
    row = next((row for row in range(box.count()) if box.itemData(row) == wanted), -1)
    if row != box.currentIndex():
        box.setCurrentIndex(row)
