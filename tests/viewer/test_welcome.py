"""Panels around opening: welcome page, drops, the strip of what is being opened, cameras, status and reports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QToolButton, QWidget

from viewer.model import Engine, Picture, WindowModel
from viewer.model.autosave import Autosave
from viewer.model.error_report import ErrorReport
from viewer.model.find_cameras import FindCamerasModel, FoundCameras
from viewer.model.machine import MachineModel, size_in_words
from viewer.model.opening import Found, NotOpened, OpeningModel
from viewer.model.photographs import Photographs
from viewer.model.recent import RecentModel
from viewer.model.scene import Scene
from viewer.model.session import SessionModel
from viewer.model.task_list import Failure, Task, TaskListModel, TaskProgress
from viewer.panels.cards import Card
from viewer.panels.drops import DropTarget
from viewer.panels.error_report import ErrorReportPanel
from viewer.panels.find_cameras import FindCamerasPage
from viewer.panels.opening_strip import OpeningStrip
from viewer.panels.status import StatusLine
from viewer.panels.welcome import WelcomePage

LEFT = Qt.MouseButton.LeftButton


def shown(qtbot, widget: QWidget) -> QWidget:
    qtbot.addWidget(widget)
    widget.resize(1200, 900)  # what lies outside cannot be clicked
    widget.show()
    return widget


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def press(qtbot, widget: QWidget, text: str) -> None:
    def found() -> QAbstractButton | None:
        kinds = (*widget.findChildren(QPushButton), *widget.findChildren(QToolButton))
        return next((each for each in kinds if each.text() == text and each.isVisibleTo(widget)), None)

    qtbot.waitUntil(lambda: found() is not None)
    found().click()


@pytest.fixture
def autosave():
    made = Autosave(0.0)
    yield made
    made.close()


@pytest.fixture
def recent(tmp_path: Path, autosave: Autosave) -> RecentModel:
    recent = RecentModel(tmp_path, autosave)
    for name in ("fox", "desk"):
        picture = np.full((30, 40, 3), 120, np.uint8)
        recent.remember(Found(Path("/data") / name, "capture", "50 photographs", Scene(name), thumbnail=picture))
    return recent


def test_a_recent_card_opens_what_it_shows_by_mouse_and_by_key(qtbot, tmp_path, autosave, recent) -> None:
    page = shown(qtbot, WelcomePage(recent, SessionModel(tmp_path, autosave)))
    asked: list[Any] = []
    page.open_wanted.connect(asked.append)
    desk, fox = page.findChildren(Card)
    assert (desk.text(), fox.text()) == ("desk", "fox")
    qtbot.mouseClick(desk, LEFT)
    qtbot.keyClick(fox, Qt.Key.Key_Space)
    assert asked == [[Path("/data/desk")], [Path("/data/fox")]]
    recent.forget("/data/desk")
    qtbot.waitUntil(lambda: [card.text() for card in page.findChildren(Card) if card.isVisibleTo(page)] == ["fox"])
    recent.clear()
    assert "Recent" not in texts(page)


@pytest.mark.parametrize(
    ("text", "signal"),
    [
        ("Open folder …", "open_folder_clicked"),
        ("Open files …", "open_files_clicked"),
        ("Try the sample scene", "sample_clicked"),
    ],
)
def test_every_button_says_what_was_clicked(qtbot, tmp_path, autosave, recent, text: str, signal: str) -> None:
    page = shown(qtbot, WelcomePage(recent, SessionModel(tmp_path, autosave)))
    with qtbot.waitSignal(getattr(page, signal), timeout=1000):
        press(qtbot, page, text)


def test_the_last_session_is_offered_until_taken_up_or_dismissed(qtbot, tmp_path, autosave, recent) -> None:
    SessionModel(tmp_path, autosave).keep(paths=("/data/fox", "/runs/one"))
    autosave.flush()
    session = SessionModel(tmp_path, autosave)
    page = shown(qtbot, WelcomePage(recent, session))
    assert "Triptych ended unexpectedly" in texts(page)
    assert "fox, one, just now" in texts(page)
    with qtbot.waitSignal(page.continue_clicked, timeout=1000):
        press(qtbot, page, "Continue where you left off")
    press(qtbot, page, "Dismiss")
    assert session.previous is None
    assert "unexpectedly" not in texts(page)


def drop(widget: QWidget, *urls: str) -> tuple[QDragEnterEvent, QDropEvent]:
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    action, held = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPointF(5, 5), action, data, LEFT, held)
    entered.setAccepted(False)
    dropped = QDropEvent(QPointF(5, 5), action, data, LEFT, held)
    dropped.setAccepted(False)
    for event in (entered, dropped):
        QGuiApplication.sendEvent(widget, event)
    return entered, dropped


def test_dropped_files_are_told_and_other_things_are_not_taken(qtbot) -> None:
    widget = shown(qtbot, QWidget())
    target = DropTarget(widget)
    asked: list[Any] = []
    target.dropped.connect(asked.append)
    entered, dropped = drop(widget, "file:///data/fox", "file:///data/with%20space.ply")
    assert entered.isAccepted()
    assert dropped.isAccepted()
    assert asked == [[Path("/data/fox"), Path("/data/with space.ply")]]
    entered, dropped = drop(widget, "https://example.com/x.ply")
    assert not entered.isAccepted()
    assert len(asked) == 1


def test_the_strip_tells_of_pending_and_failed_paths(qtbot) -> None:
    model = OpeningModel(lambda _: None)
    strip = OpeningStrip(model)
    qtbot.addWidget(strip)
    assert not strip.isVisible()
    failure = NotOpened(Path("/data/bad"), "bad is bad.", "Traceback")
    model.pending, model.failures = (Path("/data/fox"),), (failure,)
    model.changed.emit()
    assert strip.isVisible()
    qtbot.waitUntil(lambda: "Opening fox …" in texts(strip))
    assert "bad is bad." in texts(strip)
    with qtbot.waitSignal(strip.report_wanted, timeout=1000) as asked:
        press(qtbot, strip, "Report")
    assert asked.args == [failure]
    model.cancel(Path("/data/fox"))
    model.dismiss(Path("/data/bad"))
    assert not strip.isVisible()


def test_a_long_name_does_not_make_the_window_wider(qtbot) -> None:
    model = OpeningModel(lambda _: None)
    strip = OpeningStrip(model)
    qtbot.addWidget(strip)
    model.pending = (Path("/data/" + "a_long_name" * 20),)
    model.changed.emit()
    qtbot.waitUntil(lambda: strip.findChild(QLabel).isVisible())
    assert strip.minimumSizeHint().width() < 200


@dataclass
class Photo:
    name: str
    reason: str


class Report:
    photos, registered, reprojection_error, points = 11, tuple("abcdefghi"), 0.6173, 7862
    failed = (Photo("x.jpg", "is blurred"), Photo("y.jpg", "shares nothing with the others"))

    def warnings(self) -> list[str]:
        return ["2 of 11 photographs could not be placed."]


class Runner:
    """Remembers what it was asked to run."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.arguments: tuple[Any, ...] = ()

    def run(self, title: str, _: Any, *arguments: Any) -> Task:
        self.arguments = arguments
        self.tasks.append(Task(title, lambda: None))
        return self.tasks[-1]


