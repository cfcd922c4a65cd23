"""`triptych decompose-set`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recon.cli import console

if TYPE_CHECKING:
    from recon.cli.progress import LiveProgress, PlainProgress
    from recon.families import Family
    from recon.scene import Mesh
    from recon.shapes import Solid
    from recon.shapes.search import Report

    Display = LiveProgress | PlainProgress

OBJECTS, RESULT, LEARNED = "parts.obj", "result.glb", "family.safetensors"
SURFACE_POINTS = 20_000  # of a shape, for its figures


def decompose_set(
    shapes: Annotated[list[Path], typer.Argument(help="Files of meshes or splats, or folders of them.")],
    out: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("family"),
    max_parts: Annotated[int, typer.Option("--max", min=1, max=64, help="Parts at most.")] = 16,
    steps: Annotated[int, typer.Option(min=10, help="Steps of learning.")] = 3000,
    seed: Annotated[int, typer.Option(min=0, help="Of the random numbers.")] = 0,
    family: Annotated[Path | None, typer.Option(help="A family.safetensors to use; nothing is learned.")] = None,
) -> None:
    """Take shapes of one kind apart alike: part 3 of one is part 3 of all. They must stand and look the same way."""
    from recon import families
    from recon.cli.progress import progress

    paths = _files(shapes)
    known = families.Family.load(family) if family else None
    with progress() as display:
        solids = _solids(paths, display)
        if known is None:
            cubes = [families.cube_of(solid) for solid in solids.values()]
            config = families.Config(max_parts=max_parts, steps=steps, seed=seed)
            known = families.learn(cubes, config, _shown_on(display))
            known.save(out / LEARNED)
        taken = _taken_apart(known, solids, display)
    for path, parts in taken.items():
        _write(parts, out / path.stem)
    console.out.print(_table(taken, solids))
    console.say(_in_words(known, list(taken.values())))
    console.say(
        f"Written: {out}, with a folder for each shape. Look at one: triptych view {out / paths[0].stem / RESULT}"
    )


def _files(shapes: Sequence[Path]) -> list[Path]:
    """Files, those of folders among them; their names become those of folders."""
    from recon.errors import InvalidParameter
    from recon.io import format_of

    listed = [sorted(path.iterdir()) if path.is_dir() else [path] for path in shapes]
    inner = [
        found
        for path, files in zip(shapes, listed, strict=True)
        for found in files
        if not path.is_dir() or format_of(found)
    ]
    twice = [stem for stem, count in Counter(path.stem for path in inner).items() if count > 1]
    if twice:
        raise InvalidParameter(
            f"Two shapes are called {twice[0]}: each is written to a folder of its name. Rename one."
        )
    return inner


def _solids(paths: Sequence[Path], display: Display) -> dict[Path, Solid]:
    """What is inside each shape; those that hold nothing are left out with a sentence."""
    from recon.cli.decompose import read_shape
    from recon.errors import InputError
    from recon.families import GRID_POINTS
    from recon.shapes import solid_of

    solids, report = {}, _shown_on(display)
    for done, path in enumerate(paths):
        report("Looking for what is inside", done / len(paths))
        try:
            solids[path] = solid_of(read_shape(path), GRID_POINTS)
        except InputError as error:
            console.complain(f"Left out: {path}. {error}")
    return solids


def _shown_on(display: Display) -> Report:
    from recon.methods.base import Stage

    return lambda stage, share: display.show(Stage(stage, share))


def _taken_apart(family: Family, solids: Mapping[Path, Solid], display: Display) -> dict[Path, tuple[Mesh, ...]]:
    from recon.families import cube_of

    taken, report = {}, _shown_on(display)
    for done, (path, solid) in enumerate(solids.items()):
        report("Taking apart", done / len(solids))
        taken[path] = family.take_apart(cube_of(solid))
    return taken


def _write(parts: Sequence[Mesh], folder: Path) -> None:
    from recon.io import write_parts

    for name in (OBJECTS, RESULT):
        write_parts(folder / name, parts)


def _table(taken: Mapping[Path, Sequence[Mesh]], solids: Mapping[Path, Solid]) -> Any:
    from rich.table import Table

    from recon.evaluate import measure_convexes_in

    table = Table("shape", "parts", "IoU", "Chamfer", "F-score")
    for path, parts in taken.items():
        solid = solids[path]
        surface = solid.surface[:: max(1, len(solid.surface) // SURFACE_POINTS)]
        measures = measure_convexes_in(parts, solid.grid.points(), solid.inside.ravel(), surface)
        figures = f"{measures.iou:.3f}", f"{measures.chamfer:.3%}", f"{measures.f_score:.3f}"
        table.add_row(path.stem, f"{measures.count}", *figures)
    return table


def _in_words(family: Family, taken: Sequence[Sequence[Mesh]]) -> str:
    """How many shapes have each part."""
    shapes = Counter(part.name for parts in taken for part in parts)
    listed = ", ".join(f"{name} in {count}" for name, count in sorted(shapes.items(), key=lambda item: -item[1]))
    return f"{family.parts} parts in all; of {len(taken)} shapes, {listed}."
