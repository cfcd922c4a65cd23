"""The panel in which runs are made ready and steered, driven as a person does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import toy
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QPushButton
from toy_fixtures import _no_power_cuts, _toy_method, capture_folder
from trainers import Clock, FakeTrainer, WindowThread

from recon.methods.base import Evaluated, Failed, Pause, Set, Started, Step
from recon.methods.registry import METHODS, method_named
from recon.runs import CaptureSource
from viewer.model.parameter_form import NOT_LIVE, ParameterForm
from viewer.model.run import RunModel
from viewer.model.tune import TuneModel
from viewer.panels.parameter_form import ParameterFormView
from viewer.panels.run_controls import RunControls
from viewer.panels.tune import TunePanel

__all__ = ["_no_power_cuts", "_toy_method", "capture_folder"]


@pytest.fixture
def trainer() -> FakeTrainer:
    return FakeTrainer()


@pytest.fixture
def tune(trainer: FakeTrainer, capture_folder: Path, tmp_path: Path) -> TuneModel:
    model = TuneModel(RunModel(trainer, Clock()), WindowThread().post, tmp_path / "runs")
    source = CaptureSource(str(capture_folder))
    model.show_capture(source, source.load())
    model.choose_method("toy")
    return model


@pytest.fixture
def panel(qtbot, tune: TuneModel) -> TunePanel:
    made = TunePanel(tune)
    qtbot.addWidget(made)
    made.resize(360, 760)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)  # keys go to the active window only
    return made


def controls(panel: TunePanel) -> RunControls:
    return panel.findChild(RunControls)


def buttons(panel: TunePanel) -> dict[str, QPushButton]:
    return {button.text(): button for button in controls(panel).findChildren(QPushButton) if button.isVisible()}


def field_of(view: ParameterFormView, name: str):
    return view.rows[name].editor._edit


def type_into(qtbot, widget, text: str, key=Qt.Key.Key_Return) -> None:
    widget.setFocus()
    widget.selectAll()
    qtbot.keyClicks(widget, text)
    if key is not None:
        qtbot.keyClick(widget, key)


def begin(tune: TuneModel) -> None:
    tune.start()
    tune.run.on_started(tune.runs_folder / "a")
    tune.run.on_event(Started("toy", 40))
    tune.run.on_event(Step(1, 0.5, {"gaussians": 50.0}))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gets_a_form(qtbot, method: str) -> None:
    form = ParameterForm(method_named(method).config())
    view = ParameterFormView(form)
    qtbot.addWidget(view)
    view.show()
    assert list(view.rows) == [field.name for field in form.fields]
    assert set(view._groups) == {field.info.group for field in form.fields}
    for name, row in view.rows.items():
        assert form.field(name).info.help in row.toolTip()
        assert form.field(name).info.unit in row.help


def test_a_value_is_typed_and_reset(qtbot, panel: TunePanel, tune: TuneModel) -> None:
    row = panel.form.rows["count"]
    assert field_of(panel.form, "count").text() == "50 Gaussians"
    type_into(qtbot, field_of(panel.form, "count"), "1,200")
    assert tune.form.values["count"] == 1200
    assert row._label.property("changed") is True
    assert panel.form._groups["General"]._title.text() == "General · 1 changed"
    qtbot.mouseClick(row._reset, Qt.MouseButton.LeftButton)
    assert tune.form.values["count"] == 50
    assert not row._reset.isVisible()


def test_a_wrong_value_is_marked_with_its_sentence(qtbot, panel: TunePanel, tune: TuneModel) -> None:
    type_into(qtbot, field_of(panel.form, "count"), "-3")
    row = panel.form.rows["count"]
    assert row._error.isVisible()
    assert row._error.text() == tune.form.errors["count"]
    assert not buttons(panel)["Start"].isEnabled()
    type_into(qtbot, field_of(panel.form, "count"), "30")
    assert not row._error.isVisible()
    assert buttons(panel)["Start"].isEnabled()


def test_escape_takes_back_what_was_typed(qtbot, panel: TunePanel, tune: TuneModel) -> None:
    field = field_of(panel.form, "count")
    type_into(qtbot, field, "77", key=Qt.Key.Key_Escape)
    assert field.text() == "50"
    assert tune.form.changes == {}


def test_arrow_keys_go_up_and_down(qtbot, panel: TunePanel, tune: TuneModel) -> None:
    field = field_of(panel.form, "count")
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Up)
    qtbot.keyClick(field, Qt.Key.Key_Down)
    assert tune.form.values["count"] == 51


def test_a_drag_of_the_slider_is_one_change(qtbot, panel: TunePanel, tune: TuneModel) -> None:
    heard: list[str] = []
    tune.form.value_changed.connect(heard.append)
    slider = panel.form.rows["rate"].editor._slider
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(6, slider.height() // 2))
    for x in range(6, slider.width(), 4):
        qtbot.mouseMove(slider, QPoint(x, slider.height() // 2))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 6, slider.height() // 2))
    assert len(heard) <= 2
    assert tune.form.values["rate"] > 0.5


def test_choices_and_switches(qtbot) -> None:
    form = ParameterForm(method_named("splats").config())
    view = ParameterFormView(form)
    qtbot.addWidget(view)
    view.show()
    for group in view._groups.values():
        group.unfold()
    switch, choice = view.rows["antialiased"].editor, view.rows["growth"].editor
    assert isinstance(switch, QCheckBox)
    assert isinstance(choice, QComboBox)
    switch.click()
    choice.setFocus()
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    assert form.changes == {"antialiased": True, "growth": "mcmc"}


def test_the_wheel_scrolls_the_page_and_changes_nothing(qtbot, panel: TunePanel, tune: TuneModel) -> None:
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QWheelEvent

    for editor in (panel.form.rows["trouble"].editor, panel.form.rows["rate"].editor._slider):
        place = QPointF(editor.rect().center())
        turn = QWheelEvent(
            place,
            editor.mapToGlobal(place),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(editor, turn)
    assert tune.form.changes == {}


def test_search_hides_what_does_not_match(panel: TunePanel) -> None:
    panel.form._search.setText("wander")
    assert [name for name, row in panel.form.rows.items() if row.isVisible()] == ["rate"]
    panel.form._search.setText("nothing of the kind")
    assert panel.form._nothing.isVisible()
    panel.form._search.clear()
    assert all(row.isVisible() for row in panel.form.rows.values())


def test_help_of_what_is_edited_is_told(panel: TunePanel) -> None:
    panel.form.rows["rate"].editor.setFocus()
    QApplication.processEvents()
    assert panel.form._help.text().startswith("How far Gaussians wander in a step.")
    assert "can change during a run" in panel.form._help.text()


def test_another_preset_shows_its_values(panel: TunePanel, tune: TuneModel) -> None:
    tune.choose_preset("best")
    assert field_of(panel.form, "steps").text() == "80 steps"
    tune.choose_method("splats")
    assert "cap" in panel.form.rows


def test_during_a_run_only_live_parameters_can_be_edited(
    qtbot, panel: TunePanel, tune: TuneModel, trainer: FakeTrainer
) -> None:
    begin(tune)
    assert not panel.form.rows["count"].editor.isEnabled()
    assert panel.form.rows["count"].toolTip() == NOT_LIVE
    type_into(qtbot, field_of(panel.form, "rate"), "0.25")
    assert trainer.asked[-1] == Set("rate", 0.25)


def test_buttons_follow_the_run(qtbot, panel: TunePanel, tune: TuneModel, trainer: FakeTrainer) -> None:
    assert set(buttons(panel)) == {"Start"}
    qtbot.mouseClick(buttons(panel)["Start"], Qt.MouseButton.LeftButton)
    assert len(trainer.asked) == 1
    tune.run.on_started(tune.runs_folder / "a")
    tune.run.on_event(Started("toy", 40))
    tune.run.on_event(Step(1, 0.5, {"gaussians": 50.0}))
    assert set(buttons(panel)) == {"Pause", "Stop", "Save", "Cancel"}
    qtbot.mouseClick(buttons(panel)["Pause"], Qt.MouseButton.LeftButton)
    assert trainer.asked[-1] == Pause()
    assert set(buttons(panel)) == {"Resume", "Stop", "Save", "Cancel"}
    tune.run.on_event(Failed("The walk went astray."))
    assert set(buttons(panel)) == {"Start", "Resume", "Fork"}
    assert controls(panel)._message.text() == "The walk went astray."
    assert panel.minimumSizeHint().width() <= 360


def test_progress_is_told_in_words_and_rarely(qtbot, panel: TunePanel, tune: TuneModel) -> None:
    begin(tune)
    drawn: list[int] = []
    shown = controls(panel)
    shown._timer.timeout.connect(lambda: drawn.append(1))
    begun = time.monotonic()
    for step in range(2, 30):
        tune.run.on_event(Step(step, 0.25, {"gaussians": 50.0}))
    tune.run.on_event(Evaluated(29, 21.5, 0.7))
    qtbot.waitUntil(lambda: "step 29 of 40 · loss 0.2500 · 21.50 dB · 50 Gaussians" in shown._numbers.text())
    assert len(drawn) <= 1 + (time.monotonic() - begun) / 0.2
    assert shown._state.text() == "Training"
    assert shown._bar.value() == 725


def test_what_is_chosen_besides_parameters(qtbot, panel: TunePanel, tune: TuneModel, tmp_path: Path) -> None:
    from viewer.panels.job_form import JobForm

    job = panel.findChild(JobForm)
    job._fold.unfold()
    type_into(qtbot, job._seed, "7")
    type_into(qtbot, job._out, str(tmp_path / "mine"))
    assert (tune.job.seed, tune.out) == (7, tmp_path / "mine")
    type_into(qtbot, job._out, " ")
    assert tune.out == tmp_path / "runs" / "capture-toy"
    assert job._out.placeholderText() == str(tune.out)


def test_tab_goes_through_the_form_from_the_top(qtbot, panel: TunePanel) -> None:
    panel.activateWindow()
    field_of(panel.form, "steps").setFocus()
    qtbot.keyClick(field_of(panel.form, "steps"), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is field_of(panel.form, "count")


def test_memory_that_does_not_suffice_is_said(panel: TunePanel, tune: TuneModel) -> None:
    tune.form.set("gigabytes", 1e6)
    outlook = controls(panel)._outlook
    assert "even at the smallest" in outlook.text()
    assert outlook.objectName() == "warning"
    tune.form.reset("gigabytes")
    assert outlook.objectName() == "quiet"


def test_the_toy_is_no_splats() -> None:
    """The form has learned nothing of one method."""
    assert {field.name for field in ParameterForm(toy.Config()).fields} >= {"nap", "trouble"}
