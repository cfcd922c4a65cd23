"""The selected photograph: large, with its numbers, and laid over its render."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QVBoxLayout, QWidget

from viewer.model import Score, WindowModel
from viewer.model.look import colors
from viewer.panels.images import PictureView, pixmap
from viewer.panels.style import on_recolored


class PhotoPanel(QWidget):
    """Shows the selected photograph.

    Parameters
    ----------
    model : WindowModel
    """

    def __init__(self, model: WindowModel) -> None:
        super().__init__()
        self._model = model
        self._picture = PictureView()
        self._name, self._numbers, self._summary = QLabel(), QLabel(), QLabel()
        self._name.setObjectName("title")
        self._summary.setObjectName("quiet")
        self._summary.setWordWrap(True)
        self._slider = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=100)
        self._slider.setToolTip("Lay the photograph over the render")
        self._slider.valueChanged.connect(self._on_slider_moved)
        self._arrange()
        model.events.scene.connect(self._on_scene_changed)
        model.events.selected.connect(self._on_selected_changed)
        model.events.photo.connect(self._on_photo_changed)
        for event in (model.book.changed, model.compare.events.active):
            event.connect(self._on_scene_changed)
        model.events.standing.connect(self._on_standing_changed)
        model.events.photo_opacity.connect(lambda opacity: self._slider.setValue(round(100 * opacity)))
        on_recolored(self, self._on_scene_changed)

    def _arrange(self) -> None:
        heading = QHBoxLayout()
        heading.addWidget(self._name)
        heading.addStretch()
        heading.addWidget(self._numbers)
        blend = QHBoxLayout()
        for widget in (QLabel("Render"), self._slider, QLabel("Photo")):
            widget.setObjectName("quiet")
            blend.addWidget(widget)
        self.setMinimumWidth(300)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(self._picture)
        layout.addLayout(heading)
        layout.addLayout(blend)
        layout.addSpacing(6)
        layout.addWidget(self._summary)
        layout.addStretch()

    def _on_scene_changed(self) -> None:
        scene = self._model.scene
        self._on_selected_changed()
        if scene and scene.capture:
            held_out = len(scene.capture.test)
            words = [f"{len(scene.views)} photographs, {held_out} held out"]
            mean = self._model.book.mean(self._model.compare.pane.content.key, scene.capture.test)
            words += [f"mean {_in_words(mean)}"] if mean else []
            self._summary.setText(" · ".join(words))

    def _on_selected_changed(self) -> None:
        view = self._model.selected_view
        self._slider.setEnabled(self._model.standing)
        if view is None:
            self._name.setText("Select a photograph")
            self._numbers.clear()
            return
        score = self._model.book.of(self._model.compare.pane.content.key, view.name)
        self._name.setText(view.name)
        self._numbers.setText(_in_words(score) if score else {"test": "held out", "train": "trained on"}[view.split])
        self._numbers.setStyleSheet(f"color: {colors().test if view.split == 'test' else colors().train}")

    def _on_photo_changed(self, pixels: NDArray[np.uint8] | None) -> None:
        self._picture.show_picture(QPixmap() if pixels is None else pixmap(pixels))

    def _on_standing_changed(self, standing: bool) -> None:
        self._slider.setEnabled(standing)

    def _on_slider_moved(self, value: int) -> None:
        self._model.photo_opacity = value / 100


def _in_words(score: Score) -> str:
    return f"{score.psnr:.2f} dB · SSIM {score.ssim:.3f}"
