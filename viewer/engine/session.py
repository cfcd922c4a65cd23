"""One life of an engine process, seen from the window."""

from __future__ import annotations

import multiprocessing
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

import numpy as np
from numpy.typing import NDArray

from recon.scene import Camera
from viewer.engine.frames import FrameMemory
from viewer.engine.messages import Close, Command, Draw, Drawn, Leave, Mode, Reply, Shot, Taken, Use
from viewer.engine.process import Backend, serve


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture.

    Parameters
    ----------
    camera : Camera
        Through which it was drawn; its size is the picture's.
    rgba : (H, W, 4) uint8
        sRGB times alpha, and alpha; the first row is the lowest.
    depth : (H, W) float32
        z along the viewing axis, world units; meaningless where alpha is 0.
    seconds : float
        How long drawing took.
    mode : str
    key : str
        What it shows.
    """

    camera: Camera
    rgba: NDArray[np.uint8]
    depth: NDArray[np.float32]
    seconds: float
    mode: Mode = "color"
    key: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """A frame and the pane it is for."""

    pane: str
    frame: Frame


class Death:
    """The engine process has ended."""


class Session:
    """An engine process from its start to its end.

    Sending never blocks: a thread of its own does it. `deliver` is called on another, which only waits for the engine
    and copies pictures out.

    Parameters
    ----------
    make_backend : callable
    deliver : callable
    """

    def __init__(self, make_backend: Callable[[], Backend], deliver: Callable[[Reply | Picture | Death], None]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, far_end = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=serve, args=(far_end, make_backend), name="triptych engine", daemon=True
        )
        self.process.start()
        far_end.close()  # else its end would never be noticed here
        self._deliver = deliver
        self._outbox = _Outbox(self._connection)
        self._lock = threading.Lock()
        self._memories: list[FrameMemory] = []  # the last is in use; pictures may still be read from others
        self._threads = [
            threading.Thread(target=work, name="engine", daemon=True) for work in (self._outbox.empty, self._listen)
        ]
        for thread in self._threads:
            thread.start()

    def send(self, command: Command) -> None:
        """Send a command soon."""
        self._outbox.put(command)

    def request(self, pane: str, shot: Shot) -> None:
        """Ask for a picture; a newer request of the same pane takes its place."""
        self._make_room(shot.camera.width * shot.camera.height)
        self.send(Draw(pane, shot))

    def end(self) -> None:
        """Ask the engine to end."""
        self.send(Close())

    def close(self, patience: float) -> int | None:
        """Wait so many seconds for its end, then end it whatever it does; the exit code."""
        self.process.join(patience)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        exit_code = self.process.exitcode
        self._outbox.close()
        for thread in self._threads:
            thread.join()
        self._connection.close()
        self.process.close()
        for memory in self._memories:
            memory.remove()
        return exit_code

    def _make_room(self, pixels: int) -> None:
        with self._lock:
            if self._memories and self._memories[-1].capacity >= pixels:
                return
            memory = FrameMemory.make(pixels * 5 // 4)  # so that a growing window does not outgrow it at once
            self._memories.append(memory)
        self.send(Use(memory.name))

    def _listen(self) -> None:
        while True:
            wait([self._connection, self.process.sentinel])
            try:
                reply = self._connection.recv()
            except (EOFError, OSError):
                break
            self._deliver(self._picture(reply) if isinstance(reply, Drawn) else reply)
        wait([self.process.sentinel])
        self._deliver(Death())

    def _picture(self, drawn: Drawn) -> Picture:
        """Copy a picture out, and give up the memory that nothing will be drawn into any more."""
        with self._lock:
            index = next(i for i, memory in enumerate(self._memories) if memory.name == drawn.memory)
            outgrown, self._memories = self._memories[:index], self._memories[index:]
            memory = self._memories[0]
        for old in outgrown:
            old.remove()
        camera = drawn.shot.camera
        rgba, depth = memory.read(drawn.slot, camera.width, camera.height)
        self.send(Taken(drawn.memory, drawn.slot))
        return Picture(drawn.pane, Frame(camera, rgba, depth, drawn.seconds, drawn.shot.mode, drawn.shot.key))


class _Outbox:
    """Commands on their way to the engine, which may be too busy to take them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: deque[Command] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, command: Command) -> None:
        """Add a command; it takes the place of a request for the same pane that has not left yet."""
        with self._changed:
            if isinstance(command, Draw | Leave):
                stale = [each for each in self._waiting if isinstance(each, Draw) and each.pane == command.pane]
                for each in stale:
                    self._waiting.remove(each)
            self._waiting.append(command)
            self._changed.notify()

    def close(self) -> None:
        """Send nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def empty(self) -> None:
        """Send what comes, until closed or the engine is gone; on a thread of its own."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                command = self._waiting.popleft()
            try:
                self._connection.send(command)
            except OSError:
                return  # it has just died; the listening thread says so
