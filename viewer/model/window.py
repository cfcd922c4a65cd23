"""The state of the window: fields that announce their change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalGroupDescriptor

from recon.scene import View
from viewer.model.framing import UP_WITHOUT_CAMERAS, focus, home, next_up
from viewer.model.orbit import Orbit, Triple
from viewer.model.scene import Scene

Condition = Literal["preparing", "ready", "stopped"]


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
    """The last picture of the splats: its size in pixels and the seconds it took to draw."""

    width: int
    height: int
    seconds: float


CAMERAS_ALONE = 1.6  # how much farther off one stands where there is nothing to see but them
SOMEWHERE = Orbit()
PREPARING = Engine()


def no_points() -> NDArray[np.float32]:
    """An empty sample."""
    return np.zeros((0, 3), np.float32)


@dataclass(eq=False)
class WindowModel:
    """What the window shows. Assigning a field announces it through `events`.

    Parameters
    ----------
    scene : Scene, optional
    loading : str
        What is being opened; empty when nothing is.
    notice : str
        A sentence for the user; empty when there is none.
    sample : (N, 3) float32
        Some centres of the splats, world coordinates.
    splat_count : int, optional
        None until they are loaded.
    up : (3,) tuple
        Which way is up, a unit vector in world coordinates.
    orbit : Orbit
        The one camera.
    selected : str, optional
        Name of a photograph.
    standing : bool
        Whether one stands exactly where the selected photograph was taken.
    photo : (H, W, 3) uint8, optional
        The selected photograph, once it is read.
    photo_opacity : float
        Of the photograph laid over its render, in [0, 1].
    show_cameras, show_points, show_grid : bool
    engine : Engine
    picture : Picture, optional
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    scene: Scene | None = None
    loading: str = ""
    notice: str = ""
    sample: NDArray[np.float32] = field(default_factory=no_points)
    splat_count: int | None = None
    up: Triple = UP_WITHOUT_CAMERAS
    orbit: Orbit = SOMEWHERE
    selected: str | None = None
    standing: bool = False
    photo: NDArray[np.uint8] | None = None
    photo_opacity: float = 0.0
    show_cameras: bool = True
    show_points: bool = False
    show_grid: bool = True
    engine: Engine = PREPARING
    picture: Picture | None = None

    @property
    def views(self) -> tuple[View, ...]:
        """The photographs that are open."""
        return self.scene.views if self.scene else ()

    @property
    def selected_view(self) -> View | None:
        """The selected photograph."""
        return self.scene.view(self.selected) if self.scene and self.selected else None

    @property
    def home(self) -> Orbit:
        """Where to stand to see the whole scene."""
        orbit = home(self.views, self.sample, self.up)
        alone = self.scene is not None and self.scene.splats is None
        return orbit.approached(CAMERAS_ALONE) if alone else orbit

    def navigate(self, orbit: Orbit) -> None:
        """Look from elsewhere."""
        self.standing = False
        self.orbit = orbit

    def go_home(self) -> None:
        """Look at the whole scene."""
        self.navigate(self.home)

    def turn_up(self) -> None:
        """Take another world axis for up."""
        self.up = next_up(self.up)
        self.go_home()

    def stand_at(self, name: str) -> None:
        """Select a photograph and look from where it was taken; the pivot is what the photographs look at."""
        self.selected = name
        view = self.selected_view
        if view is None:
            return
        target = focus(self.views, self.sample)
        depth = float((target - view.camera.center) @ view.camera.world_from_camera[:3, 2])
        self.orbit = Orbit.of_camera(view.camera, depth if depth > 0 else self.orbit.distance, self.up)
        self.standing = True
