"""Meshes and blocks among the results, read on a thread beside the window's."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from recon.errors import TriptychError, UnreadableFile
from recon.io import read_geometry
from recon.scene import Blocks, Mesh
from recon.scene.block_surfaces import vertices
from viewer.model.window import Extent, WindowModel

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

    Attributes
    ----------
    changed : Signal
        Emitted when one has been read or let go.
    """

    changed = Signal()

    def __init__(self, model: WindowModel, post: Post) -> None:
        self._model = model
        self._post = post
        self._held: dict[str, tuple[Path, Mesh | Blocks | None]] = {}
        self._wanted: queue.SimpleQueue[tuple[str, Path] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="meshes", daemon=True)
        self._thread.start()
        model.events.results.connect(self._on_results_changed)

    @property
    def pending(self) -> bool:
        """Whether some are still to be read."""
        return any(mesh is None for _, mesh in self._held.values())

    def get(self, key: str) -> Mesh | None:
        """A mesh, once it has been read."""
        held = self._held.get(key, (None, None))[1]
        return held if isinstance(held, Mesh) else None

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
        for key, path in paths.items():
            if key not in self._held:
                self._held[key] = path, None
                self._wanted.put((key, path))
        if gone:
            self.changed.emit()

    def _work(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            key, path = wanted
            try:
                surface = _read(path)
            except TriptychError as error:
                self._post(lambda key=key, path=path, error=error: self._fail(key, path, error))  # type: ignore[misc]
            else:
                self._post(lambda key=key, path=path, read=surface: self._keep(key, path, read))  # type: ignore[misc]

    def _keep(self, key: str, path: Path, surface: Mesh | Blocks) -> None:
        if self._held.get(key, (None,))[0] != path:
            return  # it has been closed meanwhile
        self._held[key] = path, surface
        points = surface.vertices if isinstance(surface, Mesh) else _corners(surface)
        if len(points):
            bounds = np.stack([points.min(0), points.max(0)])
            self._model.measured_out(key, Extent(len(surface), points[:: max(1, len(points) // SAMPLE)], bounds))
        self.changed.emit()

    def _fail(self, key: str, path: Path, error: TriptychError) -> None:
        if self._held.get(key, (None,))[0] == path:
            del self._held[key]
            self._model.notice = str(error)


def _corners(blocks: Blocks) -> NDArray[np.float32]:
    return vertices(blocks, SAMPLED_DETAIL).reshape(-1, 3).astype(np.float32)


def _read(path: Path) -> Mesh | Blocks:
    """Read a mesh or blocks.

    Raises
    ------
    TriptychError
        If the file is neither, empty, or damaged.
    """
    geometry = read_geometry(path)
    if isinstance(geometry, Blocks):
        if not len(geometry):
            raise UnreadableFile(f"{path} holds no blocks.")
        return geometry
    if not isinstance(geometry, Mesh):
        raise UnreadableFile(f"{path} holds {geometry.kind}; a mesh or blocks were wanted.")
    return geometry
