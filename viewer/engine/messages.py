"""What the window and the engine say to each other. Pictures never travel here: they lie in shared memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.scene import Camera


@dataclass(frozen=True)
class Open:
    """Read a splat file and keep it ready to draw."""

    path: str


@dataclass(frozen=True, eq=False)
class Draw:
    """Draw what is open.

    Parameters
    ----------
    camera : Camera
        Its size is the picture's.
    memory : str
        Name of the shared memory to write to.
    slot : {0, 1}
        Which of its two halves.
    """

    camera: Camera
    memory: str
    slot: int


@dataclass(frozen=True)
class Close:
    """End the engine."""


Command = Open | Draw | Close


@dataclass(frozen=True)
class Ready:
    """The renderer is loaded and warm. `device` says in words what draws."""

    device: str


@dataclass(frozen=True, eq=False)
class Opened:
    """A splat file is open.

    Parameters
    ----------
    path : str
    count : int
        Number of splats.
    sample : (N, 3) float32
        Centres of some of the solid ones, world coordinates.
    """

    path: str
    count: int
    sample: NDArray[np.float32]


@dataclass(frozen=True)
class Drawn:
    """The picture asked for lies in its slot; `seconds` is how long drawing took."""

    seconds: float


@dataclass(frozen=True)
class Refused:
    """A command could not be carried out, and nothing has changed.

    Parameters
    ----------
    message : str
        The sentence to show.
    drawing : bool
        Whether the command was `Draw`.
    """

    message: str
    drawing: bool


Reply = Ready | Opened | Drawn | Refused
