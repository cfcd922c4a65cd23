"""A photograph beside what the geometry shows in its place, ready to be measured or looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.render.draw import BLACK, WHITE, ViewDrawer
from recon.scene import View

COUNTS = 128  # mask values from here on count


@dataclass(frozen=True, eq=False)
class Comparison:
    """One view, photographed and drawn.

    Parameters
    ----------
    photo, render : (H, W, 3) float32
        sRGB in [0, 1]. Where the photograph has transparency both stand on white. Where `mask` is False, `render` is
        the photograph.
    mask : (H, W) bool, optional
        Where the photograph counts; None where it counts everywhere.
    """

    photo: NDArray[np.float32]
    render: NDArray[np.float32]
    mask: NDArray[np.bool_] | None = None

    @property
    def error(self) -> NDArray[np.float32]:
        """(H, W) float32: mean absolute difference of the channels."""
        return np.abs(self.photo - self.render).mean(2)


def compare(drawer: ViewDrawer, view: View, size: tuple[int, int] | None = None) -> Comparison:
    """Read a view's photograph and draw the geometry from its camera.

    Parameters
    ----------
    drawer : ViewDrawer
    view : View
    size : (width, height), optional
        The camera's own size unless given.

    Returns
    -------
    Comparison

    Raises
    ------
    UnreadableFile
        If the photograph cannot be read.
    """
    camera = view.camera if size is None else view.camera.resized(*size)
    photo = view.image.read(camera.width, camera.height).astype(np.float32) / 255
    if view.alpha is not None:
        alpha = view.alpha.read(camera.width, camera.height)[..., None].astype(np.float32) / 255
        photo = photo * alpha + (1 - alpha)
    render = drawer.draw(camera, background=BLACK if view.alpha is None else WHITE, sky=True).color
    if view.mask is None:
        return Comparison(photo, render)
    mask = view.mask.read(camera.width, camera.height) >= COUNTS
    return Comparison(photo, np.where(mask[..., None], render, photo), mask)
