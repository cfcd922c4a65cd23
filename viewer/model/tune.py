"""What will be run: method, preset, parameters and the rest of a job; and the run that came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from psygnal import Signal

from recon.editing.blocks import BlockOperation
from recon.errors import InvalidParameter, ResourceError, TriptychError
from recon.methods.base import Forecast, Method
from recon.methods.parameters import with_values
from recon.methods.registry import METHODS, method_named
from recon.runs import CaptureSource, Job, Run, fit_on, fork, free_name, load_run
from recon.runs.resources import describe, fit_to_memory, free_memory
from recon.scene import Camera, Capture
from viewer.model.background import Post, in_background
from viewer.model.curves import Curves, read_curves
from viewer.model.parameter_form import Access, ParameterForm
from viewer.model.run import RunModel, State

NO_CAPTURE = "Open a capture first."
PLENTY = 1 << 60  # bytes, where it is not known how much is free
ACCESS: dict[State, Access] = {"preparing": "none", "stopping": "none", "running": "live", "paused": "live"}


@dataclass(frozen=True)
class Machine:
    """What the engine computes on.

    Parameters
    ----------
    device : {"cpu", "cuda"}
        What "auto" means here.
    free_device_bytes : int, optional
        Free memory of the GPU, where it is known.
    """

    device: str = "cpu"
    free_device_bytes: int | None = None


@dataclass(frozen=True)
class Outlook:
    """How much memory a run is expected to need.

    Parameters
    ----------
    text : str
        A sentence; empty where nothing can be said yet.
    lowered : tuple of str
        What will be given up so that it fits.
    fits : bool
    """

    text: str = ""
    lowered: tuple[str, ...] = ()
    fits: bool = True


def default_runs_folder() -> Path:
    """The folder `runs` where one works, if there is one, else Triptych's in the user's documents."""
    from platformdirs import user_documents_path

    here = Path("runs").absolute()
    return here if here.is_dir() else user_documents_path() / "Triptych"


class TuneModel:
    """A job in the making.

    Parameters
    ----------
    run : RunModel
    post : callable
        Runs a function later on the window's thread.
    runs_folder : Path, optional
        Where new runs are made.

    Attributes
    ----------
    changed : Signal
        Anything but a single parameter is another; those are told by `form`.
    refused : Signal
        Emitted with a sentence: what was asked for could not be done.
    job : Job
        Its `out` is None while the folder is chosen by itself, and its `changes` are in `form`.
    capture : Capture, optional
        What `job.data` holds.
    parent : Run, optional
        The run that is branched off.
    form : ParameterForm
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, run: RunModel, post: Post, runs_folder: Path | None = None) -> None:
        self.run = run
        self._post = post
        self.runs_folder = runs_folder or default_runs_folder()
        self.job = Job(Path())
        self.capture: Capture | None = None
        self.parent: Run | None = None
        self._parent_step = 0
        self._starting = False
        self._machine = Machine()
        self._sized: tuple[Capture, int, Capture] | None = None
        self._sent: dict[str, Any] = {}
        self.form = ParameterForm(self.method.presets[self.job.preset])
        self.form.value_changed.connect(self._on_value_changed)
        run.changed.connect(self._on_run_changed)

    # What there is to choose from

    @property
    def methods(self) -> tuple[Method, ...]:
        """All methods."""
        return tuple(method_named(name) for name in METHODS)

    @property
    def method(self) -> Method:
        """The chosen one."""
        return method_named(self.job.method)

    @property
    def machine(self) -> Machine:
        """What the engine computes on; told once it is known."""
        return self._machine

    @machine.setter
    def machine(self, machine: Machine) -> None:
        self._machine = machine
        self.changed.emit()

    # Choosing

    def show_capture(self, source: CaptureSource | None, capture: Capture | None = None) -> None:
        """Work on another capture, or on another choice of the same one's photographs.

        Parameters
        ----------
        source : CaptureSource, optional
            Where it lies and how it is read, its downscale left aside. None where there is no capture.
        capture : Capture, optional
            What it holds, read without a downscale.
        """
        data, images, masks = (Path(path) if path else None for path in _paths(source))
        exclude = source.exclude if source else ()
        stays = self.run.active or data == self.job.data  # what is running, or was chosen, is still in the form
        self.job = replace(self.job, data=data or Path(), images=images, masks=masks, exclude=exclude)
        self.capture = capture if source else None
        if stays:
            self.changed.emit()
        else:
            self.job = replace(self.job, out=None)
            self.leave_parent()

    def choose_method(self, name: str) -> None:
        """Take another method, with its preset of the same name where it has one."""
        presets = method_named(name).presets
        preset = self.job.preset if self.job.preset in presets else next(iter(presets))
        self.job = replace(self.job, method=name)
        self.choose_preset(preset)

    def choose_preset(self, name: str) -> None:
        """Take all parameters from a preset."""
        self.job = replace(self.job, preset=name)
        self.parent = None
        self.form.show(self.method.presets[name])
        self.changed.emit()

    def change(self, **values: Any) -> None:
        """Change seed, device, downscale or out."""
        try:
            self.job = replace(self.job, **values)
        except InvalidParameter as error:
            self.refused.emit(str(error))
        self.changed.emit()

    def branch_off(self, path: Path | None = None) -> None:
        """Prepare a run that goes on from another's checkpoint with other parameters; by default from the last run."""
        path = path or self.run.path
        if path is None or self.run.active:
            return
        try:
            parent = load_run(path)
            _, config = parent.resolve()
            step = parent.progress().step
        except (TriptychError, OSError) as error:
            self.refused.emit(str(error))
            return
        self.parent, self._parent_step = parent, step
        self.job = replace(self.job, method=parent.method, out=None, seed=parent.seed)
        self.form.show(config, {"steps": 2 * step} if 0 < step >= getattr(config, "steps", step + 1) else {})
        self.changed.emit()

    def leave_parent(self) -> None:
        """Begin from the preset again."""
        self.choose_preset(self.job.preset if self.job.preset in self.method.presets else "standard")

    # What would come of it

    @property
    def out(self) -> Path:
        """The run folder that will be made."""
        if self.job.out is not None:
            return self.job.out
        name = self.capture.name if self.capture else self.job.data.stem or "run"
        folder = self.parent.path if self.parent else self.runs_folder / f"{name}-{self.job.method}"
        return free_name(folder) if folder.exists() else folder

    @property
    def problem(self) -> str:
        """Why it cannot be started; empty where it can."""
        if self.capture is None and self.parent is None:
            return NO_CAPTURE
        if self.form.errors:
            return next(iter(self.form.errors.values()))
        steps = self.form.values.get("steps", self._parent_step + 1)
        if self.parent and steps <= self._parent_step:
            return f"{self.parent.path.name} is at step {self._parent_step:,} already. Ask for more steps than that."
        return ""

    @property
    def outlook(self) -> Outlook:
        """How much memory it would need."""
        if self.capture is None or self.form.errors:
            return Outlook()
        device = self._machine.device if self.job.device == "auto" else self.job.device
        free = self._free(device)
        try:
            fit = fit_to_memory(self.method, self._capture(self.capture), self.form.config, device, free)
        except ResourceError as error:
            return Outlook(str(error), fits=False)
        if free.device_bytes != PLENTY:
            return Outlook(fit.memory, fit.notices)
        need = self.method.forecast(self._capture(self.capture), fit.config, device)
        return Outlook(f"About {describe(need)} of memory needed.", fit.notices)

    # Doing it

    @property
    def can_start(self) -> bool:
        """Whether a run can be started now."""
        return not self.run.active and not self._starting and not self.problem

    @property
    def can_branch_off(self) -> bool:
        """Whether the last run can be branched off."""
        return not self.run.active and self.run.path is not None

    def start(self) -> None:
        """Start it."""
        if not self.can_start:
            if not self.run.active and self.problem:
                self.refused.emit(self.problem)
        elif self.parent is None:
            self._sent = dict(self.form.values)
            self.run.start(replace(self.job, out=self.out, changes=self.form.changes))
        else:
            parent, out, changes = self.parent.path, self.out, self.form.changes
            self._starting = True
            self.changed.emit()
            in_background(
                self._post, lambda: fork(parent, out, changes), self._on_branched_off, self._on_not_branched_off
            )

    def resume(self, path: Path | None = None) -> None:
        """Go on with a run folder, or with what stands still."""
        if path is None:
            self.run.resume()
        elif not self.run.active:
            in_background(self._post, lambda: _read(path), self._on_read, self.refused.emit)

    def fit_on(self, path: Path, operations: Sequence[BlockOperation]) -> None:
        """Begin a run that goes on from a run's blocks as edits leave them."""
        if self.run.active or self._starting:
            return
        self._starting = True
        self.changed.emit()
        out = free_name(path)
        in_background(
            self._post, lambda: fit_on(path, out, None, operations), self._on_fit_on, self._on_not_branched_off
        )

    def _on_fit_on(self, child: Run) -> None:
        self._starting = False
        self.resume(child.path)

    def _on_read(self, past: _Past) -> None:
        """Show the parameters that a run has now, and go on with it."""
        if self.run.active:
            return
        run = past.run
        method, config = run.resolve()
        preset = next((name for name, preset in method.presets.items() if preset == config), self.job.preset)
        as_it_was: dict[str, Any] = {"seed": run.seed, "device": run.device, "downscale": run.capture.downscale}
        self.parent = None
        self.job = replace(self.job, method=run.method, preset=preset, **as_it_was)
        self.form.show(config, past.values)
        self._sent = dict(self.form.values)
        self.run.start_from(run.path, past.curves)

    def _on_branched_off(self, child: Run) -> None:
        self._starting = False
        self.parent = None
        self._sent = dict(self.form.values)
        self.job = replace(self.job, out=None)
        self.run.start_from(child.path, Curves())

    def _on_not_branched_off(self, sentence: str) -> None:
        self._starting = False
        self.refused.emit(sentence)
        self.changed.emit()

    def _on_value_changed(self, name: str) -> None:
        if self.form.access != "live" or name in self.form.errors or self.form.locked(name):
            return
        value = self.form.values[name]
        if value != self._sent.get(name):
            self._sent[name] = value
            self.run.set(name, value)

    def _on_run_changed(self) -> None:
        self.form.access = ACCESS.get(self.run.state, "all")
        if self.run.state in {"preparing", "finished"}:
            self.job = replace(self.job, out=None)  # the next run gets a folder of its own
        self.changed.emit()

    def _free(self, device: str) -> Forecast:
        free = free_memory("cpu")
        if device != "cuda":
            return free
        known = self._machine.free_device_bytes
        return Forecast(free.host_bytes, PLENTY if known is None else known)

    def _capture(self, capture: Capture) -> Capture:
        """The capture with the cameras that a downscale leaves."""
        factor = self.job.downscale
        if factor == 1:
            return capture
        if self._sized is None or self._sized[0] is not capture or self._sized[1] != factor:
            views = tuple(replace(view, camera=_reduced(view.camera, factor)) for view in capture.views)
            self._sized = capture, factor, replace(capture, views=views)
        return self._sized[2]


@dataclass(frozen=True, eq=False)
class _Past:
    """A run folder, the parameters it has now, those that were changed while it ran included, and its curves."""

    run: Run
    values: dict[str, Any]
    curves: Curves


def _read(path: Path) -> _Past:
    run = load_run(path)
    _, config = run.resolve()
    changed = {record.get("name"): record.get("value") for record in run.records() if record["type"] == "set"}
    known = {name: value for name, value in changed.items() if name in run.config}
    return _Past(run, dataclasses.asdict(with_values(config, known)), read_curves(path))


def _paths(source: CaptureSource | None) -> tuple[str | None, ...]:
    return (source.path, source.images, source.masks) if source else (None, None, None)


def _reduced(camera: Camera, factor: int) -> Camera:
    return camera.resized(max(1, camera.width // factor), max(1, camera.height // factor))
