"""What really draws: recon's renderer. Made inside the engine process; only there is torch loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError, OutOfMemory
from recon.io import read_splats
from recon.scene import Camera, Splats

if TYPE_CHECKING:
    from recon.render.draw import Drawer

SAMPLE = 4000
OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")  # CUDA's and the CPU's, by torch
SOLID = 0.3  # opacity from which a splat counts as part of what there is to see


class SplatBackend:
    """Draws splats with `recon.render`, on the GPU where there is one that works."""

    def __init__(self) -> None:
        self._drawer: Drawer | None = None

    def prepare(self) -> str:
        """Load torch and compile the kernels by drawing one splat."""
        import torch

        from recon.render.draw import Drawer

        drawer = Drawer(_one_splat())
        drawer.draw(Camera(32, 32, 32, 32, 16, 16), depth=True)
        if drawer.device == "cuda":
            return torch.cuda.get_device_name()
        threads = torch.get_num_threads()
        return f"CPU, {threads} thread{'s' if threads > 1 else ''}"

    def open(self, path: str) -> tuple[int, NDArray[np.float32]]:
        """Read a splat file."""
        from recon.render.draw import Drawer

        splats = read_splats(path)
        self._drawer = None  # before the next one is made: both may not fit
        with _sentence_for_memory(f"{path} does not fit into memory"):
            self._drawer = Drawer(splats)
        return len(splats), _sample(splats)

    def draw(self, camera: Camera) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Draw; colour times alpha and alpha, first row lowest."""
        if self._drawer is None:
            raise InputError("Nothing is open that could be drawn.")
        with _sentence_for_memory("This picture does not fit into memory"):
            drawing = self._drawer.draw(camera, depth=True)
        rgba = np.empty((camera.height, camera.width, 4), np.uint8)
        rgba[..., :3] = drawing.color[::-1] * 255 + 0.5
        rgba[..., 3] = drawing.alpha[::-1] * 255 + 0.5
        return rgba, drawing.depth[::-1]


def _sample(splats: Splats) -> NDArray[np.float32]:
    solid = splats.means[splats.opacities > SOLID]
    if not len(solid):
        solid = splats.means
    return solid[:: max(1, len(solid) // SAMPLE)]


def _one_splat() -> Splats:
    def row(*values: float) -> NDArray[np.float32]:
        return np.array([values], np.float32)

    return Splats(row(0, 0, 1), row(1, 0, 0, 0), row(0.1, 0.1, 0.1), row(0.9)[0], np.zeros((1, 16, 3), np.float32))


@contextmanager
def _sentence_for_memory(what: str) -> Iterator[None]:
    """Turn torch's ways of saying that memory is short into ours."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or any(words in str(error) for words in OUT_OF_MEMORY):
            raise OutOfMemory(f"{what}. Close other programs or make the window smaller.") from error
        raise
