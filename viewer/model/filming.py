"""What leaves the window as pictures: films along the camera path, and screenshots of any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from psygnal import Signal

from recon.scene import Camera
from recon.scene.camera_path import Film, Mode
from viewer.model.camera_path import CameraPathModel
from viewer.model.orbit import Orbit
from viewer.model.task_list import Task
from viewer.model.task_slot import TaskSlot

Container = Literal["mp4", "png"]
Background = tuple[float, float, float] | None
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4K": (3840, 2160), "Square": (1080, 1080)}
BLACK: Background = (0.0, 0.0, 0.0)
LARGEST = 16384


@dataclass(frozen=True)
class Subject:
    """What is filmed or exported.

    Parameters
    ----------
    title : str
    path : Path
        A run folder, or a file of splats, blocks or a mesh.
    kind : {"splats", "mesh", "blocks"}
    carries : bool
        Whether they are blocks that carry splats.
    light : bool
        Whether it is a mesh with light beside its texture.
    """

    title: str
    path: Path
    kind: Literal["splats", "mesh", "blocks"] = "splats"
    carries: bool = False
    light: bool = False

    def beside(self, name: str) -> Path:
        """Where a file made of it goes unless told: into the run's folder, or beside the file and named after it."""
        return self.path / name if self.path.is_dir() else self.path.with_name(f"{self.path.stem}.{name}")


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A picture to be taken.

    Parameters
    ----------
    camera : Camera
        Its size is the picture's.
    mode : {"color", "depth", "normals", "alpha", "ellipsoids", "centers"}
    background : tuple of float, optional
        sRGB in [0, 1]; None leaves it transparent.
    """

    camera: Camera
    mode: Mode = "color"
    background: Background = BLACK


class Studio(Protocol):
    """Whoever draws films and pictures beside the window."""

    def film(self, subject: Path, film: Film, out: Path, edited: bool) -> Task:
        """Draw a film into a file *.mp4 or a folder; the task gives its path."""
        ...

    def snapshot(self, subject: Path, snapshot: Snapshot, out: Path, edited: bool) -> Task:
        """Draw one picture into a PNG; the task gives its path."""
        ...


class FilmingModel:
    """Renders the camera path of a result.

    Parameters
    ----------
    path : CameraPathModel
    studio : Studio

    Attributes
    ----------
    slot : TaskSlot
        What runs, or what came of it.
    changed : Signal
        The subject or the container is another.
    """

    changed = Signal()

    def __init__(self, path: CameraPathModel, studio: Studio) -> None:
        self.path = path
        self.slot = TaskSlot()
        self.subject: Subject | None = None
        self.container: Container = "mp4"
        self.edited = True
        self._studio = studio

    def show(self, subject: Subject | None) -> None:
        """Film this from now on."""
        self.subject = subject
        self.changed.emit()

    def set_container(self, container: Container) -> None:
        """Choose a video or a folder of pictures; a video has a background."""
        self.container = container
        if container == "mp4" and self.path.film.background is None:
            self.path.set_picture(background=BLACK)
        self.changed.emit()

    def set_background(self, background: Background) -> None:
        """Choose what is seen where nothing is; what is transparent becomes pictures."""
        self.path.set_picture(background=background)
        if background is None:
            self.container = "png"
        self.changed.emit()

    @property
    def refusal(self) -> str:
        """Why nothing can be rendered now, as a sentence; empty where it can."""
        if self.subject is None:
            return "Open a result to render it."
        if self.subject.kind == "mesh":
            return "Only splats and blocks can be rendered along a path."
        return "" if self.path.path.keyframes else "Add a keyframe where you stand, or choose a preset."

    @property
    def suggestion(self) -> Path | None:
        """Where the film goes unless told."""
        name = "film.mp4" if self.container == "mp4" else "film"
        return self.subject.beside(name) if self.subject else None

    def render(self, out: Path | None = None) -> None:
        """Start, unless something is in the way; asks before it writes over anything."""
        subject, out = self.subject, out or self.suggestion
        if self.refusal or subject is None or out is None or self.slot.busy:
            return
        self.path.save()
        film = self.path.film
        self.slot.ask_before_overwriting(out, lambda: self._studio.film(subject.path, film, out, self.edited))


class ScreenshotModel:
    """Takes pictures of what is seen, in any size.

    Parameters
    ----------
    where : callable
        Tells the orbit from which one looks now.
    studio : Studio

    Attributes
    ----------
    width, height : int
        In pixels.
    transparent : bool
    slot : TaskSlot
    changed : Signal
    """

    changed = Signal()

    def __init__(self, where: Callable[[], Orbit], studio: Studio) -> None:
        self._where = where
        self._studio = studio
        self.slot = TaskSlot()
        self.subject: Subject | None = None
        self.width, self.height = SIZES["1080p"]
        self.transparent = False
        self.mode: Mode = "color"
        self.edited = True

    def show(self, subject: Subject | None) -> None:
        """Take pictures of this from now on."""
        self.subject = subject
        self.changed.emit()

    def set_size(self, width: int, height: int) -> None:
        """Choose the size in pixels."""
        self.width, self.height = (min(max(value, 1), LARGEST) for value in (width, height))
        self.changed.emit()

    def set_transparent(self, transparent: bool) -> None:
        """Leave what is empty transparent, or make it black."""
        self.transparent = transparent
        self.changed.emit()

    @property
    def refusal(self) -> str:
        """Why no picture can be taken now; empty where it can."""
        if self.subject is None:
            return "Open a result to take a picture of it."
        if self.subject.kind == "mesh":
            return "Only splats and blocks can be drawn in another size than the window's."
        return ""

    @property
    def suggestion(self) -> Path | None:
        """Where the picture goes unless told: a name that is free."""
        if self.subject is None:
            return None
        names = ("screenshot.png", *(f"screenshot-{number}.png" for number in range(2, 10_000)))
        places = (self.subject.beside(name) for name in names)
        return next((place for place in places if not place.exists()), None)

    def take(self, out: Path | None = None) -> None:
        """Take a picture from where one looks; asks before it writes over anything."""
        subject, out = self.subject, out or self.suggestion
        if self.refusal or subject is None or out is None or self.slot.busy:
            return
        camera = self._where().camera(self.width, self.height)
        snapshot = Snapshot(camera, self.mode, None if self.transparent else BLACK)
        self.slot.ask_before_overwriting(out, lambda: self._studio.snapshot(subject.path, snapshot, out, self.edited))
