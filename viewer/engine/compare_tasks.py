"""Writing a comparison as a task: it runs in a process of its own."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

from recon.runs.compare import compare_runs
from viewer.engine.tasks import Tasks
from viewer.model.task_list import TaskProgress


def write_comparison(
    paths: Sequence[Path], out: Path, capture: Path | None = None
) -> Generator[TaskProgress, None, Path]:
    """Compare results on their test views, and write a page (.html) or a table (.csv); returns its path."""
    yield TaskProgress(None, "Reading the results")
    for done, total in compare_runs(paths, out, capture=capture):
        yield TaskProgress(done / total, f"View {done} of {total}")
    return out


class ComparisonTasks:
    """Writes comparisons as tasks: the `ComparisonWriter` of the views table.

    Parameters
    ----------
    tasks : Tasks
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    def compare(self, paths: Sequence[Path], out: Path, capture: Path | None) -> None:
        """Write a page (.html) or a table (.csv) of these results on their test views."""
        self._tasks.run(f"Comparing in {out.name}", write_comparison, tuple(paths), out, capture)
