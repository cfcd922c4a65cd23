"""`triptych evaluate`, `render` and `export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from recon.cli.console import say


class Views(StrEnum):
    """From where to render."""

    test = "test"
    all = "all"
    orbit = "orbit"


RunArgument = Annotated[Path, typer.Argument(help="The run folder.")]


def evaluate(
    run: RunArgument,
    lpips_weights: Annotated[Path | None, typer.Option(help="Weights of LPIPS; without them it is left out.")] = None,
) -> None:
    """Measure a run's result on its test views, and write metrics.json."""
    from recon.cli.progress import counted
    from recon.runs import evaluate_run

    with counted("Measuring test views") as report:
        metrics = evaluate_run(run, lpips_weights, report)
    width = max((len(view["name"]) for view in metrics["views"]), default=4)
    for view in [*metrics["views"], {"name": "mean", **metrics["mean"]}]:
        numbers = "  ".join(f"{name.upper()} {view[name]:.3f}" for name in metrics["mean"] if view[name] is not None)
        say(f"{view['name']:{width}}  {numbers}")


def render(
    run: RunArgument,
    out: Annotated[Path, typer.Option(help="A folder for pictures, or a file.mp4.")],
    views: Annotated[Views, typer.Option(help="From where to render.")] = Views.test,
    path: Annotated[Path | None, typer.Option(help="A camera path made in the window, instead of --views.")] = None,
) -> None:
    """Render a run's result into pictures or a film."""
    from recon.cli.progress import counted
    from recon.runs import render_film, render_run

    with counted("Rendering") as report:
        count = render_film(run, path, out, report) if path else render_run(run, views.value, out, report)
    say(f"{count} pictures written to {out}.")
