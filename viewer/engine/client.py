"""The window's side of the engine: starts it, asks for pictures, and survives its death."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from recon.scene import Camera
from viewer.engine.frames import FrameMemory
from viewer.engine.messages import Close, Command, Draw, Drawn, Open, Opened, Ready, Refused, Reply
from viewer.engine.process import Backend, serve

Post = Callable[[Callable[[], None]], None]
SECONDS_TO_END = 0.5


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture of the splats.

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
    """

    camera: Camera
    rgba: NDArray[np.uint8]
    depth: NDArray[np.float32]
    seconds: float


class EngineClient:
    """Talks to one engine process. Its signals are emitted on the window's thread.

    One picture is drawn at a time. While it is, only the newest request waits; older ones are forgotten.

    Parameters
    ----------
    make_backend : callable
        Makes the `Backend` inside the engine process; importable by name.
    post : callable
        Runs a function later on the window's thread.
    """

    ready = Signal(str)
    opened = Signal(Opened)
    drawn = Signal(Frame)
    refused = Signal(str)
    died = Signal(str)

    def __init__(self, make_backend: Callable[[], Backend], post: Post) -> None:
        self._make_backend = make_backend
        self._post = post
        self._session: _Session | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running engine."""
        return self._session.process.pid if self._session else None

    def start(self) -> None:
        """Start the engine, anew if there was one. `ready` follows when it is warm."""
        self.close()
        session = _Session(self._make_backend, lambda reply: self._post(lambda: self._deliver(session, reply)))
        self._session = session

    def open(self, path: str) -> None:
        """Read a splat file; `opened` or `refused` follows."""
        if self._session:
            self._session.send(Open(path))

    def request(self, camera: Camera) -> None:
        """Ask for a picture; `drawn` follows, unless a newer request takes its place."""
        if self._session:
            self._session.request(camera)

    def close(self) -> None:
        """End the engine and give its memory back."""
        session, self._session = self._session, None
        if session:
            session.close()

    def _deliver(self, session: _Session, reply: Reply | Frame | _Death) -> None:
        if session is not self._session:
            return  # news from an engine that has been replaced
        match reply:
            case Ready():
                self.ready.emit(reply.device)
            case Opened():
                self.opened.emit(reply)
            case Frame():
                self.drawn.emit(reply)
            case Refused():
                self.refused.emit(reply.message)
            case _Death():
                self._session = None
                self.died.emit(_cause(session.close()))


class _Death:
    """The engine process has ended."""


def _cause(exit_code: int | None) -> str:
    if exit_code == -signal.SIGKILL:
        return "The system ended the renderer, most likely for want of memory. Close other programs, then restart it."
    how = f"exit code {exit_code}" if exit_code is None or exit_code >= 0 else signal.Signals(-exit_code).name
    return f"The renderer stopped unexpectedly ({how}); the terminal may say why. Restart it to go on."


class _Session:
    """One life of an engine process, from its start to its end.

    `deliver` is called on a thread of its own, which only waits for the engine and copies pictures out.
    """

    def __init__(self, make_backend: Callable[[], Backend], deliver: Callable[[Reply | Frame | _Death], None]) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, far_end = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=serve, args=(far_end, make_backend), name="triptych engine", daemon=True
        )
        self.process.start()
        far_end.close()  # else its end would never be noticed here
        self._deliver = deliver
        self._sending = threading.Lock()
        self._lock = threading.Lock()
        self._drawing: tuple[Draw, FrameMemory] | None = None
        self._waiting: Camera | None = None
        self._memory: FrameMemory | None = None
        self._outgrown: list[FrameMemory] = []
        self._slot = 0
        self._thread = threading.Thread(target=self._listen, name="engine", daemon=True)
        self._thread.start()

    def send(self, command: Command) -> None:
        try:
            with self._sending:
                self._connection.send(command)
        except OSError:
            return  # it has just died; the listening thread says so

    def request(self, camera: Camera) -> None:
        with self._lock:
            self._waiting = camera
            if self._drawing is None:
                self._draw_waiting()

    def close(self) -> int | None:
        """End the process, whatever it does, and return its exit code."""
        self.send(Close())
        self.process.join(SECONDS_TO_END)
        if self.process.is_alive():
            self.process.kill()  # it holds nothing that could be lost
            self.process.join()
        exit_code = self.process.exitcode
        self._thread.join()
        self._connection.close()
        self.process.close()
        for memory in (*self._outgrown, *([self._memory] if self._memory else [])):
            memory.remove()
        return exit_code

    def _draw_waiting(self) -> None:
        camera, self._waiting, self._drawing = self._waiting, None, None
        if camera is None:
            return
        pixels = camera.width * camera.height
        if self._memory is None or self._memory.capacity < pixels:
            if self._memory:
                self._outgrown.append(self._memory)  # a picture may still be read from it
            self._memory = FrameMemory.make(pixels * 5 // 4)  # so that a growing window does not outgrow it at once
        self._slot = 1 - self._slot
        self._drawing = Draw(camera, self._memory.name, self._slot), self._memory
        self.send(self._drawing[0])

    def _listen(self) -> None:
        while True:
            wait([self._connection, self.process.sentinel])
            try:
                reply = self._connection.recv()
            except (EOFError, OSError):
                break
            if isinstance(reply, Drawn) and self._drawing:
                reply = self._frame(*self._drawing, reply.seconds)
            elif isinstance(reply, Refused) and reply.drawing:
                with self._lock:
                    self._draw_waiting()
            self._deliver(reply)
        wait([self.process.sentinel])
        self._deliver(_Death())

    def _frame(self, finished: Draw, memory: FrameMemory, seconds: float) -> Frame:
        """Set the engine to the next picture, and copy the finished one out meanwhile."""
        with self._lock:
            outgrown, self._outgrown = self._outgrown, []
            self._draw_waiting()
        camera = finished.camera
        frame = Frame(camera, *memory.read(finished.slot, camera.width, camera.height), seconds)
        for old in outgrown:
            old.remove()
        return frame
