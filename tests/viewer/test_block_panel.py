"""The panel of blocks: what it shows and what it asks the model for."""

from __future__ import annotations

import pytest
from block_samples import some_blocks
from block_scenes import Editor
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton

from recon.editing.blocks import CarrySplats, ChooseNumber, MoveBlocks, ShapeBlocks
from recon.editing.placement import Placement
from viewer.model.block_editing import BlockModel
from viewer.model.look import colors
from viewer.model.scores import PartScore
from viewer.panels.block_list import ERROR, EYE, LOCK, NAME, OPACITY, BlockList
from viewer.panels.block_sliders import TICKS, LiveSlider
from viewer.panels.blocks import NOTHING, BlocksPanel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot, tmp_path):
    model = BlockModel(Editor())
    made = BlocksPanel(model)
    made.model = model
    qtbot.addWidget(made)
    made.resize(340, 700)
    made.show()
    model.open("run", tmp_path, some_blocks())
    model.activate("run")
    return made


def title(panel) -> str:
    return next(label.text() for label in panel.findChildren(QLabel) if label.objectName() == "title")


def slider(panel, name: str) -> LiveSlider:
    return next(each for each in panel.findChildren(LiveSlider) if each.accessibleName() == name)


def button(panel, words: str) -> QPushButton:
    return next(each for each in panel.findChildren(QPushButton) if each.text() == words)


def press(listed: BlockList, number: int, column: int, keys=Qt.KeyboardModifier.NoModifier) -> None:
    item = listed.item_of(number)
    place = listed.visualItemRect(item).center()
    QTest.mouseClick(listed.viewport(), LEFT, keys, QPoint(listed.columnViewportPosition(column) + 12, place.y()))


def test_it_counts_and_lists_what_there_is(panel) -> None:
    listed = panel.findChild(BlockList)
    assert title(panel) == "5 blocks"
    assert [listed.topLevelItem(row).text(NAME) for row in range(5)] == [f"block {index}" for index in range(1, 6)]
    panel.model.activate(None)
    assert title(panel) == NOTHING
    assert listed.topLevelItemCount() == 0
    assert not listed.isEnabled()


def test_selections_of_list_and_model_are_one(panel) -> None:
    listed = panel.findChild(BlockList)
    press(listed, 1, NAME)
    press(listed, 3, NAME, Qt.KeyboardModifier.ControlModifier)
    assert panel.model.selection == (1, 3)
    assert title(panel) == "5 blocks · 2 selected"
    panel.model.select(4)
    assert [item.text(NAME) for item in listed.selectedItems()] == ["block 5"]


def test_lock_and_eye_are_clicked(panel) -> None:
    listed = panel.findChild(BlockList)
    press(listed, 2, LOCK)
    press(listed, 0, EYE)
    assert (panel.model.target.edited.locked, panel.model.target.edited.hidden) == ({2}, {0})
    assert not listed.itemWidget(listed.item_of(2), OPACITY).isEnabled()
    press(listed, 2, LOCK)
    assert not panel.model.target.edited.locked
    QTest.mouseClick(button(panel, "Show all"), LEFT)
    assert not panel.model.target.edited.hidden


def test_names_are_edited_where_they_stand(panel) -> None:
    listed = panel.findChild(BlockList)
    listed.item_of(1).setText(NAME, "roof")
    assert panel.model.target.edited.block(1).names == ("roof",)
    listed.item_of(1).setText(NAME, " ")
    assert listed.item_of(1).text(NAME) == "roof"


def test_the_opacity_bar_is_dragged(panel) -> None:
    listed = panel.findChild(BlockList)
    bar = listed.itemWidget(listed.item_of(3), OPACITY)
    QTest.mousePress(bar, LEFT, pos=QPoint(48, 5))
    QTest.mouseMove(bar, QPoint(20, 5))
    QTest.mouseRelease(bar, LEFT, pos=QPoint(16, 5))
    assert panel.model.target.edited.blocks.opacities[3] == pytest.approx(0.25)
    assert panel.model.target.history.done == (ShapeBlocks((3,), "opacity", 0.25),)


def test_shapes_follow_the_sliders_and_sliders_the_selection(panel) -> None:
    roundness = slider(panel, "Roundness upwards")
    assert not roundness.isEnabled()
    panel.model.select(2)
    value = float(panel.model.target.edited.blocks.exponents[2, 0])
    assert roundness.value() == pytest.approx((value - 0.05) / 1.95 * TICKS, abs=0.51)
    roundness.setValue(TICKS)
    assert panel.model.target.edited.blocks.exponents[2, 0] == 2
    panel.model.undo()
    assert roundness.value() == pytest.approx((value - 0.05) / 1.95 * TICKS, abs=0.51)


