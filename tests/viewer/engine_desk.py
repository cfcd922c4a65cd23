"""A window's thread without a window: runs what engines post, and keeps what they say."""

from __future__ import annotations

import queue
import time

import numpy as np
from fake_backend import FakeBackend

from recon.scene import Camera
from viewer.engine.client import EngineClient
from viewer.engine.engines import Engines
from viewer.engine.messages import Shot

PATIENCE = 30.0
ONE_VALUE = ("ready", "opened", "refused", "died", "edited", "measured")


class Desk:
    """Emissions are kept as (signal, value) for signals of one value, else as (signal, tuple of values)."""

    def __init__(self, make_backend=FakeBackend, make_client=EngineClient, patience=PATIENCE) -> None:
        self.calls: queue.Queue = queue.Queue()
        self.news: list[tuple[str, object]] = []
        self.panes: list[str] = []
        self._patience = patience
        self.client = make_client(make_backend, self.calls.put)
        pairs = ("happened", "run_ended", "run_died") if make_client is Engines else ()
        for name in (*ONE_VALUE, "run_started", *(() if pairs else ("happened", "run_ended"))):
            getattr(self.client, name).connect(lambda value, name=name: self.news.append((name, value)))
        for name in pairs:
            getattr(self.client, name).connect(lambda *values, name=name: self.news.append((name, values)))
        self.client.drawn.connect(self._on_drawn)

    def _on_drawn(self, pane: str, frame) -> None:
        self.news.append(("drawn", frame))
        self.panes.append(pane)

    def ask(self, width: int, height: int = 9, pane: str = "left", key: str = "a") -> None:
        self.client.request(pane, Shot(key, camera(width, height)))

    def wait_for(self, name: str, count: int = 1) -> object:
        """The newest value of a signal once it has been emitted so many times."""
        self.wait_until(lambda: len(self.of(name)) >= count)
        return self.of(name)[-1]

    def wait_until(self, true) -> None:
        deadline = time.monotonic() + self._patience
        while not true():
            self.calls.get(timeout=max(deadline - time.monotonic(), 0.01))()

    def work(self, seconds: float) -> None:
        """Take what comes for a while."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                self.calls.get(timeout=left)()
            except queue.Empty:
                return

    def of(self, name: str) -> list:
        return [value for each, value in self.news if each == name]

    def events(self, kind: type) -> list:
        events = [value if not isinstance(value, tuple) else value[1] for value in self.of("happened")]
        return [event for event in events if isinstance(event, kind)]


def camera(width: int, height: int = 9) -> Camera:
    pose = np.eye(4)
    pose[2, 3] = 5
    return Camera(width, height, 20, 20, width / 2, height / 2, pose)


def wait_until(true) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
