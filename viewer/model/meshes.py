"""Meshes among the results, read on a thread beside the window's."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from psygnal import Signal

from recon.errors import TriptychError, UnreadableFile
from recon.io import read_geometry
from recon.scene import Blocks, Mesh
from recon.scene.block_surfaces import mesh_of
from viewer.model.window import Extent, WindowModel

SAMPLE = 4000
Post = Callable[[Callable[[], None]], None]


class Meshes:
    """Keeps the meshes of the results that are meshes.

    Parameters
    ----------
    model : WindowModel
        Its results are watched; what has been read is noted in its extents.
    post : callable
        Runs a function later on the window's thread.

    Attributes
    ----------
    changed : Signal
        Emitted when a mesh has been read or let go.
    """

    changed = Signal()

    def __init__(self, model: WindowModel, post: Post) -> None:
        self._model = model
        self._post = post
        self._held: dict[str, tuple[Path, Mesh | None]] = {}
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
        return self._held.get(key, (None, None))[1]

    def close(self) -> None:
        """End the thread; the file being read is waited for."""
        self._wanted.put(None)
        self._thread.join()

    def _on_results_changed(self) -> None:
        paths = {result.key: result.path for result in self._model.results if result.kind == "mesh"}
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
                mesh = _read(path)
            except TriptychError as error:
                self._post(lambda key=key, path=path, error=error: self._fail(key, path, error))  # type: ignore[misc]
            else:
                self._post(lambda key=key, path=path, mesh=mesh: self._keep(key, path, mesh))  # type: ignore[misc]

    def _keep(self, key: str, path: Path, mesh: Mesh) -> None:
        if self._held.get(key, (None,))[0] != path:
            return  # it has been closed meanwhile
        self._held[key] = path, mesh
        points = mesh.vertices
        if len(points):
            bounds = np.stack([points.min(0), points.max(0)])
            self._model.measured_out(key, Extent(len(mesh), points[:: max(1, len(points) // SAMPLE)], bounds))
        self.changed.emit()

    def _fail(self, key: str, path: Path, error: TriptychError) -> None:
        if self._held.get(key, (None,))[0] == path:
            del self._held[key]
            self._model.notice = str(error)


def _read(path: Path) -> Mesh:
    """Read a mesh, or blocks as one.

    Raises
    ------
    TriptychError
        If the file is neither, or damaged.
    """
    geometry = read_geometry(path)
    if isinstance(geometry, Blocks):
        if not len(geometry):
            raise UnreadableFile(f"{path} holds no blocks.")
        return mesh_of(geometry)
    if not isinstance(geometry, Mesh):
        raise UnreadableFile(f"{path} holds {geometry.kind}; a mesh was wanted.")
    return geometry
