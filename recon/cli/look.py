"""`triptych view`, `info` and `methods`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from recon.cli import console


def view(paths: Annotated[list[Path], typer.Argument(help="Runs, captures or splat files.")]) -> int:
    """Open runs, captures or splat files in a window."""
    for path in paths:
        if not path.exists():
            from recon.errors import InputError

            raise InputError(f"{path} does not exist, so there is nothing to view.")
    command = [sys.executable, "-m", "viewer", *map(str, paths)]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - our own interpreter and paths, no shell


def info(path: Annotated[Path, typer.Argument(help="A run, a capture or a splat file.")]) -> None:
    """Tell what a path is: views, cameras, sizes, points, extent, warnings."""
    from recon.runs.folder import RUN

    if (path / RUN).is_file():
        _tell_run(path)
        return
    from recon.io import describe

    for name, value in describe(path).items():
        console.say(f"{name:14} {value}")


def _tell_run(path: Path) -> None:
    from recon.runs import load_run

    run = load_run(path)
    progress = run.progress()
    console.say(f"run            {path}, made {run.created} by Triptych {run.versions.get('triptych', '?')}")
    console.say(f"status         {run.status()}, step {progress.step:,} of {progress.total_steps:,}")
    console.say(f"method         {run.method} on {run.device}, seed {run.seed}")
    console.say(f"capture        {run.capture.path}")
    if run.parent:
        console.say(f"parent         {run.parent}")
    if run.status() == "finished":
        metrics = run.metrics()
        mean = ", ".join(f"{name.upper()} {value:.3f}" for name, value in metrics["mean"].items() if value is not None)
        console.say(f"test views     {mean or 'none'}")
        console.say(f"result         {metrics['geometry']['count']:,} {metrics['geometry']['kind']}")


def methods() -> None:
    """List the methods and their parameters: unit, range, help and the value in each preset."""
    from recon.methods.registry import METHODS, method_named

    for name in METHODS:
        method = method_named(name)
        console.say(f"{method.name}: {method.summary}")
        console.out.print(_parameters(method))


def _parameters(method: Any) -> Any:
    from rich.table import Table

    from recon.methods.parameters import parameters_of

    table = Table("parameter", *method.presets, "range", "unit", "help")
    for spec in parameters_of(method.config):
        values = [f"{getattr(config, spec.name)}" for config in method.presets.values()]
        table.add_row(spec.name, *values, _range(spec), spec.info.unit, spec.info.help)
    return table


def _range(spec: Any) -> str:
    if spec.choices:
        return ", ".join(spec.choices)
    low, high = (f"{limit:g}" if limit is not None else "" for limit in (spec.info.low, spec.info.high))
    return f"{low} to {high}" if low or high else ""
