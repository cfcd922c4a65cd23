"""`triptych batch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from recon.cli import console
from recon.errors import RunError


def batch(
    jobs: Annotated[Path, typer.Argument(help="A TOML file with a [[job]] table for each run.")],
    workers: Annotated[int, typer.Option(min=1, help="Runs at a time.")] = 1,
) -> None:
    """Run several jobs, each in its own process: finished ones are passed over, partial ones resumed."""
    from recon.runs import Processes, read_jobs, run_batch
    from recon.runs.batch import write_table

    wanted = read_jobs(jobs)
    executor = Processes(workers)
    outcomes = []
    try:
        for outcome in run_batch(wanted, executor):
            outcomes.append(outcome)
            told = f"{outcome.psnr:.2f} dB" if outcome.psnr is not None else outcome.message
            console.say(f"[{len(outcomes)}/{len(wanted)}] {outcome.run}: {outcome.status}. {told}")
    except KeyboardInterrupt:
        console.complain(f"Stopping. Go on with: triptych batch {jobs}")
        raise
    finally:
        executor.close()
    table = jobs.with_suffix(".csv")
    write_table(table, outcomes)
    console.out.print(_table(outcomes))
    console.say(f"Written to {table}.")
    if any(outcome.status != "finished" for outcome in outcomes):
        raise typer.Exit(RunError.exit_code)


def _table(outcomes: list[Any]) -> Any:
    from rich.table import Table

    from recon.runs.batch import ranked

    table = Table("run", "status", "PSNR", "SSIM", "training", "memory", "count")
    for row in ranked(outcomes):
        measured = row.psnr is not None
        table.add_row(
            row.run,
            row.status,
            f"{row.psnr:.2f}" if measured else "",
            f"{row.ssim:.3f}" if measured else "",
            console.clock(row.train_seconds) if row.train_seconds is not None else "",
            f"{row.peak_memory_mb:,.0f} MB" if row.peak_memory_mb is not None else "",
            f"{row.count:,}" if row.count is not None else "",
        )
    return table
