"""`triptych register` and `triptych poisson`: several results in one frame, and the surface through points."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recon.cli import console

if TYPE_CHECKING:
    from recon.points import Registration
    from recon.runs.shapes import Shape
    from recon.scene import Similarity


def register(  # noqa: PLR0913 - one parameter per flag
    moving: Annotated[
        Path, typer.Argument(help="What is moved: a run, or a file of splats, a mesh, blocks or points.")
    ],
    fixed: Annotated[Path, typer.Argument(help="What stays where it is: the same kinds.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="The moved geometry, its suffix tells the format; or the movement, as .json.  [default: an edit "
            "beside MOVING, which the window can take back]"
        ),
    ] = None,
    pair: Annotated[
        list[str] | None,
        typer.Option(metavar="x,y,z:X,Y,Z", help="A point of MOVING and the same one of FIXED; three or more times."),
    ] = None,
    pairs: Annotated[Path | None, typer.Option(help="A file of pairs, x y z X Y Z in each line.")] = None,
    scale: Annotated[bool, typer.Option("--scale/--no-scale", help="Whether the size may change.")] = True,
    least: Annotated[float, typer.Option(min=0, max=1, help="Share of points that must find their place.")] = 0.5,
    seed: Annotated[int, typer.Option(min=0, help="Of the random numbers.")] = 0,
) -> None:
    """Move a result onto another: by pairs of points or by its shape, refined until both lie on each other."""
    from recon.points import RegisterOptions, register, require_open3d
    from recon.runs.shapes import REGISTERED, read_shape

    require_open3d()
    options = RegisterOptions(scale=scale, least_fitness=least, seed=seed)
    start = _start(pair, pairs, scale=scale)
    moved, still = read_shape(moving), read_shape(fixed)
    _check_target(moved, out)
    with _stages() as show:
        show("Reading", None)
        clouds = moved.cloud(REGISTERED, seed), still.cloud(REGISTERED, seed + 1)
        found = register(*clouds, start, options, show)
    console.say(f"{moving} onto {fixed}: {found.sentence} {found.iterations} steps.")
    console.say(_written(moved, still, found, out))


def poisson(
    points: Annotated[Path, typer.Argument(help="A run, or a file of points or splats; of a mesh it makes a new one.")],
    out: Annotated[Path, typer.Argument(help="The mesh; its suffix tells the format.")],
    depth: Annotated[int, typer.Option(min=4, max=12, help="One more is twice as fine.")] = 8,
    trim: Annotated[
        float, typer.Option(min=0, max=12, help="Halvings sparser than usual from which it is left out; 0 keeps all.")
    ] = 1.5,
) -> None:
    """Make the surface through points or splats, with their colours."""
    from recon.io import format_to_write, write_geometry
    from recon.points import PoissonOptions, poisson, require_open3d
    from recon.runs.shapes import THROUGH_POINTS, read_shape

    require_open3d()
    format_to_write(out, "mesh")
    with _stages() as show:
        show("Reading", None)
        shape = read_shape(points, cameras=True)
        made = poisson(shape.cloud(THROUGH_POINTS), PoissonOptions(depth=depth, trim=trim), shape.eyes, show)
    write_geometry(out, made.mesh)
    left_out = f"; {made.left_out:,} that lie apart were left out" if made.left_out else ""
    console.say(f"{len(made.mesh):,} faces through {made.points:,} points written to {out}{left_out}.")


def _start(pair: list[str] | None, pairs: Path | None, *, scale: bool) -> Similarity | None:
    from recon.io.point_pairs import parse_pairs, read_pairs
    from recon.points import similarity_of_pairs

    texts = [*(pair or ()), *(read_pairs(pairs) if pairs else ())]
    return similarity_of_pairs(*parse_pairs(texts), scale=scale) if texts else None


def _is_movement(out: Path) -> bool:
    return out.suffix.lower() == ".json" and not out.name.lower().endswith("blocks.json")


def _check_target(moved: Shape, out: Path | None) -> None:
    """See that the result can be written before anything is worked out."""
    from recon.errors import InputError
    from recon.io import format_to_write
    from recon.scene import Points

    if isinstance(moved.made, Points):
        if out is None:
            raise InputError(f"Points such as {moved.path} keep no edits. Give --out, a .ply or the movement as .json.")
        if not _is_movement(out) and out.suffix.lower() != ".ply":
            raise InputError(f"Points cannot be written as {out.name}. Give a name that ends in .ply or .json.")
    elif out is not None and not _is_movement(out):
        format_to_write(out, moved.made.kind)


def _written(moved: Shape, fixed: Shape, found: Registration, out: Path | None) -> str:
    """Write what was found, and say where."""
    from recon.editing.whole import move_whole
    from recon.runs.files import write_json
    from recon.runs.shapes import write_moved
    from recon.scene import Points

    if out is None and not isinstance(moved.made, Points):
        edits = move_whole(moved.made, moved.path, found.similarity)
        return f"The movement is kept as an edit in {edits}; exports follow it, and the window can take it back."
    target = out or moved.path
    if _is_movement(target):
        write_json(target, {"moving": str(moved.path), "fixed": str(fixed.path), **found.to_json()})
        return f"The movement is written to {target}."
    return f"{write_moved(moved, found.similarity, target)} written to {target}."


@contextmanager
def _stages() -> Iterator[Callable[[str, float | None], None]]:
    """Show what is being done, and how much of it is."""
    from recon.cli.progress import progress
    from recon.methods.base import Stage

    with progress() as display:
        yield lambda stage, share: display.show(Stage(stage, share))
