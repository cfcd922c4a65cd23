"""Blocks for physics: URDF with a mesh beside it for each block, and MJCF with the meshes inside.

z is up and the ground, if there is one, at z = 0. Each block is a body of its own, as heavy as water of its volume if a
world unit is a metre; its collision shape is the convex hull of its surface.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from recon.io.files import atomic_write, atomic_write_all
from recon.io.format import Format
from recon.parameters import check, parameter
from recon.scene import Blocks, Similarity
from recon.scene.block_surfaces import local_vertices
from recon.scene.similarity import rotation_between
from recon.scene.transforms import transformed, turn

Floats = NDArray[np.float64]

HULL_DETAIL = 8
STL_HEADER, STL_ROW = b"Triptych".ljust(80, b"\0"), np.dtype([("rows", "<f4", 12), ("rest", "<u2")])
LOSES = "Only shapes as convex hulls, places and masses are kept."


@dataclass(frozen=True)
class Options:
    """Of what blocks are made.

    Raises
    ------
    InvalidParameter
        If a value is out of its range.
    """

    density: float = parameter(1000.0, "Mass of a cubic world unit.", unit="kg", low=1e-6, high=1e9, log=True)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True, eq=False)
class Body:
    """One block as physics wants it, in its own frame: hull, mass, centre of mass and inertia about it."""

    name: str
    points: Floats
    triangles: NDArray[np.int64]
    mass: float
    center: Floats
    inertia: Floats


def upright(blocks: Blocks) -> Blocks:
    """The blocks with z up, the ground's middle at z = 0; without a ground, the capture's -y is up."""
    if blocks.ground is None:
        return transformed(blocks.bare(), turn("-y", "z"))
    rotation = rotation_between(blocks.ground.up, (0.0, 0.0, 1.0))
    height = float((rotation @ blocks.ground.center.astype(np.float64))[2])
    return transformed(blocks.bare(), Similarity(rotation=rotation, translation=np.array([0, 0, -height])))


def bodies(blocks: Blocks, density: float) -> list[Body]:
    """Each block's hull, and what it weighs: its exact volume times the density."""
    import trimesh

    made = []
    names = _unique(blocks.names)
    for name, points, volume in zip(names, local_vertices(blocks, HULL_DETAIL), blocks.volumes, strict=True):
        hull = trimesh.Trimesh(points, process=False).convex_hull
        mass = float(volume * density)
        inertia = np.asarray(hull.moment_inertia) * mass / hull.volume
        corners, triangles = np.asarray(hull.vertices, np.float64), np.asarray(hull.faces, np.int64)
        made.append(Body(name, corners, triangles, mass, np.asarray(hull.center_mass), inertia))
    return made


def _unique(names: tuple[str, ...]) -> list[str]:
    """Names as identifiers, each once."""
    plain = ["".join(letter if letter.isalnum() else "_" for letter in name) or "block" for name in names]
    return [f"{name}_{index + 1}" if plain.count(name) > 1 else name for index, name in enumerate(plain)]


def write_urdf(path: Path, blocks: Blocks, options: Options) -> None:
    """Write a URDF and an STL for each block beside it; see `recon.io.write_geometry`."""
    standing = upright(blocks)
    robot = ET.Element("robot", name=path.stem)
    ET.SubElement(robot, "link", name="world")
    files: dict[Path, bytes] = {}
    for index, body in enumerate(bodies(standing, options.density)):
        mesh = path.with_name(f"{'_'.join(path.stem.split())}_{body.name}.stl")
        files[mesh] = _stl(body)
        link = ET.SubElement(robot, "link", name=body.name)
        inertial = ET.SubElement(link, "inertial")
        ET.SubElement(inertial, "origin", xyz=_text(body.center), rpy="0 0 0")
        ET.SubElement(inertial, "mass", value=_text([body.mass]))
        upper = {f"i{'xyz'[i]}{'xyz'[j]}": _text([body.inertia[i, j]]) for i in range(3) for j in range(i, 3)}
        ET.SubElement(inertial, "inertia", upper)
        for kind in ("visual", "collision"):
            geometry = ET.SubElement(ET.SubElement(link, kind), "geometry")
            ET.SubElement(geometry, "mesh", filename=mesh.name)
        joint = ET.SubElement(robot, "joint", name=f"{body.name}_place", type="floating")
        ET.SubElement(joint, "parent", link="world")
        ET.SubElement(joint, "child", link=body.name)
        angles = _text(_roll_pitch_yaw(standing.world_from_block[index]))
        ET.SubElement(joint, "origin", xyz=_text(standing.centers[index]), rpy=angles)
    atomic_write_all(files | {path: _document(robot)})


