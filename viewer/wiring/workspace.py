"""Everything the window is about, in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from recon.errors import TriptychError
from recon.runs import load_run
from recon.scene.similarity import UP_AXES, Alignment
from viewer.engine.camera_tasks import find_cameras
from viewer.engine.compare_tasks import ComparisonTasks
from viewer.engine.director import Director
from viewer.engine.engines import Engines
from viewer.engine.mesh_tasks import edit_surface, read_surface, shade
from viewer.engine.point_tasks import make_surface, register_results
from viewer.engine.process import Backend
from viewer.engine.render_tasks import RecordingStudio
from viewer.engine.tasks import Tasks
from viewer.model import Content, Photos, Scene, WindowModel, result_of_run
from viewer.model.autosave import Autosave
from viewer.model.block_editing import BlockModel
from viewer.model.camera_path import CameraPathModel, path_file
from viewer.model.capture import CaptureModel
from viewer.model.capture_notes import CaptureStore
from viewer.model.curve_board import CurveBoard
from viewer.model.editing import EditModel
from viewer.model.either_edit import EitherEdit
from viewer.model.exporting import ExportModel
from viewer.model.filming import FilmingModel, ScreenshotModel
from viewer.model.find_cameras import FindCamerasModel
from viewer.model.framing import next_up
from viewer.model.log import LogModel
from viewer.model.log_feeds import PythonLog, log_opening, log_run, log_tasks, log_window
from viewer.model.machine import MachineModel
from viewer.model.mesh_editing import MeshEditModel
from viewer.model.mesh_shades import MeshShades
from viewer.model.meshes import Meshes
from viewer.model.moving import Moving
from viewer.model.opening import OpeningModel
from viewer.model.point_surface import PointSurfaceModel
from viewer.model.recent import RecentModel
from viewer.model.registering import RegisterModel
from viewer.model.run import RunModel
from viewer.model.run_tree import RunTree
from viewer.model.session import SessionModel
from viewer.model.settings import kept_settings
from viewer.model.tune import Machine, TuneModel
from viewer.model.views_table import ViewsTable
from viewer.wiring.carrying import Carrying
from viewer.wiring.remembering import Remembering
from viewer.wiring.results import ActiveResult
from viewer.wiring.showing import Showing
from viewer.wiring.training import EngineTrainer, Training

LARGEST_PHOTO = 2048  # pixels

Post = Callable[[Callable[[], None]], None]


class Workspace:
    """Models, engines, and how they hear of each other.

    Parameters
    ----------
    make_backend : callable
        Makes what draws, inside the engine process.
    post : callable
        Runs a function later on the window's thread.
    folder : Path
        Where sessions, settings and notes on captures are kept.
    """

    def __init__(self, make_backend: Callable[[], Backend], post: Post, folder: Path) -> None:
        self.model = WindowModel()
        self.engines = Engines(make_backend, post)
        self.director = Director(self.model, self.engines)
        self.tasks = Tasks(post)
        self.machine = MachineModel(self._processes)
        self._photo_awaited = self._thumbnails_awaited = False
        self._build_memory(post, folder)
        self._build_training(post)
        self._build_scene(post)
        self._build_results()
        self._listen()

    def _build_memory(self, post: Post, folder: Path) -> None:
        self.autosave = Autosave(failed=lambda sentence: post(lambda: self.tell(sentence)))
        self.settings = kept_settings(folder, self.autosave)
        self.log = LogModel()
        self._python_log = PythonLog(self.log, post)
        self.session = SessionModel(folder, self.autosave)
        self.recent = RecentModel(folder, self.autosave)
        self.capture = CaptureModel(CaptureStore(folder, self.autosave))
        self.remembering = Remembering(self.session, self.model, self.capture)

    def _build_training(self, post: Post) -> None:
        folder = self.settings.runs_folder
        trainer = EngineTrainer(self.engines)
        self.run = RunModel(trainer)
        self.training = Training(self.model, self.engines, trainer, self.run)
        self.tune = TuneModel(self.run, post, Path(folder) if folder else None)
        self.board = CurveBoard(self.run, post)
        self.tree = RunTree([self.tune.runs_folder])

    def _build_scene(self, post: Post) -> None:
        self.photos = Photos(post)
        self.meshes = Meshes(self.model, post, lambda path: self.tasks.run(f"Reading {path.name}", read_surface, path))
        self.shades = MeshShades(self.model, self.meshes, self.tasks, shade)
        self.opening = OpeningModel(post)
        self.cameras = FindCamerasModel(self.tasks, find_cameras)
        self.showing = Showing(
            self.opening, self.director, self.model, self.capture, self.cameras, self.tune.runs_folder
        )

    def _build_results(self) -> None:
        studio = RecordingStudio(self.tasks)
        self.views = ViewsTable(self.model, self.engines, ComparisonTasks(self.tasks))
        self.edit = EditModel(self.engines, save=self.autosave.save)
        self.blocks = BlockModel(self.engines, save=self.autosave.save)
        self.mesh = MeshEditModel(self.meshes, self.tasks, edit_surface, self.engines, save=self.autosave.save)
        self.either = EitherEdit(self.edit, self.blocks, self.mesh)
        self.path = CameraPathModel(lambda: self.model.orbit)
        self.filming = FilmingModel(self.path, studio)
        self.screenshot = ScreenshotModel(lambda: self.model.orbit, studio)
        self.export = ExportModel(studio)
        self.active = ActiveResult(self.model, self.engines, self.edit, self.blocks, self.mesh, self.meshes)
        self.carrying = Carrying(self.model, self.blocks, self.tree)
        self.surfacing = PointSurfaceModel(self.tasks, make_surface, self.autosave.flush)
        moving = Moving(self.model, self.edit, self.blocks, self.mesh)
        self.register = RegisterModel(
            self.model, self.tasks, register_results, moving.edits, moving.move, self.autosave.flush
        )

    # What a person asks for

    def open(self, paths: Sequence[Path]) -> None:
        """Open runs, captures, files of splats and meshes, photographs; what is opened together is shown together."""
        self.opening.open(paths)

    def continue_last(self) -> None:
        """Go on where the last session ended."""
        self.remembering.take_up(self.open)

    def compare_run(self, path: Path) -> None:
        """Show a run beside what is shown."""
        try:
            result, notice = result_of_run(load_run(path))
        except TriptychError as error:
            self.tell(str(error))
            return
        if result is None:
            self.tell(notice)
            return
        if all(shown.key != result.key for shown in self.model.results):
            self.model.add_result(result)
        self.model.compare.show_beside(Content.result(result.key))

    @property
    def can_fit_on(self) -> bool:
        """Whether the blocks that are edited are of a run that can be gone on from now."""
        result = self.active.result
        return bool(self.blocks.target and result and result.run) and not self.run.active

    def fit_on(self) -> None:
        """Go on fitting from the blocks as they are edited now, in a run of its own."""
        target, result = self.blocks.target, self.active.result
        if self.can_fit_on and target is not None and result is not None and result.run is not None:
            self.tune.fit_on(result.run, target.history.done)

    def turn_up(self) -> None:
        """Take another world axis for up: of the capture where there is one, for it is exported so."""
        if self.capture.capture is None:
            self.model.turn_up()
            return
        up = next_up(self.model.up)
        self.capture.choose_up(next(name for name, axis in UP_AXES.items() if axis == up))

    def tell(self, sentence: str) -> None:
        """Say something in the window."""
        self.model.notice = sentence

    def close(self) -> None:
        """End what was started; runs under way are saved and can be resumed."""
        self._python_log.remove()
        self.path.save()
        self.session.end()
        self.engines.close()
        self.tasks.close()
        self.photos.close()
        self.meshes.close()
        self.autosave.close()

    @property
    def settled(self) -> bool:
        """Whether everything that will be shown has come."""
        waiting = self.showing.pending or self._thumbnails_awaited or self._photo_awaited
        only_photographs = self.model.scene is None and self.cameras.photographs is not None
        drawn = only_photographs or self.director.settled
        working = self.meshes.pending or self.shades.pending or self.mesh.pending
        return drawn and not waiting and not working

    # How the parts hear of each other

    def _listen(self) -> None:
        model, capture = self.model, self.capture
        model.events.selected.connect(self._on_selected_changed)
        capture.events.alignment.connect(lambda *_: model.turn_to(capture.up))
        capture.events.alignment.connect(lambda *_: self.shades.measure_in(capture.alignment))
        capture.events.disabled.connect(self._show_capture_to_tune)
        capture.events.tool.connect(self._on_tool_taken)
        self.register.events.moving.connect(lambda key: capture.stop_picking() if key and capture.tool else None)
        self.surfacing.made.connect(lambda path: self.open([path]))
        self.surfacing.refused.connect(self.tell)
        self.showing.replaced.connect(self._on_replaced)
        self.showing.shown.connect(self._on_shown)
        self.active.changed.connect(self._show_subject)
        capture.events.alignment.connect(self._show_to_export)
        self.engines.ready.connect(self._on_engine_ready)
        self.training.begun.connect(self._on_run_begun)
        self.training.ended.connect(lambda _: self.tree.refresh())
        self.path.looked.connect(model.navigate)
        refusals = (self.tune.refused, self.run.warned, self.board.refused, self.tree.refused, self.path.refused)
        for refused in refusals:
            refused.connect(self.tell)
        self.remembering.watch()
        log_window(self.log, model)
        log_opening(self.log, self.opening)
        log_run(self.log, self.run)
        log_tasks(self.log, self.tasks.list)
        self._python_log.install()

    def _on_tool_taken(self, tool: str | None) -> None:
        """Have clicks give points: for one thing at a time."""
        if tool is not None:
            self.register.stop()
        self.model.picking = tool is not None or bool(self.register.moving)

    def _on_replaced(self, scene: Scene) -> None:
        self._thumbnails_awaited = True
        self.photos.show(scene.views, self._on_thumbnails_done)

    def _on_thumbnails_done(self) -> None:
        self._thumbnails_awaited = False

    def _show_subject(self) -> None:
        """Film, photograph and export what the active pane shows."""
        subject = self.active.subject
        self._show_to_export()
        self.filming.show(subject)
        self.screenshot.show(subject)
        self.path.capture = self.model.scene.capture if self.model.scene else None
        self.path.open(path_file(subject.path) if subject else None)

    def _show_to_export(self, *_: Any) -> None:
        alignment = self.capture.alignment
        self.export.show(self.active.subject, alignment.similarity if alignment != Alignment() else None)

    def _on_shown(self) -> None:
        source = self.capture.source
        self._show_capture_to_tune()
        if source is not None:
            self.tree.capture = str(Path(source.path).absolute())
        for result in self.model.results:
            if result.run is not None:
                self.tree.watch(result.run)
        self.remembering.come_back()

    def _show_capture_to_tune(self, *_: Any) -> None:
        self.tune.show_capture(self.capture.job_source, self.capture.used)

    def _on_engine_ready(self, device: str) -> None:
        self.tune.machine = Machine("cpu" if device.startswith("CPU") else "cuda")

    def _on_run_begun(self, path: Path) -> None:
        self.tree.watch(path)

    def _on_selected_changed(self, name: str | None) -> None:
        view = self.model.selected_view
        self.model.photo = None
        self._photo_awaited = view is not None
        if view:
            self.photos.read(view, LARGEST_PHOTO, lambda pixels: self._on_photo_read(name, pixels))

    def _on_photo_read(self, name: str | None, pixels: Any) -> None:
        if name == self.model.selected:
            self._photo_awaited = False
            self.model.photo = pixels

    def _processes(self) -> list[int]:
        engines = self.engines
        return [pid for pid in (engines.pid, *map(engines.run_pid, engines.running)) if pid is not None]
