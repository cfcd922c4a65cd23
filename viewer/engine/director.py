"""Between model, engine and screen: asks for pictures when the camera moves, and puts them on screen."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from recon.scene import Camera
from viewer.engine.client import EngineClient, Frame
from viewer.engine.messages import Opened, Refused, Shot
from viewer.engine.pace import Pace
from viewer.model import Engine, Extent, Picture, Result, Scene, WindowModel

PANE = "main"
REST = 120  # milliseconds without movement after which the picture is drawn in full


class Screen(Protocol):
    """Where pictures are shown."""

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ...

    def look(self, camera: Camera) -> None:
        """Show the scene without splats."""
        ...

    def show_splats(self, camera: Camera, rgba: NDArray[np.uint8], depth: NDArray[np.float32]) -> None:
        """Show the scene with a picture of the splats."""
        ...


class Director(QObject):
    """Keeps the screen up to date.

    While the camera moves, pictures are as coarse as the pace demands; when it rests, one is drawn in full.

    Parameters
    ----------
    model : WindowModel
    client : EngineClient
    """

    def __init__(self, model: WindowModel, client: EngineClient) -> None:
        super().__init__()
        self._model = model
        self._client = client
        self._screen: Screen | None = None
        self._pace = Pace()
        self._splats_open = False
        self._failed = False
        self._drawn: Camera | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST)
        self._rest.timeout.connect(self._draw_in_full)
        client.ready.connect(self._on_ready)
        client.opened.connect(self._on_opened)
        client.drawn.connect(self._on_drawn)
        client.refused.connect(self._on_refused)
        client.died.connect(self._on_died)
        model.events.orbit.connect(self.redraw)

    @property
    def settled(self) -> bool:
        """Whether what is on screen is final: drawn in full, or not to be drawn at all."""
        scene = self._model.scene
        if self._screen is None or scene is None:
            return False
        if self._shown is None or self._failed:
            return True
        return self._drawn is not None and self._is_current(self._drawn)

    def start_engine(self) -> None:
        """Start the engine, anew if it has died."""
        self._splats_open, self._failed = False, False
        self._model.engine = Engine("preparing", "Preparing the renderer …")
        self._client.start()
        self._open_splats()

    def show_on(self, screen: Screen) -> None:
        """Use this screen from now on."""
        self._screen = screen
        self.redraw()

    def show_scene(self, scene: Scene) -> None:
        """Show what has been opened."""
        model = self._model
        self._splats_open, self._failed, self._drawn = False, False, None
        model.show_scene(scene)
        if self._shown is None:
            model.engine = replace(model.engine, message="")  # nobody waits for the renderer
        self._open_splats()

    def redraw(self) -> None:
        """Draw at once as well as speed allows, and in full when nothing changes for a moment."""
        if self._screen is None:
            return
        width, height = self._screen.picture_size
        if not self._splats_open:
            self._screen.look(self._model.orbit.camera(width, height))
            return
        divisor = self._pace.divisor(width * height)
        self._request(-(-width // divisor), -(-height // divisor))
        self._rest.start()

    def _draw_in_full(self) -> None:
        if self._screen is not None and self._splats_open and not self.settled:
            self._request(*self._screen.picture_size)

    def _request(self, width: int, height: int) -> None:
        if self._screen is not None and self._shown is not None:
            camera = self._model.orbit.camera(*self._screen.picture_size).resized(width, height)
            self._client.request(PANE, Shot(self._shown.key, camera))

    def _is_current(self, camera: Camera) -> bool:
        """Whether a picture through this camera is all that can be asked for now."""
        size = self._screen.picture_size if self._screen else None
        pose = self._model.orbit.world_from_camera
        return (camera.width, camera.height) == size and np.array_equal(camera.world_from_camera, pose)

    @property
    def _shown(self) -> Result | None:
        return next((result for result in self._model.results if result.kind == "splats"), None)

    def _open_splats(self) -> None:
        if self._shown is not None:
            self._client.open(self._shown.key, self._shown.path)

    def _on_ready(self, device: str) -> None:
        self._model.engine = Engine("ready", "", device)

    def _on_opened(self, opened: Opened) -> None:
        model = self._model
        if self._shown is None or opened.key != self._shown.key:
            return  # something else has been opened meanwhile
        self._splats_open = True
        model.measured_out(opened.key, Extent(opened.count, opened.sample, opened.bounds))
        self.redraw()

    def _on_drawn(self, _pane: str, frame: Frame) -> None:
        if self._screen is None or not self._splats_open:
            return
        self._screen.show_splats(frame.camera, frame.rgba, frame.depth)
        self._drawn = frame.camera
        width, height = frame.camera.width, frame.camera.height
        if (width, height) == self._screen.picture_size:
            self._pace.learn(width * height, frame.seconds)
        self._model.picture = Picture(width, height, frame.seconds)

    def _on_refused(self, refused: Refused) -> None:
        self._failed = True
        self._model.notice = refused.message

    def _on_died(self, message: str) -> None:
        self._splats_open, self._failed, self._drawn = False, True, None
        self._model.picture = None
        self._model.engine = Engine("stopped", message)
        self.redraw()
