"""Renderers without a renderer, for tests of what surrounds one. Importable by the engine process."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from recon.errors import InputError, OutOfMemory, RunError
from recon.methods.base import Cancel, Finished, Pause, Resume, Save, Saved, Set, Started, Step, Stop, Warned
from viewer.engine.messages import Edited, Opened
from viewer.model import Score


class FakeBackend:
    """Draws a disc whose colour tells the picture's size; obeys orders hidden in paths and sizes."""

    def __init__(self) -> None:
        self.geometries = {}

    def prepare(self) -> str:
        return "a pencil"

    def open(self, key: str, path: str) -> Opened:
        if path.endswith("damaged.ply"):
            raise InputError("damaged.ply is damaged.")
        return self.hold(key, path)

    def hold(self, key: str, geometry: object) -> Opened:
        self.geometries[key] = geometry
        points = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
        return Opened(key, "splats", 1234, points, np.stack([points.min(0), points.max(0)]))

    def forget(self, key: str) -> None:
        self.geometries.pop(key, None)

    def draw(self, shot, rgba: np.ndarray, depth: np.ndarray) -> None:
        camera = shot.camera
        if camera.width == 13:
            os.kill(os.getpid(), signal.SIGKILL)
        if camera.width == 14:
            raise RuntimeError("a bug")
        if camera.width == 15:
            raise OutOfMemory("This picture does not fit into memory. Make the window smaller.")
        if camera.width == 16:
            time.sleep(0.3)
        if shot.key not in self.geometries:
            raise InputError(f"{shot.key} is not open.")
        y, x = np.mgrid[: camera.height, : camera.width]
        disc = np.hypot((x + 0.5) / camera.width - 0.5, (y + 0.5) / camera.height - 0.5) < 0.3
        rgba[...] = 0
        rgba[disc] = [camera.width % 256, camera.height % 256, self.third(shot), 255]
        depth[...] = np.linalg.norm(camera.center)

    def third(self, shot) -> int:
        """The blue of the disc: the step of a run, else 7."""
        geometry = self.geometries[shot.key]
        return geometry % 256 if isinstance(geometry, int) else 7

    def edit(self, key: str, operations: tuple) -> Edited:
        if "nonsense" in operations:
            raise InputError("There is no such operation.")
        return Edited(key, 1234 - len(operations), 0, 0)

    def measure(self, key: str, view) -> Score | None:
        return Score(20.0 + len(view.name), len(key) / 10)

    def reconstruct(self, job, commands) -> FakeRun:
        if not job.data.name:
            raise InputError("There is nothing to reconstruct.")
        return FakeRun(job.out, commands)

    def resume(self, path: Path, commands) -> FakeRun:
        if not path.exists():
            raise RunError(f"{path} does not exist.")
        return FakeRun(path, commands, int((path / "saved").read_text()))


class FakeRun:
    """A run of 1 ms steps without end, whose geometry is the number of the step; keeps to the driver's manners."""

    def __init__(self, path: Path, commands, step: int = 0) -> None:
        path.mkdir(exist_ok=True)
        self.run = SimpleNamespace(path=path)
        self.live = None
        self._step = step
        self._commands = commands
        self._events = self._drive()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._events)

    def geometry(self) -> int:
        return self._step

    def close(self) -> None:
        self._events.close()

    def _drive(self):
        yield Started("fake", 10_000, self._step)
        self.live = self
        while True:
            time.sleep(0.001)
            self._step += 1
            yield Step(self._step, 1 / self._step)
            if self._step % 100 == 0:
                yield Warned(f"This was step {self._step}.")
            paused = False
            while (command := self._commands()) is not None or paused:
                paused = paused and not isinstance(command, Resume)
                match command:
                    case None:
                        time.sleep(0.01)
                    case Pause():
                        paused = True
                    case Save():
                        (self.run.path / "saved").write_text(str(self._step))
                        yield Saved(self._step)
                    case Set(name="crash"):
                        raise RunError("The fit diverged.")
                    case Set(name="bug"):
                        raise ZeroDivisionError("by zero")
                    case Stop() | Cancel():
                        (self.run.path / "result.ply").touch()
                        yield Finished(self._step)
                        return


class SlowStart(FakeBackend):
    """Takes its time to warm up."""

    def prepare(self) -> str:
        time.sleep(60)
        return "never"


class BrokenStart(FakeBackend):
    """Cannot warm up."""

    def prepare(self) -> str:
        raise RuntimeError("no kernels")
