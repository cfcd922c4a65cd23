"""`triptych decompose`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recon.cli import console

if TYPE_CHECKING:
    from recon.evaluate.parts import SolidMeasures
    from recon.scene import Blocks, Mesh, Splats
    from recon.shapes import Solid

DOCUMENT, OBJECTS, RESULT, UNION = "blocks.json", "parts.obj", "result.glb", "union.glb"


class Into(StrEnum):
    """What a shape is taken apart into."""

    superquadrics = "superquadrics"
    convexes = "convexes"


def decompose(
    shape: Annotated[Path, typer.Argument(help="A file of a mesh or of splats.")],
    into: Annotated[Into, typer.Option(help="The kind of parts.")] = Into.superquadrics,
    max_parts: Annotated[int, typer.Option("--max", min=1, max=64, help="Parts at most.")] = 16,
    out: Annotated[Path | None, typer.Option(help="The folder to write to.  [default: NAME-INTO]")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the random numbers.")] = 0,
    union: Annotated[bool, typer.Option("--union", help="Also write convexes as one; needs manifold3d.")] = False,
) -> None:
    """Take a shape apart into a few parts, each of which can be moved and exported."""
    from recon import shapes
    from recon.cli.progress import progress
    from recon.methods.base import Stage

    began = time.monotonic()
    if union:
        _check_union(into)
    geometry = read_shape(shape)
    with progress() as display:
        display.show(Stage("Looking for what is inside"))
        solid = shapes.solid_of(geometry)
        take_apart = shapes.superquadrics if into is Into.superquadrics else shapes.convexes
        config = shapes.Config(max_parts=max_parts, seed=seed)
        parts = take_apart(solid, config, lambda stage, share: display.show(Stage(stage, share)))
    for notice in solid.notices:
        console.complain(f"Note: {notice}")
    console.out.print(_table(_measured(parts, solid), time.monotonic() - began))
    folder = out if out is not None else Path(f"{shape.stem}-{into.value}")
    paths = _write(parts, folder)
    if union:
        paths.append(_write_union(parts, folder / UNION))
    console.say(f"Written: {', '.join(map(str, paths))}. Look at it: triptych view {folder / RESULT}")


def _check_union(into: Into) -> None:
    from recon.errors import InvalidParameter
    from recon.meshes import require_union

    if into is not Into.convexes:
        raise InvalidParameter("--union only goes with --into convexes: superquadrics stay apart.")
    require_union()


def _write_union(parts: Sequence[Mesh], path: Path) -> Path:
    from recon.io import write_geometry
    from recon.meshes import united

    write_geometry(path, united(parts))
    return path


def _measured(parts: Blocks | tuple[Mesh, ...], solid: Solid) -> SolidMeasures:
    from recon.evaluate import measure_blocks_in, measure_convexes_in
    from recon.scene import Blocks

    truth = solid.grid.points(), solid.inside.ravel(), solid.surface
    return measure_blocks_in(parts, *truth) if isinstance(parts, Blocks) else measure_convexes_in(parts, *truth)


def _write(parts: Blocks | tuple[Mesh, ...], folder: Path) -> list[Path]:
    from recon.io import write_geometry, write_parts
    from recon.scene import Blocks

    if isinstance(parts, Blocks):
        paths = [folder / DOCUMENT, folder / RESULT]
        for path in paths:
            write_geometry(path, parts)
    else:
        paths = [folder / OBJECTS, folder / RESULT]
        for path in paths:
            write_parts(path, parts)
    return paths


def read_shape(path: Path) -> Mesh | Splats:
    """Read what can be taken apart.

    Raises
    ------
    InputError
        If it is not that.
    """
    from recon.errors import InputError
    from recon.io import read_geometry
    from recon.scene import Blocks

    geometry = read_geometry(path)
    if isinstance(geometry, Blocks):
        raise InputError(f"{path} holds blocks, which are parts already. Give a mesh or splats.")
    return geometry


def _table(measures: SolidMeasures, seconds: float) -> Any:
    from rich.table import Table

    table = Table("parts", "IoU", "Chamfer", "F-score", "seconds")
    table.add_row(
        f"{measures.count}",
        f"{measures.iou:.3f}",
        f"{100 * measures.chamfer:.2f} %",
        f"{measures.f_score:.3f}",
        f"{seconds:.1f}",
    )
    return table
