"""One of each panel with something in it, to look at in every look and size."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from edit_engine import EditEngine
from fake_studio import FakeStudio
from fake_tasks import FakeTasks
from PySide6.QtWidgets import QWidget
from trainers import Clock, FakeTrainer

import sample_scenes
from recon.methods.base import Evaluated, Step
from recon.runs import CaptureSource, Job, create, fork
from recon.scene import Mesh
from viewer.engine.mesh_tasks import edit_surface
from viewer.model import Orbit, Photos, Result, Scene, Score, WindowModel, open_scene
from viewer.model.autosave import Autosave
from viewer.model.camera_path import CameraPathModel
from viewer.model.capture import CaptureModel
from viewer.model.commands import Command, Commands
from viewer.model.curve_board import CurveBoard
from viewer.model.curves import Curves
from viewer.model.editing import EditModel
from viewer.model.error_report import ErrorReport
from viewer.model.exporting import ExportModel
from viewer.model.filming import FilmingModel, ScreenshotModel, Subject
from viewer.model.log import LogModel
from viewer.model.machine import MachineModel
from viewer.model.mesh_editing import MeshEditModel
from viewer.model.meshes import Meshes
from viewer.model.opening import Found
from viewer.model.recent import RecentModel
from viewer.model.run import RunModel
from viewer.model.run_tree import RunTree
from viewer.model.session import Session, SessionModel
from viewer.model.surface import Surface
from viewer.model.task_list import Task, TaskListModel, TaskProgress
from viewer.model.tune import TuneModel
from viewer.model.views_table import ViewsTable
from viewer.model.window import Engine

DESK = sample_scenes.path("desk")


class Gallery:
    """Makes panels; `close` ends the threads they needed.

    Parameters
    ----------
    folder : Path
        Empty; for what panels read.
    thumbnails : bool
        Whether those of photographs are to arrive, one after the other.
    """

    def __init__(self, folder: Path, *, thumbnails: bool = True) -> None:
        self.folder = folder
        self._post = (lambda call: call()) if thumbnails else (lambda _: None)
        self._autosave = Autosave()
        self._photos: list[Photos] = []

    def make(self, name: str) -> QWidget:
        """A panel in a size that suits it."""
        return getattr(self, f"make_{name}")()

    def close(self) -> None:
        for photos in self._photos:
            photos.close()
        self._autosave.close()

    def make_capture_page(self) -> QWidget:
        from viewer.panels.capture_page import CapturePage

        window, capture = WindowModel(), CaptureModel()
        window.scene = open_scene([DESK])
        photos = Photos(self._post)
        self._photos.append(photos)
        page = CapturePage(window, capture, photos)
        capture.show(replace(window.scene.capture, warnings=("2 photographs have no camera.",)), CaptureSource("desk"))
        capture.set_enabled([capture.views[3].name], False)
        return sized(page, 360, 700)

    def make_tune(self) -> QWidget:
        from viewer.panels.tune import TunePanel

        tune = TuneModel(RunModel(FakeTrainer(), Clock()), lambda call: call(), self.folder / "new")
        source = CaptureSource(str(DESK))
        tune.show_capture(source, source.load())
        tune.form.set(tune.form.fields[0].name, "12345")
        return sized(TunePanel(tune), 360, 760)

    def make_run_tree(self) -> QWidget:
        from viewer.panels.run_tree import RunTreePanel

        runs = self.folder / "runs"
        if not runs.exists():
            for name, psnr in (("fox", 25.5), ("fox long", 27.25)):
                create(Job(DESK, runs / name, preset="quick"))
                finish(runs / name, psnr)
            fork(runs / "fox", runs / "fox coarse", {"cap": 40_000})
        return sized(RunTreePanel(RunTree([runs])), 420, 300)

    def make_curves(self) -> QWidget:
        from viewer.panels.curves import CurvesPanel

        board = CurveBoard(RunModel(FakeTrainer()), lambda call: call())
        for place, name in enumerate(("fox", "fox long", "fox coarse")):
            board.add(f"/{name}", name, some_curves(place))
        return sized(CurvesPanel(board), 1260, 220)

    def make_views_table(self) -> QWidget:
        from viewer.panels.views_table import ViewsPanel

        model = WindowModel()
        capture = open_scene([DESK]).capture
        numbers = (30.0, 25.0, 35.0, 20.0)
        results = [
            Result(
                *(key, title, "splats", Path(key), Path(key)),
                scores={v.name: Score(n + more, 0.9) for v, n in zip(capture.test, numbers, strict=True)},
            )
            for key, title, more in (("a", "fox", 0.0), ("b", "fox long", 1.5))
        ]
        model.show_scene(Scene("desk", capture, tuple(results)))
        return sized(ViewsPanel(ViewsTable(model, None, None)), 700, 200)

    def make_edit(self) -> QWidget:
        from viewer.panels.edit import EditPanel

        engine = EditEngine()
        model = engine.model = EditModel(engine)
        panel = sized(EditPanel(model), 360, 900)
        model.open("run", self.folder)
        model.activate("run")
        model.take("brush")
        model.undo()
        return panel

    def make_mesh_edit(self) -> QWidget:
        from viewer.panels.mesh_edit import MeshEditPanel

        corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
        mesh = Mesh(corners, np.array([[0, 2, 1], [0, 1, 3]], np.int32))
        meshes = Meshes(WindowModel(), lambda call: call())
        meshes.close()
        model = MeshEditModel(meshes, FakeTasks(), edit_surface, EditEngine())
        panel = sized(MeshEditPanel(model), 360, 600)
        model.open("box", self.folder / "box.ply", Surface.of(mesh))
        model.activate("box")
        model.take("box")
        model.smooth(3)
        return panel

    def make_timeline(self) -> QWidget:
        from viewer.panels.timeline import Timeline

        return sized(Timeline(self._filming()), 1260, 200)

    def make_film_form(self) -> QWidget:
        from viewer.panels.film_form import FilmForm

        return FilmForm(self._filming())

    def make_screenshot(self) -> QWidget:
        from viewer.panels.screenshot import ScreenshotPanel

        model = ScreenshotModel(FakeStudio(), lambda: Orbit(distance=4))
        return ScreenshotPanel(model)

    def make_export(self) -> QWidget:
        from viewer.panels.export import ExportPanel

        return sized(ExportPanel(ExportModel(FakeStudio())), 360, 420)

    def make_welcome(self) -> QWidget:
        from viewer.panels.welcome import WelcomePage

        here = self.folder / "welcome"
        recent, before = RecentModel(here, self._autosave), SessionModel(here, self._autosave)
        for shade, name in ((90, "fox"), (150, "desk")):
            picture = np.full((30, 40, 3), shade, np.uint8)
            recent.remember(Found(Path("/data") / name, "capture", "50 photographs", Scene(name), thumbnail=picture))
        before.previous = Session(paths=("/data/fox",))
        return sized(WelcomePage(recent, before), 1100, 800)

    def make_log(self) -> QWidget:
        from viewer.panels.log import LogPanel

        log = LogModel(clock=lambda: 1e9)
        for level in ("info", "warning", "error"):
            log.add(level, "Three of 50 photographs have no camera and are left out.", "window")
        return sized(LogPanel(log), 900, 160)

    def make_error_report(self) -> QWidget:
        from viewer.panels.error_report import ErrorReportPanel

        panel = ErrorReportPanel()
        panel.show_report(ErrorReport("The result cannot be read.", "Traceback …", "CPU, 2 threads", at="2026"))
        return sized(panel, 700, 320)

    def make_status(self) -> QWidget:
        from viewer.panels.status import Banner, StatusLine

        model, tasks = WindowModel(), TaskListModel()
        model.engine = Engine("ready", "", "CPU, 2 threads")
        model.notice = "Three of 50 photographs have no camera and are left out."
        task = Task("Rendering orbit.mp4", lambda: None)
        tasks.add(task)
        task.advance(TaskProgress(0.4, "Frame 40 of 100"))
        return stacked(Banner(model), StatusLine(model, _NoMachine(), tasks))

    def make_palette(self) -> QWidget:
        from viewer.panels.palette import CommandPalette

        window = sized(QWidget(), 900, 500)
        window.palette = CommandPalette(some_commands(), window)
        window.palette.open()
        return window

    def make_shortcuts(self) -> QWidget:
        from viewer.panels.shortcuts import ShortcutSheet

        window = sized(QWidget(), 1000, 720)
        window.sheet = ShortcutSheet(some_commands(), window)
        window.sheet.open()
        return window

    def _filming(self) -> FilmingModel:
        where = [Orbit(distance=4)]
        model = FilmingModel(CameraPathModel(lambda: where[0]), FakeStudio())
        model.show(Subject("fox", self.folder))
        for azimuth in (0.0, 1.0, 2.0):
            where[0] = replace(where[0], azimuth=azimuth)
            model.path.add()
        return model


NAMES = [name.removeprefix("make_") for name in vars(Gallery) if name.startswith("make_")]


class _NoMachine(MachineModel):
    """Says the same of every machine."""

    def sample(self) -> None:
        self.window_bytes, self.engine_bytes, self.free_bytes = 310_000_000, 1_200_000_000, 8_000_000_000
        self.changed.emit()


def sized(widget: QWidget, width: int, height: int) -> QWidget:
    widget.resize(width, height)
    return widget


def stacked(*widgets: QWidget) -> QWidget:
    from PySide6.QtWidgets import QVBoxLayout

    whole = QWidget()
    layout = QVBoxLayout(whole)
    for widget in widgets:
        layout.addWidget(widget)
    return sized(whole, 900, 160)


def finish(folder: Path, psnr: float) -> None:
    metrics = {"mean": {"psnr": psnr, "ssim": 0.9}, "views": [], "geometry": {"kind": "splats", "count": 1234}}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "events.jsonl").write_text('{"time": 1, "type": "finished", "step": 9}\n')
    (folder / "result.ply").touch()


def some_curves(place: int) -> Curves:
    curves = Curves()
    for step in range(1, 400):
        values = {"gaussians": (10.0 - place) * step, "memory_mb": 500.0}
        curves.take(Step(step, (1 + place) / step, values), 0.01 * step)
        if step % 100 == 0:
            curves.take(Evaluated(step, 20 + place + step / 100, 0.5), 0.01 * step)
    curves.mark(200, "rate", 0.5)
    return curves


def some_commands() -> Commands:
    def nothing() -> None: ...

    def never() -> bool:
        return False

    return Commands(
        [
            Command("file.open", "Open…", "File", nothing, "Ctrl+O"),
            Command("file.export", "Export…", "File", nothing, "Ctrl+E", never, needs="Open a result first."),
            Command("view.grid", "Grid", "View", nothing, "G", checked=lambda: True),
            Command("view.top", "Top", "View/Look from", nothing, "Num+7"),
        ]
    )
