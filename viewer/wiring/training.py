"""Between the run that trains, its engine, and the pane that shows it."""

from __future__ import annotations

from pathlib import Path

from psygnal import Signal

from recon.errors import TriptychError
from recon.methods.base import Command, Event
from recon.runs import Job, load_run
from viewer.engine.engines import Engines
from viewer.model import Content, Result, WindowModel, result_of_run
from viewer.model.run import RunModel


class EngineTrainer:
    """Does what the run model asks for in an engine: its `Trainer`.

    Parameters
    ----------
    engines : Engines

    Attributes
    ----------
    key : str
        Of the run; empty until it has a folder.
    """

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._early: list[Command] = []
        self.key = ""

    def reconstruct(self, job: Job) -> None:
        """Begin a new run."""
        self._early, self.key = [], ""
        self._engines.reconstruct(job)

    def resume(self, path: Path) -> None:
        """Go on with the run in a folder."""
        self._early, self.key = [], str(path.absolute())
        self._engines.resume(path)

    def tell(self, command: Command) -> None:
        """Give the run a command, as soon as there is one."""
        if self.key in self._engines.running:
            self._engines.tell(self.key, command)
        else:
            self._early.append(command)

    def on_started(self, key: str) -> None:
        """Hear that the run has its folder."""
        self.key, early, self._early = key, self._early, []
        for command in early:
            self._engines.tell(key, command)


class Training:
    """Passes on what engines tell of the run, and shows it while it goes on.

    Parameters
    ----------
    model : WindowModel
    engines : Engines
    trainer : EngineTrainer
    run : RunModel

    Attributes
    ----------
    begun, ended : Signal
        Emitted with the run's folder once the window shows it so.
    """

    begun = Signal(Path)
    ended = Signal(Path)

    def __init__(self, model: WindowModel, engines: Engines, trainer: EngineTrainer, run: RunModel) -> None:
        self._model = model
        self._trainer = trainer
        self._run = run
        engines.run_started.connect(self._on_started)
        engines.happened.connect(self._on_happened)
        engines.run_ended.connect(self._on_ended)
        engines.run_died.connect(self._on_died)

    def _on_started(self, key: str) -> None:
        self._trainer.on_started(key)
        self._run.on_started(Path(key))
        result = self._result(Path(key), live=True)
        if result is not None:
            self._show(result)
        self.begun.emit(Path(key))

    def _on_happened(self, key: str, event: Event) -> None:
        if key == self._trainer.key:
            self._run.on_event(event)

    def _on_ended(self, key: str, message: str) -> None:
        if key == self._trainer.key:  # else another run is going on already
            self._run.on_ended(message)
        if not key:
            return
        result = self._result(Path(key), live=False)
        if result is not None:
            self._model.replace_result(result)
        elif any(shown.key == key for shown in self._model.results):
            self._model.remove_result(key)
        self.ended.emit(Path(key))

    def _on_died(self, key: str, message: str) -> None:
        """Its last picture stays, so that one sees what would be gone on with."""
        if key == self._trainer.key:
            self._run.on_died(message)
        self._model.notice = f"{message} Go on from the last checkpoint with Resume." if key else message
        if key:
            self.ended.emit(Path(key))

    def _result(self, path: Path, *, live: bool) -> Result | None:
        try:
            return result_of_run(load_run(path), live=live)[0]
        except TriptychError as error:
            self._model.notice = str(error)
            return None

    def _show(self, result: Result) -> None:
        """Show a run under way: where it was, in an empty pane, beside what is shown, or in its stead."""
        model = self._model
        model.show_points = False
        model.add_result(result)
        model.compare.show_beside(Content.result(result.key))
