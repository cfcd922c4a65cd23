"""What stands around a result: cameras of the photographs, seed points, and the grid."""

from __future__ import annotations

from typing import Any

import pyvista as pv
from PySide6.QtCore import QObject, QTimer, Signal

from recon.scene import Camera, View
from viewer.model import Photos, WindowModel
from viewer.model.frusta import frustum_depth, view_at
from viewer.model.look import LOOK, colors
from viewer.viewport.frusta_layer import FrustaLayer
from viewer.viewport.meshes import cloud, grid

THUMBNAILS_EVERY = 250  # milliseconds; each refresh sends all of them to the GPU
PLAIN = {"lighting": False, "render": False, "reset_camera": False, "pickable": False}
POINT_SIZE, LINE_WIDTH = 3.0, 1.0  # pixels of a plain screen


class Surroundings(QObject):
    """Keeps them as the model says, in one viewport.

    Parameters
    ----------
    plotter : BasePlotter
    model : WindowModel
    photos : Photos
    """

    changed = Signal()

    def __init__(self, plotter: pv.BasePlotter, model: WindowModel, photos: Photos) -> None:
        super().__init__()
        self._plotter = plotter
        self._model = model
        self._photos = photos
        self._frusta: FrustaLayer | None = None
        self._points: pv.Actor | None = None
        self._grid: pv.Actor | None = None
        self._flat = self._standing = False
        self._ratio = 1.0
        self.frustum_depth = 0.0
        self._thumbnail_timer = QTimer(self, singleShot=True, interval=THUMBNAILS_EVERY)
        self._thumbnail_timer.timeout.connect(self._refresh_thumbnails)
        self._listen()
        self._on_scene_changed()
        self._on_ground_changed()

    def set_place(self, *, flat: bool, standing: bool) -> None:
        """Say whether a picture is shown rather than space, and whether one stands in a photograph."""
        if (flat, standing) != (self._flat, self._standing):
            self._flat, self._standing = flat, standing
            self._on_visibility_changed()

    def shut_down(self) -> None:
        """Listen no more to what outlives it."""
        LOOK.changed.disconnect(self._on_recolored)

    def set_pixel_ratio(self, ratio: float) -> None:
        """Draw points and lines for a screen that has so many pixels for one."""
        self._ratio = ratio
        if self._frusta:
            self._frusta.set_pixel_ratio(ratio)
        for actor in filter(None, (self._points, self._grid)):
            self._scale(actor)
        self.changed.emit()

    def view_at(self, eye: Camera, x: float, y: float) -> View | None:
        """The photograph whose pyramid is seen at a pixel."""
        shown = self._model.show_cameras and not self._standing and not self._flat
        return view_at(self._model.views, self.frustum_depth, eye, x, y) if shown else None

    def _listen(self) -> None:
        events = self._model.events
        events.scene.connect(self._on_scene_changed)
        for event in (events.scene, events.extents, events.up):
            event.connect(self._on_ground_changed)
        events.selected.connect(self._on_selected_changed)
        for event in (events.show_cameras, events.show_points, events.show_grid):
            event.connect(self._on_visibility_changed)
        self._photos.thumbnail_arrived.connect(self._on_thumbnail_arrived)
        LOOK.changed.connect(self._on_recolored)

    def _on_scene_changed(self) -> None:
        if self._frusta:
            self._frusta.remove(self._plotter)
            self._frusta = None
        views = self._model.views
        if views:
            self.frustum_depth = frustum_depth(views)
            self._frusta = FrustaLayer(self._plotter, views, self.frustum_depth)
            self._frusta.select(self._model.selected)
            self._frusta.set_pixel_ratio(self._ratio)
            for name in self._photos.thumbnails.keys() & {view.name for view in views}:
                self._frusta.set_photo(name, self._photos.thumbnails[name])
            self._frusta.refresh()
        capture = self._model.scene.capture if self._model.scene else None
        points = cloud(capture.points) if capture and capture.points else None
        self._points = self._replaced(self._points, points, scalars="color", rgb=True)
        self._on_visibility_changed()

    def _on_ground_changed(self) -> None:
        ground = grid(self._model.sample, self._model.home)
        self._grid = self._replaced(self._grid, ground, color=colors().grid)
        self._on_visibility_changed()

    def _on_recolored(self) -> None:
        if self._grid is not None:
            self._grid.prop.color = colors().grid
        if self._frusta:
            self._frusta.recolor()
        self.changed.emit()

    def _replaced(self, actor: pv.Actor | None, mesh: pv.PolyData | None, **looks: Any) -> pv.Actor | None:
        if actor is not None:
            self._plotter.remove_actor(actor, reset_camera=False, render=False)
        return None if mesh is None else self._scale(self._plotter.add_mesh(mesh, **looks, **PLAIN))

    def _scale(self, actor: pv.Actor) -> pv.Actor:
        actor.prop.point_size, actor.prop.line_width = POINT_SIZE * self._ratio, LINE_WIDTH * self._ratio
        return actor

    def _on_selected_changed(self, name: str | None) -> None:
        if self._frusta:
            self._frusta.select(name)
            self.changed.emit()

    def _on_visibility_changed(self) -> None:
        model, space = self._model, not self._flat
        if self._frusta:
            self._frusta.set_visible(model.show_cameras and space and not self._standing)
        shown = ((self._points, model.show_points), (self._grid, model.show_grid and not self._standing))
        for actor, wanted in shown:
            if actor is not None:
                actor.SetVisibility(wanted and space)
        self.changed.emit()

    def _on_thumbnail_arrived(self, name: str) -> None:
        if self._frusta:
            self._frusta.set_photo(name, self._photos.thumbnails[name])
            if not self._thumbnail_timer.isActive():
                self._thumbnail_timer.start()

    def _refresh_thumbnails(self) -> None:
        if self._frusta:
            self._frusta.refresh()
            self.changed.emit()
