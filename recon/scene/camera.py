"""Cameras: a pinhole or distorted projection with a pose in the capture's world frame."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

DistortionModel = Literal["none", "opencv", "fisheye"]
MAXIMUM_COEFFICIENTS = {"none": 0, "opencv": 8, "fisheye": 4}


@dataclass(frozen=True)
class Distortion:
    """How a lens bends rays, in OpenCV's two models.

    Parameters
    ----------
    model : {"none", "opencv", "fisheye"}
        "opencv" is the radial-tangential model, "fisheye" the equidistant one (Kannala and Brandt 2006).
    coefficients : tuple of float
        opencv: k1, k2, p1, p2, k3, k4, k5, k6 (up to eight, missing ones are zero).
        fisheye: k1, k2, k3, k4.
    """

    model: DistortionModel = "none"
    coefficients: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.model not in MAXIMUM_COEFFICIENTS:
            raise ValueError(f"distortion model must be one of {sorted(MAXIMUM_COEFFICIENTS)}, got {self.model!r}")
        if len(self.coefficients) > MAXIMUM_COEFFICIENTS[self.model]:
            raise ValueError(
                f"distortion {self.model!r} takes at most {MAXIMUM_COEFFICIENTS[self.model]} coefficients, "
                f"got {len(self.coefficients)}"
            )
        if not np.all(np.isfinite(self.coefficients)):
            raise ValueError(f"distortion coefficients must be finite, got {self.coefficients}")

    @property
    def bends(self) -> bool:
        """Whether any ray leaves its pinhole path."""
        return self.model == "fisheye" or any(self.coefficients)


NO_DISTORTION = Distortion()


def _identity() -> NDArray[np.float64]:
    return np.eye(4)


@dataclass(frozen=True, eq=False)
class Camera:
    """A camera: x right, y down, z forward; pixel centres at +0.5.

    Parameters
    ----------
    width, height : int
        Image size in pixels.
    fx, fy, cx, cy : float
        Focal lengths and principal point in pixels; (0, 0) is the outer corner of the first pixel.
    world_from_camera : (4, 4) float64
        Rigid transform from camera to world coordinates.
    distortion : Distortion

    Raises
    ------
    ValueError
        If the size or focal length is not positive, or the pose is not rigid and finite.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    world_from_camera: NDArray[np.float64] = field(default_factory=_identity)
    distortion: Distortion = NO_DISTORTION

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"camera size must be positive, got {self.width}x{self.height}")
        if not (np.isfinite([self.fx, self.fy, self.cx, self.cy]).all() and self.fx > 0 and self.fy > 0):
            raise ValueError(f"camera intrinsics must be finite with positive focal lengths, got {self.intrinsics}")
        object.__setattr__(self, "world_from_camera", _rigid(self.world_from_camera))

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """(4,) float64: fx, fy, cx, cy in pixels."""
        return np.array([self.fx, self.fy, self.cx, self.cy])

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(3, 3) float64: the calibration matrix K, pixel centres at +0.5."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    @property
    def camera_from_world(self) -> NDArray[np.float64]:
        """(4, 4) float64: rigid transform from world to camera coordinates."""
        rotation, center = self.world_from_camera[:3, :3], self.world_from_camera[:3, 3]
        inverse = np.eye(4)
        inverse[:3, :3] = rotation.T
        inverse[:3, 3] = -rotation.T @ center
        return inverse

    @property
    def center(self) -> NDArray[np.float64]:
        """(3,) float64: centre of projection in world coordinates."""
        return self.world_from_camera[:3, 3]

    def resized(self, width: int, height: int) -> Camera:
        """The same camera for an image resampled to another size."""
        x, y = width / self.width, height / self.height
        return replace(self, width=width, height=height, fx=self.fx * x, fy=self.fy * y, cx=self.cx * x, cy=self.cy * y)

    def project(self, points: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Project world points, lens distortion included.

        Parameters
        ----------
        points : (N, 3) array
            World coordinates.

        Returns
        -------
        pixels : (N, 2) float64
            Image position; meaningless where depth is not positive.
        depth : (N,) float64
            z in camera coordinates, in world units.
        """
        transform = self.camera_from_world
        local = np.asarray(points, np.float64).reshape(-1, 3) @ transform[:3, :3].T + transform[:3, 3]
        depth = local[:, 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            flat = local[:, :2] / depth[:, None]
        return distort(flat, self.distortion) * [self.fx, self.fy] + [self.cx, self.cy], depth


def distort(rays: NDArray[np.float64], distortion: Distortion) -> NDArray[np.float64]:
    """Bend normalised image coordinates by a lens.

    Parameters
    ----------
    rays : (N, 2) float64
        x/z and y/z in camera coordinates.
    distortion : Distortion

    Returns
    -------
    (N, 2) float64
        Distorted x/z and y/z, as in OpenCV's documentation of `projectPoints` and `fisheye::projectPoints`.
    """
    if not distortion.bends:
        return rays
    k = np.zeros(8)
    k[: len(distortion.coefficients)] = distortion.coefficients
    squared = (rays**2).sum(1)
    if distortion.model == "fisheye":
        radius = np.sqrt(squared)
        angle = np.arctan(radius)
        bent = angle * (1 + sum(k[i] * angle ** (2 * i + 2) for i in range(4)))
        stretch = np.where(radius > 1e-9, bent / np.maximum(radius, 1e-12), 1.0)
        return np.asarray(rays * stretch[:, None], np.float64)
    k1, k2, p1, p2, k3, k4, k5, k6 = k
    radial = (1 + squared * (k1 + squared * (k2 + squared * k3))) / (1 + squared * (k4 + squared * (k5 + squared * k6)))
    x, y = rays.T
    tangential = np.stack(
        [2 * p1 * x * y + p2 * (squared + 2 * x * x), p1 * (squared + 2 * y * y) + 2 * p2 * x * y], axis=1
    )
    return np.asarray(rays * radial[:, None] + tangential, np.float64)


def _rigid(transform: ArrayLike) -> NDArray[np.float64]:
    matrix = np.array(transform, np.float64)
    if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
        raise ValueError(f"world_from_camera must be a finite (4, 4) matrix, got shape {matrix.shape}")
    rotation = matrix[:3, :3]
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3) or np.linalg.det(rotation) < 0:
        raise ValueError("world_from_camera must hold a rotation without scale or reflection")
    matrix.setflags(write=False)
    return matrix