def test_the_number_slider_goes_as_far_as_merges_do(panel) -> None:
    number = slider(panel, "Number of blocks")
    assert (number.minimum(), number.maximum(), number.value()) == (1, 5, 5)
    number.setSliderDown(True)
    number.setValue(2)
    assert len(panel.model.target.edited.blocks) == 2
    assert panel.model.target.history.done == ()
    number.setSliderDown(False)
    assert panel.model.target.history.done == (ChooseNumber(2),)
    assert title(panel) == "2 blocks"
    assert (number.minimum(), number.maximum()) == (1, 5)


def test_buttons_are_alive_when_they_can_do_something(panel) -> None:
    def alive() -> set[str]:
        words = ("Add", "Duplicate", "Split", "Merge", "Delete", "Lock", "Hide", "Show all")
        return {each for each in words if button(panel, each).isEnabled()}

    assert alive() == {"Add"}
    panel.model.select(0)
    assert alive() == {"Add", "Duplicate", "Split", "Delete", "Lock", "Hide"}
    panel.model.select(1, add=True)
    assert alive() == {"Add", "Duplicate", "Merge", "Delete", "Lock", "Hide"}
    QTest.mouseClick(button(panel, "Merge"), LEFT)
    assert title(panel) == "4 blocks · 1 selected"
    QTest.mouseClick(button(panel, "Split"), LEFT)
    QTest.mouseClick(button(panel, "Delete"), LEFT)
    assert title(panel) == "3 blocks"


def test_the_fit_goes_on_when_it_may(panel) -> None:
    wanted = []
    panel.fit_wanted.connect(lambda: wanted.append(1))
    for allowed in (False, True):
        panel.allow_fit(allowed)
        QTest.mouseClick(button(panel, "Fit on from here"), LEFT)
    assert wanted == [1]


def test_drawing_apart_is_said_to_stop_moving(panel) -> None:
    panel.model.select(0)
    slider(panel, "Draw apart").setValue(TICKS // 2)
    assert panel.model.explode == 0.5
    warning = next(label for label in panel.findChildren(QLabel) if label.objectName() == "warning")
    assert "put them together" in warning.text()
    panel.model.explode = 0.0
    assert slider(panel, "Draw apart").value() == 0
    assert warning.isHidden()


def test_splats_to_carry_are_chosen(panel) -> None:
    (box,) = panel.findChildren(QComboBox)
    assert not box.isEnabled()
    panel.model.carriable = {"/runs/fox": "fox", "/runs/fox-2": "fox-2"}
    assert [box.itemText(row) for row in range(box.count())] == ["None", "fox", "fox-2"]
    box.setCurrentIndex(2)
    box.activated.emit(2)
    assert panel.model.target.history.done == (CarrySplats("/runs/fox-2"),)
    panel.model.undo()
    assert box.currentText() == "None"
    panel.model.redo()
    panel.model.carriable = {}
    assert box.currentText() == "fox-2"  # it is carried, wherever it is
    box.setCurrentIndex(0)
    box.activated.emit(0)
    assert panel.model.carries == ""


def test_image_errors_stand_beside_the_blocks(panel, tmp_path) -> None:
    listed = panel.findChild(BlockList)
    assert listed.isColumnHidden(ERROR)  # of runs that were not measured so
    errors = (PartScore(0.042, 24.31, 5214), PartScore(0.084, 20.0, 12), None, PartScore(0.0, 100.0, 9), None)
    panel.model.open("run", tmp_path, some_blocks(), errors)
    assert not listed.isColumnHidden(ERROR)

    def bar(number: int):
        return listed.itemWidget(listed.item_of(number), ERROR)

    assert [bar(number).text for number in range(5)] == ["4.2%", "8.4%", "–", "0.0%", "–"]
    for words in ("4.2%", "PSNR 24.3 dB", "5,214 pixels"):
        assert words in bar(0).toolTip()
    assert "not known" in bar(2).toolTip()
    bars = [bar(number).grab().toImage() for number in (0, 1)]
    lengths = [
        sum(image.pixelColor(x, image.height() - 4) == QColor(colors().warning) for x in range(44)) for image in bars
    ]
    assert lengths[0] == pytest.approx(lengths[1] / 2, abs=2)
    assert lengths[1] > 35
    panel.model.do(MoveBlocks((0,), Placement((0.1, 0.0, 0.0))))
    assert bar(0).text == "–"
