"""The 3-D view: shows what the model says, through the camera of the picture on screen."""

from __future__ import annotations

import math

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pyvistaqt import QtInteractor
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleUser
from vtkmodules.vtkRenderingCore import vtkRenderer

from recon.scene import Camera
from viewer.model import Photos, WindowModel
from viewer.model.frusta import frustum_depth, view_at
from viewer.viewport.frusta_layer import FrustaLayer
from viewer.viewport.meshes import cloud, grid
from viewer.viewport.navigation import Navigation
from viewer.viewport.opengl import samples_per_pixel, without_format_warning
from viewer.viewport.photo_layer import PhotoLayer
from viewer.viewport.splat_layer import SplatLayer

BACKGROUND = "#16181c"
AXES = {
    "interactive": False,
    "line_width": 3,
    "color": "#8d939e",
    "x_color": "#e0626a",
    "y_color": "#7fbf6b",
    "z_color": "#5b9fd6",
    "viewport": (0, 0, 0.12, 0.16),
}
THUMBNAILS_EVERY = 250  # milliseconds; each refresh sends all of them to the GPU
PLAIN = {"lighting": False, "render": False, "reset_camera": False, "pickable": False, "point_size": 3}


class Viewport(QWidget):
    """One view of the scene.

    It shows a picture and the camera the picture was drawn through together, so that splats, frusta and grid never
    swim against each other; where the camera shall go is the model's to say.

    Parameters
    ----------
    model : WindowModel
    photos : Photos
    """

    resized = Signal()

    def __init__(self, model: WindowModel, photos: Photos) -> None:
        super().__init__()
        self._model = model
        self._photos = photos
        self._frusta: FrustaLayer | None = None
        self._frustum_depth = 0.0
        self._points: pv.Actor | None = None
        self._grid: pv.Actor | None = None
        self._camera: Camera | None = None
        self._depth: NDArray[np.float32] | None = None
        self._build()
        self._thumbnail_timer = QTimer(self, singleShot=True, interval=THUMBNAILS_EVERY)
        self._thumbnail_timer.timeout.connect(self._refresh_thumbnails)
        self._listen()

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self._interactor.devicePixelRatioF()
        return max(1, round(self._interactor.width() * ratio)), max(1, round(self._interactor.height() * ratio))

    def look(self, camera: Camera) -> None:
        """Look through a camera, without splats."""
        self._splats.hide()
        self._depth = None
        self._aim(camera)

    def show_splats(self, camera: Camera, rgba: NDArray[np.uint8], depth: NDArray[np.float32]) -> None:
        """Show a picture of the splats and everything else through its camera.

        Parameters
        ----------
        camera : Camera
        rgba : (H, W, 4) uint8
            sRGB times alpha, and alpha; first row lowest.
        depth : (H, W) float32
            z along the viewing axis, world units.
        """
        self._splats.show(rgba, depth)
        self._depth = np.where(rgba[..., 3] > 127, depth, 0)
        self._aim(camera)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Say that pictures of another size are wanted."""
        super().resizeEvent(event)
        self.resized.emit()

    def shut_down(self) -> None:
        """Let go of VTK before the window goes."""
        self._interactor.close()

    def _build(self) -> None:
        with without_format_warning():
            self._interactor = QtInteractor(self, auto_update=False, multi_samples=samples_per_pixel())
        self._interactor.setAcceptDrops(False)
        self._interactor.set_background(BACKGROUND)
        self._interactor.ren_win.GetInteractor().SetInteractorStyle(vtkInteractorStyleUser())
        self._interactor.add_axes(**AXES)
        self._renderer = self._interactor.renderer
        self._splats = SplatLayer(self._renderer)
        self._photo = PhotoLayer(self._interactor.ren_win)
        navigation = Navigation(self._interactor, self._model)
        navigation.double_clicked.connect(self._on_double_clicked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._interactor)

    def _listen(self) -> None:
        events = self._model.events
        events.scene.connect(self._on_scene_changed)
        for event in (events.extents, events.up):
            event.connect(self._on_ground_changed)
        events.selected.connect(self._on_selected_changed)
        for event in (events.standing, events.show_cameras, events.show_points, events.show_grid):
            event.connect(self._on_visibility_changed)
        for event in (events.standing, events.photo, events.photo_opacity):
            event.connect(self._on_photo_changed)
        self._photos.thumbnail_arrived.connect(self._on_thumbnail_arrived)

    def _aim(self, camera: Camera) -> None:
        self._camera = camera
        for renderer in (self._renderer, self._photo.renderer):
            _aim(renderer, camera)
        self._interactor.update()

    def _on_scene_changed(self) -> None:
        if self._frusta:
            self._frusta.remove(self._interactor)
            self._frusta = None
        views = self._model.views
        if views:
            self._frustum_depth = frustum_depth(views)
            self._frusta = FrustaLayer(self._interactor, views, self._frustum_depth)
        capture = self._model.scene.capture if self._model.scene else None
        self._points = self._replaced(self._points, cloud(capture.points) if capture and capture.points else None)
        self._on_visibility_changed()

    def _on_ground_changed(self) -> None:
        model = self._model
        self._grid = self._replaced(self._grid, grid(model.sample, model.home))
        self._on_visibility_changed()

    def _replaced(self, actor: pv.Actor | None, mesh: pv.PolyData | None) -> pv.Actor | None:
        if actor is not None:
            self._interactor.remove_actor(actor, reset_camera=False, render=False)
        return None if mesh is None else self._interactor.add_mesh(mesh, scalars="color", rgb=True, **PLAIN)

    def _on_selected_changed(self, name: str | None) -> None:
        if self._frusta:
            self._frusta.select(name)
            self._interactor.update()

    def _on_visibility_changed(self) -> None:
        model = self._model
        if self._frusta:
            self._frusta.set_visible(model.show_cameras and not model.standing)
        for actor, wanted in ((self._points, model.show_points), (self._grid, model.show_grid and not model.standing)):
            if actor is not None:
                actor.SetVisibility(wanted)
        self._interactor.update()

    def _on_photo_changed(self) -> None:
        view = self._model.selected_view
        if view and self._model.standing and self._model.photo is not None:
            self._photo.show(view.camera, self._model.photo, self._model.photo_opacity)
        else:
            self._photo.hide()
        self._interactor.update()

    def _on_thumbnail_arrived(self, name: str) -> None:
        if self._frusta:
            self._frusta.set_photo(name, self._photos.thumbnails[name])
            if not self._thumbnail_timer.isActive():
                self._thumbnail_timer.start()

    def _refresh_thumbnails(self) -> None:
        if self._frusta:
            self._frusta.refresh()
            self._interactor.update()

    def _on_double_clicked(self, position: QPointF) -> None:
        """Stand where the photograph under the pointer was taken, or turn around what is seen there."""
        if self._camera is None:
            return
        x = position.x() / self._interactor.width() * self._camera.width
        y = position.y() / self._interactor.height() * self._camera.height
        frusta_shown = self._model.show_cameras and not self._model.standing
        view = view_at(self._model.views, self._frustum_depth, self._camera, x, y) if frusta_shown else None
        if view:
            self._model.stand_at(view.name)
        elif (point := self._point_at(x, y)) is not None:
            self._model.navigate(self._model.orbit.around(point))

    def _point_at(self, x: float, y: float) -> NDArray[np.float64] | None:
        camera = self._camera
        if self._depth is None or camera is None:
            return None
        column, row = min(int(x), camera.width - 1), min(int(y), camera.height - 1)
        depth = float(self._depth[camera.height - 1 - row, column])
        ray = np.array([(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, 1.0])
        return camera.center + camera.world_from_camera[:3, :3] @ ray * depth if depth > 0 else None


def _aim(renderer: vtkRenderer, camera: Camera) -> None:
    aimed = renderer.GetActiveCamera()
    pose = camera.world_from_camera
    aimed.SetPosition(*pose[:3, 3])
    aimed.SetFocalPoint(*(pose[:3, 3] + pose[:3, 2]))
    aimed.SetViewUp(*-pose[:3, 1])
    aimed.SetViewAngle(math.degrees(2 * math.atan(camera.height / 2 / camera.fy)))
    renderer.ResetCameraClippingRange()
