"""Painting what tools draw over a picture: strokes, volumes and gizmos."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from recon.scene import Camera
from viewer.model.gizmo import Gizmo, Handle
from viewer.model.look import AXIS_X, AXIS_Y, AXIS_Z

COLORS = {"x": AXIS_X, "y": AXIS_Y, "z": AXIS_Z, "yz": AXIS_X, "zx": AXIS_Y, "xy": AXIS_Z}
PLAIN, LIT, SHADE = "#e8eaee", "#ffd27a", "#000000"
STROKE = "#ffb14d"
LINE, LIT_LINE = 2.4, 3.6  # pixels
ARROW = 11.0
CIRCLE = np.linspace(0, 2 * np.pi, 97)


def polygon(points: ArrayLike) -> QPolygonF:
    """Points (N, 2) as Qt wants them."""
    return QPolygonF([QPointF(x, y) for x, y in np.asarray(points, np.float64)])


def paint_stroke(painter: QPainter, shape: QPolygonF, *, closed: bool) -> None:
    """A line of a selection: dark under light, to be seen on anything."""
    for color, width, style in ((SHADE, 3.0, Qt.PenStyle.SolidLine), (STROKE, 1.4, Qt.PenStyle.DashLine)):
        tone = QColor(color)
        tone.setAlpha(110 if color == SHADE else 255)
        painter.setPen(QPen(tone, width, style))
        painter.setBrush(_faint(STROKE) if closed and color != SHADE else Qt.BrushStyle.NoBrush)
        if closed:
            painter.drawPolygon(shape)
        else:
            painter.drawPolyline(shape)


def paint_brush(painter: QPainter, points: list[QPointF], radius: float) -> None:
    """What a brush has passed over."""
    pen = QPen(_faint(STROKE, 80), 2 * radius)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(points) == 1:
        painter.drawPoint(points[0])
    else:
        painter.drawPolyline(QPolygonF(points))


def paint_circle(painter: QPainter, center: QPointF, radius: float) -> None:
    """The brush under the pointer."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((SHADE, 2.6), (PLAIN, 1.2)):
        painter.setPen(QPen(QColor(color), width))
        painter.drawEllipse(center, radius, radius)


def paint_wires(painter: QPainter, lines: Iterable[NDArray[np.float64]]) -> None:
    """Lines in pixels."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    shapes = [polygon(line) for line in lines]
    for color, width in ((_faint(SHADE, 120), 3.0), (QColor(STROKE), 1.3)):
        painter.setPen(QPen(color, width))
        for shape in shapes:
            painter.drawPolyline(shape)


def paint_gizmo(painter: QPainter, gizmo: Gizmo, camera: Camera, scale: float, lit: str | None) -> None:
    """A gizmo as a camera sees it; `scale` takes its pixels to the painter's, `lit` is the handle under the pointer."""
    for handle in reversed(gizmo.handles(camera)):
        color = QColor(LIT if handle.name == lit else COLORS.get(handle.name, PLAIN))
        shape = polygon(handle.points * scale)
        if handle.area:
            painter.setPen(QPen(color, 1.4))
            painter.setBrush(_faint(color, 190 if handle.name == lit else 110))
            painter.drawPolygon(shape)
            continue
        painter.setBrush(Qt.BrushStyle.NoBrush)
        width = LIT_LINE if handle.name == lit else LINE
        for pen in (QPen(_faint(SHADE, 90), width + 2), QPen(color, width)):
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPolyline(shape)
        if handle.name in COLORS and len(handle.points) == 2:
            _paint_end(painter, handle, scale, color, square=gizmo.kind == "scale")


def sphere_wires(center: ArrayLike, radius: float) -> list[NDArray[np.float64]]:
    """Three circles, world coordinates."""
    round_about = np.stack([np.cos(CIRCLE), np.sin(CIRCLE), np.zeros_like(CIRCLE)], axis=1) * radius
    return [np.asarray(center) + np.roll(round_about, shift, axis=1) for shift in range(3)]


def box_wires(world_from_box: NDArray[np.float64], size: ArrayLike) -> list[NDArray[np.float64]]:
    """The edges of a box around the origin of its frame, world coordinates."""
    half = np.asarray(size, np.float64) / 2
    face = np.array([[-1, -1, -1], [1, -1, -1], [1, 1, -1], [-1, 1, -1], [-1, -1, -1]], np.float64)
    opposite = face * [1, 1, -1]
    lines = [face, opposite, *(np.stack([a, b]) for a, b in zip(face[:4], opposite[:4], strict=True))]
    return [(line * half) @ world_from_box[:3, :3].T + world_from_box[:3, 3] for line in lines]


def projected(camera: Camera, lines: Iterable[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """World lines as the camera sees them, cut where they pass behind it."""
    near = 1e-3
    seen = []
    for line in lines:
        fine = _subdivided(line)
        pixels, depth = camera.project(fine)
        before = depth > near
        starts = np.flatnonzero(before[:-1] & before[1:])
        runs = np.split(starts, np.flatnonzero(np.diff(starts) > 1) + 1)
        seen.extend(pixels[run[0] : run[-1] + 2] for run in runs if len(run))
    return seen


def _subdivided(line: NDArray[np.float64], parts: int = 16) -> NDArray[np.float64]:
    if len(line) > 2 * parts:
        return line
    fractions = np.arange(parts)[:, None] / parts
    pieces = [a + fractions * (b - a) for a, b in pairwise(line)]
    return np.concatenate([*pieces, line[-1:]])


def _paint_end(painter: QPainter, handle: Handle, scale: float, color: QColor, *, square: bool) -> None:
    tip = handle.points[1] * scale
    along = tip - handle.points[0] * scale
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    across = np.array([-along[1], along[0]])
    half = ARROW / 2.4
    corners = (
        [tip + half * (a * along + b * across) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        if square
        else [tip + ARROW * along, tip - 0.3 * ARROW * along + half * across, tip - 0.3 * ARROW * along - half * across]
    )
    painter.setPen(QPen(_faint(SHADE, 90), 1))
    painter.setBrush(color)
    painter.drawPolygon(polygon(corners))


def _faint(color: QColor | str, alpha: int = 28) -> QColor:
    faint = QColor(color)
    faint.setAlpha(alpha)
    return faint
