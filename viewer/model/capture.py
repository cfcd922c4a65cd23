"""The capture that is open: its photographs, which of them are used, which way is up and how large things are."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from psygnal import SignalGroupDescriptor

from recon.io import Box
from recon.runs import CaptureSource
from recon.scene import Alignment, Capture, View
from recon.scene.similarity import UP_AXES, Triple, measured_scale, plane_normal
from viewer.model.capture_notes import CaptureNotes, CaptureStore
from viewer.model.framing import up_direction

ViewState = Literal["train", "test", "disabled"]
Only = Literal["all", "train", "test", "disabled"]
Tool = Literal["ground", "length"]

POINTS_WANTED: dict[Tool, int] = {"ground": 3, "length": 2}
# SfM leaves stray points far off; a box of them all would say nothing.
BOX_PERCENTILES = (1, 99)


@dataclass(eq=False)
class CaptureModel:
    """The capture that is open. Assigning a field announces it through `events`; use the methods to change it.

    Parameters
    ----------
    store : CaptureStore, optional
        Where notes on captures are kept.
    capture : Capture, optional
        As it was read, with all its photographs.
    source : CaptureSource, optional
        How it was read, nothing left out.
    disabled : frozenset of str
        Names of photographs that are kept out of training and testing.
    alignment : Alignment
        Up, scale and unit: the one similarity of the project.
    notices : tuple of str
        What a person should know besides the capture's own warnings.
    text, only
        The filter: part of a name, and the state a photograph must have.
    tool : {"ground", "length"}, optional
        What points in the viewport are being picked for.
    picked : tuple of (3,) tuples
        World points picked so far.
    message : str
        Why the last change could not be made; empty where it could.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    store: CaptureStore | None = None
    capture: Capture | None = None
    source: CaptureSource | None = None
    disabled: frozenset[str] = frozenset()
    alignment: Alignment = field(default_factory=Alignment)
    notices: tuple[str, ...] = ()
    text: str = ""
    only: Only = "all"
    tool: Tool | None = None
    picked: tuple[Triple, ...] = ()
    message: str = ""
    _used: Capture | None = None

    def show(
        self, capture: Capture | None, source: CaptureSource | None = None, left_out: Collection[str] = ()
    ) -> None:
        """Open a capture, with what was noted of it.

        Parameters
        ----------
        capture : Capture, optional
            None closes the one that is open.
        source : CaptureSource, optional
            How it was read.
        left_out : collection of str
            Photographs that are disabled where nothing has been noted.
        """
        notes, notice = self.store.read(capture) if self.store and capture else (None, "")
        notes = notes or CaptureNotes(frozenset(left_out))
        self.disabled, self._used = frozenset(), capture
        self.tool, self.picked, self.message, self.text, self.only = None, (), "", "", "all"
        self.alignment = notes.alignment
        self.notices = (notice,) if notice else ()
        self.source = replace(source, exclude=()) if source else None
        self.capture = capture
        self._disable(notes.disabled)

    @property
    def views(self) -> tuple[View, ...]:
        """All photographs, by name."""
        return self.capture.views if self.capture else ()

    @property
    def used(self) -> Capture | None:
        """The capture as a run would see it: without the disabled photographs, split anew."""
        return self._used

    @property
    def exclude(self) -> tuple[str, ...]:
        """What a job must exclude, as patterns that mean these names and no others."""
        return tuple(glob.escape(name) for name in sorted(self.disabled))

    @property
    def job_source(self) -> CaptureSource | None:
        """How a job should read the capture."""
        return replace(self.source, exclude=self.exclude) if self.source else None

    def state_of(self, name: str) -> ViewState:
        """Whether a photograph is trained on, held out for testing, or disabled."""
        return self.states.get(name, "disabled")

    @property
    def states(self) -> dict[str, ViewState]:
        """The state of every photograph, by name."""
        used: dict[str, ViewState] = {view.name: view.split for view in self._used.views} if self._used else {}
        return {view.name: used.get(view.name, "disabled") for view in self.views}

    @property
    def shown(self) -> tuple[View, ...]:
        """The photographs that pass the filter."""
        text, states = self.text.strip().lower(), self.states
        return tuple(
            view
            for view in self.views
            if text in view.name.lower() and (self.only == "all" or states[view.name] == self.only)
        )

    def set_enabled(self, names: Collection[str], enabled: bool) -> None:
        """Use photographs, or keep them out of training and testing; at least two must remain."""
        disabled = self.disabled - set(names) if enabled else self.disabled | set(names)
        if len(self.views) - len(disabled) < min(2, len(self.views)):
            self.message = "At least two photographs must remain. Enable others first."
            return
        self._disable(disabled)
        self._note()

    def enable_all(self) -> None:
        """Use every photograph."""
        self.set_enabled(self.disabled, True)

    def _disable(self, names: frozenset[str]) -> None:
        self._used = self.capture.without(names) if self.capture and names else self.capture
        self.message = ""
        self.disabled = names

    @property
    def up(self) -> Triple:
        """Which way is up, a unit vector in world coordinates: as was said, else as the cameras suggest."""
        return self.alignment.up or up_direction(self.views)

    def guess_up(self) -> None:
        """Take for up what the cameras suggest."""
        self._align(replace(self.alignment, up=None))

    def choose_up(self, axis: str) -> None:
        """Take a world axis for up: one of `UP_AXES`."""
        self._align(replace(self.alignment, up=UP_AXES[axis]))

    def level_by(self, name: str) -> None:
        """Take for up what is up in a photograph whose camera was held level."""
        camera = next(view.camera for view in self.views if view.name == name)
        x, y, z = (-camera.world_from_camera[:3, 1]).tolist()
        self._align(replace(self.alignment, up=(x, y, z)))

    def pick_ground(self) -> None:
        """Begin to pick three points of the ground."""
        self._pick("ground")

    def pick_length(self) -> None:
        """Begin to pick two points whose distance is known."""
        self._pick("length")

    def stop_picking(self) -> None:
        """Pick no more; what was picked is forgotten."""
        self._pick(None)

    def take_back_point(self) -> None:
        """Forget the last point picked."""
        self.picked = self.picked[:-1]

    def add_measured_point(self, point: ArrayLike) -> None:
        """Take a world point for the tool at work. The third on the ground sets up; a third of a length begins anew."""
        if self.tool is None:
            return
        x, y, z = np.asarray(point, np.float64).tolist()
        self.message = ""
        self.picked = (*(self.picked if self.points_missing else ()), (x, y, z))
        if self.tool == "ground" and not self.points_missing:
            self._lay_ground()

    @property
    def points_missing(self) -> int:
        """How many points are still to be picked."""
        return POINTS_WANTED[self.tool] - len(self.picked) if self.tool else 0

    @property
    def distance(self) -> float | None:
        """Between the two points picked for a length, world units."""
        if self.tool != "length" or self.points_missing:
            return None
        first, second = self.picked
        return float(np.linalg.norm(np.subtract(second, first)))

    def set_length(self, length: float, unit: str) -> None:
        """Say how long the distance between the two picked points is."""
        if self.distance is None:
            self.message = "Pick two points first: the ends of something whose length you know."
            return
        first, second = self.picked
        try:
            alignment = replace(self.alignment, scale=measured_scale(first, second, length), unit=unit)
        except ValueError as error:
            self.message = str(error)
            return
        self._align(alignment)
        self.stop_picking()

    def forget_scale(self) -> None:
        """Measure in the capture's own units again."""
        self._align(replace(self.alignment, scale=None))

    def _pick(self, tool: Tool | None) -> None:
        self.picked, self.message = (), ""
        self.tool = tool

    def _lay_ground(self) -> None:
        centers = [view.camera.center for view in self.views]
        # Cameras stand above the ground.
        above = np.mean(centers, axis=0) - np.mean(self.picked, axis=0) if centers else self.up
        try:
            up = plane_normal(self.picked, above)
        except ValueError as error:
            self.picked = ()
            self.message = str(error)
            return
        self._align(replace(self.alignment, up=up))
        self.stop_picking()

    def _align(self, alignment: Alignment) -> None:
        self.message = ""
        self.alignment = alignment
        self._note()

    def _note(self) -> None:
        if self.store and self.capture:
            self.store.save(self.capture, CaptureNotes(self.disabled, self.alignment))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know, most pressing first."""
        return (*self.notices, *(self.capture.warnings if self.capture else ()))

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """What there is to tell of the capture, as labels and texts."""
        if self.capture is None:
            return ()
        counts = Counter(self.states.values())
        photographs = f"{counts['train']} to train, {counts['test']} held out"
        photographs += f", {counts['disabled']} disabled" if counts["disabled"] else ""
        points = self.capture.points
        return (
            ("Photographs", photographs),
            ("Size", _sizes(self.views)),
            ("Points", f"{len(points):,}" if points else "none"),
            *(self._extents()),
        )

    def _extents(self) -> list[tuple[str, str]]:
        points = self.capture.points if self.capture else None
        centers = np.array([view.camera.center for view in self.views])
        boxes = {
            "Cameras span": Box.around(centers),
            "Points span": Box.around(points.positions, BOX_PERCENTILES) if points else None,
        }
        return [(label, self._extent(box)) for label, box in boxes.items() if box]

    def _extent(self, box: Box) -> str:
        scale, unit = self.alignment.scale, self.alignment.unit
        sides = [f"{(high - low) * (scale or 1):.3g}" for low, high in zip(box.low, box.high, strict=True)]
        return " × ".join(sides) + (f" {unit}" if scale else " units")


def _sizes(views: Collection[View]) -> str:
    sizes = Counter((view.camera.width, view.camera.height) for view in views)
    (width, height), _ = sizes.most_common(1)[0]
    more = f" and {len(sizes) - 1} more" if len(sizes) > 1 else ""
    return f"{width} × {height}{more}"
