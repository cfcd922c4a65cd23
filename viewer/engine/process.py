"""The engine process: carries out commands until the window goes away."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recon.errors import TriptychError
from recon.scene import Camera
from viewer.engine.frames import FrameMemory
from viewer.engine.messages import Close, Command, Draw, Drawn, Open, Opened, Ready, Refused, Reply


class Backend(Protocol):
    """What draws. Made inside the engine process, so that whatever it loads never reaches the window."""

    def prepare(self) -> str:
        """Load and warm up; say in words what will draw."""
        ...

    def open(self, path: str) -> tuple[int, NDArray[np.float32]]:
        """Read a splat file; the number of splats, and (N, 3) centres of some of them."""
        ...

    def draw(self, camera: Camera) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Draw what is open.

        Returns
        -------
        rgba : (H, W, 4) uint8
            sRGB times alpha, and alpha; the first row is the lowest, as textures want it.
        depth : (H, W) float32
            z along the viewing axis, world units; meaningless where alpha is 0.
        """
        ...


def serve(connection: Connection, make_backend: Callable[[], Backend]) -> None:
    """Run the engine: announce that it is ready, then answer each command with one reply."""
    # Ctrl-C in a terminal reaches every process of the group; the window decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        Server(connection, make_backend()).run()
    except (EOFError, ConnectionError):
        return  # the window is gone


class Server:
    """Answers the commands of one window."""

    def __init__(self, connection: Connection, backend: Backend) -> None:
        self._connection = connection
        self._backend = backend
        self._memory: FrameMemory | None = None

    def run(self) -> None:
        """Serve until told to close."""
        self._connection.send(Ready(self._backend.prepare()))
        while not isinstance(command := self._connection.recv(), Close):
            self._connection.send(self._answer(command))
        if self._memory is not None:
            self._memory.close()

    def _answer(self, command: Command) -> Reply:
        try:
            if isinstance(command, Open):
                count, sample = self._backend.open(command.path)
                return Opened(command.path, count, sample)
            return self._draw(command)
        except TriptychError as error:
            return Refused(str(error), drawing=isinstance(command, Draw))

    def _draw(self, command: Draw) -> Drawn:
        if self._memory is None or self._memory.name != command.memory:
            if self._memory is not None:
                self._memory.close()
            self._memory = FrameMemory.attach(command.memory)
        start = time.perf_counter()
        rgba, depth = self._backend.draw(command.camera)
        seconds = time.perf_counter() - start
        self._memory.write(command.slot, rgba, depth)
        return Drawn(seconds)
