"""The driver: pulls a method's events, and between two pulls does all that a method need not know of.

Pause is not pulling. Cancelling is closing. A checkpoint falls between two pulls, and so does a changed parameter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, replace
from functools import partial
from typing import Any, cast

from recon.errors import InvalidParameter, TriptychError
from recon.methods.base import (
    Cancel,
    Cancelled,
    Command,
    Context,
    Evaluated,
    Event,
    Failed,
    Finished,
    Live,
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
from recon.methods.parameters import with_live_value, with_values
from recon.runs import checkpoint, resources, results
from recon.runs.checkpoint import Checkpoint, Progress
from recon.runs.events import EventLog
from recon.runs.folder import EVENTS, Run
from recon.runs.meter import Meter
from recon.runs.resources import Fit
from recon.runs.telling import told
from recon.scene import Capture

Commands = Callable[[], Command | None]

CHECKPOINT_SECONDS = 30.0
QUICKLY_SAVED = 1.5  # seconds; what takes longer to save is saved more rarely, so that it stays 5 % of the time
PAUSE_POLL_SECONDS = 0.02
BOOKED_AS: dict[type, str] = {Step: results.TRAINING, Evaluated: "evaluation"}


def silence() -> None:
    """Give no command."""


class Reconstruction(Iterator[Event]):
    """A run being driven: iterate over it for its events, of which the last is `Finished`, `Failed` or `Cancelled`.

    Leaving it, by `close` or by forgetting it, gives the run up where it is; its last checkpoint stays.

    Parameters
    ----------
    run : Run
    capture : Capture, optional
        None where cameras must be found first, which is then the first thing that is done.
    commands : callable
        Asked between two events for the next command; None when there is none. While paused it is asked again and
        again.
    fit : Fit, optional
        How the config was fitted into memory; its notices are passed on as `Warned`.

    Raises
    ------
    TriptychError
        From iteration, after a `Failed` event with the same sentence.
    """

    def __init__(self, run: Run, capture: Capture | None, commands: Commands = silence, fit: Fit | None = None) -> None:
        self.fit = fit
        # The driver does not know this object, so that forgetting it ends the generator, and frees the lock, at once.
        self._driver = _Driver(run, capture, commands, fit.notices if fit else ())
        self._events = self._driver.drive()

    @property
    def run(self) -> Run:
        """The run; once its capture is there, with the parameters that fit into memory."""
        return self._driver.run

    @property
    def capture(self) -> Capture | None:
        """What it is made from, once its cameras are known."""
        return self._driver.capture

    @property
    def live(self) -> Live | None:
        """The running method, once it is ready; to be called only between two events."""
        return self._driver.live

    def __next__(self) -> Event:
        return next(self._events)

    def close(self) -> None:
        """Give the run up where it is."""
        self._events.close()


class _Driver:
    def __init__(self, run: Run, capture: Capture | None, commands: Commands, notices: Iterable[str]) -> None:
        self.run = run
        self.capture = capture
        self._commands = commands
        self._notices = notices
        self._progress = Progress()
        self._context: Context | None = None
        self._ending: Stop | Cancel | None = None
        self._saved_at = time.perf_counter()
        self._saving_seconds = 0.0
        self._saved_step: int | None = None

    @property
    def live(self) -> Live | None:
        """The running method, once it is ready."""
        return self._context.live if self._context else None

    def drive(self) -> Generator[Event, None, None]:
        """Yield the run's events, writing them down."""
        with EventLog(self.run.path / EVENTS) as self._log, closing(self._work()) as events:
            try:
                for event in events:
                    self._log.write(event)
                    yield event
            except Exception as error:
                failure = resources.as_triptych_error(error)
                event = Failed(
                    str(failure) if isinstance(failure, TriptychError) else f"A bug in Triptych: {failure!r}"
                )
                with suppress(OSError):
                    self._log.write(event)
                yield event
                if failure is error:
                    raise
                raise failure from error

    def _work(self) -> Generator[Event, None, None]:
        start = self._load()
        self._meter = Meter(self._progress.costs, self.run.device)
        if self.capture is None:
            yield from self._find_cameras()
            if self._ending:
                yield Cancelled(0)
                return
        capture = self._loaded()
        yield from (Warned(notice) for notice in (*capture.warnings, *self._notices))
        yield from self._prepare()
        try:
            if not self._ending:
                yield from self._train(start)
        except InvalidParameter as error:
            if start is None or self.run.parent is None or self._progress.step > start.progress.step:
                raise
            yield Warned(f"The parent's checkpoint does not fit the changed parameters; starting anew. {error}")
            yield from self._train(None)
        if isinstance(self._ending, Cancel):
            yield Cancelled(self._progress.step)
        else:
            yield from self._finish()

    def _find_cameras(self) -> Iterator[Event]:
        from recon.runs.cameras import find_cameras

        with self._meter.booked("cameras"), closing(find_cameras(self.run.capture)) as events:
            for event in events:
                if event is not None:
                    yield event
                yield from self._between_events()
                if self._ending:
                    return
        self.capture = self.run.capture.load()
        fit = resources.fit_to_memory(self.run.resolve()[0], self.capture, self.run.resolve()[1], self.run.device)
        self.run, self._notices = self.run.fitted(fit.config), fit.notices
        self.run.save()

    def _loaded(self) -> Capture:
        if self.capture is None:
            raise RuntimeError("the capture is used before its cameras are found")
        return self.capture

    def _prepare(self) -> Iterator[Event]:
        from recon.io import prepare

        with self._meter.booked("undistortion"):
            for event in told("Undistorting photographs", lambda report: prepare(self._loaded(), report)):
                yield event
                yield from self._between_events()
                if self._ending:
                    return

    def _load(self) -> Checkpoint | None:
        """Read the checkpoint, and work out which parameters the user set after it."""
        if not checkpoint.exists(self.run.checkpoint_folder):
            return None
        start = checkpoint.load(self.run.checkpoint_folder)
        logged = [record for record in self.run.records() if record["type"] == "set"]
        pending = start.progress.pending_sets + logged[start.progress.sets_seen :]
        pending = sorted(pending, key=lambda record: int(record["step"]))
        self._progress = replace(start.progress, sets_seen=len(logged), pending_sets=pending)
        return start

    def _train(self, start: Checkpoint | None) -> Iterator[Event]:
        method, self._config = self.run.resolve()
        if start is not None:
            self._config = with_values(self._config, start.config)
            self._config = with_values(self._config, self._take_sets())
        self._context = Context(
            seed=self.run.seed,
            device=self.run.device,
            cache=results.cache_folder(),
            resume=start.state if start else None,
            edit=self.run.edit(),
        )
        events = cast("Generator[Event, None, None]", method.run(self._loaded(), self._config, self._context))
        with closing(events):
            for event in self._pulled(events):
                yield event
                yield from self._between_events()
                if self._ending:
                    return

    def _pulled(self, events: Iterator[Event]) -> Iterator[Event]:
        """Pull the method's events; a step's time is training, an evaluation's its own, the rest its stage's."""
        stage = "start"
        while True:
            begun = time.perf_counter()
            event = next(events, None)
            self._meter.book(BOOKED_AS.get(type(event), stage), time.perf_counter() - begun)
            if event is None:
                return
            if isinstance(event, Stage):
                stage = event.name.lower()
            elif isinstance(event, Started):
                self._progress = replace(self._progress, step=event.first_step, total_steps=event.total_steps)
            elif isinstance(event, Step):
                self._progress = replace(self._progress, step=event.step)
                event = replace(event, values={**event.values, **self._meter.weighed()})
            yield event

    def _between_events(self) -> Iterator[Event]:
        live = self.live
        if live is not None:
            for name, value in self._take_sets().items():
                self._config = with_values(self._config, {name: value})
                live.set(name, getattr(self._config, name))
            if self._is_save_due():
                yield self._save(live)
        for command in self._given_commands():
            yield from self._obey(command)
            if self._ending:
                return

    def _given_commands(self) -> Iterator[Command]:
        """The commands waiting now; while paused, all that come until `Resume`."""
        paused_at: float | None = None
        while True:
            command = self._commands()
            if isinstance(command, Pause):
                paused_at = paused_at or time.perf_counter()
            elif command is not None and not isinstance(command, Resume):
                yield command
            elif paused_at is None:
                return
            elif command is None:
                time.sleep(PAUSE_POLL_SECONDS)
            else:
                self._meter.leave_out(time.perf_counter() - paused_at)
                return

    def _obey(self, command: Command) -> Iterator[Event]:
        live = self.live
        if isinstance(command, Cancel) or (isinstance(command, Stop) and live is None):
            self._ending = Cancel()
        elif isinstance(command, Stop):
            self._ending = command
        elif isinstance(command, Save) and live is not None:
            yield self._save(live)
        elif isinstance(command, Set):
            try:
                self._set(live, command)
            except InvalidParameter as error:
                yield Warned(str(error))

    def _set(self, live: Live | None, command: Set) -> None:
        if live is None:
            raise InvalidParameter(f"{command.name} can only be changed once training has begun.")
        config = with_live_value(self._config, command.name, command.value)
        value = getattr(config, command.name)
        self._log.write_set(Set(command.name, value), self._progress.step)
        self._progress = replace(self._progress, sets_seen=self._progress.sets_seen + 1)
        live.set(command.name, value)
        self._config = config

    def _take_sets(self) -> dict[str, Any]:
        """Take out the parameters that a killed sitting had set by this step."""
        due = [item for item in self._progress.pending_sets if item["step"] <= self._progress.step]
        self._progress = replace(self._progress, pending_sets=self._progress.pending_sets[len(due) :])
        return {item["name"]: item["value"] for item in due}

    def _is_save_due(self) -> bool:
        if self._saved_step is None and (self._context is None or self._context.resume is None):
            return True  # from here on a killed run need not repeat what it derived from the photographs
        interval = CHECKPOINT_SECONDS * max(1.0, self._saving_seconds / QUICKLY_SAVED)
        return time.perf_counter() - self._saved_at > interval

    def _save(self, live: Live) -> Saved:
        begun = time.perf_counter()
        self._progress = replace(self._progress, costs=self._meter.costs())
        checkpoint.save(self.run.checkpoint_folder, Checkpoint(live.state(), asdict(self._config), self._progress))
        self._saved_at = time.perf_counter()
        self._saving_seconds = self._saved_at - begun
        self._saved_step = self._progress.step
        self._meter.book("checkpoints", self._saving_seconds)
        return Saved(self._progress.step)

    def _finish(self) -> Iterator[Event]:
        live = self.live
        if live is None:
            raise RuntimeError(f"method {self.run.method} ended without a live state")
        if self._saved_step != self._progress.step:
            yield self._save(live)
        yield Stage("Writing the result")
        with self._meter.booked("result"):
            results.write_geometry(self.run, live.geometry())
            results.write_mesh(self.run, self._context.result if self._context else None)
            geometry = self.run.result()  # what is measured is what is in the file, rounded as it is there
        yield Stage("Measuring test views")
        with self._meter.booked("test views"):
            work = partial(results.measure, self.run, self._loaded(), geometry)
            metrics = yield from told("Measuring test views", work)
        with self._meter.booked("pictures"):
            results.write_pictures(self.run, self._loaded(), geometry)
        metrics = results.write_metrics(self.run, metrics, geometry, self._meter.costs())
        yield Finished(self._progress.step, results.means(metrics))
