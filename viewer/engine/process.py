"""The engine process: carries out commands until the window goes away."""

from __future__ import annotations

import signal
from collections import deque
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recon.errors import RunError, TriptychError
from recon.methods.base import Command as RunCommand
from recon.runs import Commands, Job, Reconstruction
from recon.scene import Geometry, View
from viewer.engine.messages import (
    Close,
    Command,
    Continue,
    Draw,
    Drawn,
    Edit,
    Edited,
    Forget,
    Leave,
    Measure,
    Measured,
    Open,
    Opened,
    Ready,
    Reconstruct,
    Refused,
    Reply,
    Shot,
    Taken,
    Tell,
    Use,
)
from viewer.engine.studio import Studio
from viewer.engine.training import Training
from viewer.model import Score


class Backend(Protocol):
    """What draws. Made inside the engine process, so that whatever it loads never reaches the window.

    Every method may raise a `TriptychError`, whose sentence is shown.
    """

    def prepare(self) -> str:
        """Load and warm up; say in words what will draw."""
        ...

    def open(self, key: str, path: str) -> Opened:
        """Read a file and keep its geometry under a key, in the place of what was there."""
        ...

    def hold(self, key: str, geometry: Geometry) -> Opened:
        """Keep geometry under a key, in the place of what was there."""
        ...

    def forget(self, key: str) -> None:
        """Let a geometry go, if it is there."""
        ...

    def draw(self, shot: Shot, rgba: NDArray[np.uint8], depth: NDArray[np.float32]) -> None:
        """Draw a shot.

        Parameters
        ----------
        shot : Shot
        rgba : (H, W, 4) uint8
            Filled with sRGB times alpha, and alpha; the first row is the lowest, as textures want it.
        depth : (H, W) float32
            Filled with z along the viewing axis, world units; meaningless where alpha is 0.
        """
        ...

    def edit(self, key: str, operations: tuple[Any, ...]) -> Edited:
        """Show a geometry as these operations leave it."""
        ...

    def measure(self, key: str, view: View) -> Score | None:
        """Compare a geometry with a photograph; None where no pixel of it counts."""
        ...

    def reconstruct(self, job: Job, commands: Commands) -> Reconstruction:
        """Make a run."""
        ...

    def resume(self, path: Path, commands: Commands) -> Reconstruction:
        """Take a run up again."""
        ...


def serve(connection: Connection, make_backend: Callable[[], Backend]) -> None:
    """Run the engine: announce that it is ready, then answer each command."""
    # Ctrl-C in a terminal reaches every process of the group; the window decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        Server(connection, make_backend()).run()
    except (EOFError, ConnectionError):
        return  # the window is gone


class Server:
    """Answers the commands of one window: quick ones first, then a picture, then a view to measure."""

    def __init__(self, connection: Connection, backend: Backend) -> None:
        self._connection = connection
        self._backend = backend
        self._studio = Studio(backend.draw)
        self._measuring: deque[tuple[str, View]] = deque()
        self._training: Training | None = None
        self._closing = False

    def run(self) -> None:
        """Serve until told to close."""
        self.send(Ready(self._backend.prepare()))
        while not self._closing:
            self.attend(wait=not (self._studio.next or self._measuring))
            if self._training is not None:
                self._training.drive()
                self._training = None
        self._studio.close()

    def attend(self, *, wait: bool = False) -> None:
        """Answer what has come, and do one thing that takes longer; `wait` for a command if there is none."""
        for command in _without_superseded(self._received(wait)):
            self._answer(getattr(command, "key", None), partial(self._obey, command))
        shot = self._studio.next
        if shot and (self._training is None or self._training.may_draw(shot.key)):
            self._answer(shot.key, self._drawn)
        elif self._measuring and (self._training is None or self._training.may_draw(self._measuring[0][0])):
            key, view = self._measuring.popleft()
            self._answer(key, partial(self._measured, key, view))

    def send(self, reply: Reply) -> None:
        """Say something to the window."""
        self._connection.send(reply)

    def _received(self, wait: bool) -> list[Command]:
        commands = [self._connection.recv()] if wait else []
        while self._connection.poll():
            commands.append(self._connection.recv())
        return commands

    def _answer(self, key: str | None, answer: Callable[[], Reply | None]) -> None:
        try:
            reply = answer()
        except TriptychError as error:
            reply = Refused(key, str(error))
        if reply is not None:
            self.send(reply)

    def _obey(self, command: Command) -> Reply | None:  # noqa: C901 - a line for each command
        match command:
            case Draw():
                self._studio.ask(command.pane, command.shot)
            case Use():
                self._studio.use(command.memory)
            case Taken():
                self._studio.take_back(command.memory, command.slot)
            case Leave():
                self._studio.leave(command.pane)
            case Open():
                return self._backend.open(command.key, command.path)
            case Forget():
                self._forget(command.key)
            case Edit():
                return self._backend.edit(command.key, command.operations)
            case Measure():
                self._measuring.extend((command.key, view) for view in command.views)
            case Reconstruct() | Continue():
                self._begin(command)
            case Tell():
                self._tell(command.command)
            case Close():
                self._close()
        return None

    def _drawn(self) -> Drawn:
        drawn = self._studio.draw()
        if self._training is not None:
            self._training.charge(drawn.seconds)
        return drawn

    def _forget(self, key: str) -> None:
        self._backend.forget(key)
        self._measuring = deque(each for each in self._measuring if each[0] != key)

    def _measured(self, key: str, view: View) -> Measured | None:
        score = self._backend.measure(key, view)
        return None if score is None else Measured(key, {view.name: score})

    def _begin(self, command: Reconstruct | Continue) -> None:
        if self._training is not None:
            raise RunError("This engine is at work on a run already. Stop that one first.")
        self._training = Training(command, self._backend, self._studio, self)

    def _close(self) -> None:
        self._closing = True
        if self._training is not None:
            self._training.leave()

    def _tell(self, command: RunCommand) -> None:
        if self._training is not None:
            self._training.tell(command)


def _without_superseded(commands: list[Command]) -> list[Command]:
    """Of several lists of edits of one geometry only the last counts."""
    last = {command.key: command for command in commands if isinstance(command, Edit)}
    return [command for command in commands if not isinstance(command, Edit) or last[command.key] is command]