@pytest.fixture
def runner() -> Runner:
    return Runner()


@pytest.fixture
def cameras(runner: Runner, tmp_path: Path) -> FindCamerasModel:
    model = FindCamerasModel(runner, lambda: None)
    model.offer(Photographs(Path("/data/castle/images"), tuple(f"{i}.jpg" for i in range(11)), (640, 480)), tmp_path)
    return model


def test_finding_cameras_is_offered_followed_and_reported(qtbot, runner, cameras, tmp_path) -> None:
    page = shown(qtbot, FindCamerasPage(cameras))
    assert "11 photographs of 640 × 480 without cameras" in texts(page)
    press(qtbot, page, "Find cameras")
    assert runner.arguments == (Path("/data/castle/images"), tmp_path / "castle-cameras")
    (task,) = runner.tasks
    for fraction, stage in ((0.5, "Finding features"), (1.0, "Finding features"), (None, "Placing cameras")):
        task.advance(TaskProgress(fraction, stage))
    assert [(stage.name, stage.done) for stage in cameras.stages] == [
        ("Finding features", True),
        ("Placing cameras", False),
    ]
    assert "Finding features  ✓" in texts(page)
    task.finish(FoundCameras(tmp_path / "castle-cameras", Report()))
    for words in ("9 of 11 photographs", "0.62 px", "7,862", "could not be placed", "Without a camera: 2"):
        qtbot.waitUntil(lambda words=words: words in texts(page))
    with qtbot.waitSignal(page.open_wanted, timeout=1000) as asked:
        press(qtbot, page, "Open")
    assert asked.args == [tmp_path / "castle-cameras"]


