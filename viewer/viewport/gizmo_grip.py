"""A gizmo under the pointer: which handle is lit, which is held, and what dragging it does."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QPainter

from recon.scene import Camera
from viewer.model.gizmo import LENGTH, REACH, Change, Drag, Gizmo
from viewer.viewport.gizmo_painter import paint_gizmo


class GizmoGrip:
    """Takes hold of a gizmo's handles. Positions are pixels of the picture.

    Attributes
    ----------
    change : Change, optional
        What the drag does so far; None where nothing is held, or it has not been moved yet.
    """

    def __init__(self) -> None:
        self._drag: Drag | None = None
        self._lit: str | None = None
        self.change: Change | None = None

    @property
    def held(self) -> bool:
        """Whether a handle is held."""
        return self._drag is not None

    def take(self, gizmo: Gizmo | None, camera: Camera, position: tuple[float, float], ratio: float) -> bool:
        """Take hold of the handle at a position; says whether there is one. `ratio` is pixels for one of the widget."""
        handle = _at(gizmo, camera, position, ratio)
        self._drag = Drag(_sized(gizmo, ratio), handle, camera, position) if gizmo and handle else None
        return self.held

    def move(self, position: tuple[float, float], *, snap: bool) -> None:
        """Drag what is held to a position."""
        if self._drag:
            self.change = self._drag.to(*position, snap=snap)

    def light(self, gizmo: Gizmo | None, camera: Camera, position: tuple[float, float], ratio: float) -> None:
        """Light the handle under the pointer."""
        self._lit = _at(gizmo, camera, position, ratio)

    def let_go(self) -> None:
        """Hold nothing."""
        self._drag = self.change = None

    def camera(self) -> Camera | None:
        """Through which the handle was taken hold of."""
        return self._drag.camera if self._drag else None

    def paint(self, painter: QPainter, gizmo: Gizmo | None, camera: Camera, ratio: float) -> None:
        """Paint the gizmo where the drag has brought it."""
        shown = _sized(self._drag.gizmo, ratio) if self._drag else _sized(gizmo, ratio) if gizmo else None
        if shown:
            name = self._drag.handle if self._drag else self._lit
            paint_gizmo(painter, shown.moved(self.change or Change()), camera, 1 / ratio, name)


def _sized(gizmo: Gizmo, ratio: float) -> Gizmo:
    return replace(gizmo, length=LENGTH * ratio)


def _at(gizmo: Gizmo | None, camera: Camera, position: tuple[float, float], ratio: float) -> str | None:
    handle = _sized(gizmo, ratio).handle_at(camera, *position, REACH * ratio) if gizmo else None
    return handle.name if handle else None
