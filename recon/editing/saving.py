"""Lists of operations as JSON, beside the result they belong to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from recon.editing import blocks
from recon.editing.base import Edited, Operation
from recon.editing.blocks import BlockOperation, EditedBlocks
from recon.editing.by_value import SeenFrom, SelectByValue, SelectFloaters
from recon.editing.changes import CropToBox, Delete, Hide, ShowAll, Transform
from recon.editing.editing import apply
from recon.editing.meshes import (
    CropMesh,
    FillHoles,
    MeshOperation,
    MoveMesh,
    RemoveSmall,
    SimplifyMesh,
    SmoothMesh,
    apply_to_mesh,
)
from recon.editing.replay import Replay
from recon.editing.screen import SelectBrush, SelectPolygon, SelectRectangle
from recon.editing.space import All, Clear, Grow, Invert, SelectBox, SelectSphere
from recon.errors import UnreadableFile
from recon.io import atomic_write
from recon.scene import Blocks, Geometry, Splats

SCHEMA = 1
RUN, EDITS = "run.json", "edits.json"
RESULTS = ("result.ply", "result.glb", "blocks.json")  # as runs call them
KINDS: tuple[type[Operation], ...] = (
    *(SeenFrom, SelectRectangle, SelectPolygon, SelectBrush, SelectSphere, SelectBox, SelectByValue, SelectFloaters),
    *(Grow, Invert, All, Clear, Delete, Hide, ShowAll, CropToBox, Transform),
)
OPERATIONS: Mapping[str, type[Operation]] = {kind.__name__: kind for kind in KINDS}
BLOCK_KINDS: tuple[type[BlockOperation], ...] = (
    *(blocks.MoveBlocks, blocks.StretchBlocks, blocks.ShapeBlocks, blocks.MarkBlocks, blocks.RenameBlock),
    blocks.CarrySplats,
    *(blocks.AddBlock, blocks.DuplicateBlocks, blocks.DeleteBlocks),
    *(blocks.SplitBlock, blocks.MergeBlocks, blocks.ChooseNumber),
)
BLOCK_OPERATIONS: Mapping[str, type[BlockOperation]] = {kind.__name__: kind for kind in BLOCK_KINDS}
MESH_OPERATIONS: Mapping[str, type[MeshOperation]] = {
    kind.__name__: kind for kind in (CropMesh, SimplifyMesh, SmoothMesh, FillHoles, RemoveSmall, MoveMesh)
}
AnyOperation = Operation | BlockOperation | MeshOperation
OperationT = TypeVar("OperationT", Operation, BlockOperation, MeshOperation)


def edits_path(path: Path) -> Path:
    """Where the edits of a result are kept: RUN/edits.json for a run, NAME.edits.json beside any other file."""
    if path.is_dir():
        return path / EDITS
    if path.name in RESULTS and (path.parent / RUN).is_file():
        return path.parent / EDITS
    return path.with_name(f"{path.name}.{EDITS}")


def load_edits(path: Path) -> tuple[Operation, ...]:
    """Read the operations on splats from an edits file; none where there is no file.

    Raises
    ------
    UnreadableFile
        If it cannot be understood.
    """
    return _loaded(path, OPERATIONS)


def load_block_edits(path: Path) -> tuple[BlockOperation, ...]:
    """Read the operations on blocks from an edits file, as `load_edits` does those on splats."""
    return _loaded(path, BLOCK_OPERATIONS)


def load_mesh_edits(path: Path) -> tuple[MeshOperation, ...]:
    """Read the operations on a mesh from an edits file, as `load_edits` does those on splats."""
    return _loaded(path, MESH_OPERATIONS)


def _loaded(path: Path, kinds: Mapping[str, type[OperationT]]) -> tuple[OperationT, ...]:
    try:
        return _operations(json.loads(path.read_text(encoding="utf-8")), kinds)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise UnreadableFile(
            f"{path} cannot be understood as edits: {error}. Move it away to go on without them."
        ) from error


def edited_blocks(made: Blocks, path: Path) -> EditedBlocks:
    """Blocks of a run folder or a file as the edits saved beside it leave them.

    Raises
    ------
    UnreadableFile
        If its edits cannot be understood.
    InputError
        If they are about blocks that are not there.
    """
    return Replay(EditedBlocks.of(made)).apply(load_block_edits(edits_path(path)))


def edited_geometry(made: Geometry, path: Path, *, with_hidden: bool) -> Geometry:
    """A result as the edits saved beside it leave it.

    Parameters
    ----------
    made : Geometry
        What the run folder or the file at `path` holds.
    path : Path
    with_hidden : bool
        Whether what edits only hide is there.

    Raises
    ------
    UnreadableFile, InputError
        If its edits cannot be understood or applied.
    """
    if isinstance(made, Splats):
        operations = load_edits(edits_path(path))
        left = apply(made, operations) if operations else Edited.of(made)
        return left.splats if with_hidden else left.keep(~left.hidden).splats
    if isinstance(made, Blocks):
        edited = edited_blocks(made, path)
        return edited.result if with_hidden or not edited.hidden else edited.visible
    return apply_to_mesh(made, load_mesh_edits(edits_path(path)))


def save_edits(path: Path, operations: Sequence[AnyOperation]) -> None:
    """Write the operations to an edits file, whole or not at all; without any, the file is removed.

    Raises
    ------
    InputError
        If the place cannot be written to.
    DiskFull
        If there is no space left.
    """
    if not operations:
        path.unlink(missing_ok=True)
        return
    with atomic_write(path) as file:
        file.write(json.dumps(to_json(operations), separators=(",", ":")).encode())


def to_json(operations: Sequence[AnyOperation]) -> dict[str, Any]:
    """Operations as plain values."""
    return {"schema": SCHEMA, "operations": [_entry(operation) for operation in operations]}


def _entry(operation: Any) -> dict[str, Any]:
    return {"operation": type(operation).__name__, **asdict(operation)}


def from_json(document: Any) -> tuple[Operation, ...]:
    """Operations on splats from plain values.

    Raises
    ------
    ValueError
        If the values are none that `to_json` gives.
    """
    return _operations(document, OPERATIONS)


def blocks_from_json(document: Any) -> tuple[BlockOperation, ...]:
    """Operations on blocks from plain values, as `from_json` those on splats."""
    return _operations(document, BLOCK_OPERATIONS)


def _operations(document: Any, kinds: Mapping[str, type[OperationT]]) -> tuple[OperationT, ...]:
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError(f"a document of schema {SCHEMA} was wanted")
    entries = document.get("operations")
    if not isinstance(entries, list):
        raise ValueError("its operations are no list")  # noqa: TRY004
    return tuple(_operation(entry, kinds) for entry in entries)


def _operation(entry: Any, kinds: Mapping[str, type[OperationT]]) -> OperationT:
    if not isinstance(entry, dict) or entry.get("operation") not in kinds:
        kind = entry.get("operation") if isinstance(entry, dict) else entry
        raise ValueError(f"there is no operation {kind!r}; perhaps a newer Triptych wrote it")
    kind = kinds[entry["operation"]]
    operation: OperationT = _decoded({name: value for name, value in entry.items() if name != "operation"}, kind)
    return operation


def _decoded(value: Any, kind: Any) -> Any:
    """A plain value as the type that a field is declared with."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        (wanted,) = (each for each in arguments if each is not NoneType)
        return None if value is None else _decoded(value, wanted)
    if origin is tuple:
        return _decoded_tuple(value, arguments)
    if is_dataclass(kind):
        return _decoded_dataclass(value, kind)
    if origin is Literal:
        if value not in arguments:
            raise ValueError(f"one of {arguments} was wanted, got {value!r}")
        return value
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind or (kind is float and value - value != 0):
        raise ValueError(f"a finite {kind.__name__} was wanted, got {value!r}")
    return value


def _decoded_tuple(values: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(values, list | tuple):
        raise ValueError(f"a list was wanted, got {values!r}")  # noqa: TRY004
    if arguments[1:] == (...,):
        return tuple(_decoded(value, arguments[0]) for value in values)
    return tuple(_decoded(value, kind) for value, kind in zip(values, arguments, strict=True))


def _decoded_dataclass(values: Any, kind: Any) -> Any:
    if not isinstance(values, dict):
        raise ValueError(f"the values of a {kind.__name__} were wanted, got {values!r}")  # noqa: TRY004
    unknown = set(values) - {field.name for field in fields(kind)}
    if unknown:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    hints = get_type_hints(kind)
    return kind(**{name: _decoded(value, hints[name]) for name, value in values.items()})
