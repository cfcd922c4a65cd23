"""Curves of several runs, drawn when they are seen, and rarely."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from trainers import FakeTrainer, WindowThread

from recon.methods.base import Evaluated, Step
from viewer.model.curve_board import CurveBoard
from viewer.model.curves import Curves
from viewer.model.run import RunModel
from viewer.panels.curves import CurvesPanel


def some(last: int = 400) -> Curves:
    curves = Curves()
    for step in range(1, last + 1):
        curves.take(Step(step, 1 / step, {"gaussians": 10.0 * step, "memory_mb": 500.0}), 0.01 * step)
        if step % 100 == 0:
            curves.take(Evaluated(step, 20 + step / 100, 0.5), 0.01 * step)
    return curves


@pytest.fixture
def board() -> CurveBoard:
    return CurveBoard(RunModel(FakeTrainer()), WindowThread().post)


@pytest.fixture
def panel(qtbot, board: CurveBoard) -> CurvesPanel:
    made = CurvesPanel(board)
    qtbot.addWidget(made)
    made.resize(1260, 220)
    made.show()
    return made


def titles(panel: CurvesPanel) -> list[str]:
    return [quantity.title for quantity in panel._plots._plots] if panel._plots else []


def test_the_plotting_library_waits_until_there_is_something_to_plot() -> None:
    code = "import sys, viewer.panels.curves; print('pyqtgraph' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"


def test_runs_lie_over_one_another(qtbot, panel: CurvesPanel, board: CurveBoard) -> None:
    assert panel._empty.isVisible()
    board.add("/a", "a", some())
    board.add("/b", "b", some(200))
    qtbot.waitUntil(lambda: titles(panel) == ["Loss", "Test PSNR", "Gaussians", "Speed", "Memory"])
    assert not panel._empty.isVisible()
    plots = {quantity.name: plot for quantity, plot in panel._plots._plots.items()}
    drawn = plots["gaussians"]._lines
    assert drawn["/a"].getData()[1].max() == 4000
    assert drawn["/b"].getData()[1].max() == 2000
    board.remove("/b")
    qtbot.waitUntil(lambda: set(plots["gaussians"]._lines) == {"/a"})


def test_values_under_the_pointer_and_changes_near_it(qtbot, panel: CurvesPanel, board: CurveBoard) -> None:
    curves = some()
    curves.mark(200, "rate", 0.5)
    board.add("/a", "a", curves)
    qtbot.waitUntil(lambda: bool(titles(panel)))
    plots = panel._plots
    psnr = next(plot for quantity, plot in plots._plots.items() if quantity.name == "psnr")
    plots._point(200, psnr)
    assert panel._readout.text() == "step 200 · rate = 0.5 from 200"
    assert "22" in psnr.titleLabel.text
    plots._point(None)
    assert panel._readout.text() == ""
    assert "24" in psnr.titleLabel.text


def test_losses_are_drawn_on_either_scale(qtbot, panel: CurvesPanel, board: CurveBoard) -> None:
    curves = some()
    curves.take(Step(401, 0.0), 5.0)  # has no logarithm
    curves.take(Step(402, float("nan")), 5.1)
    board.add("/a", "a", curves)
    qtbot.waitUntil(lambda: bool(titles(panel)))
    loss = next(iter(panel._plots._plots.values()))
    assert loss.getAxis("left").logMode
    panel._log.setChecked(False)
    qtbot.waitUntil(lambda: not loss.getAxis("left").logMode)
    panel._smoothing.setValue(100)
    qtbot.waitUntil(lambda: len(loss._raw["/a"].getData()[0] if loss._raw["/a"].getData()[0] is not None else []) > 0)


def test_a_narrow_panel_shows_fewer_plots(qtbot, panel: CurvesPanel, board: CurveBoard) -> None:
    board.add("/a", "a", some())
    qtbot.waitUntil(lambda: len(titles(panel)) == 5)
    panel.resize(560, 220)
    qtbot.waitUntil(lambda: titles(panel) == ["Loss", "Test PSNR"])
    assert [round(plot.geometry().width() / 265) for plot in panel._plots._plots.values()] == [1, 1]  # all of the room
    board.hidden = frozenset({"loss"})
    qtbot.waitUntil(lambda: titles(panel) == ["Test PSNR", "Gaussians"])
    panel._fill_menu()
    assert [action.isChecked() for action in panel._show.menu().actions()] == [False, True, True, True, True]


def test_nothing_is_drawn_while_nobody_looks(qtbot, panel: CurvesPanel, board: CurveBoard) -> None:
    panel.hide()
    board.add("/a", "a", some())
    qtbot.wait(500)
    assert panel._plots is None
    panel.show()
    qtbot.waitUntil(lambda: bool(titles(panel)))


def test_many_events_are_one_drawing(qtbot, panel: CurvesPanel, board: CurveBoard, monkeypatch) -> None:
    board.add("/a", "a", some())
    qtbot.waitUntil(lambda: bool(titles(panel)))
    drawn: list[int] = []
    draw = panel._plots.draw
    monkeypatch.setattr(panel._plots, "draw", lambda: drawn.append(1) or draw())
    monkeypatch.setattr("viewer.panels.curves.REDRAW", 400)
    began = time.monotonic()
    for _ in range(50):
        board.grown.emit()
        qtbot.wait(10)
    assert 1 <= len(drawn) <= 2 + (time.monotonic() - began) / 0.4
