"""One pane between model and screen: what it wants drawn, and what it has got."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recon.scene import Camera
from viewer.engine.messages import Shot
from viewer.engine.pace import Pace
from viewer.engine.session import Frame
from viewer.model import Picture, WindowModel


class Screen(Protocol):
    """Where a pane's pictures are shown."""

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ...

    @property
    def seen(self) -> bool:
        """Whether anybody can see it."""
        ...

    def aim(self, camera: Camera) -> None:
        """Look through a camera, at what is shown already."""
        ...

    def look(self, camera: Camera) -> None:
        """Look through a camera, without a picture of splats."""
        ...

    def show_splats(self, camera: Camera, rgba: NDArray[np.uint8], depth: NDArray[np.float32]) -> None:
        """Show the scene with a picture of splats, through its camera."""
        ...

    def show_error(self, camera: Camera, rgba: NDArray[np.uint8]) -> None:
        """Show a picture that lies in the selected photograph, through a camera."""
        ...


@dataclass(frozen=True, eq=False)
class Wanted:
    """What a pane should show: a shot in full size, or nothing of the engine; and from where."""

    shot: Shot | None
    camera: Camera


class Seat:
    """One pane's place at the engine.

    Parameters
    ----------
    model : WindowModel
    index : int
        Of the pane.
    screen : Screen
    """

    def __init__(self, model: WindowModel, index: int, screen: Screen) -> None:
        self.screen = screen
        self._model = model
        self._index = index
        self._pace = Pace()
        self._drawn: tuple[Any, ...] | None = None  # the shot on screen, or about to be
        self._aimed: tuple[Any, ...] | None = None
        self._held: Frame | None = None

    @property
    def key(self) -> str:
        """The result the pane shows."""
        return self._model.compare.panes[self._index].content.key

    @property
    def name(self) -> str:
        """The name of its requests: another for each result, so that a late picture of the last one is not shown."""
        return f"{self._index}/{self.key}"

    def is_settled(self, ready: Collection[str]) -> bool:
        """Whether what is on screen is final."""
        shot = self._wanted(ready).shot
        return shot is None or self._drawn == _signature(shot)

    def forget(self) -> None:
        """Have the picture drawn anew: what it shows has changed."""
        self._drawn = self._aimed = None

    def give_up(self, ready: Collection[str]) -> None:
        """Do not ask again for what cannot be drawn, until something else is wanted."""
        shot = self._wanted(ready).shot
        self._drawn = _signature(shot) if shot else None

    def next_shot(self, ready: Collection[str], *, coarse: bool) -> Shot | None:
        """Show what needs no engine, and say what is to be drawn; None where nothing is.

        Parameters
        ----------
        ready : collection of str
            The results that are open in the engine.
        coarse : bool
            Whether speed counts more than detail.
        """
        wanted = self._wanted(ready)
        shot = wanted.shot
        if shot is None:
            self._drawn = None
            self._aim(wanted.camera, bare=True)
            return None
        if shot.mode == "error":
            self._aim(wanted.camera, bare=False)
        if self._drawn == _signature(shot):
            return None
        camera = shot.camera
        divisor = self._pace.divisor(camera.width * camera.height) if coarse else 1
        resized = camera.resized(-(-camera.width // divisor), -(-camera.height // divisor))
        return Shot(shot.key, resized, shot.mode, shot.view)

    def hold(self, frame: Frame) -> None:
        """Keep a picture until those of the other panes are there too; what is asked for meanwhile is what it lacks."""
        self._held = frame
        self._drawn = _signature(Shot(frame.key, frame.camera, frame.mode, self._model.selected_view))

    def show(self) -> Picture | None:
        """Show the picture that was kept; None where there is none."""
        frame, self._held = self._held, None
        if frame is None:
            return None
        camera = frame.camera
        view = self._model.selected_view
        if frame.mode == "error":
            self.screen.show_error(self._camera(), frame.rgba)
            full = view.camera if view else camera
        else:
            self.screen.show_splats(camera, frame.rgba, frame.depth)
            full = self._camera()
            self._aimed = None
        reduced = (camera.width, camera.height) != (full.width, full.height)
        if not reduced:
            self._pace.learn(camera.width * camera.height, frame.seconds)
        return Picture(camera.width, camera.height, frame.seconds, reduced)

    def _wanted(self, ready: Collection[str]) -> Wanted:
        pane, camera = self._model.compare.panes[self._index], self._camera()
        if pane.content.kind not in ("result", "difference") or pane.content.key not in ready:
            return Wanted(None, camera)
        if pane.drawn_mode != "error":
            if not self._model.shows_splats(pane.content.key):
                return Wanted(None, camera)  # the window draws it itself
            return Wanted(Shot(pane.content.key, camera, pane.mode), camera)
        view = self._model.selected_view
        return Wanted(Shot(pane.content.key, view.camera, "error", view) if view else None, camera)

    def _camera(self) -> Camera:
        return self._model.seen_from(self._index).camera(*self.screen.picture_size)

    def _aim(self, camera: Camera, *, bare: bool) -> None:
        aimed = (bare, *_placed(camera))
        if aimed != self._aimed:
            self._aimed = aimed
            (self.screen.look if bare else self.screen.aim)(camera)


def _signature(shot: Shot) -> tuple[Any, ...]:
    named = shot.view.name if shot.view and shot.mode == "error" else ""
    return (shot.key, shot.mode, named, *_placed(shot.camera))


def _placed(camera: Camera) -> tuple[Any, ...]:
    return camera.width, camera.height, *camera.intrinsics.tolist(), camera.world_from_camera.tobytes()
