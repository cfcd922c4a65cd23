"""The table of test views: its order, what is measured, and where a click goes."""

from __future__ import annotations

from pathlib import Path

import pytest

import sample_scenes
from viewer.model import Result, Scene, Score, WindowModel, open_scene
from viewer.model.views_table import BY_NAME, ViewsTable


class Engine:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.measured, self.written = [], []

    def measure(self, key, views) -> None:
        self.measured.append((key, len(views)))

    def compare(self, paths, out, capture) -> None:
        self.written.append((paths, out, capture))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def model() -> WindowModel:
    made = WindowModel()
    capture = open_scene([sample_scenes.path("desk")]).capture
    numbers = (30.0, 25.0, 35.0, 20.0)
    scores = {view.name: Score(psnr, 0.9) for view, psnr in zip(capture.test, numbers, strict=True)}
    runs = (
        Result("a", "A", "splats", Path("a/result.ply"), Path("a"), scores=scores),
        Result("b", "B", "splats", Path("b.ply")),
        Result("m", "M", "mesh", Path("m.glb")),
    )
    made.show_scene(Scene("desk", capture, runs))
    made.book.leave_out("m")  # it has no colours
    return made


@pytest.fixture
def table(model: WindowModel, engine: Engine) -> ViewsTable:
    return ViewsTable(model, engine, engine)


def psnr_of(table: ViewsTable, column: int = 0) -> list[float | None]:
    return [row.scores[column].psnr if row.scores[column] else None for row in table.rows]


def test_the_worst_view_comes_first(table: ViewsTable) -> None:
    assert psnr_of(table) == [20, 25, 30, 35]
    assert [result.key for result in table.results] == ["a", "b"]


def test_rows_can_be_ordered_by_name_or_by_one_result(table: ViewsTable, model: WindowModel) -> None:
    table.sort(BY_NAME)
    assert psnr_of(table) == [30, 25, 35, 20]
    model.book.enter("b", {row.view.name: Score(number, 0.5) for number, row in enumerate(table.rows)})
    table.sort("b", backward=True)
    assert psnr_of(table, 1) == [3, 2, 1, 0]


def test_only_what_is_not_known_is_measured(table: ViewsTable, engine: Engine, model: WindowModel) -> None:
    assert not table.complete
    table.measure()
    assert engine.measured == [("b", 4)]
    model.book.enter("b", {view.name: Score(10, 0.5) for view in table.views})
    assert table.complete
    assert table.means == (Score(27.5, pytest.approx(0.9)), Score(10, 0.5))


def test_meshes_are_measured_unless_they_have_no_colours(table: ViewsTable, engine: Engine, model: WindowModel) -> None:
    model.book.require("m", table.views, engine)
    assert engine.measured == []
    model.replace_result(Result("m", "M", "mesh", Path("coloured.glb")))
    assert [result.key for result in table.results] == ["a", "b", "m"]
    table.measure()
    assert engine.measured == [("b", 4), ("m", 4)]


def test_going_to_a_view_takes_all_panes_there(table: ViewsTable, model: WindowModel) -> None:
    model.compare.link(False)
    name = table.rows[0].view.name
    table.go_to(name)
    assert {pane.view for pane in model.compare.panes} == {name}


def test_a_comparison_is_written_of_runs_and_files(table: ViewsTable, engine: Engine) -> None:
    table.write(Path("out.html"))
    ((paths, out, capture),) = engine.written
    assert paths == (Path("a"), Path("b.ply"))
    assert out == Path("out.html")
    assert capture == Path(table._model.scene.capture.source)


@pytest.mark.display
class TestPanel:
    @pytest.fixture
    def panel(self, table: ViewsTable, qtbot):
        from viewer.panels.views_table import ViewsPanel

        made = ViewsPanel(table)
        qtbot.addWidget(made)
        made.resize(700, 220)
        made.show()
        return made

    def test_a_click_goes_there(self, panel, qtbot, model: WindowModel, table: ViewsTable) -> None:
        from PySide6.QtCore import Qt

        place = panel._view.visualRect(panel._rows.index(1, 1)).center()
        qtbot.mouseClick(panel._view.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert model.selected == table.rows[1].view.name
        assert model.standing

    def test_scores_appear_as_they_come(self, panel, model: WindowModel, table: ViewsTable) -> None:
        assert panel._rows.index(0, 3).data() == "–"
        model.book.enter("b", {view.name: Score(12.345, 0.5) for view in table.views})
        assert panel._rows.index(0, 3).data() == "12.35"
        assert "B 12.35 dB, SSIM 0.5000" in panel._summary.text()
        assert not panel._measure.isEnabled()

    def test_the_selected_view_is_marked(self, panel, model: WindowModel, table: ViewsTable) -> None:
        model.selected = table.rows[2].view.name
        assert [index.row() for index in panel._view.selectionModel().selectedRows()] == [2]

    def test_exports_go_where_their_name_says(self, panel, qtbot, engine: Engine, tmp_path: Path) -> None:
        panel.export_to(tmp_path / "page.html")
        assert engine.written[0][1] == tmp_path / "page.html"
        with qtbot.waitSignal(panel.picture_wanted) as blocker:
            panel.export_to(tmp_path / "panes.PNG")
        assert blocker.args == [tmp_path / "panes.PNG"]
