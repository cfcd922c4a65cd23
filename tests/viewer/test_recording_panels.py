"""Timeline, screenshot, export and task line as widgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fake_studio import FakeStudio

from viewer.model import Orbit
from viewer.model.camera_path import CameraPathModel
from viewer.model.exporting import ExportModel
from viewer.model.filming import FilmingModel, ScreenshotModel, Subject
from viewer.model.task_list import Failure, Task, TaskListModel, TaskProgress

pytestmark = pytest.mark.display


@pytest.fixture
def studio() -> FakeStudio:
    return FakeStudio()


@pytest.fixture
def timeline(qtbot, studio: FakeStudio, tmp_path: Path):
    from viewer.panels.timeline import Timeline

    where = [Orbit(distance=4)]
    model = FilmingModel(CameraPathModel(lambda: where[0]), studio)
    model.show(Subject("fox", tmp_path))
    for azimuth in (0.0, 1.0, 2.0):
        where[0] = replace(where[0], azimuth=azimuth)
        model.path.add()
    widget = Timeline(model)
    qtbot.addWidget(widget)
    widget.resize(900, 220)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def ruler_of(timeline):
    from viewer.panels.timeline_ruler import Ruler

    return timeline.findChild(Ruler)


def at(ruler, time: float, down: float | None = None):
    from PySide6.QtCore import QPoint

    return QPoint(round(ruler.x_of(time)), round(ruler.track if down is None else down))


def button(widget, text: str):
    from PySide6.QtWidgets import QPushButton

    return next(each for each in widget.findChildren(QPushButton) if each.text() == text)


def press(qtbot, widget) -> None:
    from PySide6.QtCore import Qt

    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_a_click_on_a_diamond_goes_there_and_one_beside_it_scrubs(qtbot, timeline) -> None:
    from PySide6.QtCore import Qt

    ruler, path = ruler_of(timeline), timeline._path
    qtbot.mouseClick(ruler, Qt.MouseButton.LeftButton, pos=at(ruler, 2))
    assert (path.selected, path.time) == (1, 2)
    qtbot.mouseClick(ruler, Qt.MouseButton.LeftButton, pos=at(ruler, 3, 20))
    assert path.selected is None
    assert path.time == pytest.approx(3, abs=0.02)


def test_a_drag_moves_a_keyframe_and_is_undone_as_one(qtbot, timeline) -> None:
    from PySide6.QtCore import QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    ruler, path = ruler_of(timeline), timeline._path
    qtbot.mousePress(ruler, Qt.MouseButton.LeftButton, pos=at(ruler, 2))
    for time in (2.3, 2.7, 3.0):
        point = QPointF(at(ruler, time))
        event = QMouseEvent(
            *(QMouseEvent.Type.MouseMove, point, ruler.mapToGlobal(point)),
            *(Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier),
        )
        QApplication.sendEvent(ruler, event)
    qtbot.mouseRelease(ruler, Qt.MouseButton.LeftButton, pos=at(ruler, 3))
    assert path.path.keyframes[1].time == pytest.approx(3, abs=0.04)
    path.undo()
    assert path.path.keyframes[1].time == 2


def test_keys_step_delete_and_play(qtbot, timeline) -> None:
    from PySide6.QtCore import Qt

    ruler, path = ruler_of(timeline), timeline._path
    path.go_to(0)
    qtbot.keyClick(ruler, Qt.Key.Key_Right)
    assert path.time == pytest.approx(1 / 30)
    qtbot.keyClick(ruler, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert path.selected == 1
    qtbot.keyClick(ruler, Qt.Key.Key_Delete)
    assert len(path.path.keyframes) == 2
    qtbot.keyClick(ruler, Qt.Key.Key_Space)
    assert path.playing
    qtbot.waitUntil(lambda: path.time > 2.1, timeout=5000)
    path.pause()


def test_rendering_shows_progress_and_then_what_was_written(
    qtbot, timeline, studio: FakeStudio, tmp_path: Path
) -> None:
    press(qtbot, button(timeline, "Render"))
    assert studio.asked[0][0] == "film"
    studio.tasks[0].advance(TaskProgress(0.5, "Frame 60 of 120"))
    assert not button(timeline, "Render").isEnabled()
    assert "Frame 60 of 120" in timeline._line._text.text()
    press(qtbot, button(timeline, "Cancel"))
    assert studio.stopped == 1
    assert not timeline._line.isVisible()
    press(qtbot, button(timeline, "Render"))
    studio.tasks[1].finish(tmp_path / "film.mp4")
    assert timeline._line._text.text() == "film.mp4 written."
    assert button(timeline, "Show in folder").isVisible()


def test_the_film_form_changes_the_film_and_undo_changes_it_back(qtbot, timeline) -> None:
    form, path = timeline._form, timeline._path
    form._size._names.setCurrentText("4K")
    form._size._on_name_chosen()
    assert (path.film.width, path.film.height) == (3840, 2160)
    assert "4K" in timeline._film.text()
    form._background.textActivated.emit("Transparent")
    assert form._container.currentText() == "PNG files"
    path.undo()
    path.undo()
    assert form._size._width.value() == 1920


def test_presets_that_need_photographs_wait_for_them(timeline) -> None:
    timeline._on_menu_shown()
    enabled = {preset.name: action.isEnabled() for preset, action in timeline._preset_actions.items()}
    assert enabled == {"turntable": True, "ellipse": True, "spiral": True, "photographed": False, "flight": False}


def test_a_path_is_saved_after_a_quiet_moment(qtbot, timeline, tmp_path: Path) -> None:
    path = timeline._path
    path.open(tmp_path / "camera_path.json")
    path.add()
    qtbot.waitUntil((tmp_path / "camera_path.json").exists, timeout=5000)


def test_the_screenshot_panel_takes_its_size(qtbot, studio: FakeStudio, tmp_path: Path) -> None:
    from viewer.panels.screenshot import ScreenshotPanel

    model = ScreenshotModel(Orbit, studio)
    panel = ScreenshotPanel(model)
    qtbot.addWidget(panel)
    assert not button(panel, "Save picture").isEnabled()
    model.show(Subject("fox", tmp_path))
    panel._size._width.setValue(333)
    press(qtbot, button(panel, "Save picture"))
    assert studio.asked[0][2].camera.width == 333
    with qtbot.waitSignal(panel.copy_clicked):
        press(qtbot, button(panel, "Copy view"))


def test_the_export_panel_offers_every_format_with_its_size(qtbot, studio: FakeStudio, tmp_path: Path) -> None:
    from recon.io.registry import writable
    from viewer.panels.export import ExportPanel

    model = ExportModel(studio)
    panel = ExportPanel(model)
    qtbot.addWidget(panel)
    panel.resize(360, 600)
    panel.show()
    model.show(Subject("fox", tmp_path))
    assert panel._list.count() == len(writable("splats"))
    qtbot.waitUntil(lambda: bool(studio.asked), timeout=5000)
    assert studio.asked[0][0] == "forecast"
    studio.tasks[0].finish({form.name: 12_345_678 for form in model.formats})
    assert panel._list.itemWidget(panel._list.item(0))._size.text() == "12.3 MB"
    panel._list.setCurrentRow(panel._list.count() - 1)
    assert model.format is model.formats[-1]
    assert panel._out.text().endswith(model.formats[-1].suffixes[0])
    press(qtbot, button(panel, "Export"))
    assert studio.asked[-1][1].format == model.formats[-1].name


def test_options_of_every_format_can_be_shown(qtbot, studio: FakeStudio, tmp_path: Path) -> None:
    from viewer.panels.option_form import OptionForm

    model = ExportModel(studio)
    form = OptionForm(model)
    qtbot.addWidget(form)
    model.show(Subject("fox", tmp_path))
    for each in model.formats:
        model.choose(each.name)
        assert bool(form._editors) == (each.options is not None)
        before = model.options
        assert before == each.default_options()


def test_the_status_bar_shows_the_newest_task_and_lets_failures_go(qtbot) -> None:
    from viewer.panels.task_line import TaskList

    tasks = TaskListModel()
    widget = TaskList(tasks)
    qtbot.addWidget(widget)
    assert widget.isHidden()
    stopped = []
    one, two = Task("Rendering", lambda: stopped.append("one")), Task("Exporting", lambda: stopped.append("two"))
    tasks.add(one)
    tasks.add(two)
    assert widget._text.text() == "Exporting · 1 more"
    press(qtbot, widget._end)
    assert stopped == ["two"]
    one.fail(Failure("The disk is full."))
    assert widget._text.text() == "Rendering failed"
    press(qtbot, widget._end)
    assert widget.isHidden()
