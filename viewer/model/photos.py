"""Photographs for the window, read on one thread beside it."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from recon.scene import View

Pixels = NDArray[np.uint8]
Post = Callable[[Callable[[], None]], None]

URGENT, BACKGROUND = 0, 1


class Photos:
    """Reads photographs in the background, urgent ones first.

    Parameters
    ----------
    post : callable
        Runs a function later on the window's thread; what was read arrives through it.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._wanted: queue.PriorityQueue[tuple[int, int, Callable[[], None] | None]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._generation = 0
        self._thread = threading.Thread(target=self._work, name="photos", daemon=True)
        self._thread.start()

    def request(self, view: View, longest: int, then: Callable[[Pixels | None], None], urgency: int = URGENT) -> None:
        """Read a photograph so that its longer side has at most `longest` pixels.

        `then` is called on the window's thread with (H, W, 3) uint8 sRGB, or None if the file cannot be read.
        """
        generation = self._generation

        def read() -> None:
            if generation != self._generation:
                return
            pixels = _read(view, longest)
            self._post(lambda: then(pixels) if generation == self._generation else None)

        self._wanted.put((urgency, next(self._order), read))

    def forget(self) -> None:
        """Drop what is still wanted: another scene is opened."""
        self._generation += 1

    def close(self) -> None:
        """End the thread; the photograph being read is waited for."""
        self.forget()
        self._wanted.put((-1, -1, None))
        self._thread.join()

    def _work(self) -> None:
        while (read := self._wanted.get()[2]) is not None:
            read()


def _read(view: View, longest: int) -> Pixels | None:
    camera = view.camera
    scale = min(1.0, longest / max(camera.width, camera.height))
    try:
        return view.image.read(max(1, round(camera.width * scale)), max(1, round(camera.height * scale)))
    except Exception:  # noqa: BLE001  a photograph that cannot be read leaves a gap, whatever the reason
        return None
