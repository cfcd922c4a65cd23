"""The log: what is kept, who is listened to, and the panel that shows it."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from queue import Queue

import pytest

from recon.errors import InputError
from viewer.model import WindowModel
from viewer.model.log import LogModel
from viewer.model.log_feeds import PythonLog, log_opening, log_run, log_tasks, log_window
from viewer.model.opening import Found, OpeningModel
from viewer.model.run import RunModel
from viewer.model.task_list import Failure, Task, TaskListModel
from viewer.model.window import Engine


def told(log: LogModel) -> list[tuple[str, str, str]]:
    return [(entry.level, entry.source, entry.text) for entry in log.entries]


def test_only_the_latest_are_kept():
    log = LogModel(most=3)
    for number in range(5):
        log.add("info", str(number), "test")
    assert [entry.text for entry in log.entries] == ["2", "3", "4"]


def test_what_is_said_again_and_again_is_one_entry():
    clock = iter(range(10))
    log = LogModel(clock=lambda: next(clock))
    for text in ("a", "a", "a", "b", "a", "  "):
        log.add("warning", text, "test")
    assert [(entry.text, entry.times, entry.at) for entry in log.entries] == [("a", 3, 2), ("b", 1, 3), ("a", 1, 4)]
    assert log.lines[0].endswith("warning  test: a (3 times)")


def test_levels_are_narrowed_by_gravity():
    log = LogModel()
    for level in ("info", "warning", "error"):
        log.add(level, level, "test")
    assert [entry.text for entry in log.of_level("warning")] == ["warning", "error"]
    heard = []
    log.changed.connect(lambda: heard.append(1))
    log.clear()
    assert log.entries == ()
    assert heard == [1]


def test_the_window_and_its_engine_are_heard():
    log, model = LogModel(), WindowModel()
    log_window(log, model)
    model.engine = Engine("ready", "", "CPU, 2 threads")
    model.notice = "3 photographs have no camera."
    model.engine = Engine("stopped", "The engine ran out of memory.")
    assert told(log) == [
        ("info", "engine", "Ready: CPU, 2 threads"),
        ("warning", "window", "3 photographs have no camera."),
        ("error", "engine", "The engine ran out of memory."),
    ]


def test_what_is_opened_is_heard_once(tmp_path: Path):
    def read(path: Path) -> Found:
        raise InputError(f"{path.name} is damaged.")

    log, calls = LogModel(), Queue()
    opening = OpeningModel(calls.put, read)
    log_opening(log, opening)
    opening.open([tmp_path / "desk"])
    calls.get(timeout=30)()
    opening.changed.emit()
    assert told(log) == [("info", "window", "Opening desk …"), ("error", "window", "desk is damaged.")]


class Trainer:
    def reconstruct(self, job) -> None: ...

    def resume(self, path) -> None: ...

    def tell(self, command) -> None: ...


def test_runs_are_heard():
    from recon.methods.base import Step, Warned

    log, run = LogModel(), RunModel(Trainer())
    log_run(log, run)
    run.start(None)
    run.on_started(Path("runs/fox"))
    run.on_event(Step(10, 0.5))
    run.on_event(Warned("Two photographs are blurred."))
    run.on_event(Step(20, 0.4))
    run.on_died("The engine was killed; go on from step 1,000.")
    assert told(log) == [
        ("info", "run", "fox is running."),
        ("warning", "run", "Two photographs are blurred."),
        ("warning", "run", "The engine was killed; go on from step 1,000."),
    ]


def test_tasks_are_heard():
    log, tasks = LogModel(), TaskListModel()
    log_tasks(log, tasks)
    film, export = (Task(title, lambda: None) for title in ("Film", "Export"))
    tasks.add(film)
    tasks.add(export)
    film.finish(None)
    export.fail(Failure("The disk is full."))
    assert told(log) == [
        ("info", "task", "Film …"),
        ("info", "task", "Export …"),
        ("info", "task", "Film: done."),
        ("error", "task", "Export: The disk is full."),
    ]


def test_libraries_are_heard_until_nobody_listens():
    log, posted = LogModel(), []
    listener = PythonLog(log, posted.append)
    listener.install()
    try:
        logging.getLogger("some.library").error("It went %s.", "wrong")
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("This is old.", DeprecationWarning, stacklevel=1)
    finally:
        listener.remove()
    logging.getLogger("some.library").error("Nobody listens.")
    assert log.entries == ()  # they are posted to the window's thread
    for call in posted:
        call()
    (error, warning) = told(log)
    assert error == ("error", "some.library", "It went wrong.")
    assert warning[:2] == ("warning", "python")
    assert "This is old." in warning[2]


@pytest.fixture
def panel(qtbot, qapp):
    from viewer.panels.log import LogPanel

    log = LogModel(most=200)
    made = LogPanel(log)
    made.resize(700, 220)
    qtbot.addWidget(made)
    made.show()
    return made


def texts(panel) -> list[str]:
    return [entry.text for entry in panel._rows.entries]


@pytest.mark.display
class TestPanel:
    def test_it_is_narrowed_by_level_and_words(self, panel, qtbot):
        for number, level in enumerate(("info", "warning", "error")):
            panel._log.add(level, f"entry {number}", "engine" if number else "window")
        qtbot.waitUntil(lambda: len(texts(panel)) == 3)
        panel._level.setCurrentIndex(1)
        assert texts(panel) == ["entry 1", "entry 2"]
        panel._words.setText("ENG 2")
        assert texts(panel) == ["entry 2"]
        panel._words.setText("nothing of the kind")
        assert panel._empty.isVisible()
        assert not panel._copy.isEnabled()

    def test_what_is_chosen_is_copied(self, panel, qtbot):
        from PySide6.QtCore import Qt
        from PySide6.QtGui import QGuiApplication

        for number in range(3):
            panel._log.add("info", f"entry {number}", "test")
        qtbot.waitUntil(lambda: len(texts(panel)) == 3)
        panel._copy.click()
        assert QGuiApplication.clipboard().text().count("\n") == 2
        panel._list.setCurrentIndex(panel._rows.index(1))
        panel._log.add("info", "one more", "test")
        qtbot.waitUntil(lambda: len(texts(panel)) == 4)  # which leaves the choice as it was
        qtbot.keyClick(panel._list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
        assert QGuiApplication.clipboard().text().endswith("test: entry 1")

    def test_it_stays_at_the_end_unless_one_looks_back(self, panel, qtbot):
        def fill(first: int) -> None:
            for number in range(first, first + 100):
                panel._log.add("info", f"entry {number}", "test")
            qtbot.waitUntil(lambda: texts(panel)[-1:] == [f"entry {first + 99}"])

        bar = panel._list.verticalScrollBar()
        fill(0)
        qtbot.waitUntil(lambda: bar.maximum() > 0 and panel._at_end)
        assert not panel._end.isVisible()
        bar.setValue(bar.maximum() // 2)
        assert panel._end.isVisible()
        fill(100)
        assert not panel._at_end
        panel._end.click()
        qtbot.waitUntil(lambda: panel._at_end)
        fill(200)  # now old ones leave
        qtbot.waitUntil(lambda: panel._at_end)
        assert len(texts(panel)) == 200

    def test_it_is_cleared(self, panel, qtbot):
        panel._log.add("error", "gone soon", "test")
        qtbot.waitUntil(lambda: texts(panel) == ["gone soon"])
        panel._clear.click()
        qtbot.waitUntil(lambda: texts(panel) == [])
        assert panel._empty.isVisible()
