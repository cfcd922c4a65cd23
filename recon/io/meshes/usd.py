"""Meshes as USD, with a preview material where there is a texture. Stages say which axis is up; ours say y."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io import usd
from recon.io.files import atomic_write, atomic_write_all
from recon.io.format import Format
from recon.io.meshes.values import beside, forecast, mesh_of, pixels_of, png_of
from recon.scene import Mesh
from recon.scene.transforms import transformed, turn

FACE_VARYING = "faceVarying"
# Normals this close to unit length are left as they are.
UNIT = 1e-6


def holds(path: Path) -> bool:
    """Whether a USD file has meshes in it."""
    return usd.holds(path, "mesh")


def read(path: Path) -> Mesh:
    """Read a USD file's meshes as one; the first one's texture is kept. See `recon.io.read_mesh`."""
    prims, up = usd.read_prims(path, "mesh")
    if not prims:
        raise UnreadableFile(f"{path} is a USD file without meshes.")
    try:
        parts = [_part(prim) for prim in prims]
    except (ValueError, IndexError, KeyError, np.linalg.LinAlgError) as error:
        raise UnreadableFile(f"{path} is damaged: its mesh cannot be understood ({error}).") from error
    shared = set.intersection(*(set(part) for part in parts)) - {"faces"}
    columns = {name: np.concatenate([part[name] for part in parts]) for name in shared}
    starts = np.cumsum([0, *(len(part["vertices"]) for part in parts[:-1])])
    faces = np.concatenate([part["faces"] + start for part, start in zip(parts, starts, strict=True)]).astype(np.int32)
    texture = pixels_of(prims[0]["texture"].tobytes()) if "texture" in prims[0] and "uv" in columns else None
    mesh = mesh_of(path, **columns, faces=faces, texture=texture, name=str(prims[0]["name"]))
    return transformed(mesh, turn(up, "-y"))


def _part(prim: usd.Prim) -> dict[str, NDArray[Any]]:
    """Vertices of one prim and what belongs to them, and its triangles."""
    counts, indices, points = prim["counts"], prim["indices"], prim["points"]
    inside = len(indices) == 0 or 0 <= indices.min() <= indices.max() < len(points)
    if counts.sum() != len(indices) or (counts < 0).any() or not inside:
        raise ValueError("its faces do not fit its points")
    corners = _fan(counts, bool(prim["left_handed"]))
    matrix = prim["matrix"]
    columns = {"vertices": points @ matrix[:3, :3].T + matrix[:3, 3]}
    at: dict[str, str] = {name: str(prim[f"{name}_at"]) for name in ("normals", "uv", "colors") if name in prim}
    columns |= {name: prim[name] for name, where in at.items() if where in ("vertex", "varying", FACE_VARYING)}
    if "normals" in columns:
        turned = columns["normals"] @ np.linalg.inv(matrix[:3, :3])
        lengths = np.linalg.norm(turned, axis=1, keepdims=True)
        even = np.abs(lengths - 1) < UNIT
        columns["normals"] = np.where(even, turned, turned / np.where(lengths > 0, lengths, 1))
    columns = {name: values.astype(np.float32) for name, values in columns.items()}
    if FACE_VARYING not in at.values():
        return columns | {"faces": indices[corners].reshape(-1, 3)}
    return _shared_vertices(
        {
            name: values[corners if at.get(name) == FACE_VARYING else indices[corners]]
            for name, values in columns.items()
        }
    )


def _fan(counts: NDArray[np.int64], left_handed: bool) -> NDArray[np.int64]:
    """Corners of triangles that fan out from the first corner of each face."""
    starts = np.cumsum(counts) - counts
    triangles = np.maximum(counts - 2, 0)
    face = np.repeat(np.arange(len(counts)), triangles)
    step = np.arange(triangles.sum()) - np.repeat(np.cumsum(triangles) - triangles, triangles)
    ends = (2, 1) if left_handed else (1, 2)
    return np.stack([starts[face], *(starts[face] + step + end for end in ends)], axis=1).ravel()


def _shared_vertices(columns: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Corners that agree in everything become one vertex, in order of first appearance."""
    names = sorted(columns)
    rows = np.ascontiguousarray(np.concatenate([columns[name] for name in names], axis=1))
    keys = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    kept = {name: columns[name][first[order]] for name in names}
    return kept | {"faces": rank[inverse].reshape(-1, 3).astype(np.int32)}


