"""USD stages on disk: opened with errors in sentences, written beside their place, with their axes and transforms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.files import atomic_path
from recon.scene.transforms import Axis

SUFFIXES = (".usdc", ".usd", ".usda", ".usdz")
STARTS = (b"PXR-USDC", b"#usda", b"PK\x03\x04")


def open_stage(path: Path) -> Any:
    """Open a stage.

    Raises
    ------
    UnreadableFile
        If it is not one, or damaged.
    """
    from pxr import Tf, Usd

    with path.open("rb") as file:
        start = file.read(8)
    if not start.startswith(STARTS):
        raise UnreadableFile(f"{path} is not a USD file: it does not begin as one.")
    try:
        # Loads nothing that the stage only refers to: a file must not make us open others.
        return Usd.Stage.Open(str(path), Usd.Stage.LoadNone)
    except (Tf.ErrorException, UnicodeError) as error:
        text = str(error).strip().splitlines()
        raise UnreadableFile(f"{path} is damaged: {text[-1] if text else error}.") from error


def prims_of(stage: Any, schema: Any) -> list[Any]:
    """The stage's prims of a type, in order."""
    return [prim for prim in stage.Traverse() if prim.IsA(schema)]


def world_from_prim(prim: Any) -> NDArray[np.float64]:
    """(4, 4) transform of column vectors."""
    from pxr import Usd, UsdGeom

    return np.array(UsdGeom.Imageable(prim).ComputeLocalToWorldTransform(Usd.TimeCode.Default())).T


def up_axis(stage: Any) -> Axis:
    """The axis that points up."""
    from pxr import UsdGeom

    return "z" if UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.z else "y"


@contextmanager
def new_stage(path: Path) -> Iterator[Any]:
    """A stage to be filled, with a root prim `/World`, y up; written to its place when the body ends."""
    from pxr import Sdf, Usd, UsdGeom

    stage = Usd.Stage.CreateInMemory()
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, Sdf.Path("/World")).GetPrim())
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)
    yield stage
    save_stage(path, stage)


def save_stage(path: Path, stage: Any) -> None:
    """Write a stage, whole or not at all; a .usdz packs it with the pictures it names."""
    from pxr import Sdf, UsdUtils

    with atomic_path(path) as temporary:
        if path.suffix.lower() != ".usdz":
            stage.GetRootLayer().Export(str(temporary))
            return
        inside = temporary.with_name("scene.usdc")
        stage.GetRootLayer().Export(str(inside))
        UsdUtils.CreateNewUsdzPackage(Sdf.AssetPath(str(inside)), str(temporary))
