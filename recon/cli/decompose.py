"""`triptych decompose`."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recon.cli import console

if TYPE_CHECKING:
    from recon.evaluate.parts import SolidMeasures
    from recon.scene import Mesh, Splats

DOCUMENT, RESULT = "blocks.json", "result.glb"


class Into(StrEnum):
    """What a shape is taken apart into."""

    superquadrics = "superquadrics"


def decompose(
    shape: Annotated[Path, typer.Argument(help="A file of a mesh or of splats.")],
    into: Annotated[Into, typer.Option(help="The kind of parts.")] = Into.superquadrics,
    max_parts: Annotated[int, typer.Option("--max", min=1, max=64, help="Parts at most.")] = 16,
    out: Annotated[Path | None, typer.Option(help="The folder to write to.  [default: NAME-INTO]")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the random numbers.")] = 0,
) -> None:
    """Take a shape apart into a few parts, each of which can be moved and exported."""
    from recon import shapes
    from recon.cli.progress import progress
    from recon.evaluate import measure_blocks_in
    from recon.io import write_geometry
    from recon.methods.base import Stage

    began = time.monotonic()
    geometry = _read(shape)
    with progress() as display:
        display.show(Stage("Looking for what is inside"))
        solid = shapes.solid_of(geometry)
        config = shapes.Config(max_parts=max_parts, seed=seed)
        blocks = shapes.superquadrics(solid, config, lambda stage, share: display.show(Stage(stage, share)))
    for notice in solid.notices:
        console.complain(f"Note: {notice}")
    measures = measure_blocks_in(blocks, solid.grid.points(), solid.inside.ravel(), solid.surface)
    console.out.print(_table(measures, time.monotonic() - began))
    folder = out if out is not None else Path(f"{shape.stem}-{into.value}")
    for name in (DOCUMENT, RESULT):
        write_geometry(folder / name, blocks)
    console.say(f"Written to {folder}: {DOCUMENT} and {RESULT}. Look at it: triptych view {folder / RESULT}")


def _read(path: Path) -> Mesh | Splats:
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
