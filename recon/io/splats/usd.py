"""Gaussian splats in USD files by the schema ParticleField3DGaussianSplat, in OpenUSD since 26.03.

Linear scales, opacities in [0, 1], and harmonics one splat after another. Stages say which axis is up; ours say y.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io import usd
from recon.io.format import Format
from recon.io.splats.placing import placed, together
from recon.io.splats.values import color_of, degree_of, empty_splats, splats_of
from recon.scene import Splats
from recon.scene.transforms import transformed, turn

ANTIALIASED = "triptych:antialiased"


def holds(path: Path) -> bool:
    """Whether a USD file has splats in it."""
    return usd.holds(path, "splats")


def read(path: Path) -> Splats:
    """Read a USD file of splats; see `recon.io.read_splats`."""
    prims, up = usd.read_prims(path, "splats")
    if not prims:
        raise UnreadableFile(f"{path} is a USD file without splats: a ParticleField3DGaussianSplat was wanted.")
    parts = [placed(path, _splats(path, prim), prim["matrix"]) for prim in prims]
    return transformed(together(parts), turn(up, "-y"))


def _splats(path: Path, prim: usd.Prim) -> Splats:
    count = len(prim["means"])
    degree = degree_of(path, len(prim["sh"]) // count - 1) if count else 0
    arrays = empty_splats(count, degree)
    try:
        for name, array in arrays.items():
            array[:] = prim[name].reshape(array.shape)
    except ValueError as error:
        raise UnreadableFile(f"{path} is damaged: its arrays are not of one length ({error}).") from error
    return splats_of(path, arrays, bool(prim["antialiased"]))


def write(path: Path, splats: Splats, _: None = None) -> None:
    """Write a USD file of splats; see `recon.io.write_splats`."""
    from pxr import Gf, UsdGeom, UsdVol, Vt

    turned = transformed(splats, turn("-y", "y"))
    with usd.new_stage(path) as stage:
        field = UsdVol.ParticleField3DGaussianSplat.Define(stage, "/World/splats")
        field.CreatePositionsAttr(Vt.Vec3fArray.FromNumpy(turned.means))
        orientations = np.ascontiguousarray(np.roll(turned.quaternions, -1, axis=1))
        field.CreateOrientationsAttr(Vt.QuatfArray.FromNumpy(orientations))
        field.CreateScalesAttr(Vt.Vec3fArray.FromNumpy(turned.scales))
        field.CreateOpacitiesAttr(Vt.FloatArray.FromNumpy(turned.opacities))
        field.CreateRadianceSphericalHarmonicsDegreeAttr(turned.degree)
        field.CreateRadianceSphericalHarmonicsCoefficientsAttr(Vt.Vec3fArray.FromNumpy(turned.sh.reshape(-1, 3)))
        field.CreateProjectionModeHintAttr(UsdVol.Tokens.perspective)
        field.CreateSortingModeHintAttr(UsdVol.Tokens.cameraDistance)
        color = np.clip(color_of(turned.sh[:, 0]), 0, 1).astype(np.float32)
        color_attribute = field.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex)
        color_attribute.Set(Vt.Vec3fArray.FromNumpy(color))
        if len(turned):
            field.CreateExtentAttr([Gf.Vec3f(*map(float, corner)) for corner in _extent(turned)])
        if turned.antialiased:
            field.GetPrim().SetCustomDataByKey(ANTIALIASED, True)


def _extent(splats: Splats) -> tuple[NDArray[Any], NDArray[Any]]:
    """The box that holds every splat out to three standard deviations, whichever way it is turned."""
    reach = 3 * splats.scales.max(axis=1, keepdims=True)
    return (splats.means - reach).min(axis=0), (splats.means + reach).max(axis=0)


def _forecast(splats: Splats, _: None) -> int:
    return 4096 + len(splats) * 4 * (3 + 4 + 3 + 1 + 3 + 3 * (splats.degree + 1) ** 2)


FORMAT = Format(
    name="usd-splats",
    title="Splats in USD, ParticleField3DGaussianSplat",
    suffixes=usd.SUFFIXES,
    kind="splats",
    read=read,
    write=write,
    forecast=_forecast,
    fixed_up=True,
    holds=holds,
)
