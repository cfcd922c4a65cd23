"""The run tree as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from recon.runs import Job, create, fork
from viewer.model.run_tree import RunTree
from viewer.panels.run_tree import RunTreePanel


def make(folder: Path, **changes) -> Path:
    create(Job(Path("/data/fox"), folder, preset="quick", changes=changes))
    return folder


def finish(folder: Path) -> Path:
    metrics = {"mean": {"psnr": 25.5, "ssim": 0.9}, "views": [], "geometry": {"kind": "splats", "count": 1234}}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "events.jsonl").write_text('{"time": 1, "type": "finished", "step": 9}\n')
    (folder / "result.ply").touch()
    (folder / "preview.png").write_bytes(b"no picture")
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    folder = tmp_path / "runs"
    fork(finish(make(folder / "a")), folder / "b", {"cap": 40_000})
    (make(folder / "broken") / "run.json").write_text("{")
    return folder


@pytest.fixture
def panel(qtbot, runs: Path) -> RunTreePanel:
    made = RunTreePanel(RunTree([runs]))
    qtbot.addWidget(made)
    made.resize(360, 420)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)  # keys go to the active window only
    return made


def choose(panel: RunTreePanel, path: Path) -> None:
    panel.view.setCurrentIndex(panel._items.index_of(path))


def enabled(panel: RunTreePanel) -> set[str]:
    return {name for name, action in panel.actions_by_name.items() if action.isEnabled()}


def test_rows_tell_what_is_known(panel: RunTreePanel, runs: Path) -> None:
    index = panel._items.index_of(runs / "a")
    assert [index.siblingAtColumn(column).data() for column in range(4)] == ["a", "25.50", "0.900", "1,234"]
    child = panel._items.index_of(runs / "b")
    assert child.parent() == index
    assert "cap 40,000" in child.data(Qt.ItemDataRole.ToolTipRole)
    panel.grab()  # a preview that is no picture does no harm


def test_what_can_be_done_follows_the_run(panel: RunTreePanel, runs: Path) -> None:
    choose(panel, runs / "nowhere")
    assert enabled(panel) == set()
    choose(panel, runs / "a")
    assert enabled(panel) == {"open", "compare", "curves", "fork", "rename", "reveal", "delete"}
    choose(panel, runs / "b")
    assert enabled(panel) == {"curves", "resume", "rename", "reveal", "delete"}
    choose(panel, runs / "broken")
    assert enabled(panel) == {"rename", "reveal", "delete"}
    assert "run.json cannot be read" in panel._message.text()


@pytest.mark.parametrize(
    ("action", "signal"),
    [
        ("open", "open_requested"),
        ("compare", "compare_requested"),
        ("fork", "fork_requested"),
        ("curves", "curves_requested"),
    ],
)
def test_actions_say_which_run(qtbot, panel: RunTreePanel, runs: Path, action: str, signal: str) -> None:
    choose(panel, runs / "a")
    with qtbot.waitSignal(getattr(panel, signal)) as heard:
        panel.actions_by_name[action].trigger()
    assert heard.args == [runs / "a"]


def test_enter_opens(qtbot, panel: RunTreePanel, runs: Path) -> None:
    choose(panel, runs / "a")
    panel.view.setFocus()
    with qtbot.waitSignal(panel.open_requested):
        qtbot.keyClick(panel.view, Qt.Key.Key_Return)


def test_a_name_is_edited_in_place(qtbot, panel: RunTreePanel, runs: Path) -> None:
    choose(panel, runs / "a")
    panel.actions_by_name["rename"].trigger()
    editor = panel.view.findChild(QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "first")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil((runs / "first").exists)
    assert panel._items.index_of(runs / "b").parent().data() == "first"


def test_a_name_that_is_taken_is_refused_in_a_line(qtbot, panel: RunTreePanel, runs: Path) -> None:
    choose(panel, runs / "a")
    assert not panel._items.setData(panel.view.currentIndex(), "b")
    assert panel._message.text() == "There is a b already. Choose another name."


def test_deleting_goes_to_the_bin(panel: RunTreePanel, runs: Path, tmp_path: Path, monkeypatch) -> None:
    import send2trash

    monkeypatch.setattr(send2trash, "send2trash", lambda path: path.rename(tmp_path / path.name))
    choose(panel, runs / "a")
    panel.actions_by_name["delete"].trigger()
    assert not panel._items.index_of(runs / "a").isValid()
    assert not panel._items.index_of(runs / "b").parent().isValid()
    assert panel.current is None


def test_a_new_run_appears_and_what_was_chosen_and_folded_stays(panel: RunTreePanel, runs: Path) -> None:
    choose(panel, runs / "a")
    panel.view.collapse(panel._items.index_of(runs / "a"))
    make(runs / "c")
    panel._tree.refresh()
    assert panel._items.index_of(runs / "c").isValid()
    assert panel.current.path == runs / "a"
    assert not panel.view.isExpanded(panel._items.index_of(runs / "a"))


def test_folders_are_looked_at_only_while_the_panel_is_seen(panel: RunTreePanel) -> None:
    assert panel._timer.isActive()
    panel.hide()
    assert not panel._timer.isActive()


def test_no_runs_are_told_by_a_sentence(qtbot) -> None:
    panel = RunTreePanel(RunTree())
    qtbot.addWidget(panel)
    panel.show()
    assert panel._empty.isVisible()
