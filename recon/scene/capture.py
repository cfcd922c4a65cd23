"""Captures: photographs with cameras, the points seen in them, and what is held out for testing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from recon.scene.camera import Camera

Split = Literal["train", "test"]
TEST_EVERY = 8


class Pixels(Protocol):
    """Pixels that are read when they are needed, and can be read again."""

    def read(self, width: int, height: int) -> NDArray[np.uint8]:
        """Read at a size, area-filtered.

        Returns
        -------
        (height, width, 3) uint8 for colour, (height, width) uint8 for a mask or alpha.
        """
        ...


class DepthMap(Protocol):
    """A depth image that is read when it is needed."""

    def read(self, width: int, height: int) -> NDArray[np.float32]:
        """Read at a size: (height, width) float32, z in world units, 0 where unknown."""
        ...


@dataclass(frozen=True, eq=False)
class View:
    """One photograph and the camera that took it.

    Parameters
    ----------
    name : str
        Unique in its capture; a relative path with forward slashes.
    camera : Camera
        Always without distortion once a capture is loaded; its size is the size to work at.
    image : Pixels
        sRGB colour. Where `alpha` is given, the colour is straight (not premultiplied).
    alpha : Pixels, optional
        Coverage of the subject: 255 where the photo shows it, 0 where any background may stand.
    mask : Pixels, optional
        255 where the photo counts, 0 where it is to be ignored.
    depth : DepthMap, optional
    split : {"train", "test"}
    """

    name: str
    camera: Camera
    image: Pixels
    alpha: Pixels | None = None
    mask: Pixels | None = None
    depth: DepthMap | None = None
    split: Split = "train"


@dataclass(frozen=True, eq=False)
class Points:
    """Sparse scene points.

    Parameters
    ----------
    positions : (N, 3) float32
        World coordinates.
    colors : (N, 3) float32
        sRGB in [0, 1].
    """

    positions: NDArray[np.float32]
    colors: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.positions.ndim != 2 or self.positions.shape[1] != 3 or self.colors.shape != self.positions.shape:
            raise ValueError(
                f"points need positions and colors of shape (N, 3), got {self.positions.shape} and {self.colors.shape}"
            )

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(frozen=True, eq=False)
class Capture:
    """A set of views of one scene.

    Parameters
    ----------
    name : str
    views : tuple of View
        Sorted by name.
    points : Points, optional
        What structure from motion saw; absent where the source brings none.
    warnings : tuple of str
        What a person should know about how it was read.
    source : str
        The path it came from.
    keeps_split : bool
        Whether the source states which views are held out; else it is every 8th by name.
    """

    name: str
    views: tuple[View, ...]
    points: Points | None = None
    warnings: tuple[str, ...] = ()
    source: str = ""
    keeps_split: bool = False

    def __post_init__(self) -> None:
        names = [view.name for view in self.views]
        if len(set(names)) != len(names):
            raise ValueError("view names must be unique within a capture")

    @property
    def train(self) -> tuple[View, ...]:
        """Views that may be learned from."""
        return tuple(view for view in self.views if view.split == "train")

    @property
    def test(self) -> tuple[View, ...]:
        """Views that are held out, by name order."""
        return tuple(view for view in self.views if view.split == "test")

    def without(self, names: Collection[str]) -> Capture:
        """The same capture without some views, split as if they had never been there."""
        kept = tuple(view for view in self.views if view.name not in names)
        return replace(self, views=kept if self.keeps_split else hold_out(kept))


def hold_out(views: Iterable[View], every: int = TEST_EVERY) -> tuple[View, ...]:
    """Sort views by name and hold out every n-th for testing, starting with the first.

    The protocol of the field (Mip-NeRF 360, 3DGS): index % 8 == 0 of the sorted names is a test view. A capture of
    fewer than three views keeps them all for training.
    """
    ordered = sorted(views, key=lambda view: view.name)
    if len(ordered) < 3:
        return tuple(replace(view, split="train") for view in ordered)
    return tuple(replace(view, split="test" if i % every == 0 else "train") for i, view in enumerate(ordered))
