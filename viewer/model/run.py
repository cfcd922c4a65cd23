"""The run that is going on: where it is, how long it will take, and what may be asked of it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from psygnal import Signal

from recon.methods.base import (
    Cancel,
    Cancelled,
    Command,
    Evaluated,
    Event,
    Failed,
    Finished,
    Pause,
    Resume,
    Save,
    Saved,
    Set,
    Stage,
    Started,
    Step,
    Stop,
    Warned,
)
from recon.runs import Job
from viewer.model.curves import Curves, working_seconds

State = Literal["idle", "preparing", "running", "paused", "stopping", "finished", "failed", "cancelled", "interrupted"]
ACTIVE = {"preparing", "running", "paused", "stopping"}
RESUMABLE = {"failed", "cancelled", "interrupted"}
RECENT = 20.0  # seconds over which speed is measured
FEWEST = 5  # steps before anything is said of speed


class Trainer(Protocol):
    """What does the work: the engine."""

    def reconstruct(self, job: Job) -> None:
        """Begin a new run."""
        ...

    def resume(self, path: Path) -> None:
        """Go on with the run in a folder."""
        ...

    def tell(self, command: Command) -> None:
        """Give the run a command."""
        ...


class RunModel:
    """The one run that trains, from its start to its end and beyond.

    Parameters
    ----------
    trainer : Trainer
    clock : callable
        Seconds since 1970.

    Attributes
    ----------
    changed : Signal
        State, folder or message is another: what may be asked is another too.
    progressed : Signal
        Something happened; emitted for every event, so listeners should not draw on each.
    warned : Signal
        Emitted with a sentence.
    state : State
    path : Path, optional
        The run folder, once there is one.
    message : str
        How it ended, where that is not by itself.
    stage : str
    fraction : float, optional
        Part of the stage that is done, in [0, 1].
    step, total_steps : int
    saved_step : int, optional
        Up to where nothing can be lost any more.
    curves : Curves
        Another object for another run.
    """

    changed = Signal()
    progressed = Signal()
    warned = Signal(str)

    def __init__(self, trainer: Trainer, clock: Callable[[], float] = time.time) -> None:
        self._trainer = trainer
        self._clock = clock
        self.state: State = "idle"
        self.path: Path | None = None
        self._clear(Curves())

    def _clear(self, curves: Curves) -> None:
        self.message = ""
        self.stage = ""
        self.fraction: float | None = None
        self.step = self.total_steps = 0
        self.saved_step: int | None = None
        self.curves = curves
        self._recent: deque[tuple[float, int]] = deque()

    # What may be asked

    @property
    def active(self) -> bool:
        """Whether a run is going on."""
        return self.state in ACTIVE

    @property
    def can_pause(self) -> bool:
        """Whether there is something to pause."""
        return self.state == "running"

    @property
    def can_resume(self) -> bool:
        """Whether it stands still and can go on."""
        return self.state == "paused" or (self.state in RESUMABLE and self.path is not None)

    @property
    def can_stop(self) -> bool:
        """Whether it can be ended and what there is kept."""
        return self.state in {"running", "paused"} and self.step > 0

    @property
    def can_cancel(self) -> bool:
        """Whether it can be given up."""
        return self.state in {"preparing", "running", "paused"}

    @property
    def can_save(self) -> bool:
        """Whether a checkpoint can be written."""
        return self.can_stop

    # Asking

    def start(self, job: Job) -> None:
        """Begin a new run; nothing while one is going on."""
        if not self.active:
            self._begin(None, Curves())
            self._trainer.reconstruct(job)

    def start_from(self, path: Path, curves: Curves) -> None:
        """Go on with the run in a folder, whose curves so far are given; nothing while one is going on."""
        if not self.active:
            self._begin(path, curves)
            self._trainer.resume(path)

    def pause(self) -> None:
        """Hold still."""
        if self.can_pause:
            self._trainer.tell(Pause())
            self._go("paused")

    def resume(self) -> None:
        """Go on, after a pause or after an end that was none."""
        if self.state == "paused":
            self._recent.clear()
            self._trainer.tell(Resume())
            self._go("running")
        elif self.can_resume and self.path is not None:
            self.start_from(self.path, self.curves)

    def stop(self) -> None:
        """End, and keep what there is as the result."""
        if self.can_stop:
            self._trainer.tell(Stop())
            self._go("stopping")

    def cancel(self) -> None:
        """Give it up: no result is made, and the last checkpoint stays."""
        if self.can_cancel:
            self._trainer.tell(Cancel())
            self._go("stopping")

    def save(self) -> None:
        """Write a checkpoint now."""
        if self.can_save:
            self._trainer.tell(Save())

    def set(self, name: str, value: Any) -> None:
        """Change a live parameter from the next step on."""
        if self.state in {"running", "paused"}:
            self._trainer.tell(Set(name, value))
            self.curves.mark(self.step, name, value)
            self.progressed.emit()

    # Hearing

    def on_started(self, path: Path) -> None:
        """Hear that the run has its folder."""
        self.path = path
        self.changed.emit()

    def on_event(self, event: Event) -> None:
        """Take in one event of the run."""
        now = self._clock()
        self.curves.take(event, now)
        match event:
            case Started():
                self.step, self.total_steps = event.first_step, event.total_steps
            case Stage():
                self.stage, self.fraction = event.name, event.fraction
            case Step():
                self._on_step(event, now)
            case Saved():
                self.saved_step = event.step
            case Warned():
                self.warned.emit(event.message)
            case Evaluated():
                pass
            case Finished() | Failed() | Cancelled():
                self._on_end(event)
        self.progressed.emit()

    def on_ended(self, message: str) -> None:
        """Hear that nobody works on it any more; `message` says why, and is empty where it ended as it should."""
        if self.active:
            self._go("failed" if message else "interrupted", message or "The run stopped before its end.")

    def on_died(self, message: str) -> None:
        """Hear that the process that trained is gone."""
        if self.active:
            self._go("interrupted", message)

    def _on_step(self, event: Step, now: float) -> None:
        self.stage, self.step = "Training", event.step
        self.fraction = event.step / self.total_steps if self.total_steps else None
        self._recent.append((now, event.step))
        while now - self._recent[0][0] > RECENT and len(self._recent) > FEWEST:
            self._recent.popleft()
        if self.state == "preparing":
            self._go("running")

    def _on_end(self, event: Finished | Failed | Cancelled) -> None:
        match event:
            case Finished():
                self._go("finished")
            case Failed():
                self._go("failed", event.message)
            case Cancelled():
                kept = "The last checkpoint stays." if self.saved_step else "Nothing was saved."
                self._go("cancelled", f"Cancelled at step {event.step:,}. {kept}")

    # Telling

    @property
    def rate(self) -> float | None:
        """Steps per second of late, evaluations and pauses left out; None until it can be told."""
        if len(self._recent) < FEWEST:
            return None
        recent = np.array(self._recent)
        seconds = float(working_seconds(recent[:, 0]).sum())
        return float(recent[-1, 1] - recent[0, 1]) / seconds if seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds of training left at the speed of late; None where it cannot be told."""
        rate = self.rate
        if not rate or self.state not in {"running", "paused"} or self.stage != "Training":
            return None
        return (self.total_steps - self.step) / rate

    def _begin(self, path: Path | None, curves: Curves) -> None:
        self._clear(curves)
        self.path = path
        self.stage = "Preparing"
        self._go("preparing")

    def _go(self, state: State, message: str = "") -> None:
        self.state, self.message = state, message
        self.changed.emit()
