"""The one door to Open3D."""

from __future__ import annotations

import platform
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import ResourceError


def require_open3d() -> None:
    """See that there is an Open3D, without loading it.

    Raises
    ------
    ResourceError
        If it is not installed.
    """
    if find_spec("open3d") is None:
        raise ResourceError(
            "Registering and Poisson reconstruction need the package Open3D, which is not installed. "
            f"Install it: pip install {_package()}"
        )


def open3d() -> Any:
    """Open3D, loaded when it is first asked for.

    Raises
    ------
    ResourceError
        If it is not installed, or a library that it needs of the system is missing.
    """
    require_open3d()
    try:
        library = import_module("open3d")
    except (ImportError, OSError) as error:
        raise ResourceError(
            f"Open3D is installed but cannot be loaded: {error}. On Debian and Ubuntu install what it needs: "
            "sudo apt install libusb-1.0-0 libgl1 libgomp1. Elsewhere reinstall it: "
            f"pip install --force-reinstall {_package()}"
        ) from error
    # What it warns of is told in our own words.
    library.utility.set_verbosity_level(library.utility.VerbosityLevel.Error)
    return library


def open3d_cloud(positions: NDArray[Any], normals: NDArray[Any] | None = None, colors: Any = None) -> Any:
    """Points as Open3D has them."""
    library = open3d()
    cloud = library.geometry.PointCloud(_vectors(library, positions))
    if normals is not None:
        cloud.normals = _vectors(library, normals)
    if colors is not None:
        cloud.colors = _vectors(library, colors)
    return cloud


def _vectors(library: Any, values: NDArray[Any]) -> Any:
    return library.utility.Vector3dVector(np.ascontiguousarray(values, np.float64))


def _package() -> str:
    """What is to be installed here; the build without CUDA is a quarter of the size, and made for Linux alone."""
    return "open3d-cpu" if sys.platform == "linux" and platform.machine() == "x86_64" else "open3d"
