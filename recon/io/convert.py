"""What may be changed on the way from one file to another, and what is said before a file is written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from recon.errors import InvalidParameter
from recon.io.format import Format
from recon.parameters import check, parameter
from recon.scene import Blocks, Geometry, Mesh, Similarity, Splats
from recon.scene.transforms import Axis, transformed, turn

GeometryT = TypeVar("GeometryT", Splats, Mesh, Blocks)
UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


@dataclass(frozen=True)
class Changes:
    """What is left out of geometry, and how it is turned and scaled, before it is written.

    Raises
    ------
    InvalidParameter
        If a value is out of its range, or the box is none.
    """

    sh: int = parameter(3, "Highest degree of harmonics to keep.", low=0, high=3)
    prune_opacity: float = parameter(0.0, "Splats below this opacity are left out.", low=0.0, high=1.0)
    crop: str = parameter("", "Box to keep: its low and its high corner, as x,y,z,X,Y,Z in units of the input.")
    input_up: str = parameter("-y", "Axis that points up in the input, where its format does not say.")
    up: str = parameter("", "Axis that shall point up in the output; as in the input where it is not given.")
    scale: float = parameter(1.0, "Factor by which everything grows.", low=1e-9, high=1e9, log=True)

    def __post_init__(self) -> None:
        check(self)
        for name in ("up", "input_up"):
            if getattr(self, name).removeprefix("+") not in (*get_args(Axis), *([""] if name == "up" else [])):
                raise InvalidParameter(f"{name} must be one of x, y, z, -x, -y and -z, got {getattr(self, name)!r}.")
        _box(self.crop)


def _box(text: str) -> NDArray[np.float64] | None:
    """(2, 3) corners of a box, or None where there is none."""
    if not text.strip():
        return None
    try:
        corners = np.array([float(word) for word in text.replace(",", " ").split()]).reshape(2, 3)
    except ValueError:
        corners = np.full((2, 3), np.nan)
    if not (corners[0] <= corners[1]).all():
        raise InvalidParameter(f"A box is two corners x,y,z,X,Y,Z with x <= X, y <= Y and z <= Z, got {text!r}.")
    return corners


def changed(
    geometry: GeometryT,
    changes: Changes,
    source: Format[Any] | None,
    target: Format[Any],
    project_from_world: Similarity | None = None,
) -> GeometryT:
    """Geometry as it is to be written.

    Parameters
    ----------
    geometry : Splats, Mesh or Blocks
    changes : Changes
    source : Format, optional
        Where it came from; None for what was made here.
    target : Format
        Where it goes.
    project_from_world : Similarity, optional
        Applied first, to a world in which z points up; None leaves the geometry as its capture lies.

    Raises
    ------
    InvalidParameter
        If a mesh or blocks are asked for what only splats have, or an axis for a format that has its own.
    """
    box = _box(changes.crop)
    if not isinstance(geometry, Splats) and (changes.sh != 3 or changes.prune_opacity):
        what = "a mesh" if isinstance(geometry, Mesh) else "blocks"
        raise InvalidParameter(f"sh and prune-opacity are for splats; the input is {what}.")
    if isinstance(geometry, Mesh):
        geometry = _cropped_mesh(geometry, box)
    elif isinstance(geometry, Blocks):
        geometry = geometry if box is None else geometry.part(_inside(geometry.centers, box))
    else:
        geometry = _cropped_splats(geometry, changes, box)
    similarity = movement(changes, source, target, project_from_world)
    return geometry if np.array_equal(similarity.matrix, np.eye(4)) else transformed(geometry, similarity)


def movement(
    changes: Changes, source: Format[Any] | None, target: Format[Any], project_from_world: Similarity | None = None
) -> Similarity:
    """How geometry is turned and scaled on its way to a file; the parameters are those of `changed`."""
    if project_from_world is None:
        return Similarity(changes.scale, _turn(changes, source, target).rotation)
    changes = dataclasses.replace(changes, input_up="z")
    return Similarity(changes.scale, _turn(changes, None, target).rotation) @ project_from_world


def _turn(changes: Changes, source: Format[Any] | None, target: Format[Any]) -> Similarity:
    """The turn in our own frame, in which y points down unless somebody says otherwise."""
    wanted: Any = changes.up.removeprefix("+")
    was: Any = changes.input_up.removeprefix("+") if source is None or not source.fixed_up else "-y"
    if target.fixed_up:
        if wanted not in ("", "y"):
            raise InvalidParameter(f"In {target.title} y points up by definition; leave the up axis away.")
        return turn(was, "-y")
    return turn(was, wanted or was)


def _cropped_splats(splats: Splats, changes: Changes, box: NDArray[np.float64] | None) -> Splats:
    keep = splats.opacities >= changes.prune_opacity
    if box is not None:
        keep &= _inside(splats.means, box)
    kept = splats if keep.all() else splats.part(keep)
    return dataclasses.replace(kept, sh=np.ascontiguousarray(kept.sh[:, : (changes.sh + 1) ** 2]))


def _cropped_mesh(mesh: Mesh, box: NDArray[np.float64] | None) -> Mesh:
    if box is None:
        return mesh
    faces = mesh.faces[_inside(mesh.vertices, box)[mesh.faces].all(axis=1)]
    used, renumbered = np.unique(faces, return_inverse=True)
    kept: dict[str, Any] = {name: values[used] for name, values in mesh.at_vertices().items()}
    faces = renumbered.reshape(-1, 3).astype(np.int32)
    return dataclasses.replace(mesh, vertices=mesh.vertices[used], faces=faces, **kept)


def _inside(positions: NDArray[np.float32], box: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(((positions >= box[0]) & (positions <= box[1])).all(axis=1))


def promise(path: Path, form: Format[Any], geometry: Geometry, options: Any = None) -> str:
    """A sentence on the file that is about to be written: its format, its size and what it does not keep."""
    size = form.forecast_bytes(geometry, options)
    loss = form.told_loss(light=isinstance(geometry, Mesh) and geometry.light is not None)
    return f"{path}: {form.title}, about {readable_size(size)}. {loss}".strip()


def readable_size(size: int) -> str:
    """Bytes in the largest unit of which there is at least one: "12.3 MB"."""
    return next((f"{size / unit:.1f} {name}" for unit, name in UNITS if size >= unit), f"{size} bytes")
