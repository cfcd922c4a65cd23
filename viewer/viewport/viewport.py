"""One pane in space: shows what the model says, through the camera of the picture on screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QWidget
from pyvista import Color
from pyvistaqt import QtInteractor
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleUser

from recon.scene import Camera
from viewer.model import Orbit, Pane, Photos, WindowModel
from viewer.model.block_editing import BlockModel
from viewer.model.look import LOOK, colors
from viewer.model.mesh_shades import MeshShades
from viewer.model.mesh_style import MEASURED, style_for
from viewer.model.meshes import Meshes
from viewer.viewport.aim import aim
from viewer.viewport.block_layer import BlockLayer
from viewer.viewport.grab import pixels_of
from viewer.viewport.mesh_layer import MeshLayer
from viewer.viewport.navigation import Navigation
from viewer.viewport.opengl import samples_per_pixel, without_format_warning
from viewer.viewport.photo_layer import PhotoLayer
from viewer.viewport.pivot_mark import PivotMark
from viewer.viewport.splat_layer import SplatLayer
from viewer.viewport.surroundings import Surroundings

AXIS_WIDTH = 3.0  # pixels of a plain screen
AXES = {
    "interactive": False,
    "viewport": (0, 0, 0.12, 0.16),
}


class Viewport(QWidget):
    """One view of the scene.

    It shows a picture and the camera the picture was drawn through together, so that splats, frusta and grid never
    swim against each other; where the camera shall go is the model's to say.

    Parameters
    ----------
    model : WindowModel
    photos : Photos
    meshes : Meshes
    shades : MeshShades
    blocks : BlockModel
    index : int
        Of its pane.

    Attributes
    ----------
    overlay : QWidget
        Lies over the picture for tools to paint on; the pointer goes through it unless a tool takes it.
    redraw_wanted : Signal
        Emitted when it has become visible or another size.
    picked : Signal
        Emitted with a (3,) world point that was clicked while points are being picked.
    """

    redraw_wanted = Signal()
    picked = Signal(object)

    def __init__(
        self,
        model: WindowModel,
        photos: Photos,
        meshes: Meshes,
        shades: MeshShades,
        blocks: BlockModel,
        index: int,
    ) -> None:
        super().__init__()
        self._model = model
        self._meshes = meshes
        self._shades = shades
        self._index = index
        self._blocks = blocks
        self._layers: dict[str, MeshLayer] = {}
        self._block_layers: dict[str, BlockLayer] = {}
        self._camera: Camera | None = None
        self._ratio = 0.0
        self._depth: NDArray[np.float32] | None = None
        self._error: NDArray[np.uint8] | None = None
        self._pane: Pane | None = None
        self._build(photos)
        self._listen()
        self._on_recolored()
        self._on_meshes_changed()
        self._on_all_blocks_changed()
        self._on_panes_changed()

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self._interactor.devicePixelRatioF()
        return max(1, round(self._interactor.width() * ratio)), max(1, round(self._interactor.height() * ratio))

    @property
    def canvas(self) -> QWidget:
        """What gets the pointer's events."""
        return self._interactor

    @property
    def seen(self) -> bool:
        """Whether it is on a screen."""
        return self.isVisible() and not self.window().isMinimized()

    def camera(self) -> Camera | None:
        """The camera of what is on screen, in device pixels; None before the first picture."""
        return self._camera

    def aim(self, camera: Camera) -> None:
        """Look through a camera, at what is shown already."""
        self._camera = camera
        self.overlay.update()
        self._pivot_mark.follow()
        self._take_pixel_ratio()
        extent = self._model.extent
        aim(self._renderer, camera, None if extent is None else extent.bounds)
        aim(self._photo.renderer, camera)
        self._interactor.update()

    def look(self, camera: Camera) -> None:
        """Look through a camera, without a picture of splats."""
        self._splats.hide()
        self._depth = self._error = None
        self._show_photo()
        self.aim(camera)

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
        self._depth, self._error = np.where(rgba[..., 3] > 127, depth, 0), None
        self._show_photo()
        self.aim(camera)

    def show_error(self, camera: Camera, rgba: NDArray[np.uint8]) -> None:
        """Show a picture that lies in the selected photograph, through a camera.

        Parameters
        ----------
        camera : Camera
        rgba : (H, W, 4) uint8
            First row lowest.
        """
        self._splats.hide()
        self._depth, self._error = None, np.ascontiguousarray(rgba[::-1, :, :3])
        self._show_photo()
        self.aim(camera)

    def point_at(self, x: float, y: float) -> NDArray[np.float64] | None:
        """What is seen at a pixel of the picture: (3,) float64 in world coordinates, or None."""
        camera = self._camera
        if camera is None:
            return None
        layers = (*self._layers.values(), *self._block_layers.values())
        met = [depth for layer in layers if (depth := layer.depth_at(camera, x, y)) is not None]
        if (depth := self._splat_depth(x / camera.width, y / camera.height)) > 0:
            met.append(depth)
        ray = np.array([(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, 1.0])
        return camera.center + camera.world_from_camera[:3, :3] @ ray * min(met) if met else None

    def screenshot(self) -> NDArray[np.uint8]:
        """What it shows: (H, W, 3) uint8, first row uppermost."""
        return pixels_of(self._interactor)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        """Say that pictures of another size are wanted."""
        super().resizeEvent(event)
        self.redraw_wanted.emit()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        """Say that pictures are wanted."""
        super().showEvent(event)
        self.redraw_wanted.emit()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802  Qt's name
        """Say that pictures are no longer wanted."""
        super().hideEvent(event)
        self.redraw_wanted.emit()

    def shut_down(self) -> None:
        """Let go of VTK before the window goes."""
        LOOK.changed.disconnect(self._on_recolored)
        self._surroundings.shut_down()
        self._interactor.close()
        # Kept, Qt's surface would outlive what it stands for: PySide would take for it what comes to lie there next.
        self._interactor._forget_context()

    def _build(self, photos: Photos) -> None:
        with without_format_warning():
            self._interactor = QtInteractor(self, auto_update=False, multi_samples=samples_per_pixel())
        self._interactor.setAcceptDrops(False)
        self._interactor.ren_win.GetInteractor().SetInteractorStyle(vtkInteractorStyleUser())
        self._axes = self._interactor.add_axes(**AXES)
        self._renderer = self._interactor.renderer
        self._splats = SplatLayer(self._renderer)
        self._photo = PhotoLayer(self._interactor.ren_win)
        self._surroundings = Surroundings(self._interactor, self._model, photos)
        self._surroundings.changed.connect(self._interactor.update)
        navigation = Navigation(self._interactor, self._model, self._index)
        navigation.clicked.connect(self._on_clicked)
        navigation.double_clicked.connect(self._on_double_clicked)
        self.overlay = QWidget()
        self.overlay.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._pivot_mark = PivotMark(self.overlay, self.camera, self._orbit)
        navigation.circled.connect(self._pivot_mark.flash)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._interactor, 0, 0)
        layout.addWidget(self.overlay, 0, 0)

    def _listen(self) -> None:
        events = self._model.events
        LOOK.changed.connect(self._on_recolored)
        self._model.compare.events.panes.connect(self._on_panes_changed)
        self._meshes.changed.connect(self._on_meshes_changed)
        self._shades.changed.connect(self._show_meshes)
        self._blocks.changed.connect(self._on_blocks_changed)
        for event in (self._blocks.events.selection, self._blocks.events.explode):
            event.connect(self._on_all_blocks_changed)
        for event in (events.show_meshes, events.carried, events.blocks_apart):
            event.connect(self._show_meshes)
        for event in (events.photo, events.photo_opacity, events.selected):
            event.connect(self._show_photo)

    def _orbit(self) -> Orbit | None:
        return self._model.seen_from(self._index) if self._pane else None

    def _take_pixel_ratio(self) -> None:
        """Draw lines as wide as on other screens; a window may have been moved to another one."""
        ratio = self._interactor.devicePixelRatioF()
        if ratio == self._ratio:
            return
        self._ratio = ratio
        self._surroundings.set_pixel_ratio(ratio)
        for axis in "XYZ":
            getattr(self._axes, f"Get{axis}AxisShaftProperty")().SetLineWidth(AXIS_WIDTH * ratio)

    def _on_recolored(self) -> None:
        self._interactor.set_background(colors().stage)
        for axis, color in zip("XYZ", colors().axes, strict=True):
            caption = getattr(self._axes, f"Get{axis}AxisCaptionActor2D")()
            caption.GetCaptionTextProperty().SetColor(Color(colors().quiet).float_rgb)
            for part in ("Shaft", "Tip"):
                looks = getattr(self._axes, f"Get{axis}Axis{part}Property")()
                looks.SetColor(Color(color).float_rgb)
                looks.SetAmbient(0.0)  # which would brighten it
                looks.SetLighting(False)
        self._interactor.update()

    def _on_panes_changed(self) -> None:
        panes = self._model.compare.panes
        pane = panes[self._index] if self._index < len(panes) else None
        before, self._pane = self._pane, pane
        if pane is None or (before and _place(before) == _place(pane)):
            return
        flat = self._model.is_flat(self._index)
        self._surroundings.set_place(flat=flat, standing=pane.view is not None)
        if before is None or before.content != pane.content or before.mode != pane.mode:
            self._splats.hide()
            self._depth = self._error = None
        self._show_meshes()
        self._show_photo()

    def _on_meshes_changed(self) -> None:
        held = {result.key: self._meshes.get(result.key) for result in self._model.results if result.kind == "mesh"}
        for key in [key for key, layer in self._layers.items() if held.get(key) is not layer.surface]:
            self._layers.pop(key).remove()
        for key, surface in held.items():
            if surface is not None and key not in self._layers:
                self._layers[key] = MeshLayer(self._interactor, surface)
        self._show_meshes()

    def _on_all_blocks_changed(self) -> None:
        for result in self._model.results:
            self._on_blocks_changed(result.key)

    def _on_blocks_changed(self, key: str) -> None:
        """Draw the blocks of a result as they are now."""
        shown = self._blocks.shown(key)
        if shown is None:
            if key in self._block_layers:
                self._block_layers.pop(key).remove()
            return
        new = key not in self._block_layers
        if new:
            self._block_layers[key] = BlockLayer(self._interactor)
        layer = self._block_layers[key]
        target = self._blocks.target
        layer.show(*shown, self._blocks.selection if target and target.key == key else ())
        if new:
            self._show_meshes()
        self._interactor.update()

    def _show_meshes(self) -> None:
        pane, model = self._pane, self._model
        if pane is None or self._index >= len(model.compare.panes):
            return
        for key, layer in (*self._layers.items(), *self._block_layers.items()):
            own = pane.content.key == key and not model.shows_splats(key)
            shown = own or model.show_meshes
            layer.set_visible(shown and not model.is_flat(self._index))
            if shown:
                self._dress(key, layer, pane)
        self._interactor.update()

    def _dress(self, key: str, layer: MeshLayer | BlockLayer, pane: Pane) -> None:
        """Draw a mesh or blocks as the pane says; what is measured is measured of the pane's own result alone."""
        own = pane.content.key == key
        style = pane.style if own or pane.style not in MEASURED else "shaded"
        if isinstance(layer, BlockLayer):
            layer.set_style(style_for("blocks", style))
        else:
            layer.set_style(style_for("mesh", style), self._shades.of(self._index) if own else None)

    def _show_photo(self) -> None:
        """Lay the photograph over its render, or show it or the error alone."""
        view, pane, model = self._model.selected_view, self._pane, self._model
        flat = pane is not None and model.is_flat(self._index)
        photo, opacity = model.photo, model.photo_opacity
        if flat:
            photo, opacity = (photo if pane.content.kind == "photo" else self._error), 1.0
        if view is None or photo is None or pane is None or not (flat or pane.view == view.name):
            self._photo.hide()
        else:
            self._photo.show(view.camera, photo, opacity)
        self._interactor.update()

    def _on_clicked(self, position: QPointF) -> None:
        """Turn around what is seen under the pointer from now on, or pick it."""
        camera = self._camera
        if camera is None or self._model.is_flat(self._index):
            return
        point = self.point_at(*self._pixel(position, camera))
        if point is not None and self._model.picking:
            self.picked.emit(point)
        elif point is not None:
            orbit = self._model.compare.panes[self._index].orbit
            self._model.compare.look_closer(orbit.centered(point), self._index)
            self._pivot_mark.flash()

    def _on_double_clicked(self, position: QPointF) -> None:
        """Stand where the photograph under the pointer was taken, or bring what is seen there to the middle."""
        camera = self._camera
        if camera is None or self._model.is_flat(self._index):
            return
        x, y = self._pixel(position, camera)
        view = self._surroundings.view_at(camera, x, y)
        if view:
            self._model.compare.activate(self._index)
            self._model.stand_at(view.name)
        elif (point := self.point_at(x, y)) is not None:
            self._model.compare.navigate(self._model.compare.panes[self._index].orbit.around(point), self._index)

    def _pixel(self, position: QPointF, camera: Camera) -> tuple[float, float]:
        size = self._interactor.size()
        return position.x() / size.width() * camera.width, position.y() / size.height() * camera.height

    def _splat_depth(self, x: float, y: float) -> float:
        """Of the splats at a part of width and height; 0 where there are none."""
        if self._depth is None:
            return 0.0
        height, width = self._depth.shape
        column, row = min(max(int(x * width), 0), width - 1), min(max(int(y * height), 0), height - 1)
        return float(self._depth[height - 1 - row, column])


def _place(pane: Pane) -> tuple[object, ...]:
    """What of a pane is not told by its camera."""
    return pane.content, pane.mode, pane.style, pane.view
