"""Photographs for the window, read on one thread beside it."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from recon.scene import View

Pixels = NDArray[np.uint8]
Post = Callable[[Callable[[], None]], None]

THUMBNAIL = 256  # fills its place on screens with two pixels for one
URGENT, SOON, LATER, LAST = range(4)


class Photos:
    """Reads photographs in the background: first the one looked at, then thumbnails in view, then all others.

    Parameters
    ----------
    post : callable
        Runs a function later on the window's thread; what was read arrives through it.

    Attributes
    ----------
    thumbnails : dict of view name to (H, W, 3) uint8
        sRGB, the longer side at most 256 pixels; those read so far.
    thumbnail_arrived : Signal
        Emitted with the view's name.
    """

    thumbnail_arrived = Signal(str)

    def __init__(self, post: Post) -> None:
        self.thumbnails: dict[str, Pixels] = {}
        self._post = post
        self._wanted: queue.PriorityQueue[tuple[int, int, Callable[[], None] | None]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._generation = 0
        self._read: set[tuple[int, str]] = set()  # the reading thread's own
        self._thread = threading.Thread(target=self._work, name="photos", daemon=True)
        self._thread.start()

    def show(self, views: Sequence[View], done: Callable[[], None]) -> None:
        """Forget what was shown before, and read the thumbnails of these views; `done` is called after the last."""
        self._generation += 1
        self.thumbnails.clear()
        for view in views:
            self._want_thumbnail(view, LATER)
        self._want(lambda: done, LAST)

    def hurry(self, view: View) -> None:
        """Read the thumbnail of a view before those that nobody looks at."""
        self._want_thumbnail(view, SOON)

    def read(self, view: View, longest: int, then: Callable[[Pixels | None], None]) -> None:
        """Read a photograph at once, its longer side at most `longest` pixels.

        `then` is called on the window's thread with (H, W, 3) uint8 sRGB, or None if the file cannot be read.
        """

        def read() -> Callable[[], None]:
            pixels = _read(view, longest)
            return lambda: then(pixels)

        self._want(read, URGENT)

    def close(self) -> None:
        """End the thread; the photograph being read is waited for."""
        self._generation += 1
        self._wanted.put((-1, -1, None))
        self._thread.join()

    def _want_thumbnail(self, view: View, urgency: int) -> None:
        generation = self._generation

        def read() -> Callable[[], None] | None:
            if (generation, view.name) in self._read:
                return None
            self._read.add((generation, view.name))
            pixels = _read(view, THUMBNAIL)
            return None if pixels is None else lambda: self._keep(view.name, pixels)

        self._want(read, urgency)

    def _keep(self, name: str, pixels: Pixels) -> None:
        self.thumbnails[name] = pixels
        self.thumbnail_arrived.emit(name)

    def _want(self, read: Callable[[], Callable[[], None] | None], urgency: int) -> None:
        generation = self._generation

        def work() -> None:
            then = read() if generation == self._generation else None
            if then:
                self._post(lambda: then() if generation == self._generation else None)

        self._wanted.put((urgency, next(self._order), work))

    def _work(self) -> None:
        while (work := self._wanted.get()[2]) is not None:
            work()


def _read(view: View, longest: int) -> Pixels | None:
    camera = view.camera
    scale = min(1.0, longest / max(camera.width, camera.height))
    try:
        return view.image.read(max(1, round(camera.width * scale)), max(1, round(camera.height * scale)))
    except Exception:  # noqa: BLE001  a photograph that cannot be read leaves a gap, whatever the reason
        return None
