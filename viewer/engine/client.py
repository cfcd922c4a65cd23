"""The window's side of an engine: starts it, asks for pictures, and survives its death."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from psygnal import Signal

from recon.methods.base import Command as RunCommand
from recon.runs import Job
from recon.scene import View
from viewer.engine.messages import (
    Command,
    Continue,
    Edit,
    Edited,
    Forget,
    Happened,
    Leave,
    Measure,
    Measured,
    Open,
    Opened,
    Ready,
    Reconstruct,
    Refused,
    Reply,
    RunEnded,
    RunStarted,
    Shot,
    Tell,
)
from viewer.engine.process import Backend
from viewer.engine.session import Death, Frame, Picture, Session

Post = Callable[[Callable[[], None]], None]
SECONDS_TO_END = 0.5
SECONDS_TO_SAVE = 15.0  # for the engine of a run, which saves before it ends
VIEWING = "the renderer", "restart it."
RUN = "the reconstruction", "resume it from its last checkpoint."

__all__ = ["EngineClient", "Frame", "Post"]


class EngineClient:
    """Talks to one engine process. Its signals are emitted on the window's thread.

    Nothing here blocks but `close`. Of each pane only the newest request is drawn; panes take turns.

    Parameters
    ----------
    make_backend : callable
        Makes the `Backend` inside the engine process; importable by name.
    post : callable
        Runs a function later on the window's thread.
    """

    ready = Signal(str)
    opened = Signal(Opened)
    drawn = Signal(str, Frame)
    refused = Signal(Refused)
    died = Signal(str)
    ended = Signal()  # as it was asked to
    edited = Signal(Edited)
    measured = Signal(Measured)
    run_started = Signal(Path)
    happened = Signal(object)
    run_ended = Signal(str)

    def __init__(self, make_backend: Callable[[], Backend], post: Post) -> None:
        self._make_backend = make_backend
        self._post = post
        self._session: Session | None = None
        self._running = self._ending = False

    @property
    def pid(self) -> int | None:
        """Process id of the running engine."""
        return self._session.process.pid if self._session else None

    @property
    def running(self) -> bool:
        """Whether it has been given a run that has not ended."""
        return self._running

    def start(self) -> None:
        """Start the engine, anew if there was one. `ready` follows when it is warm."""
        self.close()
        self._ending = False
        session = Session(self._make_backend, lambda reply: self._post(lambda: self._deliver(session, reply)))
        self._session = session

    def open(self, key: str, path: str | Path) -> None:
        """Read a file and keep it under a key; `opened` or `refused` follows."""
        self._send(Open(key, str(path)))

    def forget(self, key: str) -> None:
        """Let a geometry go."""
        self._send(Forget(key))

    def request(self, pane: str, shot: Shot) -> None:
        """Ask for a picture; `drawn` follows, unless a newer request of the same pane takes its place.

        A picture of a running reconstruction follows again whenever it has changed, until the pane asks for another
        or leaves.
        """
        if self._session:
            self._session.request(pane, shot)

    def leave(self, pane: str) -> None:
        """Draw nothing more for a pane: it is closed, hidden, or shows something else."""
        self._send(Leave(pane))

    def edit(self, key: str, operations: Sequence[Any]) -> None:
        """Show a geometry as all these operations leave it; `edited` or `refused` follows."""
        self._send(Edit(key, tuple(operations)))

    def measure(self, key: str, views: Sequence[View]) -> None:
        """Measure a geometry in these views; `measured` follows for each of them."""
        self._send(Measure(key, tuple(views)))

    def reconstruct(self, job: Job) -> None:
        """Make a run and drive it; `run_started`, `happened` and `run_ended` follow."""
        self._run(Reconstruct(job))

    def resume(self, path: str | Path) -> None:
        """Go on with a run; signals as for `reconstruct`."""
        self._run(Continue(Path(path)))

    def tell(self, command: RunCommand) -> None:
        """Give the run a command; it obeys between two of its events."""
        self._send(Tell(command))

    def end(self) -> None:
        """Ask the engine to end, and do not wait; `ended` follows. A run is saved first."""
        self._ending = True
        if self._session:
            self._session.end()

    def close(self) -> None:
        """End the engine and give its memory back; a run is saved first."""
        session, self._session = self._session, None
        if session:
            session.end()
            session.close(SECONDS_TO_SAVE if self._running else SECONDS_TO_END)
        self._running = False

    def _run(self, command: Command) -> None:
        self._running = self._session is not None
        self._send(command)

    def _on_death(self, exit_code: int | None) -> None:
        running, self._session, self._running = self._running, None, False
        if self._ending:
            self.ended.emit()
        else:
            self.died.emit(_cause(exit_code, RUN if running else VIEWING))

    def _send(self, command: Command) -> None:
        if self._session:
            self._session.send(command)

    def _deliver(self, session: Session, reply: Reply | Picture | Death) -> None:  # noqa: C901 - a line each
        if session is not self._session:
            return  # news from an engine that has been replaced
        match reply:
            case Picture():
                self.drawn.emit(reply.pane, reply.frame)
            case Ready():
                self.ready.emit(reply.device)
            case Opened():
                self.opened.emit(reply)
            case Refused():
                self.refused.emit(reply)
            case Edited():
                self.edited.emit(reply)
            case Measured():
                self.measured.emit(reply)
            case RunStarted():
                self.run_started.emit(reply.path)
            case Happened():
                self.happened.emit(reply.event)
            case RunEnded():
                self._running = False
                self.run_ended.emit(reply.message)
            case Death():
                self._on_death(session.close(0))


def _cause(exit_code: int | None, victim: tuple[str, str]) -> str:
    name, remedy = victim
    if exit_code == -signal.SIGKILL:
        return f"The system ended {name}, most likely for want of memory. Close other programs, then {remedy}"
    how = f"exit code {exit_code}" if exit_code is None or exit_code >= 0 else signal.Signals(-exit_code).name
    return f"{name[0].upper()}{name[1:]} stopped unexpectedly ({how}); the terminal may say why. To go on, {remedy}"
