"""How a film is drawn: its size, what is drawn, over which background, into which files."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QWidget

from recon.scene.camera_path import MODES as FILM_MODES
from viewer.model.compare import MODE_TITLES
from viewer.model.filming import SIZES, Background, FilmingModel
from viewer.panels.picture_size import PictureSize

MODES = {mode: MODE_TITLES[mode] for mode in FILM_MODES}
BACKGROUNDS: dict[str, Background] = {
    "Black": (0.0, 0.0, 0.0),
    "White": (1.0, 1.0, 1.0),
    "Grey": (0.5, 0.5, 0.5),
    "Transparent": None,
}
CONTAINERS = {"mp4": "MP4 video", "png": "PNG files"}
RATES = ("24", "25", "30", "50", "60")


def summary(model: FilmingModel) -> str:
    """The choices in a few words, such as "1080p · 30 fps · MP4 video"."""
    film = model.path.film
    size = next((name for name, each in SIZES.items() if each == (film.width, film.height)), None)
    words = [size or f"{film.width} × {film.height}", f"{film.frames_per_second:g} fps", CONTAINERS[model.container]]
    if film.mode != "color":
        words.insert(0, MODES[film.mode])
    return " · ".join(words)


class FilmForm(QFrame):
    """Shows and changes how a film is drawn.

    Parameters
    ----------
    model : FilmingModel
    """

    def __init__(self, model: FilmingModel) -> None:
        super().__init__()
        self._model = model
        self.setObjectName("popup")
        self._size = PictureSize()
        self._size.chosen.connect(lambda width, height: model.path.set_picture(width=width, height=height))
        self._rate = _choice(RATES, lambda text: model.path.set_picture(frames_per_second=float(text)))
        self._mode = _choice(MODES.values(), lambda text: model.path.set_picture(mode=_key(MODES, text)))
        self._background = _choice(BACKGROUNDS, lambda text: model.set_background(BACKGROUNDS[text]))
        self._container = _choice(CONTAINERS.values(), lambda text: model.set_container(_key(CONTAINERS, text)))
        self._count = QLabel()
        self._count.setObjectName("quiet")
        layout = QGridLayout(self)
        layout.setContentsMargins(14, 12, 14, 12)
        layout.setHorizontalSpacing(12)
        layout.setVerticalSpacing(8)
        rows: list[tuple[str, QWidget]] = [
            ("Size", self._size),
            ("Frames per second", self._rate),
            ("Draw", self._mode),
            ("Background", self._background),
            ("Into", self._container),
            ("", self._count),
        ]
        for row, (text, widget) in enumerate(rows):
            label = QLabel(text)
            label.setObjectName("quiet")
            layout.addWidget(label, row, 0, Qt.AlignmentFlag.AlignLeft)
            layout.addWidget(widget, row, 1)
        model.changed.connect(self._on_changed)
        model.path.changed.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        film = self._model.path.film
        self._size.show_size(film.width, film.height)
        rate = f"{film.frames_per_second:g}"
        if self._rate.findText(rate) < 0:
            self._rate.addItem(rate)
        self._rate.setCurrentText(rate)
        self._mode.setCurrentText(MODES[film.mode])
        name = next((name for name, color in BACKGROUNDS.items() if color == film.background), None)
        self._background.setCurrentIndex(self._background.findText(name or ""))
        self._container.setCurrentText(CONTAINERS[self._model.container])
        self._count.setText(f"{film.frame_count:,} frames")


def _choice(texts: object, chosen: object) -> QComboBox:
    box = QComboBox()
    box.addItems(list(texts))
    box.textActivated.connect(chosen)
    return box


def _key(names: dict[str, str], title: str) -> str:
    return next(key for key, each in names.items() if each == title)
