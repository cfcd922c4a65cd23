"""`triptych convert` and `export`: files of splats, meshes, blocks and captures written as others."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recon.cli.console import say

if TYPE_CHECKING:
    from recon.io import Format
    from recon.io.convert import Changes
    from recon.runs import Run
    from recon.scene import Geometry, Similarity

Degree = Annotated[int, typer.Option("--sh", help="Highest degree of harmonics to keep.", min=0, max=3)]
Crop = Annotated[str, typer.Option(help="Box to keep, as x,y,z,X,Y,Z in units of the input.")]
Opacity = Annotated[float, typer.Option("--prune-opacity", help="Leave out splats below this opacity.", min=0, max=1)]
Up = Annotated[str, typer.Option(help="Axis that shall point up in OUT: x, y, z, -x, -y or -z.")]
InputUp = Annotated[str, typer.Option(help="Axis that points up in IN, where its format does not say.")]
Scale = Annotated[float, typer.Option(help="Factor by which everything grows.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", help="An option of the format, NAME=VALUE; see docs/formats.md.")
]
OutArgument = Annotated[Path, typer.Argument(help="The new file; its suffix tells the format.")]


def convert(  # noqa: PLR0913 - options of the command line
    source: Annotated[Path, typer.Argument(metavar="IN", help="A file of splats, a mesh or blocks, or a capture.")],
    out: OutArgument,
    sh: Degree = 3,
    crop: Crop = "",
    prune_opacity: Opacity = 0.0,
    up: Up = "",
    input_up: InputUp = "-y",
    scale: Scale = 1.0,
    values: Set = None,
    text: Annotated[bool, typer.Option(help="Write the COLMAP model of a capture as text.")] = False,
) -> None:
    """Write splats, a mesh, blocks or a capture in another format; OUT of a capture is a folder or transforms.json."""
    from recon.io import format_of, read_geometry
    from recon.io.convert import Changes

    form = format_of(source)
    if form is None or (source.is_dir() and not (source / "meta.json").is_file()):
        _convert_capture(source, out, text)
        return
    changes = Changes(sh, prune_opacity, crop, input_up, up, scale)
    _write(out, read_geometry(source), changes, form, values)


def export(  # noqa: PLR0913 - options of the command line
    run: Annotated[Path, typer.Argument(help="The run folder.")],
    out: OutArgument,
    edits: Annotated[
        bool, typer.Option("--edits/--without-edits", help="Whether what was edited in the window is applied.")
    ] = True,
    aligned: Annotated[
        bool,
        typer.Option("--aligned/--as-captured", help="Upright and to scale, as was set in the window; z points up."),
    ] = False,
    carry: Annotated[
        Path | None,
        typer.Option(metavar="SPLATS", help="Instead of blocks, splats of this run, moved along with the blocks."),
    ] = None,
    sh: Degree = 3,
    crop: Crop = "",
    prune_opacity: Opacity = 0.0,
    up: Up = "",
    scale: Scale = 1.0,
    values: Set = None,
) -> None:
    """Write a run's result to a file of its own, as it was left in the window."""
    from recon import runs
    from recon.io.convert import Changes

    finished = runs.load_run(run)
    edited = edits and bool(finished.operations())
    result: Geometry
    if carry is not None:
        result = runs.carry(run, carry, edited=edits)
    else:
        result = finished.edited_result() if edited else finished.result()
    changes = Changes(sh, prune_opacity, crop, up=up, scale=scale)
    project_from_world = _alignment(finished) if aligned else None
    _write(out, result, changes, None, _with_start(finished, out, values), project_from_world)
    if edited:
        say("Written with edits applied.")


def _alignment(run: Run) -> Similarity:
    """From the world of a run's capture to one that is upright and to scale, told in a sentence."""
    from recon.io.captures.notes import alignment_of

    alignment = alignment_of(dataclasses.replace(run.capture, exclude=()).load())
    x, y, z = alignment.up or (0.0, 0.0, 1.0)
    size = f"a unit of the capture is {alignment.scale:.6g} {alignment.unit}" if alignment.scale else "no scale is set"
    say(f"Upright and to scale: ({x:.3f}, {y:.3f}, {z:.3f}) of the capture points up; {size}.")
    return alignment.similarity


def _with_start(run: Run, out: Path, values: list[str] | None) -> list[str] | None:
    """The options for a web page of a run: where the first camera stood, unless they say something else."""
    if not out.name.lower().endswith(".html") or any(value.startswith("start=") for value in values or []):
        return values
    from recon.errors import TriptychError
    from recon.scene.paths import focus_point

    try:
        capture = run.capture.load()
    except TriptychError:
        return values  # the photographs may have gone; the page has a first view of its own
    camera = (capture.test or capture.train)[0].camera
    eye, forward = camera.center, camera.world_from_camera[:3, 2]
    away = max(float((focus_point([view.camera for view in capture.views], capture.points) - eye) @ forward), 1e-3)
    numbers = ",".join(f"{value:.6g}" for value in (*eye, *(eye + away * forward)))
    return [*(values or []), f"start={numbers}"]


def _write(
    out: Path,
    geometry: Geometry,
    changes: Changes,
    source: Format[Any] | None,
    values: list[str] | None,
    project_from_world: Similarity | None = None,
) -> None:
    from recon.io import format_to_write, write_geometry
    from recon.io.convert import changed, movement, promise
    from recon.parameters import with_values

    form = format_to_write(out, geometry.kind)
    options = form.default_options()
    if values:
        options = with_values(options, _pairs(values, form))
    if getattr(options, "start", ""):
        options = options.moved(movement(changes, source, form, project_from_world))
    geometry = changed(geometry, changes, source, form, project_from_world)
    say(promise(out, form, geometry, options))
    write_geometry(out, geometry, options)
    what = {"mesh": "faces"}.get(geometry.kind, geometry.kind)
    say(f"{len(geometry):,} {what} written to {out}.")


def _pairs(values: list[str], form: Format[Any]) -> dict[str, Any]:
    from recon.errors import InvalidParameter

    pairs = dict(value.partition("=")[::2] for value in values)
    if form.options is None or not all("=" in value for value in values):
        has = "takes no options" if form.options is None else "takes options as NAME=VALUE"
        raise InvalidParameter(f"{form.title} {has}, got {', '.join(values)}.")
    return pairs


def _convert_capture(source: Path, out: Path, text: bool) -> None:
    from recon.cli.progress import counted
    from recon.io import load_capture
    from recon.io.captures.writing import write_colmap, write_transforms

    capture = load_capture(source)
    with counted("Writing photographs") as report:
        if out.suffix.lower() == ".json":
            write_transforms(capture, out, report)
        else:
            write_colmap(capture, out, text, report)
    say(f"{len(capture.views)} views written to {out}.")