def test_finding_cameras_can_be_cancelled_and_tried_again(qtbot, runner, cameras) -> None:
    page = shown(qtbot, FindCamerasPage(cameras))
    press(qtbot, page, "Find cameras")
    press(qtbot, page, "Cancel")
    assert runner.tasks[0].condition == "cancelled"
    assert cameras.condition == "offered"
    press(qtbot, page, "Find cameras")
    runner.tasks[1].fail(Failure("No two photographs show the same. Take more of them, closer together."))
    assert "No two photographs show the same" in texts(page)
    press(qtbot, page, "Try again")
    assert cameras.condition == "running"
    cameras.withdraw()
    assert runner.tasks[2].condition == "cancelled"
    assert not cameras.can_start


def test_too_few_photographs_are_not_begun_with(cameras, tmp_path) -> None:
    cameras.offer(Photographs(Path("/data/two"), ("a.jpg", "b.jpg")), tmp_path)
    assert "only 2" in cameras.offer_in_words
    assert not cameras.can_start
    assert cameras.start() is None


def test_a_taken_folder_is_not_written_to(cameras, tmp_path) -> None:
    (tmp_path / "two-cameras").mkdir()
    cameras.offer(Photographs(Path("/data/two"), ("a.jpg", "b.jpg")), tmp_path)
    assert cameras.out == tmp_path / "two-cameras-2"


def test_the_status_line_tells_memory_device_and_coarse_pictures(qtbot) -> None:
    model, machine = WindowModel(), MachineModel(lambda: [psutil.Process().pid, 2**22 + 7])
    line = shown(qtbot, StatusLine(model, machine, TaskListModel()))
    model.engine = Engine("ready", "", "a pencil")
    model.picture = Picture(480, 270, 0.01, reduced=True)
    used = f"Window {size_in_words(machine.window_bytes)} · Engine {size_in_words(machine.engine_bytes)}"
    for words in ("a pencil", "480 × 270, reduced while moving", used):
        assert words in texts(line)
    model.picture = Picture(960, 540, 0.04)
    assert "960 × 540 · 40 ms" in texts(line)
    assert machine.window_bytes == pytest.approx(machine.engine_bytes, rel=0.05)


def test_sizes_are_said_as_people_do() -> None:
    assert [size_in_words(size) for size in (3.1e6, 999e6, 1.24e9)] == ["3 MB", "999 MB", "1.2 GB"]


def test_the_status_line_shows_what_is_worked_on(qtbot) -> None:
    tasks = TaskListModel()
    line = shown(qtbot, StatusLine(WindowModel(), MachineModel(), tasks))
    tasks.add(Task("Drawing a film", lambda: None))
    assert "Drawing a film" in texts(line)


def test_a_report_can_be_copied(qtbot) -> None:
    panel = ErrorReportPanel()
    qtbot.addWidget(panel)
    report = ErrorReport("It failed.", "Traceback (most recent call last)", "CPU", [f"line {i}" for i in range(100)])
    panel.show_report(report)
    press(qtbot, panel, "Copy")
    copied = QGuiApplication.clipboard().text()
    for words in ("It failed.", "Python    3.", "numpy ", "Device    CPU", "Traceback", "line 99"):
        assert words in copied
    assert "line 1\n" not in copied
    with qtbot.waitSignal(panel.closed, timeout=1000):
        press(qtbot, panel, "Close")
    assert not panel.isVisible()
