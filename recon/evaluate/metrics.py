"""PSNR, SSIM and LPIPS of held-out views, and the protocol they were measured by."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.evaluate.comparison import Comparison, compare
from recon.evaluate.lpips import Lpips
from recon.evaluate.similarity import ssim
from recon.render.draw import Drawer, ViewDrawer
from recon.render.draw_mesh import drawer_of
from recon.scene import Geometry, View

HIGHEST_PSNR = 100.0  # a perfect view must not make the mean infinite, which JSON cannot say either


@dataclass(frozen=True)
class ViewMetrics:
    """The numbers of one view: PSNR in decibels, SSIM, and LPIPS where weights were given."""

    name: str
    psnr: float
    ssim: float
    lpips: float | None = None


@dataclass(frozen=True)
class Metrics:
    """The numbers of several views, and how they were made.

    Parameters
    ----------
    views : tuple of ViewMetrics
    protocol : mapping
        Every choice that a number depends on, JSON-compatible.
    """

    views: tuple[ViewMetrics, ...]
    protocol: Mapping[str, Any]

    def mean(self, name: str) -> float | None:
        """Mean over views of "psnr", "ssim" or "lpips"; None where there is none."""
        values = [getattr(view, name) for view in self.views]
        return None if not values or None in values else math.fsum(values) / len(values)

    def to_json(self) -> dict[str, Any]:
        """As metrics.json has it: {"protocol", "mean": {"psnr", "ssim"}, "views": [{"name", "psnr", "ssim"}]}.

        "lpips" stands beside "ssim" where it was measured.
        """
        names = ["psnr", "ssim"] + (["lpips"] if self.protocol["lpips"] else [])
        return {
            "protocol": dict(self.protocol),
            "mean": {name: self.mean(name) for name in names},
            "views": [{"name": view.name} | {name: getattr(view, name) for name in names} for view in self.views],
        }


def psnr(image: ArrayLike, reference: ArrayLike, mask: NDArray[np.bool_] | None = None) -> float:
    """Peak signal-to-noise ratio: -10 log10 of the mean squared error over pixels and channels.

    Parameters
    ----------
    image, reference : (H, W, 3) array
        Clamped to [0, 1] first.
    mask : (H, W) bool, optional
        Pixels that count.

    Returns
    -------
    float
        Decibels; infinite where the images are equal.

    Raises
    ------
    ValueError
        If shapes differ, or no pixel counts.
    """
    first, second = np.asarray(image, np.float32), np.asarray(reference, np.float32)
    if first.shape != second.shape:
        raise ValueError(f"psnr needs two images of one shape, got {first.shape} and {second.shape}")
    difference = np.clip(first, 0, 1) - np.clip(second, 0, 1)
    if mask is not None:
        difference = difference[mask]
    if difference.size == 0:
        raise ValueError("psnr needs at least one pixel that counts")
    error = float(np.square(difference).mean(dtype=np.float64))
    return math.inf if error == 0 else -10 * math.log10(error)


def measure(
    geometry: Geometry,
    views: Sequence[View],
    *,
    device: str = "auto",
    lpips_weights: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Metrics:
    """Draw geometry into views and measure how close it comes to their photographs.

    Views are drawn at their cameras' size, one at a time. A view whose mask leaves no pixel is left out.

    Parameters
    ----------
    geometry : Splats, Mesh or Blocks
        A mesh is drawn in its own colours, unlit.
    views : sequence of View
        Those held out, where the numbers are to mean anything.
    device : {"auto", "cpu", "cuda"}
        Where to draw.
    lpips_weights : path, optional
        Weights for LPIPS, see `Lpips.load`; without them it is left out.
    progress : callable, optional
        Called with the number of views done and their total.

    Returns
    -------
    Metrics

    Raises
    ------
    UnreadableFile
        If a photograph or the weights cannot be read.
    DeviceUnavailable
        If the device does not exist.
    """
    return measure_drawn(drawer_of(geometry, device), views, lpips_weights, progress)


def measure_drawn(
    drawer: ViewDrawer,
    views: Sequence[View],
    lpips_weights: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Metrics:
    """`measure` with what a drawer draws, such as a method's own."""
    lpips = None if lpips_weights is None else Lpips.load(Path(lpips_weights), drawer.device)
    measured = []
    for done, view in enumerate(views, start=1):
        comparison = compare(drawer, view)
        if comparison.mask is None or comparison.mask.any():
            measured.append(measure_view(view.name, comparison, lpips))
        if progress is not None:
            progress(done, len(views))
    return Metrics(tuple(measured), _protocol(drawer, views, lpips))


def measure_view(name: str, comparison: Comparison, lpips: Lpips | None = None) -> ViewMetrics:
    """The numbers of one comparison that has at least one pixel that counts."""
    import torch

    render, photo = (torch.from_numpy(np.ascontiguousarray(image)) for image in (comparison.render, comparison.photo))
    return ViewMetrics(
        name=name,
        psnr=min(psnr(comparison.render, comparison.photo, comparison.mask), HIGHEST_PSNR),
        ssim=float(ssim(render, photo)),
        lpips=None if lpips is None else lpips.distance(render, photo),
    )


def _protocol(drawer: ViewDrawer, views: Sequence[View], lpips: Lpips | None) -> dict[str, Any]:
    on_white, masked = (any(band is not None for band in bands) for bands in _bands(views))
    return {
        "split": "views sorted by name, every 8th held out from the first on, unless the capture states its own",
        "views": "+".join(sorted({view.split for view in views})),
        "resolution": _resolution(views),
        "photographs": "8 bits, undistorted, area-filtered to the size of their cameras",
        "renders": "clamped to [0, 1], not rounded to 8 bits, no colour correction",
        "background": "photographs with transparency and their renders on white" if on_white else "black",
        "masks": "masked pixels left out of PSNR, set equal in SSIM and LPIPS" if masked else None,
        "psnr": f"from the mean squared error of each view, at most {HIGHEST_PSNR:g} dB, then averaged",
        "ssim": "Gaussian window 11x11, sigma 1.5, zero padding, data range 1, mean of RGB (as in 3DGS)",
        "lpips": None if lpips is None else lpips.describe(),
        "antialiased": drawer.geometry.antialiased if isinstance(drawer, Drawer) else drawer.sampling,
        "device": drawer.device,
    }


def _bands(views: Sequence[View]) -> tuple[list[Any], list[Any]]:
    return [view.alpha for view in views], [view.mask for view in views]


def _resolution(views: Sequence[View]) -> str:
    sizes = sorted({(view.camera.width, view.camera.height) for view in views})
    return " to ".join(f"{width}x{height}" for width, height in dict.fromkeys([*sizes[:1], *sizes[-1:]]))
