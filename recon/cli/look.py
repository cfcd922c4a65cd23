"""`triptych view`, `info` and `methods`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from recon.cli import console

if TYPE_CHECKING:
    from recon.methods.base import Method
    from recon.methods.parameters import Parameter
    from recon.runs import Run


def view(
    paths: Annotated[list[Path] | None, typer.Argument(help="Runs, captures, splats, meshes, photographs.")] = None,
) -> None:
    """Open the window; without a path it offers what was open last."""
    for path in paths or []:
        if not path.exists():
            from recon.errors import InputError

            raise InputError(f"{path} does not exist, so there is nothing to view.")
    open_window(paths or [])


def open_window(paths: list[Path]) -> NoReturn:
    """Open the window in a process of its own, and wait until it is closed."""
    command = [sys.executable, "-m", "viewer", *map(str, paths)]
    window = subprocess.run(command, check=False)  # noqa: S603 - our own interpreter and paths, no shell
    raise typer.Exit(window.returncode)


def info(
    path: Annotated[Path, typer.Argument(help="A run, a capture, or a file of splats or a mesh.")],
    images: Annotated[Path | None, typer.Option(help="Folder of photographs, where they lie apart.")] = None,
) -> None:
    """Tell what a path is: views, cameras, sizes, splats, faces, extent, warnings."""
    from recon.io import CaptureOptions, describe
    from recon.runs.folder import RUN, load_run

    is_run = (path / RUN).is_file()
    items = _run_items(load_run(path)) if is_run else describe(path, CaptureOptions(images=images)).items()
    for name, value in items:
        console.say(f"{name:14} {value}")


def _run_items(run: Run) -> list[tuple[str, str]]:
    progress, status = run.progress(), run.status()
    items = [
        ("path", str(run.path)),
        ("kind", f"run, made {run.created} by Triptych {run.versions.get('triptych', 'of unknown version')}"),
        ("status", f"{status}, step {progress.step:,} of {progress.total_steps:,}"),
        ("method", f"{run.method} on {run.device}, seed {run.seed}"),
        ("capture", run.capture.path),
    ]
    if run.parent:
        items.append(("parent", run.parent))
    if status == "finished":
        metrics = run.metrics()
        means = [f"{name.upper()} {value:.3f}" for name, value in metrics["mean"].items() if value is not None]
        items.append(("test views", f"{len(metrics['views'])}{': ' if means else ''}{', '.join(means)}"))
        items.append(("result", f"{metrics['geometry']['count']:,} {metrics['geometry']['kind']}"))
    return items


def methods() -> None:
    """List the methods and their parameters: the value in each preset, range, unit and help."""
    from recon.methods.registry import METHODS, method_named

    for name in METHODS:
        _tell_method(method_named(name))
    console.say("\nChange one with --set NAME=VALUE. Those marked * may also be changed while a run is under way.")


def _tell_method(method: Method) -> None:
    from itertools import groupby

    from recon.methods.parameters import parameters_of

    specs = parameters_of(method.config)
    width = max(len(spec.name) for spec in specs) + 1
    console.say(f"{method.name}: {method.summary}")
    for group, members in groupby(specs, key=lambda spec: spec.info.group):
        console.say(f"\n  {group}")
        for spec in members:
            name = spec.name + "*" * spec.info.live
            console.say(f"    {name:{width}}  {_values(method, spec)}; {_range(spec)}")
            console.say(f"    {'':{width}}  {spec.info.help}")


def _values(method: Method, spec: Parameter) -> str:
    values = {preset: getattr(config, spec.name) for preset, config in method.presets.items()}
    if len(set(values.values())) == 1:
        return str(spec.default)
    return ", ".join(f"{preset} {value}" for preset, value in values.items())


def _range(spec: Parameter) -> str:
    if spec.choices:
        return "one of " + ", ".join(spec.choices)
    if spec.type is bool:
        return "True or False"
    low, high = (f"{limit:g}" if limit is not None else "" for limit in (spec.info.low, spec.info.high))
    return f"from {low} to {high} {spec.info.unit}".strip()
