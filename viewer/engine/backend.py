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
    from recon.render import Gaussians

SAMPLE = 4000
SOLID = 0.3  # opacity from which a splat counts as part of what there is to see


class SplatBackend:
    """Draws splats with `recon.render`, on the GPU where there is one that works."""

    def __init__(self) -> None:
        self._gaussians: Gaussians | None = None
        self._antialiased = False
        self._device = "cpu"

    def prepare(self) -> str:
        """Load torch and compile the kernels by drawing one splat."""
        import torch

        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._hold(_one_splat())
        self.draw(Camera(32, 32, 32, 32, 16, 16))
        self._gaussians = None
        if self._device == "cuda":
            return torch.cuda.get_device_name()
        threads = torch.get_num_threads()
        return f"CPU, {threads} thread{'s' if threads > 1 else ''}"

    def open(self, path: str) -> tuple[int, NDArray[np.float32]]:
        """Read a splat file."""
        splats = read_splats(path)
        with _sentence_for_memory(f"{path} does not fit into memory"):
            self._hold(splats)
        return len(splats), _sample(splats)

    def draw(self, camera: Camera) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Draw; straight alpha, first row lowest."""
        import torch

        from recon.render import Cameras, Options, rasterize

        if self._gaussians is None:
            raise InputError("Nothing is open that could be drawn.")
        options = Options(depth=True, antialiased=self._antialiased)
        with _sentence_for_memory("This picture does not fit into memory"), torch.inference_mode():
            drawn = rasterize(self._gaussians, Cameras.of([camera], self._device), options)
            alpha = drawn.alpha[0, ..., None]
            straight = torch.cat([drawn.features[0] / alpha.clamp_min(1e-6), alpha], dim=-1)
            rgba = (straight.clamp(0, 1) * 255 + 0.5).to(torch.uint8)
            # The median stays on one surface where the expected depth lies between two.
            depth = torch.where(drawn.median_depth[0] > 0, drawn.median_depth[0], drawn.depth[0])
            return rgba.flip(0).cpu().numpy(), depth.flip(0).cpu().numpy()

    def _hold(self, splats: Splats) -> None:
        from recon.render import Gaussians

        self._gaussians = Gaussians.from_splats(splats, self._device)
        self._antialiased = splats.antialiased


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
        if isinstance(error, MemoryError) or "memory" in str(error):
            raise OutOfMemory(f"{what}. Close other programs or make the window smaller.") from error
        raise
