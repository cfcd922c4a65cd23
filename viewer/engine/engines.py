"""The pool of engines: one to look at results with, and one for each reconstruction that runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from psygnal import Signal, SignalInstance

from recon.methods.base import Cancelled, Command, Event, Failed, Finished
from recon.runs import Job
from recon.scene import View
from viewer.engine.client import EngineClient, Post
from viewer.engine.messages import Edited, Measured, Opened, Refused, Shot
from viewer.engine.process import Backend
from viewer.engine.session import Frame

RESULT = "result.ply"


class Engines:
    """Sends each request to the process that holds its key. Signals are emitted on the window's thread.

    The key of a run is its folder's absolute path as text. While it runs it shows the geometry as it is; when it has
    ended, its result is opened under the same key, and `opened` follows. What was open before the viewing engine died
    is opened again, with its edits, by the next `start`.

    Parameters
    ----------
    make_backend : callable
        Makes the `Backend` inside an engine process; importable by name.
    post : callable
        Runs a function later on the window's thread.
    """

    ready = Signal(str)  # what draws, in words
    opened = Signal(Opened)
    drawn = Signal(str, Frame)  # pane
    refused = Signal(Refused)
    edited = Signal(Edited)
    measured = Signal(Measured)
    died = Signal(str)  # the viewing engine; a sentence
    run_started = Signal(str)  # key
    happened = Signal(str, object)  # key, event
    run_ended = Signal(str, str)  # key, or nothing where no run was made; a sentence, or nothing where all went well
    run_died = Signal(str, str)  # key, a sentence

    def __init__(self, make_backend: Callable[[], Backend], post: Post) -> None:
        self._make = partial(EngineClient, make_backend, post)
        self._viewing = self._made()
        self._viewing.ready.connect(_to(self.ready))
        self._viewing.died.connect(_to(self.died))
        self._runs: dict[str, EngineClient] = {}
        self._others: list[EngineClient] = []  # engines of runs, also those that have not begun and those that end
        self._over: set[EngineClient] = set()  # those whose run has told its end, and which are about to say so too
        self._panes: dict[str, EngineClient] = {}
        self._paths: dict[str, str] = {}
        self._edits: dict[str, tuple[Any, ...]] = {}

    @property
    def pid(self) -> int | None:
        """Process id of the viewing engine."""
        return self._viewing.pid

    @property
    def running(self) -> tuple[str, ...]:
        """Keys of the runs that are worked on now."""
        return tuple(self._runs)

    def run_pid(self, key: str) -> int | None:
        """Process id of a run's engine."""
        return self._runs[key].pid if key in self._runs else None

    def start(self) -> None:
        """Start the viewing engine, anew if it has died. `ready` follows when it is warm."""
        self._viewing.start()
        for key, path in self._paths.items():
            self._viewing.open(key, path)
        for key, operations in self._edits.items():
            self._viewing.edit(key, operations)

    def close(self) -> None:
        """End all engines; runs are saved first."""
        clients = (self._viewing, *self._others)
        for client in clients:
            client.end()  # all at once: each may take its time
        for client in clients:
            client.close()
        self._runs.clear()
        self._others.clear()

    def open(self, key: str, path: str | Path) -> None:
        """Read a file and keep it under a key; `opened` or `refused` follows."""
        self._paths[key] = str(path)
        self._edits.pop(key, None)
        self._viewing.open(key, path)

    def forget(self, key: str) -> None:
        """Let a geometry go. A run goes on."""
        self._paths.pop(key, None)
        self._edits.pop(key, None)
        self._viewing.forget(key)

    def request(self, pane: str, shot: Shot) -> None:
        """Ask for a picture; `drawn` follows unless the pane asks for another. Nothing happens if the key is not open.

        A picture of a run is drawn again as the run goes on, until the pane asks for another or leaves.
        """
        client = self._holder(shot.key)
        before = self._panes.get(pane)
        if before is not None and before is not client:
            self.leave(pane)
        if client is not None:
            self._panes[pane] = client
            client.request(pane, shot)

    def leave(self, pane: str) -> None:
        """Draw nothing more for a pane: it is closed, hidden, or shows something else."""
        client = self._panes.pop(pane, None)
        if client is not None:
            client.leave(pane)

    def edit(self, key: str, operations: Sequence[Any]) -> None:
        """Show a geometry as all these operations leave it; `edited` or `refused` follows."""
        self._edits[key] = tuple(operations)
        self._viewing.edit(key, operations)

    def edits_of(self, key: str) -> tuple[Any, ...]:
        """All operations a geometry is shown with."""
        return self._edits.get(key, ())

    def measure(self, key: str, views: Sequence[View]) -> None:
        """Measure a geometry in these views; `measured` follows for each of them."""
        client = self._holder(key)
        if client is not None:
            client.measure(key, views)

    def reconstruct(self, job: Job) -> None:
        """Make a run and drive it in an engine of its own; `run_started`, `happened` and `run_ended` follow."""
        self._launched("").reconstruct(job)

    def resume(self, path: str | Path) -> None:
        """Go on with a run; signals as for `reconstruct`. Nothing happens while it is worked on."""
        folder = Path(path).absolute()
        before = self._runs.get(str(folder))
        if before is None or before in self._over:
            self._launched(str(folder)).resume(folder)

    def tell(self, key: str, command: Command) -> None:
        """Give a run a command; it obeys between two of its events."""
        if key in self._runs:
            self._runs[key].tell(command)

    def _holder(self, key: str) -> EngineClient | None:
        return self._runs.get(key, self._viewing if key in self._paths else None)

    def _made(self) -> EngineClient:
        client = self._make()
        for name in ("opened", "refused", "edited", "measured"):
            getattr(client, name).connect(_to(getattr(self, name)))
        client.drawn.connect(partial(self._on_drawn, client))
        return client

    def _launched(self, key: str) -> EngineClient:
        """Start an engine for a run, whose key is known only if its folder is there already."""
        client = self._made()
        client.run_started.connect(partial(self._on_run_started, client))
        client.happened.connect(partial(self._on_happened, client))
        client.run_ended.connect(partial(self._on_run_ended, client))
        client.died.connect(partial(self._on_run_died, client))
        client.ended.connect(partial(self._on_ended, client))
        self._others.append(client)
        if key:
            self._runs[key] = client
        client.start()
        return client

    def _key_of(self, client: EngineClient) -> str:
        return next((key for key, each in self._runs.items() if each is client), "")

    def _on_drawn(self, client: EngineClient, pane: str, frame: Frame) -> None:
        if self._panes.get(pane) is client:  # else the pane shows something else by now
            self.drawn.emit(pane, frame)

    def _on_run_started(self, client: EngineClient, path: Path) -> None:
        self._runs[str(path)] = client
        self.run_started.emit(str(path))

    def _on_happened(self, client: EngineClient, event: Event) -> None:
        if isinstance(event, Finished | Failed | Cancelled):
            self._over.add(client)
        self.happened.emit(self._key_of(client), event)

    def _on_run_ended(self, client: EngineClient, message: str) -> None:
        key = self._released(client)
        client.end()
        if key or client not in self._over:  # else another engine goes on with the run already
            self.run_ended.emit(key, message)
        self._over.discard(client)

    def _on_ended(self, client: EngineClient) -> None:
        self._others.remove(client)

    def _on_run_died(self, client: EngineClient, message: str) -> None:
        self._others.remove(client)
        self._over.discard(client)
        self.run_died.emit(self._released(client), message)

    def _released(self, client: EngineClient) -> str:
        """Take a run's key from its engine, and show its result under it if there is one."""
        key = self._key_of(client)
        self._runs.pop(key, None)
        self._panes = {pane: each for pane, each in self._panes.items() if each is not client}
        if key and (Path(key) / RESULT).exists():
            self.open(key, Path(key) / RESULT)
        return key


def _to(signal: SignalInstance) -> Callable[[Any], None]:
    """A callback that emits a signal. `signal.emit` itself will not do: psygnal takes it for Qt's and tries it."""

    def emit(value: Any) -> None:
        signal.emit(value)

    return emit
