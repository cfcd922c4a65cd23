"""What the window and the engine say to each other. Pictures never travel here: they lie in shared memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recon.editing import ORIGIN, AnyOperation, Histogram, Triple
from recon.methods.base import Command as RunCommand
from recon.methods.base import Event
from recon.runs import Job
from recon.scene import Camera, View
from viewer.model import Score

Mode = Literal["color", "depth", "normals", "alpha", "ellipsoids", "centers", "error"]
Kind = Literal["splats", "mesh"]


@dataclass(frozen=True, eq=False)
class Shot:
    """One picture to draw.

    Parameters
    ----------
    key : str
        What to draw, as it was opened.
    camera : Camera
        Without lens distortion; its size is the picture's.
    mode : str
        "error" shows how far colours are from the photograph of `view`.
    view : View, optional
        Needed by "error" alone.
    """

    key: str
    camera: Camera
    mode: Mode = "color"
    view: View | None = None


@dataclass(frozen=True)
class Open:
    """Read a file and keep its geometry ready under a key."""

    key: str
    path: str


@dataclass(frozen=True)
class Forget:
    """Let a geometry go."""

    key: str


@dataclass(frozen=True)
class Use:
    """Put pictures into this shared memory from now on; both of its slots are free."""

    memory: str


@dataclass(frozen=True, eq=False)
class Draw:
    """Draw a shot for a pane, in the place of what that pane has asked for and not got yet."""

    pane: str
    shot: Shot


@dataclass(frozen=True)
class Taken:
    """A picture has been copied out, so its slot is free again."""

    memory: str
    slot: int


@dataclass(frozen=True)
class Leave:
    """A pane shows nothing of this engine any more."""

    pane: str


@dataclass(frozen=True, eq=False)
class Edit:
    """Show a geometry as these operations leave it; all of them, not only the new ones."""

    key: str
    operations: tuple[AnyOperation, ...]


@dataclass(frozen=True, eq=False)
class Measure:
    """Compare a geometry with photographs."""

    key: str
    views: tuple[View, ...]


@dataclass(frozen=True)
class Reconstruct:
    """Make a run, and drive it."""

    job: Job


@dataclass(frozen=True)
class Continue:
    """Drive the rest of a run."""

    path: Path


@dataclass(frozen=True)
class Tell:
    """Pass a command on to the run."""

    command: RunCommand


@dataclass(frozen=True)
class Close:
    """End the engine; a run is saved first."""


Command = Use | Taken | Leave | Open | Forget | Draw | Edit | Measure | Reconstruct | Continue | Tell | Close


@dataclass(frozen=True)
class Ready:
    """The renderer is loaded and warm. `device` says in words what draws."""

    device: str


@dataclass(frozen=True, eq=False)
class Opened:
    """A geometry is open.

    Parameters
    ----------
    key : str
    kind : {"splats", "mesh"}
        A mesh is drawn by the window itself.
    count : int
        Number of splats, or of faces.
    sample : (N, 3) float32
        Some of the points there are to see, world coordinates.
    bounds : (2, 3) float32
        Lower and upper corner of what there is to see, without the farthest one in a hundred.
    colored : bool
        Whether it has colours that can be compared with photographs; a mesh may have none.
    """

    key: str
    kind: Kind
    count: int
    sample: NDArray[np.float32]
    bounds: NDArray[np.float32]
    colored: bool = True


@dataclass(frozen=True, eq=False)
class Drawn:
    """A pane's picture lies in a slot.

    Parameters
    ----------
    pane : str
    shot : Shot
        As it was asked for, but for its view.
    memory : str
    slot : {0, 1}
    seconds : float
        How long drawing took.
    """

    pane: str
    shot: Shot
    memory: str
    slot: int
    seconds: float


@dataclass(frozen=True)
class Refused:
    """A command could not be carried out, and nothing has changed.

    Parameters
    ----------
    key : str, optional
        The geometry it was about.
    message : str
        The sentence to show.
    """

    key: str | None
    message: str


@dataclass(frozen=True)
class Edited:
    """A geometry is shown edited; what is told of it is told as `recon.editing.Summary` does.

    Blocks tell besides which splats they carry, by their path, or why those cannot be carried that are wanted.
    """

    key: str
    count: int
    selected: int
    hidden: int
    center: Triple = ORIGIN
    size: Triple = ORIGIN
    histograms: Mapping[str, Histogram] = field(default_factory=dict)
    carries: str = ""
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Measured:
    """Some views of a geometry have been measured, by name, as metrics.json does it."""

    key: str
    scores: Mapping[str, Score]


@dataclass(frozen=True)
class RunStarted:
    """There is a run folder, at this absolute path, and work on it begins; the path as text is the run's key."""

    path: Path


@dataclass(frozen=True)
class Happened:
    """What the run tells. Of steps that come too fast only the newest is passed on."""

    event: Event


@dataclass(frozen=True)
class RunEnded:
    """The run has ended, or could not begin: `message` is the sentence to show, empty where all went well."""

    message: str


Reply = Ready | Opened | Drawn | Refused | Edited | Measured | RunStarted | Happened | RunEnded
