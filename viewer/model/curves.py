"""Curves of runs over their steps: recorded while a run goes on, or read back from its log, and thinned for drawing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.methods.base import Evaluated, Event, Started, Step
from recon.runs.events import as_event, read_records
from recon.runs.folder import EVENTS

Values = NDArray[np.float64]

WAIT = 5.0  # seconds: what lies longer between two steps is a pause or an evaluation, not a slow step
RATES = 200  # how many times along a run its speed is told
NOTHING: Values = np.zeros(0)


@dataclass(frozen=True)
class Quantity:
    """Something that is drawn over steps: its name in `Curves`, its title, its unit."""

    name: str
    title: str
    unit: str = ""


# In the order of drawing; whatever else a method reports follows under its own name.
QUANTITIES = (
    Quantity("loss", "Loss"),
    Quantity("psnr", "Test PSNR", "dB"),
    Quantity("gaussians", "Gaussians"),
    Quantity("speed", "Speed", "it/s"),
    Quantity("memory_mb", "Memory", "MB"),
)
APART = {"time", "ssim"}


@dataclass(frozen=True)
class Mark:
    """A parameter that was changed after a step."""

    step: int
    text: str


class Curve:
    """Pairs of step and value in order of steps, in a buffer that grows by doubling."""

    def __init__(self) -> None:
        self._buffer = np.empty((2, 64))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def steps(self) -> Values:
        """(N,) steps."""
        return self._buffer[0, : self._count]

    @property
    def values(self) -> Values:
        """(N,) values."""
        return self._buffer[1, : self._count]

    def append(self, step: int, value: float) -> None:
        """Add a value; what was told of this and later steps is forgotten."""
        if self._count and step <= self._buffer[0, self._count - 1]:
            self.cut(step - 1)
        if self._count == self._buffer.shape[1]:
            self._buffer = np.concatenate([self._buffer, np.empty_like(self._buffer)], axis=1)
        self._buffer[:, self._count] = step, value
        self._count += 1

    def cut(self, last: int) -> None:
        """Forget everything after a step."""
        self._count = int(np.searchsorted(self.steps, last, side="right"))


class Curves:
    """All curves of one run.

    Attributes
    ----------
    series : dict of str to Curve
        "loss", "time" (seconds since 1970), "psnr", "ssim" and whatever else the method's steps report.
    marks : list of Mark
    """

    def __init__(self) -> None:
        self.series: dict[str, Curve] = {}
        self.marks: list[Mark] = []

    def take(self, event: Event, when: float) -> None:
        """Take in one event. A resumed run tells steps again: what is told last counts."""
        match event:
            case Started():
                for curve in self.series.values():
                    curve.cut(event.first_step)
            case Step():
                for name, value in {"loss": event.loss, "time": when, **event.values}.items():
                    self._append(name, event.step, value)
            case Evaluated():
                self._append("psnr", event.step, event.psnr)
                self._append("ssim", event.step, event.ssim)

    def mark(self, step: int, name: str, value: Any) -> None:
        """Note that a parameter was changed after a step."""
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        self.marks.append(Mark(step, f"{name} = {shown}"))

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What can be drawn, the usual ones first."""
        known = {quantity.name for quantity in QUANTITIES}
        there = set(self.series) | ({"speed"} if "time" in self.series else set())
        others = sorted(there - known - APART)
        usual = (quantity for quantity in QUANTITIES if quantity.name in there)
        return (*usual, *(Quantity(name, name.replace("_", " ").capitalize()) for name in others))

    def points(self, name: str) -> tuple[Values, Values]:
        """(N,) steps and (N,) values of a quantity, all of them; empty where there are none."""
        if name == "speed":
            return speed(*self.points("time"))
        curve = self.series.get(name)
        return (curve.steps, curve.values) if curve else (NOTHING, NOTHING)

    def last(self, name: str, step: float = math.inf) -> float | None:
        """The value at a step, or the last one before it."""
        steps, values = self.points(name)
        index = int(np.searchsorted(steps, step, side="right")) - 1
        return float(values[index]) if index >= 0 else None

    def _append(self, name: str, step: int, value: float | None) -> None:
        curve = self.series.setdefault(name, Curve())
        curve.append(step, math.nan if value is None else value)  # the log has no word for NaN


def read_curves(run: Path) -> Curves:
    """Read the curves of a run folder back from its events.jsonl; lines that tell nothing are passed over."""
    return curves_of(read_records(run / EVENTS))


def curves_of(records: Iterable[Mapping[str, Any]]) -> Curves:
    """The curves that lines of events.jsonl tell."""
    curves = Curves()
    for record in records:
        try:
            if record["type"] == "set":
                curves.mark(int(record["step"]), record["name"], record["value"])
            elif event := as_event(dict(record)):
                curves.take(event, float(record["time"]))
        except (KeyError, TypeError, ValueError):
            continue
    return curves


def speed(steps: Values, times: Values) -> tuple[Values, Values]:
    """Steps per second along a run, told about 200 times; pauses are left out.

    Parameters
    ----------
    steps, times : (N,) float64

    Returns
    -------
    tuple of (M,) float64
        Steps, and steps per second up to there.
    """
    if len(steps) < 2:
        return NOTHING, NOTHING
    chunks = min(RATES, len(steps) - 1)
    edges = np.linspace(0, len(steps) - 1, chunks + 1).astype(int)
    seconds = np.concatenate([[0.0], np.cumsum(working_seconds(times))])[edges]
    taken, done = np.diff(seconds), np.diff(steps[edges])
    told = taken > 0
    return steps[edges[1:]][told], done[told] / taken[told]


def working_seconds(times: Values) -> Values:
    """(N-1,) seconds between (N,) times; where that is much longer than usual nothing was worked at, and it is 0."""
    seconds = np.diff(times)
    usual = float(np.median(seconds)) if len(seconds) else 0.0
    return np.where((seconds < 0) | (seconds > max(WAIT, 10 * usual)), 0.0, seconds)


def smoothed(values: Values, window: int) -> Values:
    """(N,) means over `window` neighbours, fewer at the ends; what is not finite is left out of the mean."""
    window = min(window, len(values))
    if window < 2:
        return values
    finite = np.isfinite(values)
    sums = np.concatenate([[0.0], np.cumsum(np.where(finite, values, 0.0))])
    counts = np.concatenate([[0], np.cumsum(finite)])
    center = np.arange(len(values))
    first = np.maximum(center - window // 2, 0)
    last = np.minimum(center + window - window // 2, len(values))
    count = counts[last] - counts[first]
    return np.where(count > 0, (sums[last] - sums[first]) / np.maximum(count, 1), np.nan)


def thinned(steps: Values, values: Values, most: int) -> tuple[Values, Values]:
    """At most about `most` points that draw the same picture: of each bin the lowest and the highest, and the last."""
    size = math.ceil(2 * len(steps) / most)
    if size < 3:
        return steps, values
    whole = len(steps) // size * size
    bins = np.nan_to_num(values[:whole], nan=0.0).reshape(-1, size)
    offsets = np.arange(0, whole, size)
    chosen = np.unique(np.concatenate([offsets + bins.argmin(1), offsets + bins.argmax(1), [len(steps) - 1]]))
    return steps[chosen], values[chosen]
