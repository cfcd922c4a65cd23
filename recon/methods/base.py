"""What a method is: a config, a generator of events, and a live object that can be saved, shown and tuned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray

from recon.scene import Blocks, Capture, Mesh, Splats

Geometry = Splats | Blocks


@dataclass(frozen=True)
class Started:
    """The first event: what will run, and how long it is in steps."""

    method: str
    total_steps: int
    first_step: int = 0


@dataclass(frozen=True)
class Stage:
    """A named part of the work begins, or goes on: `fraction` in [0, 1] where it can be told."""

    name: str
    fraction: float | None = None


@dataclass(frozen=True)
class Step:
    """One optimisation step is done. `values` are named curves, such as gaussians or psnr."""

    step: int
    loss: float
    values: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Evaluated:
    """Test views were measured during the run, in full, by `recon.evaluate`."""

    step: int
    psnr: float
    ssim: float


@dataclass(frozen=True)
class Warned:
    """Something a person should know; the run goes on."""

    message: str


@dataclass(frozen=True)
class Saved:
    """A checkpoint is on disk; a run killed from here on loses nothing before `step`."""

    step: int


@dataclass(frozen=True)
class Finished:
    """The result and its metrics are on disk."""

    step: int
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """The run ended by an error; `message` is the sentence to show."""

    message: str


@dataclass(frozen=True)
class Cancelled:
    """The run was given up; nothing after the last checkpoint is kept."""

    step: int


Event = Started | Stage | Step | Evaluated | Warned | Saved | Finished | Failed | Cancelled


@dataclass(frozen=True)
class Pause:
    """Hold still until `Resume`."""


@dataclass(frozen=True)
class Resume:
    """Go on after `Pause`."""


@dataclass(frozen=True)
class Stop:
    """End now and keep what there is as the result."""


@dataclass(frozen=True)
class Cancel:
    """End now; the last checkpoint stays, no result is made."""


@dataclass(frozen=True)
class Save:
    """Write a checkpoint now."""


@dataclass(frozen=True)
class Set:
    """Change a parameter that may change while running."""

    name: str
    value: Any


Command = Pause | Resume | Stop | Cancel | Save | Set


@dataclass(frozen=True, eq=False)
class State:
    """Everything needed to go on exactly where a method was: arrays by name, and JSON-compatible values."""

    arrays: dict[str, NDArray[Any]]
    values: dict[str, Any]


class Live(Protocol):
    """A running method, seen between two events. Only the thread that pulls the events may call it."""

    def state(self) -> State:
        """Copy the state out; a method started with it as `Context.resume` goes on bit for bit."""
        ...

    def geometry(self) -> Geometry:
        """The result as it is now, in the capture's frame."""
        ...

    def set(self, name: str, value: Any) -> None:
        """Change one live parameter from the next step on."""
        ...


@dataclass(frozen=True, eq=False)
class Edit:
    """A result as a person has left it, for a run to go on from.

    Parameters
    ----------
    geometry : Splats or Blocks
        In the capture's frame.
    fixed : tuple of bool
        Of each of its parts, whether it must stay as it is, to the bit.
    changed : tuple of bool
        Of each, whether it is another than the run before had made.
    state : State
        Of the run before, at its end.
    """

    geometry: Geometry
    fixed: tuple[bool, ...]
    changed: tuple[bool, ...]
    state: State


@dataclass
class Context:
    """What a method is given besides its capture and config.

    Parameters
    ----------
    seed : int
    device : {"cpu", "cuda"}
        Already resolved, never "auto".
    cache : Path
        A folder for data derived from the capture (seed points, undistorted images); may be shared by runs.
    resume : State, optional
        Where to go on; None starts anew.
    edit : Edit, optional
        What the run began from, given to methods that can go on so; with `resume`, too.
    live : Live, optional
        Set by the method before its first `Step`; what checkpoints, viewers and live tuning talk to.
    result : Mesh, optional
        Set by a method that makes a mesh of what it fitted, after its last `Step`: then this is the run's result, and
        the live object's geometry is kept beside it.
    """

    seed: int
    device: str
    cache: Path
    resume: State | None = None
    edit: Edit | None = None
    live: Live | None = None
    result: Mesh | None = None


@dataclass(frozen=True)
class Forecast:
    """What a run is expected to need at its peak.

    Parameters
    ----------
    host_bytes, device_bytes : int
    """

    host_bytes: int
    device_bytes: int = 0


@dataclass(frozen=True)
class Method:
    """A way to turn a capture into geometry.

    Parameters
    ----------
    name : str
        The word used on the command line and in run.json.
    title, summary : str
        For menus and help.
    config : type
        Frozen dataclass whose fields are declared with `recon.methods.parameters.parameter`.
    presets : mapping of str to config
        At least quick, standard and best; counted in steps, never in seconds.
    run : callable
        (capture, config, context) -> iterator of events from `Started` to the last `Step`; the driver adds
        `Saved` and `Finished`.
    forecast : callable
        (capture, config, device) -> Forecast. Must not import torch.
    lighten : callable
        (capture, config) -> (config, notice) with one notch less memory, or None when nothing is left to give.
    going_on : mapping of str to value, optional
        The parameters of a run that goes on from an edited result, where they differ from those of the run that made
        it; None of a method that cannot.
    drawer : callable, optional
        (state, config, device) -> what draws the result as the method itself does, like `recon.render.draw.Drawer`, or
        None where the state has nothing to draw yet. Test views are measured by it; without one, by drawing the result.
    """

    name: str
    title: str
    summary: str
    config: type
    presets: Mapping[str, Any]
    run: Callable[[Capture, Any, Context], Iterator[Event]]
    forecast: Callable[[Capture, Any, str], Forecast]
    lighten: Callable[[Capture, Any], tuple[Any, str] | None]
    going_on: Mapping[str, Any] | None = None
    drawer: Callable[[State, Any, str], Any] | None = None
