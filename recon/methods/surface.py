"""Method `surface`: photographs with known cameras become a textured mesh, by way of flat splats.

The splats are flattened and drawn with two more properties, the normal and the distance of each one's plane, whose
ratio is a depth that does not depend on how they overlap (Chen et al. 2024, PGSR). Depth and normals are made to agree
within a view, and between neighbouring views by reprojection and by the likeness of patches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from recon.methods import splats
from recon.methods.base import Context, Event, Forecast, Method
from recon.methods.footprint import PROGRAM_BYTES
from recon.methods.parameters import parameter
from recon.scene import Capture

VOLUME_BYTES_PER_CUBED_RESOLUTION = 16
SMALLEST_RESOLUTION = 96


@dataclass(frozen=True)
class Config(splats.Config):
    """Parameters of `surface`: those of `splats`, what keeps splats on surfaces, and how the mesh is made."""

    flatten: float = parameter(
        100.0, "Weight of the mean smallest size, in scene radii: makes splats flat.", low=0, high=1e4, group="Surface"
    )
    normal_weight: float = parameter(
        0.015, "Weight of normals against those of the depth.", low=0, high=10, group="Surface", live=True
    )
    normal_from: float = parameter(
        0.35, "Part of the run from which normals and depth must agree.", low=0, high=1, group="Surface"
    )
    reprojection_weight: float = parameter(
        0.03,
        "Weight of points that miss themselves on going to another view and back.",
        low=0,
        high=10,
        group="Surface",
        live=True,
    )
    patch_weight: float = parameter(
        0.15,
        "Weight of patches that look different in a neighbouring view.",
        low=0,
        high=10,
        group="Surface",
        live=True,
    )
    neighbours_from: float = parameter(
        0.5, "Part of the run from which neighbouring views are looked at.", low=0, high=1, group="Surface"
    )
    neighbours_interval: int = parameter(
        2, "Steps between such looks.", unit="steps", low=1, high=1000, group="Surface"
    )

    resolution: int = parameter(256, "Voxels along the longest side.", unit="voxels", low=16, high=2048, group="Mesh")
    depth: Literal["median", "expected"] = parameter(
        "median", "The depth that is fused: median is sharper, expected is smoother.", group="Mesh"
    )
    bounded: bool = parameter(True, "Only what lies about as near to the focus as the cameras do.", group="Mesh")
    faces: int = parameter(60_000, "Triangles at most.", unit="triangles", low=4, high=10**7, log=True, group="Mesh")
    close_holes: int = parameter(
        60, "Close holes of at most so many edges.", unit="edges", low=0, high=10**6, group="Mesh"
    )
    texture: int = parameter(1024, "Side of the texture; 0 makes none.", unit="texels", low=0, high=16384, group="Mesh")
    light: bool = parameter(True, "Light that changes with the viewpoint, beside the texture.", group="Mesh")


# Faint splats before the surface, splats grown by half a pixel, many random ones to begin with, and slow ones cost
# accuracy; so do few faces: docs/surface.md.
_ON_SURFACES = Config(initial_points=2000, opacity_penalty=0.01, antialiased=True, position_rate=3e-4)
PRESETS = {
    "quick": replace(
        _ON_SURFACES, steps=1500, cap=15_000, largest_side=400, evaluations=1, resolution=192, faces=30_000
    ),
    "standard": replace(_ON_SURFACES, steps=5000, cap=30_000, largest_side=512, evaluations=2),
    "best": replace(
        _ON_SURFACES,
        steps=12_000,
        cap=80_000,
        largest_side=1600,
        evaluations=4,
        resolution=400,
        faces=150_000,
        texture=2048,
    ),
}


def run(capture: Capture, config: Config, context: Context) -> Iterator[Event]:
    """Fit flat splats to a capture's training views, and make a mesh of them.

    Raises
    ------
    UnusableCapture
        If there is no training view.
    MethodError
        If the fit diverges or nothing is left to draw.
    """
    from recon.methods.surfacing.fit import train

    yield from train(capture, config, context)


def forecast(capture: Capture, config: Config, device: str) -> Forecast:
    """Expected peak memory: that of the splats, and of the volume and its surface."""
    fitting = splats.forecast(capture, config, device)
    return Forecast(fitting.host_bytes + _volume_bytes(config), fitting.device_bytes)


def lighten(capture: Capture, config: Config) -> tuple[Config, str] | None:
    """Coarser voxels where the volume takes most, else what `splats` gives up."""
    fitting = splats.forecast(capture, config, "cpu").host_bytes - PROGRAM_BYTES
    lighter: Any = None if _volume_bytes(config) > fitting else splats.lighten(capture, config)
    if lighter is None and config.resolution > SMALLEST_RESOLUTION:
        resolution = max(SMALLEST_RESOLUTION, int(config.resolution * 0.75))
        notice = f"To fit into memory, the surface is looked for with {resolution} voxels along its longest side."
        return replace(config, resolution=resolution), notice
    return lighter or splats.lighten(capture, config)  # type: ignore[return-value]


def _volume_bytes(config: Config) -> int:
    return VOLUME_BYTES_PER_CUBED_RESOLUTION * config.resolution**3


METHOD = Method(
    name="surface",
    title="Textured mesh",
    summary="Fits flat splats to the photographs and makes one textured surface of them, for any program.",
    config=Config,
    presets=PRESETS,
    run=run,
    forecast=forecast,
    lighten=lighten,
)
