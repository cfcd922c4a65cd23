"""Renderers without a renderer, for tests of what surrounds one. Importable by the engine process."""

from __future__ import annotations

import os
import signal
import time

import numpy as np

from recon.errors import InputError, OutOfMemory


class FakeBackend:
    """Draws a disc whose colour tells the picture's size; obeys orders hidden in paths and sizes."""

    def prepare(self) -> str:
        return "a pencil"

    def open(self, path: str) -> tuple[int, np.ndarray]:
        if path == "damaged.ply":
            raise InputError("damaged.ply is damaged.")
        points = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float32)
        return 1234, points

    def draw(self, camera) -> tuple[np.ndarray, np.ndarray]:
        if camera.width == 13:
            os.kill(os.getpid(), signal.SIGKILL)
        if camera.width == 14:
            raise RuntimeError("a bug")
        if camera.width == 15:
            raise OutOfMemory("This picture does not fit into memory. Make the window smaller.")
        if camera.width == 16:
            time.sleep(0.3)
        y, x = np.mgrid[: camera.height, : camera.width]
        disc = np.hypot((x + 0.5) / camera.width - 0.5, (y + 0.5) / camera.height - 0.5) < 0.3
        rgba = np.zeros((camera.height, camera.width, 4), np.uint8)
        rgba[disc] = [camera.width % 256, camera.height % 256, 7, 255]
        return rgba, np.full((camera.height, camera.width), np.linalg.norm(camera.center), np.float32)


class SlowStart(FakeBackend):
    """Takes its time to warm up."""

    def prepare(self) -> str:
        time.sleep(60)
        return "never"


class BrokenStart(FakeBackend):
    """Cannot warm up."""

    def prepare(self) -> str:
        raise RuntimeError("no kernels")
