"""The line above a pane: what it shows, how it is drawn, and how to close it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSizePolicy, QToolButton

from viewer.model import MODES, NOTHING, PHOTO, Content, WindowModel
from viewer.model.compare import MODE_TITLES
from viewer.model.mesh_shades import MeshShades
from viewer.model.mesh_style import STYLE_HINTS, STYLE_TITLES, TO_REFERENCE, style_for, styles_of

CARRIED = "carried splats"  # in the place of the blocks that carry them; it is these that are compared with photographs
HINTS: Mapping[Any, str] = STYLE_HINTS


class PaneHeader(QFrame):
    """Pickers of content, mode and what distances are measured to, and a button that closes the pane.

    Parameters
    ----------
    model : WindowModel
    shades : MeshShades
    index : int
        Of the pane.
    """

    def __init__(self, model: WindowModel, shades: MeshShades, index: int) -> None:
        super().__init__()
        self._model = model
        self._shades = shades
        self._index = index
        self.setObjectName("paneHeader")
        self.contents = _picker("What this pane shows", stretch=True)
        self.modes = _picker("How it is drawn")
        self.references = _picker("The mesh that distances are measured to", stretch=True)
        self.close_button = QToolButton(text="×", toolTip="Close this pane")
        self.close_button.clicked.connect(lambda: model.compare.close(index))
        self.contents.activated.connect(self._on_content_picked)
        self.modes.activated.connect(self._on_mode_picked)
        self.references.activated.connect(self._on_reference_picked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 0, 2, 0)
        layout.setSpacing(2)
        for widget in (self.contents, self.modes, self.references, self.close_button):
            layout.addWidget(widget)
        compare = model.compare.events
        for event in (model.events.results, model.events.scene):
            event.connect(self._on_choice_changed)
        for event in (compare.panes, compare.active):
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
        kind = self._kind(pane.content)
        self._list_modes(kind)
        _select(self.modes, style_for(kind, pane.style) if styles_of(kind) else pane.mode)
        self._list_references()
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
        titles: Mapping[Any, str] = STYLE_TITLES if styles_of(kind) else MODE_TITLES
        names: tuple[str, ...] = MODES if kind in ("splats", CARRIED) else styles_of(kind)
        if kind == CARRIED or not self._model.views:
            names = tuple(name for name in names if name != "error")
        if [self.modes.itemData(row) for row in range(self.modes.count())] != list(names):
            self.modes.clear()
            for name in names:
                self.modes.addItem(titles[name], name)
                self.modes.setItemData(self.modes.count() - 1, HINTS.get(name), Qt.ItemDataRole.ToolTipRole)
        self.modes.setVisible(bool(names))

    def _list_references(self) -> None:
        """List what distances could be measured to, where they are shown."""
        chosen = self._shades.reference_of(self._index)
        wanted = self._shades.style_of(self._index) in TO_REFERENCE and chosen is not None
        self.references.setVisible(wanted)
        if not wanted or chosen is None:
            return
        there = [(f"to {each.title}", each.key) for each in self._shades.references(self._index)]
        rows = range(self.references.count())
        if [(self.references.itemText(row), self.references.itemData(row)) for row in rows] != there:
            self.references.clear()
            for title, key in there:
                self.references.addItem(title, key)
        _select(self.references, chosen.key)

    def _on_content_picked(self, row: int) -> None:
        self._model.compare.activate(self._index)
        self._model.compare.show(self.contents.itemData(row), self._index)

    def _on_mode_picked(self, row: int) -> None:
        self._model.compare.activate(self._index)
        name = self.modes.itemData(row)
        if styles_of(self._kind(self._model.compare.panes[self._index].content)):
            self._model.compare.set_style(name, self._index)
        else:
            self._model.compare.set_mode(name, self._index)

    def _on_reference_picked(self, row: int) -> None:
        self._model.compare.activate(self._index)
        self._model.compare.measure_to(self.references.itemData(row), self._index)


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
