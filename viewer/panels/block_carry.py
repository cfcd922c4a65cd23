"""Which splats the blocks carry."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from viewer.model.block_editing import BlockModel

NONE = "None"
TIP = (
    "Show the splats of another result in the place of the blocks: each splat belongs to the block that it lies in or "
    "close to, and goes where it goes"
)


class CarryChoice(QWidget):
    """A list of the splats of the same capture; the chosen ones follow the blocks.

    Parameters
    ----------
    model : BlockModel
    """

    def __init__(self, model: BlockModel) -> None:
        super().__init__()
        self._model = model
        self._splats = QComboBox(toolTip=TIP)
        self._splats.setAccessibleName("Carry splats of")
        self._splats.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._splats.activated.connect(lambda _: model.carry(self._splats.currentData()))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(QLabel("Carry splats of"))
        layout.addWidget(self._splats, stretch=1)
        for event in (model.events.target, model.events.carriable):
            event.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        chosen = self._model.carries
        titles = {"": NONE, **self._model.carriable}
        if chosen not in titles:
            titles[chosen] = Path(chosen).name
        listed = {self._splats.itemData(row): self._splats.itemText(row) for row in range(self._splats.count())}
        if listed != titles:
            self._splats.clear()
            for path, title in titles.items():
                self._splats.addItem(title, path)
        self._splats.setCurrentIndex(list(titles).index(chosen))
        self._splats.setEnabled(len(titles) > 1)
