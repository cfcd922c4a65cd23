"""The capture page, on any platform: it needs no viewport."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton

import sample_scenes
from recon.runs import CaptureSource
from viewer.model import Photos, WindowModel, open_scene
from viewer.model.capture import CaptureModel
from viewer.panels.alignment import PickingHint
from viewer.panels.capture_page import CapturePage

SPACE = Qt.Key.Key_Space


@pytest.fixture
def window() -> WindowModel:
    model = WindowModel()
    model.scene = open_scene([sample_scenes.path("desk")])
    return model


@pytest.fixture
def capture(window: WindowModel) -> CaptureModel:
    return CaptureModel()


@pytest.fixture
def page(qtbot, window: WindowModel, capture: CaptureModel):
    photos = Photos(lambda _: None)
    page = CapturePage(window, capture, photos)
    qtbot.addWidget(page)
    page.resize(360, 700)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)  # keys go to the active window only
    capture.show(window.scene.capture, CaptureSource("desk"))
    yield page
    photos.close()


@pytest.fixture
def texts(page: CapturePage) -> Callable[[], str]:
    return lambda: "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisible())


def button(page: CapturePage, text: str) -> QPushButton:
    return next(each for each in page.findChildren(QPushButton) if each.text() == text and each.isVisible())


def test_it_tells_what_the_capture_holds(qtbot, texts) -> None:
    qtbot.waitUntil(lambda: all(words in texts() for words in ("desk", "26 to train, 4 held out", "192 × 144")))


def test_space_disables_the_chosen_photographs_and_takes_them_in_again(qtbot, page, capture, texts) -> None:
    strip = page.photo_list
    for row, held in ((2, Qt.KeyboardModifier.NoModifier), (4, Qt.KeyboardModifier.ShiftModifier)):
        where = strip.visualRect(strip.model().index(row)).center()
        qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, held, where)
    chosen = {view.name for view in capture.views[2:5]}
    qtbot.keyClick(strip, SPACE)
    assert capture.disabled == chosen
    qtbot.waitUntil(lambda: "3 disabled" in texts())
    qtbot.keyClick(strip, SPACE)
    assert capture.disabled == frozenset()


def test_a_click_stands_where_the_photograph_was_taken(qtbot, page, window, capture) -> None:
    strip = page.photo_list
    where = strip.visualRect(strip.model().index(1)).center()
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert window.selected == capture.views[1].name
    assert window.standing


def test_the_filter_narrows_the_list_and_keeps_the_selection(qtbot, page, window, capture, texts) -> None:
    window.selected = capture.views[8].name
    page._text.setText(capture.views[8].name)
    assert page.photo_list.model().rowCount() == 1
    assert page.photo_list.currentIndex().data(Qt.ItemDataRole.UserRole) == capture.views[8].name
    only = page.findChildren(QComboBox)[-1]
    capture.only = "disabled"
    assert only.currentText() == "Disabled"
    assert "No photograph passes this filter." in texts()
    capture.text, capture.only = "", "all"
    assert page._text.text() == ""
    assert page.photo_list.currentIndex().data(Qt.ItemDataRole.UserRole) == capture.views[8].name


def test_leaving_too_few_is_refused_in_a_line(page, capture, texts) -> None:
    capture.set_enabled([view.name for view in capture.views], False)
    assert "At least two photographs must remain" in texts()


def test_a_known_distance_is_asked_for_and_set(qtbot, page, capture, texts) -> None:
    page._alignment.unfold()
    qtbot.mouseClick(button(page, "Measure …"), Qt.MouseButton.LeftButton)
    assert "Click one end" in texts()
    capture.add_measured_point((0, 0, 0))
    assert "other end" in texts()
    qtbot.mouseClick(button(page, "Undo point"), Qt.MouseButton.LeftButton)
    assert capture.picked == ()
    capture.add_measured_point((0, 0, 0))
    capture.add_measured_point((0, 0, 2))
    hint = page.findChild(PickingHint)
    hint._length.setValue(3)
    hint._unit.setCurrentText("cm")
    qtbot.keyClick(hint._length, Qt.Key.Key_Return)
    assert "1 unit = 1.5 cm" in texts()
    assert not hint.isVisible()
    qtbot.mouseClick(button(page, "Forget"), Qt.MouseButton.LeftButton)
    assert "Not measured" in texts()


def test_up_is_chosen_from_a_list_or_a_photograph(qtbot, page, window, capture) -> None:
    page._alignment.unfold()
    up = page.findChildren(QComboBox)[0]
    up.setCurrentText("−Y axis")
    up.activated.emit(up.currentIndex())
    assert capture.up == (0, -1, 0)
    window.selected = capture.views[0].name
    qtbot.mouseClick(button(page, "This photo is level"), Qt.MouseButton.LeftButton)
    assert up.currentText() == "As set below"
    up.setCurrentIndex(0)
    up.activated.emit(0)
    assert capture.alignment.up is None


def test_a_tool_started_elsewhere_shows_its_hint(page, capture, texts) -> None:
    capture.pick_ground()
    assert "three points of the ground" in texts()
    for x in range(3):
        capture.add_measured_point((x, 0, 0))
    assert "on one line" in texts()
    capture.stop_picking()
    assert "ground" not in texts()


def test_closing_the_capture_empties_the_page(page, capture, texts) -> None:
    capture.show(None)
    assert "No capture is open" in texts()
    assert page.photo_list.model().rowCount() == 0
