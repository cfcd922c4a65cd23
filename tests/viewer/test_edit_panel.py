"""The editing panel, clicked and dragged."""

from __future__ import annotations

import pytest
from edit_engine import EditEngine, two_balls
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLabel, QListWidget, QPushButton, QSlider, QToolButton

from recon.editing import Delete, Hide, SelectByValue, SelectFloaters, SelectSphere, Transform
from viewer.model.editing import EditModel
from viewer.panels.edit import EditPanel
from viewer.panels.edit_filter import RangeHistogram

pytestmark = pytest.mark.display

LEFT = SelectSphere(center=(-1, 0, 0), radius=0.6)


@pytest.fixture
def panel(qtbot, tmp_path) -> EditPanel:
    engine = EditEngine()
    model = engine.model = EditModel(engine)
    panel = EditPanel(model)
    panel.model = model
    qtbot.addWidget(panel)
    panel.resize(360, 900)
    panel.show()
    model.open("run", tmp_path)
    model.activate("run")
    return panel


def button(panel: EditPanel, words: str) -> QPushButton:
    return next(each for each in panel.findChildren(QPushButton) if each.text() == words)


def click(panel: EditPanel, words: str) -> None:
    QTest.mouseClick(button(panel, words), Qt.MouseButton.LeftButton)


def counts(panel: EditPanel) -> str:
    return next(label.text() for label in panel.findChildren(QLabel) if label.objectName() == "title")


def done(panel: EditPanel) -> tuple:
    return panel.model.target.history.done


def test_buttons_act_and_counts_follow(panel: EditPanel) -> None:
    assert counts(panel) == "200 splats"
    assert not button(panel, "Delete").isEnabled()
    panel.model.do(LEFT)
    assert counts(panel) == "200 splats · 100 selected"
    click(panel, "Hide")
    assert counts(panel) == "200 splats · 100 hidden"
    click(panel, "All")
    click(panel, "Delete")
    assert counts(panel) == "100 splats · 100 hidden"
    click(panel, "Show all")
    assert not button(panel, "Show all").isEnabled()
    assert [type(each) for each in done(panel)][1::2] == [Hide, Delete]


def test_the_history_is_a_list_to_click(panel: EditPanel) -> None:
    panel.model.do(LEFT)
    panel.model.delete()
    steps = panel.findChild(QListWidget)
    assert [steps.item(row).text() for row in range(steps.count())] == ["As it was made", "Sphere", "Delete"]
    place = steps.visualItemRect(steps.item(1)).center()
    QTest.mouseClick(steps.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert done(panel) == (LEFT,)
    assert steps.currentRow() == 1
    assert button(panel, "Redo").isEnabled()
    click(panel, "Undo")
    assert not button(panel, "Undo").isEnabled()
    assert counts(panel) == "200 splats"


def test_a_range_of_values_is_previewed_and_then_selected(panel: EditPanel) -> None:
    histogram = panel.findChild(RangeHistogram)
    middle, height = histogram.width() // 2, 30
    QTest.mousePress(histogram, Qt.MouseButton.LeftButton, pos=QPoint(6, height))
    QTest.mouseMove(histogram, QPoint(middle // 2, height))
    QTest.mouseMove(histogram, QPoint(middle, height))
    assert done(panel) == ()
    selected = panel.model.target.told.selected
    assert 0 < selected < 200
    QTest.mouseRelease(histogram, Qt.MouseButton.LeftButton, pos=QPoint(middle, height))
    (step,) = done(panel)
    assert isinstance(step, SelectByValue)
    assert (step.value, step.mode, step.high) == ("opacity", "replace", None)
    assert selected == (two_balls().opacities >= step.low).sum() == panel.model.target.told.selected
    QTest.keyClick(histogram, Qt.Key.Key_Right)
    assert len(done(panel)) == 1
    assert done(panel)[0].low > step.low


def test_values_can_be_chosen_and_joined(panel: EditPanel) -> None:
    value, mode = panel.findChildren(QComboBox)
    assert [value.itemText(index) for index in range(value.count())] == ["Opacity", "Size", "Elongation"]
    value.setCurrentText("Size")
    mode.setCurrentText("Subtract")
    panel.model.select_all()
    histogram = panel.findChild(RangeHistogram)
    QTest.mouseClick(histogram, Qt.MouseButton.LeftButton, pos=QPoint(histogram.width() // 2 + 9, 30))
    step = done(panel)[-1]
    assert (step.value, step.mode, step.low) == ("size", "subtract", None)
    assert 0 < panel.model.target.told.selected < 200


def test_clean_up_follows_its_slider(panel: EditPanel) -> None:
    click(panel, "Find floaters")
    assert done(panel) == (SelectFloaters(),)
    slider = next(each for each in panel.findChildren(QSlider) if each.accessibleName() == "Sensitivity")
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert done(panel) == (SelectFloaters(sensitivity=1.0),)
    slider.setSliderDown(True)
    slider.setValue(20)
    assert done(panel) in ((), (SelectFloaters(sensitivity=1.0),))
    slider.setSliderDown(False)
    assert done(panel) == (SelectFloaters(sensitivity=0.2),)


def test_numbers_move(panel: EditPanel) -> None:
    fields = {field.accessibleName(): field for field in panel.findChildren(QDoubleSpinBox)}
    fields["Move z"].setValue(2.5)
    button(panel, "Apply").click()
    assert isinstance(done(panel)[-1], Transform)
    assert panel.model.target.told.center[2] == pytest.approx(2.5, abs=0.1)
    assert fields["Move z"].value() == 0


def test_tools_show_their_options(panel: EditPanel) -> None:
    tools = {each.accessibleName(): each for each in panel.findChildren(QToolButton) if each.accessibleName()}
    assert len(tools) == 7
    for name, options in (("Box", "Crop"), ("Sphere", "Take out")):
        QTest.mouseClick(tools[name], Qt.MouseButton.LeftButton)
        assert panel.model.tool == name.lower()
        assert button(panel, options).isVisible()
    assert not button(panel, "Crop").isVisible()
    panel.model.take("navigate")
    assert tools["Navigate"].isChecked()
    assert not button(panel, "Take out").isVisible()


@pytest.mark.parametrize("tool", ["navigate", "lasso", "brush", "sphere", "box", "transform"])
def test_it_fits_a_dock(panel: EditPanel, tool: str) -> None:
    panel.resize(340, 700)
    panel.model.take(tool)
    assert panel.minimumSizeHint().width() <= 340


def test_without_splats_it_says_what_to_do(panel: EditPanel) -> None:
    panel.model.activate(None)
    assert "Nothing to edit" in counts(panel)
    assert not button(panel, "All").isEnabled()
    panel.model.message = "The engine refuses."
    assert any(label.isVisible() and label.text() == "The engine refuses." for label in panel.findChildren(QLabel))
