"""USD files: read in a process of their own, written beside their place, with their axes and transforms."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io.files import atomic_path, atomic_write
from recon.io.format import Kind
from recon.scene.transforms import Axis

SUFFIXES = (".usdc", ".usd", ".usda", ".usdz")
STARTS = (b"PXR-USDC", b"#usda", b"PK\x03\x04")
# What reading may take: memory beyond some times the file's size, and seconds; text takes far more than it fills.
MEMORY, MEMORY_PER_BYTE = 600 << 20, 30
SECONDS, SECONDS_PER_BYTE = 30, 1e-6
Prim = dict[str, NDArray[Any]]


def holds(path: Path, kind: Kind) -> bool:
    """Whether a USD file has a kind of geometry in it."""
    try:
        return bool(read_prims(path, kind)[0])
    except (UnreadableFile, OSError):
        return False


def read_prims(path: Path, kind: Kind) -> tuple[list[Prim], Axis]:
    """The arrays of every prim of a kind, each with its `matrix`, world_from_prim (4, 4), and the axis that points up.

    Raises
    ------
    UnreadableFile
        If it is no USD file, or damaged.
    """
    with path.open("rb") as file:
        start = file.read(8)
    if not start.startswith(STARTS):
        raise UnreadableFile(f"{path} is not a USD file: it does not begin as one.")
    with TemporaryDirectory(prefix="triptych-usd-") as folder:
        out = Path(folder) / "arrays.npz"
        _extract(path, kind, out)
        return _prims(path, out)


def _extract(path: Path, kind: Kind, out: Path) -> None:
    size = path.stat().st_size
    most = str(MEMORY + MEMORY_PER_BYTE * size)
    if not is_utf8(path):  # the library knows no other names
        path = _linked(path, out.parent)
    script = Path(__file__).with_name("usd_child.py")
    command = [sys.executable, "-P", str(script), kind, str(path.absolute()), str(out), most]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS + SECONDS_PER_BYTE * size, check=False)  # noqa: S603 - our own interpreter and script, no shell
    except subprocess.TimeoutExpired:
        raise UnreadableFile(f"{path} is damaged: the USD library did not come to an end with it.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() if done.returncode == 2 else []
        raise UnreadableFile(f"{path} is damaged: {said[-1] if said else 'the USD library gave up on it'}.")


def is_utf8(path: Path) -> bool:
    """Whether a path can be told to the USD library."""
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError:
        return False
    return True


def _linked(path: Path, folder: Path) -> Path:
    link = folder / f"in{path.suffix.lower()}"
    link.symlink_to(path.absolute())
    return link


def _prims(path: Path, out: Path) -> tuple[list[Prim], Axis]:
    prims: dict[int, Prim] = {}
    try:
        with np.load(out, allow_pickle=False) as arrays:
            up: Axis = "z" if str(arrays["up"]) == "z" else "y"
            for key in arrays.files:
                number, _, name = key.partition("/")
                if name:
                    prims.setdefault(int(number), {})[name] = arrays[key]
    except (OSError, ValueError, KeyError) as error:
        raise UnreadableFile(f"{path} could not be read: {error}.") from error
    return list(prims.values()), up


@contextmanager
def new_stage(path: Path) -> Iterator[Any]:
    """A stage to be filled, with a root prim `/World`, y up; written to its place when the body ends."""
    from pxr import Usd

    stage = Usd.Stage.CreateInMemory()
    prepare(stage)
    yield stage
    if not is_utf8(path):
        with TemporaryDirectory(prefix="triptych-usd-") as folder:
            save(stage, Path(folder) / f"new{path.suffix.lower()}")
            with atomic_write(path) as file:
                file.write((Path(folder) / f"new{path.suffix.lower()}").read_bytes())
        return
    with atomic_path(path) as temporary:
        save(stage, temporary)


def save(stage: Any, path: Path) -> None:
    """Write a stage in the format that the name of `path` speaks of."""
    if path.suffix.lower() == ".usdz":
        package(stage, path)
    else:
        stage.GetRootLayer().Export(str(path))


def prepare(stage: Any) -> None:
    """Give a new stage its root prim, its up axis and its unit."""
    from pxr import Sdf, UsdGeom

    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, Sdf.Path("/World")).GetPrim())
    UsdGeom.SetStageUpAxis(stage, UsdGeom.Tokens.y)
    UsdGeom.SetStageMetersPerUnit(stage, 1.0)


def package(stage: Any, path: Path) -> None:
    """Write a stage as .usdz, with the pictures it names beside `path`."""
    from pxr import Sdf, UsdUtils

    inside = path.with_name("scene.usdc")
    stage.GetRootLayer().Export(str(inside))
    UsdUtils.CreateNewUsdzPackage(Sdf.AssetPath(str(inside)), str(path))
