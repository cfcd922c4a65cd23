"""The window as a person uses it, from a capture to an exported file, and back after closing it.

With TRIPTYCH_PICTURES=FOLDER the steps are photographed there: `make pictures` makes those of the documentation.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import sample_scenes
from recon.io import load_capture, read_splats

pytestmark = pytest.mark.display

PATIENCE = 400_000  # milliseconds: kernels may have to be compiled, on a machine that does other things
PICTURES = os.environ.get("TRIPTYCH_PICTURES")
STEPS = 1250 if PICTURES else 400


@pytest.fixture
def open_window(tmp_path: Path, qtbot, monkeypatch):
    """Opens a window as `triptych` does, with a folder of its own to remember things in."""
    (tmp_path / "runs").mkdir()
    monkeypatch.chdir(tmp_path)
    from viewer.window import Window

    windows = []

    def make() -> Window:
        window = Window(folder=tmp_path / "memory")
        windows.append(window)
        window.show()
        window.director.start_engine()
        window.build_viewport()
        return window

    yield make
    for window in windows:
        window.leave()
        window.deleteLater()


@pytest.fixture
def hand(qtbot):
    return Hand(qtbot)


class Hand:
    """Clicks, waits and takes pictures."""

    def __init__(self, qtbot) -> None:
        self._qtbot = qtbot

    def wait(self, true) -> None:
        self._qtbot.waitUntil(true, timeout=PATIENCE)

    def settle(self, window) -> None:
        self._qtbot.wait(50)
        self.wait(lambda: window.settled)

    def rest(self, milliseconds: int) -> None:
        self._qtbot.wait(milliseconds)

    def press(self, parent, text: str) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QPushButton

        found = [each for each in parent.findChildren(QPushButton) if each.text() == text and each.isVisible()]
        assert found, f"there is no button {text!r}"
        self._qtbot.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def photograph(self, window, name: str) -> None:
        if PICTURES:
            self._qtbot.wait(600)
            window.grab().save(str(Path(PICTURES) / f"{name}.png"))


def shown(window) -> np.ndarray:
    """(H, W, 3) of the active pane."""
    return window.panes.active.screenshot().astype(int)


def open_the_sample(window, hand: Hand) -> None:
    hand.photograph(window, "welcome")
    hand.press(window, "Try the sample scene")
    hand.wait(lambda: window.workspace.capture.capture is not None)
    hand.settle(window)
    assert len(window.model.views) == len(load_capture(sample_scenes.path("desk")).views)
    hand.photograph(window, "capture")


def start_and_watch(window, hand: Hand) -> None:
    tune, run, model = window.workspace.tune, window.workspace.run, window.model
    tune.choose_preset("quick")
    tune.form.set("steps", STEPS)
    hand.press(window.docks.panel("tune"), "Start")
    hand.wait(lambda: run.step > 20 and model.picture is not None)
    model.stand_at(model.scene.capture.test[1].name)
    hand.rest(500)
    early, early_step = shown(window), run.step
    hand.wait(lambda: run.step > 0.5 * STEPS)
    hand.rest(1000)
    assert run.step > early_step
    assert np.abs(shown(window) - early).mean() > 1, "the picture does not change while it trains"
    hand.photograph(window, "training")


def pause_change_and_resume(window, hand: Hand) -> None:
    work = window.workspace
    hand.press(window.docks.panel("tune"), "Pause")
    hand.wait(lambda: work.run.state == "paused")
    work.tune.form.set("opacity_penalty", 0.004)
    hand.rest(300)
    paused_at = work.run.step
    hand.rest(500)
    assert work.run.step <= paused_at + 1, "it goes on although it was paused"
    hand.press(window.docks.panel("tune"), "Resume")
    hand.wait(lambda: work.run.state == "finished")
    assert '"opacity_penalty"' in (work.run.path / "events.jsonl").read_text(), "the change is not among the events"
    hand.wait(lambda: work.edit.target is not None and work.edit.target.told is not None)
    hand.settle(window)


def compare_with_the_photograph(window, hand: Hand) -> None:
    model, run = window.model, window.workspace.run
    window.commands.run("pane.photo")
    hand.settle(window)
    assert len(window.panes.viewports) == 2
    for view in metrics_of(run.path):
        assert model.book.of(str(run.path), view["name"]).psnr == pytest.approx(view["psnr"])
    window.docks.show("views")
    hand.photograph(window, "compare")
    window.commands.run("arrange.wipe")
    hand.settle(window)
    hand.photograph(window, "wipe")
    window.commands.run("arrange.panes")
    model.compare.close(1)


def metrics_of(run: Path) -> list[dict]:
    from recon.runs import load_run

    return load_run(run).metrics()["views"]


def delete_floaters_and_undo(window, hand: Hand) -> int:
    edit = window.workspace.edit
    window.model.go_home()
    window.docks.show("edit")
    count = edit.target.told.count
    window.commands.run("edit.clean_up")
    hand.wait(lambda: edit.target.told.selected > 0)
    hand.settle(window)
    hand.photograph(window, "floaters")
    window.commands.run("edit.delete")
    hand.wait(lambda: edit.target.told.count < count)
    left = edit.target.told.count
    window.commands.run("edit.undo")
    hand.wait(lambda: edit.target.told.count == count)
    window.commands.run("edit.redo")
    hand.wait(lambda: edit.target.told.count == left)
    return left


def export(window, hand: Hand, out: Path) -> None:
    work = window.workspace
    window.commands.run("file.export")
    work.export.choose("ply")
    work.export.set_out(out)
    hand.photograph(window, "export")
    work.autosave.flush()
    hand.press(window.docks.panel("export"), "Export")
    hand.wait(lambda: work.export.slot.written is not None)


def test_from_photographs_to_a_file_and_back(open_window, hand: Hand, tmp_path: Path) -> None:
    window = open_window()
    open_the_sample(window, hand)
    start_and_watch(window, hand)
    pause_change_and_resume(window, hand)
    compare_with_the_photograph(window, hand)
    left = delete_floaters_and_undo(window, hand)
    export(window, hand, tmp_path / "desk.ply")
    assert len(read_splats(tmp_path / "desk.ply")) == left
    run, selected, orbit = window.workspace.run.path, window.model.selected, window.model.orbit
    window.leave()

    again = open_window()
    work = again.workspace
    hand.press(again, "Continue where you left off")
    hand.wait(lambda: work.edit.target is not None and work.edit.target.told is not None)
    hand.settle(again)
    assert work.capture.capture is not None
    assert [result.run for result in again.model.results] == [run]
    assert work.edit.target.told.count == left, "the edits are not as they were left"
    assert again.model.selected == selected
    assert again.model.orbit == orbit
    assert [entry.path for entry in work.tree.entries] == [run]
    hand.photograph(again, "everything-again")
