"""Meshes and blocks among the results, read on a thread beside the window's."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from recon.errors import TriptychError
from recon.scene import Blocks
from recon.scene.block_surfaces import vertices
from viewer.model.surface import Surface, read_surface
from viewer.model.task_list import Task
from viewer.model.window import Extent, WindowModel

LARGE = 8_000_000  # bytes; to read more on a thread of the window's process would hold it up
SAMPLE = 4000
SAMPLED_DETAIL = 6  # squares along each edge of a block's cube whose corners tell how large blocks are
Post = Callable[[Callable[[], None]], None]


class Meshes:
    """Keeps the meshes of the results that are meshes, and the blocks of those that are blocks.

    Parameters
    ----------
    model : WindowModel
        Its results are watched; what has been read is noted in its extents.
    post : callable
        Runs a function later on the window's thread.
    read_large : callable, optional
        Starts reading a large file in another process; without it all are read on the thread.

    Attributes
    ----------
    changed : Signal
        Emitted when one has been read or let go.
    """

    changed = Signal()

    def __init__(self, model: WindowModel, post: Post, read_large: Callable[[Path], Task] | None = None) -> None:
        self._model = model
        self._post = post
        self._read_large = read_large
        self._held: dict[str, tuple[Path, Surface | Blocks | None]] = {}
        self._edited: dict[str, Surface] = {}
        self._tasks: dict[str, Task] = {}
        self._wanted: queue.SimpleQueue[tuple[str, Path] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="meshes", daemon=True)
        self._thread.start()
        model.events.results.connect(self._on_results_changed)

    @property
    def pending(self) -> bool:
        """Whether some are still to be read."""
        return any(mesh is None for _, mesh in self._held.values())

    def get(self, key: str) -> Surface | None:
        """A mesh as its edits leave it, once it has been read."""
        return self._edited.get(key, self.original(key))

    def original(self, key: str) -> Surface | None:
        """A mesh as it was read."""
        held = self._held.get(key, (None, None))[1]
        return held if isinstance(held, Surface) else None

    def show(self, key: str, surface: Surface) -> None:
        """Have a mesh as edits leave it, or again as it was read."""
        original = self.original(key)
        if original is None or self.get(key) is surface:
            return
        self._edited.pop(key, None)
        if surface is not original:
            self._edited[key] = surface
        if (extent := _extent(surface)) is not None:
            self._model.extents = {**self._model.extents, key: extent}  # nobody is moved to another place by an edit
        self.changed.emit()

    def blocks(self, key: str) -> Blocks | None:
        """Blocks, once they have been read."""
        held = self._held.get(key, (None, None))[1]
        return held if isinstance(held, Blocks) else None

    def close(self) -> None:
        """End the thread; the file being read is waited for."""
        self._wanted.put(None)
        self._thread.join()

    def _on_results_changed(self) -> None:
        paths = {result.key: result.path for result in self._model.results if result.kind != "splats"}
        gone = [key for key, (path, _) in self._held.items() if paths.get(key) != path]
        for key in gone:
            del self._held[key]
            self._edited.pop(key, None)
            if key in self._tasks:
                self._tasks.pop(key).cancel()
        for key, path in paths.items():
            if key not in self._held:
                self._held[key] = path, None
                self._read(key, path)
        if gone:
            self.changed.emit()

    def _read(self, key: str, path: Path) -> None:
        if self._read_large is None or not path.is_file() or path.stat().st_size < LARGE:
            self._wanted.put((key, path))
            return
        task = self._tasks[key] = self._read_large(path)
        task.finished.connect(lambda surface: self._keep(key, path, surface))
        task.failed.connect(lambda sentence: self._fail(key, path, sentence))
        task.cancelled.connect(lambda: self._fail(key, path, f"{path.name} was not read. Open it again to read it."))

    def _work(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            key, path = wanted
            try:
                surface = read_surface(path)
            except TriptychError as error:
                self._post(lambda key=key, path=path, error=error: self._fail(key, path, str(error)))  # type: ignore[misc]
            else:
                self._post(lambda key=key, path=path, read=surface: self._keep(key, path, read))  # type: ignore[misc]

    def _keep(self, key: str, path: Path, surface: Surface | Blocks) -> None:
        self._tasks.pop(key, None)
        if self._held.get(key, (None,))[0] != path:
            return  # it has been closed meanwhile
        self._held[key] = path, surface
        if (extent := _extent(surface)) is not None:
            self._model.measured_out(key, extent)
        self.changed.emit()

    def _fail(self, key: str, path: Path, sentence: str) -> None:
        self._tasks.pop(key, None)
        if self._held.get(key, (None,))[0] == path:
            del self._held[key]
            self._model.notice = sentence


def _extent(surface: Surface | Blocks) -> Extent | None:
    points = surface.mesh.vertices if isinstance(surface, Surface) else _corners(surface)
    if not len(points):
        return None
    bounds = np.stack([points.min(0), points.max(0)])
    return Extent(len(surface), points[:: max(1, len(points) // SAMPLE)], bounds)


def _corners(blocks: Blocks) -> NDArray[np.float32]:
    return vertices(blocks, SAMPLED_DETAIL).reshape(-1, 3).astype(np.float32)
