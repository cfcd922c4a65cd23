"""One to four panes beside each other, or two in one place, parted by a divider or in turns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from viewer.model import Photos, WindowModel
from viewer.model.block_editing import BlockModel
from viewer.model.compare import MOST_PANES
from viewer.model.mesh_shades import MeshShades
from viewer.model.meshes import Meshes
from viewer.model.pane_layout import rectangles
from viewer.viewport.grab import pixels_of
from viewer.viewport.legend import LegendCard
from viewer.viewport.pane_header import PaneHeader
from viewer.viewport.viewport import Viewport

GAP = 4  # pixels between panes, where they can be dragged
MARGIN = 8


class PaneGrid(QWidget):
    """The panes of the comparison.

    Each pane lies in a place that clips it, so a wipe is two whole pictures of which each shows its part. Viewports are
    made when they are first needed and kept.

    Parameters
    ----------
    model : WindowModel
    photos : Photos
    meshes : Meshes
    shades : MeshShades
    blocks : BlockModel

    Attributes
    ----------
    screens_changed : Signal
        Emitted when a viewport has been made; the director is to be given `viewports`.
    redraw_wanted : Signal
        Emitted when one has become visible, hidden or another size.
    picked : Signal
        Emitted with a (3,) world point that was clicked while points are being picked.
    """

    screens_changed = Signal()
    redraw_wanted = Signal()
    picked = Signal(object)

    def __init__(
        self, model: WindowModel, photos: Photos, meshes: Meshes, shades: MeshShades, blocks: BlockModel
    ) -> None:
        super().__init__()
        self._model = model
        self._photos = photos
        self._meshes = meshes
        self._shades = shades
        self._blocks = blocks
        self._places: list[_Place] = []
        self._columns, self._rows = _Handle(self, Qt.Orientation.Horizontal), _Handle(self, Qt.Orientation.Vertical)
        for handle in (self._columns, self._rows):
            handle.dragged.connect(self._on_dragged)
        events = model.compare.events
        for event in (events.panes, events.arrangement, events.flipped, events.divider, events.split):
            event.connect(self._on_changed)
        self._arranged: tuple[object, ...] = ()
        self._on_changed()

    @property
    def viewports(self) -> tuple[Viewport, ...]:
        """Those made so far, in the order of the panes."""
        return tuple(place.viewport for place in self._places)

    @property
    def active(self) -> Viewport:
        """That of the active pane."""
        return self._places[self._model.compare.active].viewport

    def picture(self) -> NDArray[np.uint8]:
        """All panes as they stand: (H, W, 3) uint8 sRGB, device pixels."""
        return pixels_of(self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Give the panes their parts of the new size."""
        super().resizeEvent(event)
        self._arrange()

    def shut_down(self) -> None:
        """Let go of VTK before the window goes."""
        for place in self._places:
            place.viewport.shut_down()

    def _on_changed(self) -> None:
        compare = self._model.compare
        made = len(self._places)
        while len(self._places) < len(compare.panes):
            self._places.append(self._make(len(self._places)))
        arranged = len(compare.panes), compare.arrangement, compare.flipped, compare.divider, compare.split
        if arranged != self._arranged:
            self._arranged = arranged
            self._arrange()
        if len(self._places) > made:
            self.screens_changed.emit()

    def _make(self, index: int) -> _Place:
        viewport = Viewport(self._model, self._photos, self._meshes, self._shades, self._blocks, index)
        place = _Place(self, self._model, self._shades, viewport, index)
        place.viewport.redraw_wanted.connect(self.redraw_wanted)
        place.viewport.picked.connect(self.picked)
        for handle in (self._columns, self._rows):
            handle.raise_()
        return place

    def _arrange(self) -> None:
        compare = self._model.compare
        visible = compare.drawn
        for index, place in enumerate(self._places):
            place.setVisible(index in visible)
        if compare.arrangement == "panes" or len(compare.panes) == 1:
            self._lay_side_by_side()
        else:
            self._lay_together()

    def _lay_side_by_side(self) -> None:
        compare, width, height = self._model.compare, self.width(), self.height()
        places = rectangles(len(compare.panes), width, height, compare.split, GAP)
        for place, rectangle in zip(self._places, places, strict=False):
            place.lay(QRect(*rectangle), QRect(*rectangle))
        first, last = places[0], places[-1]
        self._columns.lay(QRect(first.width, 0, GAP, height) if len(places) > 1 else None)
        left = 0 if len(places) == MOST_PANES else last.x
        self._rows.lay(QRect(left, last.y - GAP, width - left, GAP) if len(places) > 2 else None)

    def _lay_together(self) -> None:
        compare, whole = self._model.compare, self.rect()
        first, second = self._places[:2]
        self._rows.lay(None)
        if compare.arrangement == "blink":
            for place in (first, second):
                place.lay(whole, whole)
            self._columns.lay(None)
            (second if compare.flipped else first).raise_()
            return
        (left, right) = rectangles(2, self.width(), self.height(), (compare.divider, 0.5), 2)
        first.lay(QRect(*left), whole)
        second.lay(QRect(*right), whole)
        self._columns.lay(QRect(left.width - 1, 0, GAP, self.height()))
        self._columns.raise_()

    def _on_dragged(self, place: QPoint) -> None:
        compare = self._model.compare
        x, y = place.x() / max(self.width(), 1), place.y() / max(self.height(), 1)
        if compare.arrangement == "wipe":
            compare.move_divider(x)
        elif self.sender() is self._columns:
            compare.move_split(x, compare.split[1])
        else:
            compare.move_split(compare.split[0], y)


