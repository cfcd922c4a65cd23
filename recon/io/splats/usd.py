"""Gaussian splats in USD files by the schema ParticleField3DGaussianSplat, in OpenUSD since 26.03.

Linear scales, opacities in [0, 1], and harmonics one splat after another. Stages say which axis is up; ours say y.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.format import Format
from recon.io.splats.placing import placed, together
from recon.io.splats.values import Floats, color_of, degree_of, empty_splats, splats_of
from recon.io.usd import SUFFIXES, new_stage, open_stage, prims_of, up_axis, world_from_prim
from recon.scene import Splats
from recon.scene.transforms import transformed, turn

ANTIALIASED = "triptych:antialiased"


def holds(path: Path) -> bool:
    """Whether a USD file has splats in it."""
    from pxr import UsdVol

    try:
        return bool(prims_of(open_stage(path), UsdVol.ParticleField3DGaussianSplat))
    except (UnreadableFile, OSError):
        return False


def read(path: Path) -> Splats:
    """Read a USD file of splats; see `recon.io.read_splats`."""
    from pxr import Tf, UsdVol

    stage = open_stage(path)
    try:
        prims = prims_of(stage, UsdVol.ParticleField3DGaussianSplat)
        parts = [placed(path, _prim(path, prim), world_from_prim(prim)) for prim in prims]
    except (Tf.ErrorException, ValueError, TypeError) as error:
        raise UnreadableFile(f"{path} is damaged: its splats cannot be understood ({error}).") from error
    if not parts:
        raise UnreadableFile(f"{path} is a USD file without splats: a ParticleField3DGaussianSplat was wanted.")
    return transformed(together(parts), turn(up_axis(stage), "-y"))


def _prim(path: Path, prim: Any) -> Splats:
    from pxr import UsdVol

    field = UsdVol.ParticleField3DGaussianSplat(prim)
    means = _values(field.GetPositionsAttr(), field.GetPositionshAttr(), 3)
    harmonics = _values(
        field.GetRadianceSphericalHarmonicsCoefficientsAttr(), field.GetRadianceSphericalHarmonicsCoefficientshAttr(), 3
    )
    arrays = empty_splats(len(means), degree_of(path, len(harmonics) // max(len(means), 1) - 1) if len(means) else 0)
    arrays["means"][:] = means
    # USD keeps quaternions as x, y, z, w in memory.
    arrays["quaternions"][:] = np.roll(_values(field.GetOrientationsAttr(), field.GetOrientationshAttr(), 4), 1, axis=1)
    arrays["scales"][:] = _values(field.GetScalesAttr(), field.GetScaleshAttr(), 3)
    arrays["opacities"][:] = _values(field.GetOpacitiesAttr(), field.GetOpacitieshAttr(), 1)[:, 0]
    arrays["sh"][:] = harmonics.reshape(arrays["sh"].shape)
    return splats_of(path, arrays, bool(prim.GetCustomDataByKey(ANTIALIASED)))


def _values(full: Any, half: Any, width: int) -> Floats:
    """(N, width) values of an attribute, or of its half-precision twin where that one was authored."""
    found = full.Get() if full.HasAuthoredValue() else half.Get()
    return np.asarray([] if found is None else found, np.float32).reshape(-1, width)


def write(path: Path, splats: Splats, _: None = None) -> None:
    """Write a USD file of splats; see `recon.io.write_splats`."""
    from pxr import Gf, UsdGeom, UsdVol, Vt

    turned = transformed(splats, turn("-y", "y"))
    with new_stage(path) as stage:
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
    suffixes=SUFFIXES,
    kind="splats",
    read=read,
    write=write,
    forecast=_forecast,
    fixed_up=True,
    holds=holds,
)
