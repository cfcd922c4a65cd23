"""Reads a USD file in a process of its own: `python usd_child.py KIND FILE OUT.npz`.

The library trusts what it reads: a damaged file can make it ask for all memory there is, or end the process. Here it
may, under limits that `recon.io.usd` sets. Stands alone, so that it starts quickly. Exit status 2 and a line on stderr
say what is wrong; arrays go to OUT as `0/name`, `1/name` and so on, one number a prim.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def main() -> int:
    """Extract what the arguments ask for."""
    kind, path, out = sys.argv[1:4]
    _limit(int(sys.argv[4]))
    from pxr import Tf, Usd

    try:
        # Loads nothing that the stage only refers to: a file must not make us open others.
        stage = Usd.Stage.Open(path, Usd.Stage.LoadNone)
        extract = {"splats": _splats, "mesh": _mesh}[kind]
        arrays: dict[str, Any] = {"up": np.array(_up(stage))}
        for i, prim in enumerate(_prims(stage, kind)):
            arrays |= {f"{i}/{name}": value for name, value in extract(prim).items()}
    except (Tf.ErrorException, ValueError, TypeError, UnicodeError, MemoryError) as error:
        # The library puts the place in its own source first, then says what is wrong in quotes.
        said = str(error).strip().rpartition(" : ")[2].strip("'")
        sys.stderr.write(said or repr(error))
        return 2
    with open(out, "wb") as file:  # noqa: PTH123 - stands alone
        np.savez(file, **arrays)
    return 0


def _limit(most: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limits; the time limit of the parent remains
        return
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _up(stage: Any) -> str:
    from pxr import UsdGeom

    return "z" if UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.z else "y"


def _prims(stage: Any, kind: str) -> list[Any]:
    from pxr import UsdGeom, UsdVol

    schema = UsdVol.ParticleField3DGaussianSplat if kind == "splats" else UsdGeom.Mesh
    return [prim for prim in stage.Traverse() if prim.IsA(schema)]


def _common(prim: Any) -> dict[str, Any]:
    from pxr import Usd, UsdGeom

    matrix = UsdGeom.Imageable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default())
    return {"matrix": np.array(matrix).T, "name": np.array(prim.GetDisplayName() or prim.GetName())}


def _splats(prim: Any) -> dict[str, Any]:
    from pxr import UsdVol

    field = UsdVol.ParticleField3DGaussianSplat(prim)
    full_sh = field.GetRadianceSphericalHarmonicsCoefficientsAttr()
    half_sh = field.GetRadianceSphericalHarmonicsCoefficientshAttr()
    return _common(prim) | {
        "means": _values(field.GetPositionsAttr(), field.GetPositionshAttr(), 3),
        # USD keeps quaternions as x, y, z, w in memory.
        "quaternions": _values(field.GetOrientationsAttr(), field.GetOrientationshAttr(), 4)[:, [3, 0, 1, 2]],
        "scales": _values(field.GetScalesAttr(), field.GetScaleshAttr(), 3),
        "opacities": _values(field.GetOpacitiesAttr(), field.GetOpacitieshAttr(), 1)[:, 0],
        "sh": _values(full_sh, half_sh, 3),
        "antialiased": np.array(bool(prim.GetCustomDataByKey("triptych:antialiased"))),
    }


def _values(full: Any, half: Any, width: int) -> Any:
    """(N, width) values of an attribute, or of its half-precision twin where that one was authored."""
    found = full.Get() if full.HasAuthoredValue() else half.Get()
    return np.asarray([] if found is None else found, np.float32).reshape(-1, width)


def _mesh(prim: Any) -> dict[str, Any]:
    from pxr import UsdGeom

    mesh = UsdGeom.Mesh(prim)
    primvars = UsdGeom.PrimvarsAPI(prim)
    arrays = {
        "points": np.asarray(mesh.GetPointsAttr().Get() or [], np.float32).reshape(-1, 3),
        "counts": np.asarray(mesh.GetFaceVertexCountsAttr().Get() or [], np.int64),
        "indices": np.asarray(mesh.GetFaceVertexIndicesAttr().Get() or [], np.int64),
        "left_handed": np.array(mesh.GetOrientationAttr().Get() == UsdGeom.Tokens.leftHanded),
    }
    normals = mesh.GetNormalsAttr().Get()
    if normals:
        arrays |= {"normals": np.asarray(normals, np.float32), "normals_at": np.array(mesh.GetNormalsInterpolation())}
    for name, primvar in {"uv": primvars.GetPrimvar("st"), "colors": mesh.GetDisplayColorPrimvar()}.items():
        values = primvar.ComputeFlattened() if primvar and primvar.HasAuthoredValue() else None
        if values:
            arrays |= {name: np.asarray(values, np.float32), f"{name}_at": np.array(primvar.GetInterpolation())}
    return _common(prim) | arrays | _texture(prim)


def _texture(prim: Any) -> dict[str, Any]:
    """The bytes of the picture that colours a mesh, where its material has one."""
    from pxr import Ar, Usd, UsdShade

    material, _ = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial()
    for child in Usd.PrimRange(material.GetPrim()) if material else ():
        shader = UsdShade.Shader(child)
        file = shader.GetInput("file") if shader and shader.GetIdAttr().Get() == "UsdUVTexture" else None
        asset = file.Get() if file else None
        if asset and asset.resolvedPath:
            opened = Ar.GetResolver().OpenAsset(Ar.ResolvedPath(asset.resolvedPath))
            return {"texture": np.frombuffer(bytes(opened.GetBuffer()), np.uint8)} if opened else {}
    return {}


if __name__ == "__main__":
    sys.exit(main())