class _Place(QWidget):
    """Clips one pane: its header, its viewport, its numbers in the corner, and what its colours mean."""

    def __init__(self, grid: PaneGrid, model: WindowModel, shades: MeshShades, viewport: Viewport, index: int) -> None:
        super().__init__(grid)
        self.viewport = viewport
        self._model = model
        self._index = index
        self._shades = shades
        self.header = PaneHeader(model, shades, index)
        self.legend = LegendCard()
        self.numbers = QLabel(objectName="numbers")
        self.numbers.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        for widget in (viewport, self.header, self.legend, self.numbers):
            widget.setParent(self)
        compare = model.compare.events
        for event in (compare.panes, model.events.selected, model.events.results):
            event.connect(self._on_numbers_changed)
        model.book.changed.connect(self._on_numbers_changed)
        shades.changed.connect(self._on_shades_changed)
        self._on_numbers_changed()
        self._on_shades_changed()

    def lay(self, clip: QRect, whole: QRect) -> None:
        """Show the part `clip` of a pane that lies at `whole`, both in the grid."""
        self.setGeometry(clip)
        top = self.header.sizeHint().height()
        self.header.setGeometry(0, 0, clip.width(), top)
        self.viewport.setGeometry(whole.x() - clip.x(), top, whole.width(), max(1, whole.height() - top))
        self._put_numbers()
        self._put_legend()

    def _on_shades_changed(self) -> None:
        self.legend.show_legend(self._shades.legend(self._index))
        self._put_legend()

    def _put_legend(self) -> None:
        """Below the header on the right, where neither the axes nor the numbers are."""
        top = self.header.sizeHint().height()
        self.legend.adjustSize()
        self.legend.move(self.width() - self.legend.width() - MARGIN, top + MARGIN)
        self.legend.raise_()

    def _put_numbers(self) -> None:
        self.numbers.adjustSize()
        self.numbers.move(self.width() - self.numbers.width() - MARGIN, self.height() - self.numbers.height() - MARGIN)
        self.numbers.raise_()

    def _on_numbers_changed(self) -> None:
        text = pane_numbers(self._model, self._index)
        if text != self.numbers.text() or self.numbers.isHidden() == bool(text):
            self.numbers.setText(text)
            self.numbers.setVisible(bool(text))
            self._put_numbers()


class _Handle(QWidget):
    """Between panes: where they part can be dragged."""

    dragged = Signal(QPoint)

    def __init__(self, grid: PaneGrid, orientation: Qt.Orientation) -> None:
        super().__init__(grid)
        self.setObjectName("paneHandle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        across = orientation == Qt.Orientation.Horizontal
        self.setCursor(Qt.CursorShape.SplitHCursor if across else Qt.CursorShape.SplitVCursor)

    def lay(self, where: QRect | None) -> None:
        """Lie here, or nowhere."""
        self.setVisible(where is not None)
        if where is not None:
            self.setGeometry(where)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  Qt's name
        """Say where it is dragged to, in the grid."""
        self.dragged.emit(self.mapToParent(event.position().toPoint()))


def pane_numbers(model: WindowModel, index: int) -> str:
    """What is said of a pane's result in the test view it stands in; empty where there is nothing to say."""
    panes = model.compare.panes
    if index >= len(panes):
        return ""
    pane = panes[index]
    name = pane.view or (model.selected if model.is_flat(index) else None)
    view = next((view for view in model.views if view.name == name), None)
    if view is None:
        return ""
    if pane.content.kind == "photo":
        return view.name
    score = model.book.of(pane.content.key, view.name) if view.split == "test" else None
    return f"{score.psnr:.2f} dB  ·  SSIM {score.ssim:.4f}" if score else ""
