"""The state of the window: fields that announce their change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalGroupDescriptor

from recon.scene import View
from viewer.model.compare import NOTHING, CompareModel, Content
from viewer.model.framing import UP_WITHOUT_CAMERAS, focus, home, next_up, up_direction, usual_up
from viewer.model.orbit import Orbit, Side, Triple
from viewer.model.saved_views import SavedViews
from viewer.model.scene import Result, Scene
from viewer.model.scores import ScoreBook

Condition = Literal["preparing", "ready", "stopped"]
Steering = Literal["turntable", "fly"]


@dataclass(frozen=True)
class Engine:
    """What the engine says of itself.

    Parameters
    ----------
    condition : {"preparing", "ready", "stopped"}
    message : str
        The sentence to show; empty where there is nothing to say.
    device : str
        What draws, such as "CPU, 8 threads".
    """

    condition: Condition = "preparing"
    message: str = ""
    device: str = ""


@dataclass(frozen=True)
class Picture:
    """The last picture: its size in pixels, the seconds it took, and whether it is coarse because the camera moves."""

    width: int
    height: int
    seconds: float
    reduced: bool = False


@dataclass(frozen=True, eq=False)
class Extent:
    """What is known of a result once it has been read.

    Parameters
    ----------
    count : int
        Number of splats, or of faces.
    sample : (N, 3) float32
        Some of its points, world coordinates.
    bounds : (2, 3) float32
        Lower and upper corner of an upright box around it, world coordinates.
    """

    count: int
    sample: NDArray[np.float32]
    bounds: NDArray[np.float32]


CAMERAS_ALONE = 1.6  # how much farther off one stands where there is nothing to see but them
SOMEWHERE = Orbit()
PREPARING = Engine()
FASTER = 1.25  # by which one flies after each step of the wheel
SLOWEST_FLIGHT, FASTEST_FLIGHT = 0.02, 20.0
RUNNING = 4.0  # times as fast while hurrying


def no_points() -> NDArray[np.float32]:
    """An empty sample."""
    return np.zeros((0, 3), np.float32)


@dataclass(eq=False)
class WindowModel:
    """What the window shows. Assigning a field announces it through `events`.

    Parameters
    ----------
    scene : Scene, optional
        The photographs, and what was opened with them.
    results : tuple of Result
        Everything that can be shown, each known by its key.
    extents : mapping of key to Extent
        Of the results that have been read.
    notice : str
        A sentence for the user; empty when there is none.
    up : (3,) tuple
        Which way is up, a unit vector in world coordinates.
    orbit : Orbit
        From where the active pane is seen. It follows `compare`; move by `navigate`.
    selected : str, optional
        Name of a photograph.
    standing : bool
        Whether the active pane is seen exactly from where the selected photograph was taken; follows `compare`.
    photo : (H, W, 3) uint8, optional
        The selected photograph, once it is read.
    photo_opacity : float
        Of the photograph laid over its render, in [0, 1].
    show_cameras, show_points, show_grid, show_meshes : bool
        Cameras, seed points and grid; and meshes within the pictures of splats.
    steering : {"turntable", "fly"}
        What the pointer and keys do.
    picking : bool
        Whether clicks give points of the scene, rather than turn around them.
    speed : float
        Of flight: parts of the distance from home to its pivot per second.
    engine : Engine
    picture : Picture, optional
        The last one of the active pane.
    carried : mapping of key to str
        Of blocks that carry splats, as soon as the engine has these: their path.
    blocks_apart : bool
        Whether blocks are drawn apart; they are seen themselves then, for the splats that they carry stay together.

    Attributes
    ----------
    compare : CompareModel
        The panes.
    book : ScoreBook
        How well results match the photographs.
    saved : SavedViews
        Places to come back to.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    scene: Scene | None = None
    results: tuple[Result, ...] = ()
    extents: Mapping[str, Extent] = field(default_factory=dict)
    notice: str = ""
    up: Triple = UP_WITHOUT_CAMERAS
    orbit: Orbit = SOMEWHERE
    selected: str | None = None
    standing: bool = False
    photo: NDArray[np.uint8] | None = None
    photo_opacity: float = 0.0
    show_cameras: bool = True
    show_points: bool = False
    show_grid: bool = True
    show_meshes: bool = False
    steering: Steering = "turntable"
    picking: bool = False
    speed: float = 0.5
    engine: Engine = PREPARING
    picture: Picture | None = None
    carried: Mapping[str, str] = field(default_factory=dict)
    blocks_apart: bool = False

    def __post_init__(self) -> None:
        self.compare = CompareModel()
        self.book = ScoreBook()
        self.saved = SavedViews()
        self._at_first: Orbit | None = None
        for event in (self.compare.events.panes, self.compare.events.active):
            event.connect(self._follow_pane)

    @property
    def views(self) -> tuple[View, ...]:
        """The photographs that are open."""
        return self.scene.views if self.scene else ()

    @property
    def selected_view(self) -> View | None:
        """The selected photograph."""
        return next((view for view in self.views if view.name == self.selected), None)

    @property
    def extent(self) -> Extent | None:
        """Of the active pane's result, else of the first that has been read."""
        return self.extents.get(self.compare.pane.content.key) or next(iter(self.extents.values()), None)

    @property
    def sample(self) -> NDArray[np.float32]:
        """(N, 3) float32: some of the points there are to see, world coordinates."""
        return self.extent.sample if self.extent else no_points()

    @property
    def splat_count(self) -> int | None:
        """Number of splats in the active pane, once they have been read; not of a run that is under way."""
        key = self.compare.pane.content.key
        counted = key in self.extents and self.result(key).kind == "splats" and not self.result(key).live
        return self.extents[key].count if counted else None

    @property
    def home(self) -> Orbit:
        """Where to stand to see the whole scene."""
        orbit = home(self.views, self.sample, self.up)
        return orbit if self.results else orbit.approached(CAMERAS_ALONE)

    def result(self, key: str) -> Result:
        """The result of that key; raises KeyError where there is none."""
        for result in self.results:
            if result.key == key:
                return result
        raise KeyError(key)

    def shows_splats(self, key: str) -> bool:
        """Whether a result is seen as splats: its own, or those that it carries."""
        return self.result(key).kind == "splats" or (key in self.carried and not self.blocks_apart)

    def note_carried(self, key: str, splats: str) -> None:
        """Note which splats blocks carry; none where it is empty."""
        carried = {known: path for known, path in self.carried.items() if known != key}
        self.carried = {**carried, key: splats} if splats else carried

    def show_scene(self, scene: Scene) -> None:
        """Show what has been opened in the stead of what was shown."""
        for result in self.results:
            self.remove_result(result.key)
        self.photo, self.picture = None, None
        self.scene = scene
        self.notice = "\n".join(scene.notices)
        first = next(iter((*(scene.capture.test if scene.capture else ()), *scene.views)), None)
        self.selected = first.name if first else None
        files = [result.path for result in scene.results]
        self.up = up_direction(scene.views) if scene.views else usual_up(files)
        self.show_points = not scene.results
        for result in scene.results:
            self._keep(result)
        self.compare.set_contents(tuple(Content.result(result.key) for result in scene.results))
        self.go_home()
        self._at_first = self.orbit

    def add_result(self, result: Result) -> None:
        """Have another result, or this one in the stead of that of the same key; an empty active pane shows it."""
        self._keep(result)
        if self.compare.pane.content == NOTHING:
            self.compare.show(Content.result(result.key))

    def replace_result(self, result: Result) -> None:
        """Have a result that is no longer what it was, such as that of a run which has ended; its scores are new."""
        self.book.forget(result.key)
        self._keep(result)

    def score_anew(self, key: str, *, as_made: bool) -> None:
        """Forget the scores of a result that has been edited; as it was made, it has those it came with."""
        self.book.forget(key)
        if as_made:
            self.book.enter(key, self.result(key).scores)

    def rename_result(self, key: str, title: str) -> None:
        """Call a result something else."""
        self._keep(replace(self.result(key), title=title))

    def remove_result(self, key: str) -> None:
        """Let a result go, and the panes that show it."""
        self.compare.forget(key)
        self.results = tuple(result for result in self.results if result.key != key)
        self.extents = {known: extent for known, extent in self.extents.items() if known != key}
        self.note_carried(key, "")
        self.book.forget(key)

    def measured_out(self, key: str, extent: Extent) -> None:
        """Note how large a result is; looks at the whole of it where nobody has looked elsewhere yet."""
        self.extents = {**self.extents, key: extent}
        if self.orbit == self._at_first:
            self.go_home()
            self._at_first = self.orbit

    def navigate(self, orbit: Orbit) -> None:
        """Look from elsewhere."""
        self.compare.navigate(orbit)

    def go_home(self) -> None:
        """Look at the whole scene."""
        self.compare.navigate(self.home)

    def frame_all(self) -> None:
        """Look the same way at the whole of what the active pane shows."""
        if self.extent is not None:
            self.navigate(self.orbit.framing(self.extent.bounds))
        else:
            self.go_home()

    def face(self, side: Side) -> None:
        """Look at one side of the scene."""
        self.navigate(self.orbit.facing(side))

    def toggle_parallel(self) -> None:
        """Look with parallel lines of sight, or again as an eye does."""
        self.navigate(replace(self.orbit, parallel=not self.orbit.parallel))

    def toggle_steering(self) -> None:
        """Fly, or turn around the scene again."""
        self.steering = "turntable" if self.steering == "fly" else "fly"

    def fly(self, right: float, down: float, forward: float) -> None:
        """Move the eye along its own axes for so many seconds each."""
        unit = self.speed * self.home.distance
        self.navigate(self.orbit.flown(unit * right, unit * down, unit * forward))

    def change_speed(self, steps: float) -> None:
        """Fly faster, or slower for negative steps."""
        self.speed = min(max(self.speed * FASTER**steps, SLOWEST_FLIGHT), FASTEST_FLIGHT)

    def turn_up(self) -> None:
        """Take another world axis for up."""
        self.turn_to(next_up(self.up))

    def turn_to(self, up: Triple) -> None:
        """Take this unit vector for up, world coordinates."""
        if up != self.up:
            self.up = up
            self.go_home()

    def stand_at(self, name: str, *, everywhere: bool = False) -> None:
        """Select a photograph and look from where it was taken; the pivot is what the photographs look at.

        Parameters
        ----------
        name : str
        everywhere : bool
            Whether panes that are not linked go there too.
        """
        self.selected = name
        view = self.selected_view
        if view is None:
            return
        self.compare.stand(name, self._within(view), everywhere=everywhere)

    def is_flat(self, index: int) -> bool:
        """Whether a pane shows a picture that lies in a photograph, rather than space."""
        pane = self.compare.panes[index]
        return pane.content.kind in ("photo", "difference") or (pane.content.kind == "result" and pane.mode == "error")

    def seen_from(self, index: int) -> Orbit:
        """From where a pane is seen: what lies in a photograph is seen from there, enlarged as the pane is."""
        pane, view = self.compare.panes[index], self.selected_view
        if pane.view is not None or view is None or not self.is_flat(index):
            return pane.orbit
        return replace(self._within(view), magnification=pane.orbit.magnification, offset=pane.orbit.offset)

    def stand_at_next(self, step: int = 1) -> None:
        """Stand in the photograph after the selected one, or before it for -1."""
        names = [view.name for view in self.views]
        if names:
            index = names.index(self.selected) + step if self.selected in names else 0
            self.stand_at(names[index % len(names)])

    def save_view(self, name: str = "") -> str:
        """Keep from where the active pane is seen; returns the name it is kept by."""
        return self.saved.save(self.orbit, name)

    def recall_view(self, which: str | int) -> None:
        """Look from a place that was kept, by its name or its number from 1."""
        orbit = self.saved.find(which)
        if orbit is not None:
            self.navigate(orbit)

    def _within(self, view: View) -> Orbit:
        target = focus(self.views, self.sample)
        depth = float((target - view.camera.center) @ view.camera.world_from_camera[:3, 2])
        return Orbit.of_camera(view.camera, depth if depth > 0 else self.orbit.distance, self.up)

    def _keep(self, result: Result) -> None:
        known = any(other.key == result.key for other in self.results)
        if known:
            self.results = tuple(result if other.key == result.key else other for other in self.results)
        else:
            self.results = (*self.results, result)
        self.book.enter(result.key, result.scores)

    def _follow_pane(self, *_: Any) -> None:
        pane = self.compare.pane
        if pane.view is not None:
            self.selected = pane.view
        self.orbit = pane.orbit
        self.standing = pane.view is not None