def write_mjcf(path: Path, blocks: Blocks, options: Options) -> None:
    """Write an MJCF with everything inside; see `recon.io.write_geometry`."""
    standing = upright(blocks)
    root = ET.Element("mujoco", model=path.stem)
    asset, world = ET.SubElement(root, "asset"), ET.SubElement(root, "worldbody")
    if blocks.ground is not None:
        ET.SubElement(world, "geom", name="ground", type="plane", size="0 0 1")
    for index, body in enumerate(bodies(standing, options.density)):
        faces = " ".join(str(number) for number in body.triangles.ravel())
        ET.SubElement(asset, "mesh", name=body.name, vertex=_text(body.points.ravel()), face=faces)
        place = {"pos": _text(standing.centers[index]), "quat": _text(standing.quaternions[index])}
        node = ET.SubElement(world, "body", {"name": body.name, **place})
        ET.SubElement(node, "freejoint")
        ET.SubElement(node, "geom", type="mesh", mesh=body.name, mass=_text([body.mass]))
    with atomic_write(path) as file:
        file.write(_document(root))


def _document(root: ET.Element) -> bytes:
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _text(values: NDArray[np.floating] | list[float]) -> str:
    return " ".join(f"{float(value):.9g}" for value in values)


def _roll_pitch_yaw(rotation: Floats) -> Floats:
    """Angles about the fixed axes x, y, z, in this order, as URDF has them."""
    pitch = np.arcsin(np.clip(-rotation[2, 0], -1, 1))
    if np.abs(rotation[2, 0]) > 1 - 1e-9:  # roll and yaw turn about one axis; all is given to yaw
        return np.array([0.0, pitch, np.arctan2(-rotation[0, 1], rotation[1, 1])])
    return np.array([np.arctan2(rotation[2, 1], rotation[2, 2]), pitch, np.arctan2(rotation[1, 0], rotation[0, 0])])


def _stl(body: Body) -> bytes:
    corners = body.points[body.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    rows = np.zeros(len(corners), STL_ROW)
    rows["rows"] = np.concatenate([normals[:, None], corners], axis=1).reshape(-1, 12)
    return STL_HEADER + np.uint32(len(rows)).tobytes() + rows.tobytes()


def _forecast(blocks: Blocks, _: Options) -> int:
    return 1024 + len(blocks) * 50 * 12 * HULL_DETAIL**2


def _forecast_inside(blocks: Blocks, _: Options) -> int:
    corners = 6 * HULL_DETAIL**2
    return 512 + len(blocks) * (33 * corners + 24 * corners)


URDF = Format(
    name="blocks-urdf",
    title="Blocks for robots, URDF",
    suffixes=(".urdf",),
    kind="blocks",
    write=write_urdf,
    forecast=_forecast,
    options=Options,
    loses=LOSES,
    fixed_up=True,
)
MJCF = Format(
    name="blocks-mjcf",
    title="Blocks for MuJoCo, MJCF",
    suffixes=(".xml",),
    kind="blocks",
    write=write_mjcf,
    forecast=_forecast_inside,
    options=Options,
    loses=LOSES,
    fixed_up=True,
)
