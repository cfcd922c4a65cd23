"""Dark and light: that words can be read, that the look follows, and that nothing keeps the colours it had."""

from __future__ import annotations

import dataclasses
import re
from itertools import combinations
from pathlib import Path

import numpy as np
import psutil
import pytest
from gallery import NAMES, Gallery

from viewer.model.look import DARK, LIGHT, LOOK, Colors, Look, colors
from viewer.model.settings import Settings

DRAWN = {"curves": 600}  # milliseconds until the panel has drawn itself
SETS = pytest.mark.parametrize("c", [DARK, LIGHT], ids=["dark", "light"])


def luminance(color: str) -> float:
    """Relative luminance, WCAG 2.1."""
    values = np.array([int(color[-6:][place : place + 2], 16) for place in (0, 2, 4)]) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Contrast ratio, WCAG 2.1."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@SETS
@pytest.mark.parametrize("ground", ["ground", "raised", "scrim"])
def test_words_can_be_read(c: Colors, ground: str):
    behind = getattr(c, ground)
    assert contrast(c.text, behind) >= 7
    for name in ("quiet", "warning", "danger"):
        assert contrast(getattr(c, name), behind) >= 4.5, name
    assert contrast(c.text, c.line) >= 7  # what is chosen
    assert contrast(c.on_accent, c.accent) >= 4.5


@SETS
def test_marks_and_lines_can_be_seen(c: Colors):
    for color in (c.accent, c.train, c.test, *c.curves):
        assert contrast(color, c.ground) >= 3
    for color in (c.train, c.test, c.selected, *c.axes):
        assert contrast(color, c.stage) >= 2.5


@SETS
def test_curves_can_be_told_apart(c: Colors):
    values = {color: np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) for color in c.curves}
    assert min(np.abs(values[a] - values[b]).sum() for a, b in combinations(c.curves, 2)) >= 60


def test_both_sets_are_whole():
    for field in dataclasses.fields(Colors):
        for c in (DARK, LIGHT):
            value = getattr(c, field.name)
            for color in value if isinstance(value, tuple) else (value,):
                assert re.fullmatch("#[0-9a-f]{6}([0-9a-f]{2})?", color), field.name
    assert len(DARK.curves) == len(LIGHT.curves) == 8


def test_the_look_follows_settings_and_system():
    look, heard = Look(), []
    look.changed.connect(lambda: heard.append(look.is_dark))
    look.follow("system", system_is_dark=True)
    assert heard == []  # it was dark before
    look.follow("system", system_is_dark=False)
    look.follow("light", system_is_dark=True)
    look.follow("dark", system_is_dark=False)
    assert heard == [False, True]


def test_colors_are_in_one_place():
    """A colour written anywhere else would stay as it is when the others change."""
    viewer = Path(__file__).resolve().parents[2] / "viewer"
    allowed = {"gizmo_painter.py", "mesh_layer.py", "film_form.py"}  # what lies on pictures, or is the picture
    for path in (*viewer.glob("panels/*.py"), *viewer.glob("viewport/*.py")):
        if path.name not in allowed:
            assert not re.search(r"#[0-9a-fA-F]{6}\b|rgba?\(\d", path.read_text()), path.name


@pytest.mark.display
class TestTheming:
    @pytest.fixture
    def theming(self, qapp):
        from viewer.panels.style import Theming

        settings = Settings(theme="dark")
        made = Theming(qapp, settings)
        yield made, settings
        settings.theme = "dark"

    @pytest.fixture
    def gallery(self, tmp_path, monkeypatch, qapp):
        memory = psutil.virtual_memory()  # else what is free would be told, which changes
        monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
        flashes = qapp.cursorFlashTime()
        qapp.setCursorFlashTime(0)
        made = Gallery(tmp_path, thumbnails=False)
        yield made
        made.close()
        qapp.setCursorFlashTime(flashes)

    def test_the_application_changes_while_it_runs(self, theming, qapp):
        from PySide6.QtGui import QPalette

        _, settings = theming
        for theme, c in (("light", LIGHT), ("dark", DARK)):
            settings.theme = theme
            assert colors() is LOOK.colors is c
            assert qapp.palette().color(QPalette.ColorRole.Window).name() == c.ground
            assert c.ground in qapp.styleSheet()

    def test_a_system_that_says_nothing_is_dark(self, theming):
        _, settings = theming
        settings.theme = "light"
        settings.theme = "system"
        assert colors() is DARK

    def test_widgets_take_other_colors_and_are_let_go(self, theming, qtbot):
        import shiboken6
        from PySide6.QtWidgets import QLabel

        from viewer.panels.style import dress

        _, settings = theming
        label, gone = QLabel(), QLabel()
        qtbot.addWidget(label)
        for each in (label, gone):
            dress(each, "QLabel {{ color: {c.quiet}; }}")
        shiboken6.delete(gone)
        settings.theme = "light"
        assert label.styleSheet() == f"QLabel {{ color: {LIGHT.quiet}; }}"

    @pytest.mark.parametrize("name", NAMES)
    def test_a_panel_that_was_recolored_looks_like_a_new_one(self, name, theming, gallery, qtbot):
        """Whatever kept a colour it had would be another pixel."""
        _, settings = theming

        def shown():
            widget = gallery.make(name)
            qtbot.addWidget(widget)
            widget.show()
            qtbot.waitExposed(widget)
            qtbot.wait(DRAWN.get(name, 60))
            return widget

        kept = shown()
        dark = pixels(kept)
        settings.theme = "light"
        qtbot.wait(DRAWN.get(name, 60))
        changed = pixels(kept)
        kept.close()
        assert np.mean(changed != dark) > 0.5
        assert np.array_equal(changed, pixels(shown()))


@pytest.mark.display
@pytest.mark.parametrize("name", ["tool", "media", "mark", "photo"])
def test_icons_have_two_pixels_for_one_where_screens_do(name, qapp):
    from PySide6.QtCore import QSize
    from PySide6.QtGui import QPixmap

    from viewer.panels.edit_icons import tool_icon
    from viewer.panels.media_icons import media_icon
    from viewer.panels.photo_icons import ICON, mark_icon, photo_icon

    photograph = QPixmap(256, 192)
    photograph.fill("#808080")
    icon, size = {
        "tool": lambda: (tool_icon("lasso"), QSize(20, 20)),
        "media": lambda: (media_icon("play"), QSize(16, 16)),
        "mark": lambda: (mark_icon("train"), QSize(18, 18)),
        "photo": lambda: (photo_icon(photograph, "train"), ICON),
    }[name]()
    drawn = icon.pixmap(size, 2.0)
    assert drawn.size() == 2 * size
    assert drawn.devicePixelRatio() == 2
    blocks = as_array(drawn.toImage()).astype(int)
    blocks = blocks.reshape(size.height(), 2, size.width(), 2, 3)
    assert np.ptp(blocks, axis=(1, 3)).max() > 30  # a small one made larger would have four of each


def pixels(widget) -> np.ndarray:
    return as_array(widget.grab().toImage())


def as_array(image) -> np.ndarray:
    image = image.convertToFormat(image.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[..., :3].copy()