def write(path: Path, mesh: Mesh, _: None = None) -> None:
    """Write a USD mesh; a texture goes beside it, or into a .usdz. See `recon.io.write_geometry`."""
    if mesh.texture is None:
        with usd.new_stage(path) as stage:
            _build(stage, mesh, None)
        return
    picture = beside(path, ".png") if usd.is_utf8(path) else path.with_name("texture.png")
    with TemporaryDirectory(prefix="triptych-usd-") as folder:
        inside = Path(folder) / f"new{path.suffix.lower()}"
        # Packing needs the picture at its place; otherwise both are moved together.
        (Path(folder) / picture.name).write_bytes(png_of(mesh.texture))
        _write_inside(inside, mesh, picture.name)
        content = inside.read_bytes()
    if path.suffix.lower() == ".usdz":
        with atomic_write(path) as file:
            file.write(content)
    else:
        atomic_write_all({picture: png_of(mesh.texture), path: content})


def _write_inside(path: Path, mesh: Mesh, picture: str) -> None:
    from pxr import Usd

    stage = Usd.Stage.CreateInMemory()
    usd.prepare(stage)
    _build(stage, mesh, f"./{picture}")
    usd.save(stage, path)


def _build(stage: Any, mesh: Mesh, picture: str | None) -> None:
    from pxr import Gf, Sdf, UsdGeom, Vt

    turned = transformed(mesh, turn("-y", "y"))
    prim = UsdGeom.Mesh.Define(stage, "/World/mesh")
    prim.GetPrim().SetDisplayName(mesh.name.encode(errors="replace").decode())
    prim.CreateSubdivisionSchemeAttr(UsdGeom.Tokens.none)
    prim.CreateDoubleSidedAttr(not mesh.one_sided)
    prim.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(turned.vertices))
    prim.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(np.full(len(mesh), 3, np.int32)))
    prim.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(np.ascontiguousarray(mesh.faces.ravel())))
    low, high = turned.vertices.min(axis=0), turned.vertices.max(axis=0)
    prim.CreateExtentAttr([Gf.Vec3f(*map(float, corner)) for corner in (low, high)])
    if turned.normals is not None:
        prim.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(turned.normals))
        prim.SetNormalsInterpolation(UsdGeom.Tokens.vertex)
    if mesh.colors is not None:
        prim.CreateDisplayColorPrimvar(UsdGeom.Tokens.vertex).Set(Vt.Vec3fArray.FromNumpy(mesh.colors))
    if mesh.uv is not None:
        kind = Sdf.ValueTypeNames.TexCoord2fArray
        primvar = UsdGeom.PrimvarsAPI(prim).CreatePrimvar("st", kind, UsdGeom.Tokens.vertex)
        primvar.Set(Vt.Vec2fArray.FromNumpy(mesh.uv))
    if picture:
        _bind_material(stage, prim, picture)


def _bind_material(stage: Any, prim: Any, picture: str) -> None:
    from pxr import Sdf, UsdShade

    material = UsdShade.Material.Define(stage, "/World/material")
    surface = UsdShade.Shader.Define(stage, "/World/material/surface")
    surface.CreateIdAttr("UsdPreviewSurface")
    surface.CreateInput("roughness", Sdf.ValueTypeNames.Float).Set(1.0)
    texture = UsdShade.Shader.Define(stage, "/World/material/texture")
    texture.CreateIdAttr("UsdUVTexture")
    texture.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(picture)
    texture.CreateInput("sourceColorSpace", Sdf.ValueTypeNames.Token).Set("sRGB")
    reader = UsdShade.Shader.Define(stage, "/World/material/uv")
    reader.CreateIdAttr("UsdPrimvarReader_float2")
    reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set("st")
    coordinates = reader.CreateOutput("result", Sdf.ValueTypeNames.Float2)
    texture.CreateInput("st", Sdf.ValueTypeNames.Float2).ConnectToSource(coordinates)
    color = texture.CreateOutput("rgb", Sdf.ValueTypeNames.Float3)
    surface.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).ConnectToSource(color)
    material.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
    UsdShade.MaterialBindingAPI.Apply(prim.GetPrim()).Bind(material)


def _forecast(mesh: Mesh, _: None) -> int:
    width = 12 * (1 + (mesh.normals is not None) + (mesh.colors is not None)) + 8 * (mesh.uv is not None)
    return 4096 + forecast(mesh, width, 6)


FORMAT = Format(
    name="usd-mesh",
    title="Mesh, USD",
    suffixes=usd.SUFFIXES,
    kind="mesh",
    without_light=True,
    read=read,
    write=write,
    forecast=_forecast,
    fixed_up=True,
    holds=holds,
)
