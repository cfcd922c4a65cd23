"""Similarities, and the one of a project: which way is up, how large things are, and in which unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Vector = NDArray[np.float64]
Triple = tuple[float, float, float]

UP_AXES: dict[str, Triple] = {
    "+x": (1.0, 0.0, 0.0),
    "-x": (-1.0, 0.0, 0.0),
    "+y": (0.0, 1.0, 0.0),
    "-y": (0.0, -1.0, 0.0),
    "+z": (0.0, 0.0, 1.0),
    "-z": (0.0, 0.0, -1.0),
}
METRES = {"mm": 0.001, "cm": 0.01, "m": 1.0, "km": 1000.0, "in": 0.0254, "ft": 0.3048}
TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Similarity:
    """A rotation, a uniform scale and a shift: `target = scale * rotation @ source + translation`.

    Parameters
    ----------
    scale : float
        Above 0.
    rotation : (3, 3) float64
        Orthonormal, right-handed.
    translation : (3,) float64
        In target units.

    Raises
    ------
    ValueError
        If a value is none of these.
    """

    scale: float = 1.0
    rotation: Vector = field(default_factory=lambda: np.eye(3))
    translation: Vector = field(default_factory=lambda: np.zeros(3))

    def __post_init__(self) -> None:
        rotation, translation = np.array(self.rotation, np.float64), np.array(self.translation, np.float64)
        if not (np.isfinite(self.scale) and self.scale > 0):
            raise ValueError(f"a similarity needs a scale above 0, got {self.scale}")
        if translation.shape != (3,) or not np.isfinite(translation).all():
            raise ValueError(f"a similarity needs a translation of three finite numbers, got {self.translation!r}")
        if rotation.shape != (3, 3) or not _is_rotation(rotation):
            raise ValueError(f"a similarity needs an orthonormal, right-handed rotation, got {self.rotation!r}")
        object.__setattr__(self, "rotation", rotation)
        object.__setattr__(self, "translation", translation)

    @property
    def matrix(self) -> Vector:
        """(4, 4) float64: target from source, homogeneous."""
        matrix = np.eye(4)
        matrix[:3, :3] = self.scale * self.rotation
        matrix[:3, 3] = self.translation
        return matrix

    @property
    def inverse(self) -> Similarity:
        """The way back."""
        rotation = self.rotation.T
        return Similarity(1 / self.scale, rotation, -rotation @ self.translation / self.scale)

    def __matmul__(self, first: Similarity) -> Similarity:
        """The similarity that does `first`, then this one."""
        shift = self.scale * self.rotation @ first.translation + self.translation
        return Similarity(self.scale * first.scale, self.rotation @ first.rotation, shift)

    def apply(self, points: ArrayLike) -> Vector:
        """Carry (..., 3) points from source to target."""
        moved: Vector = self.scale * np.asarray(points, np.float64) @ self.rotation.T + self.translation
        return moved


@dataclass(frozen=True)
class Alignment:
    """What a person has said of a capture's world: which way is up, and how long a world unit is.

    Parameters
    ----------
    up : (3,) tuple, optional
        Unit vector in world coordinates; None where nobody has said.
    scale : float, optional
        Units per world unit; None where nobody has measured.
    unit : {"mm", "cm", "m", "km", "in", "ft"}

    Raises
    ------
    ValueError
        If a value is none of these.
    """

    up: Triple | None = None
    scale: float | None = None
    unit: str = "m"

    def __post_init__(self) -> None:
        if self.up is not None:
            object.__setattr__(self, "up", _unit_vector(self.up))
        if self.scale is not None and not (np.isfinite(self.scale) and self.scale > 0):
            raise ValueError(f"the scale must be above 0, got {self.scale}")
        if self.unit not in METRES:
            raise ValueError(f"the unit must be one of {', '.join(METRES)}, got {self.unit!r}")

    @property
    def similarity(self) -> Similarity:
        """From the capture's world to one with z up, in `unit`; the origin stays where it is."""
        rotation = np.eye(3) if self.up is None else rotation_between(self.up, UP_AXES["+z"])
        return Similarity(self.scale or 1.0, rotation)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {"up": list(self.up) if self.up else None, "scale": self.scale, "unit": self.unit}

    @classmethod
    def from_json(cls, values: Any) -> Alignment:
        """Read back what `to_json` gave.

        Raises
        ------
        ValueError
            If it is something else.
        """
        try:
            up, scale = values["up"], values["scale"]
            return cls(up and tuple(up), scale and float(scale), values["unit"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"an alignment needs up, scale and unit, got {values!r}") from error


def measured_scale(first: ArrayLike, second: ArrayLike, length: float) -> float:
    """Units per world unit, from two world points whose distance is known.

    Raises
    ------
    ValueError
        If the points coincide, or the length is not above 0.
    """
    distance = float(np.linalg.norm(np.subtract(second, first)))
    if not distance > 0:
        raise ValueError("The two points are in the same place. Pick two that lie apart.")
    if not (np.isfinite(length) and length > 0):
        raise ValueError(f"A length above 0 is needed, got {length}.")
    return length / distance


def plane_normal(points: Sequence[ArrayLike], toward: ArrayLike) -> Triple:
    """The unit normal of the plane nearest to three or more points, on the side of the direction `toward`.

    Raises
    ------
    ValueError
        If the points lie on one line.
    """
    centred = np.asarray(points, np.float64)
    centred = centred - centred.mean(0)
    _, spread, axes = np.linalg.svd(centred)
    if len(centred) < 3 or spread[1] <= TOLERANCE * max(spread[0], 1e-300):
        raise ValueError("The points lie on one line, so they span no ground. Pick three that form a triangle.")
    normal = axes[2] if axes[2] @ np.asarray(toward, np.float64) >= 0 else -axes[2]
    return _unit_vector(normal)


def rotation_between(source: ArrayLike, target: ArrayLike) -> Vector:
    """The smallest rotation that turns one direction into another, (3, 3) float64.

    Rodrigues' formula; for opposite directions, half a turn about an axis normal to both.
    """
    a, b = np.array(_unit_vector(source)), np.array(_unit_vector(target))
    cosine = float(a @ b)
    if cosine < -1 + 1e-12:
        axis = np.cross(a, np.eye(3)[np.argmin(np.abs(a))])
        axis /= np.linalg.norm(axis)
        return 2 * np.outer(axis, axis) - np.eye(3)
    x, y, z = np.cross(a, b)
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation: Vector = np.eye(3) + skew + skew @ skew / (1 + cosine)
    return rotation


def _is_rotation(matrix: Vector) -> bool:
    return bool(np.allclose(matrix @ matrix.T, np.eye(3), atol=TOLERANCE) and np.linalg.det(matrix) > 0)


def _unit_vector(direction: ArrayLike) -> Triple:
    vector = np.asarray(direction, np.float64)
    length = np.linalg.norm(vector) if vector.shape == (3,) else 0.0
    if not (np.isfinite(length) and length > 0):
        raise ValueError(f"a direction of three finite numbers was wanted, got {direction!r}")
    x, y, z = (vector / length).tolist()
    return x, y, z
