"""`triptych compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recon.cli.console import say


def compare(
    results: Annotated[list[Path], typer.Argument(help="Run folders and splat files.")],
    out: Annotated[Path, typer.Option(help="A page OUT.html with everything in it, or a table OUT.csv.")],
    capture: Annotated[Path | None, typer.Option(help="The photographs; the first run's unless given.")] = None,
) -> None:
    """Compare results on the test views of one capture: photographs, renders, errors and numbers."""
    from recon.cli.progress import counted
    from recon.runs.compare import compare_runs

    with counted("Comparing test views") as report:
        for done, total in compare_runs(results, out, capture=capture):
            report(done, total)
    say(f"{len(results)} results compared in {out}.")
