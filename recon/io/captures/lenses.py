"""Lens models by name, brought to the two that a `Distortion` knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from recon.scene import NO_DISTORTION, Distortion

Family = Literal["opencv", "fisheye"]

ORDER: dict[Family, tuple[str, ...]] = {
    "opencv": ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6"),
    "fisheye": ("k1", "k2", "k3", "k4"),
}

# COLMAP's models by number; names and meaning of their parameters as in its documentation. A family of None is not
# supported: those lenses are none of OpenCV's.
COLMAP_MODELS: dict[int, tuple[str, Family | None, str]] = {
    0: ("SIMPLE_PINHOLE", "opencv", "f cx cy"),
    1: ("PINHOLE", "opencv", "fx fy cx cy"),
    2: ("SIMPLE_RADIAL", "opencv", "f cx cy k1"),
    3: ("RADIAL", "opencv", "f cx cy k1 k2"),
    4: ("OPENCV", "opencv", "fx fy cx cy k1 k2 p1 p2"),
    5: ("OPENCV_FISHEYE", "fisheye", "fx fy cx cy k1 k2 k3 k4"),
    6: ("FULL_OPENCV", "opencv", "fx fy cx cy k1 k2 p1 p2 k3 k4 k5 k6"),
    7: ("FOV", None, "fx fy cx cy omega"),
    8: ("SIMPLE_RADIAL_FISHEYE", "fisheye", "f cx cy k1"),
    9: ("RADIAL_FISHEYE", "fisheye", "f cx cy k1 k2"),
    10: ("THIN_PRISM_FISHEYE", None, "fx fy cx cy k1 k2 p1 p2 k3 k4 sx1 sy1"),
    11: ("RAD_TAN_THIN_PRISM_FISHEYE", None, "fx fy cx cy k0 k1 k2 k3 k4 k5 p0 p1 s0 s1 s2 s3"),
    12: ("SIMPLE_DIVISION", None, "f cx cy k"),
    13: ("DIVISION", None, "fx fy cx cy k"),
    14: ("SIMPLE_FISHEYE", "fisheye", "f cx cy"),
    15: ("FISHEYE", "fisheye", "fx fy cx cy"),
    16: ("EUCM", None, "fx fy cx cy alpha beta"),
    17: ("EQUIRECTANGULAR", None, "w h"),
}
COLMAP_NUMBERS = {name: number for number, (name, _, _) in COLMAP_MODELS.items()}
SUPPORTED = tuple(name for name, family, _ in COLMAP_MODELS.values() if family)


def distortion(family: Family, coefficient: Callable[[str], float | None]) -> Distortion:
    """The distortion of a family's named coefficients; missing ones are zero."""
    values = tuple(coefficient(name) or 0.0 for name in ORDER[family])
    return Distortion(family, values) if family == "fisheye" or any(values) else NO_DISTORTION
