"""Compare runs, splats and meshes on the photographs of one capture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recon.errors import InputError
from recon.runs.folder import RUN, Run, load_run
from recon.scene import View

if TYPE_CHECKING:
    from recon.evaluate.report import Entry

WRITTEN = (".html", ".csv")
COUNTED = {"splats": "Splats", "mesh": "Faces", "blocks": "Blocks"}


def compare_runs(
    paths: Sequence[Path], out: Path, *, capture: Path | None = None, device: str = "auto"
) -> Iterator[tuple[int, int]]:
    """Compare results on the test views of one capture, and write a page (.html) or a table (.csv).

    Results are taken as their edits leave them.

    Parameters
    ----------
    paths : sequence of Path
        Run folders, and files of splats, meshes or blocks.
    out : Path
    capture : Path, optional
        Where the photographs are; the first run's capture unless given.
    device : {"auto", "cpu", "cuda"}

    Yields
    ------
    tuple of int
        Views done and their number; the file is there once the iterator has ended.

    Raises
    ------
    InputError
        If the file's ending is neither, there are no photographs, or a result cannot be read.
    """
    if out.suffix.lower() not in WRITTEN:
        raise InputError(f"A comparison is written as .html or .csv, not as {out.name}. Give another --out.")
    runs = {path: load_run(path) for path in paths if (path / RUN).is_file()}
    views = _views(list(runs.values()), capture)
    entries = [_entry(path, runs.get(path)) for path in dict.fromkeys(paths)]
    return _compare(entries, views, out, device)


def _compare(entries: list[Entry], views: Sequence[View], out: Path, device: str) -> Iterator[tuple[int, int]]:
    from recon.evaluate.report import compare_views, write_page, write_table

    compared = []
    for view in compare_views(entries, views, device=device):
        compared.append(view)
        yield len(compared), len(views)
    if not compared:
        raise InputError("No view can be compared: masks leave no pixel of any. Give other photographs.")
    if out.suffix.lower() == ".csv":
        write_table(out, entries, compared)
    else:
        write_page(out, " and ".join(entry.title for entry in entries), entries, compared)


def _views(runs: Sequence[Run], capture: Path | None) -> tuple[View, ...]:
    if capture is not None:
        from recon.io import load_capture

        loaded = load_capture(capture)
    elif runs:
        loaded = runs[0].capture.load()
    else:
        raise InputError("Files alone say nothing of their photographs. Give a run too, or --capture.")
    return loaded.test or loaded.train


def _entry(path: Path, run: Run | None) -> Entry:
    from recon.evaluate.report import Entry
    from recon.io import read_geometry

    if run is None:
        geometry = read_geometry(path)
        return Entry(path.stem, geometry, ((COUNTED[geometry.kind], f"{len(geometry):,}"),))
    result = run.edited_result()
    seconds = run.metrics().get("total_seconds")
    facts = [("Method", run.method), (result.kind.capitalize(), f"{len(result):,}")]
    if seconds is not None:
        facts.append(("Time", f"{seconds / 60:.1f} min" if seconds >= 60 else f"{seconds:.0f} s"))
    if run.operations():
        facts.append(("Edits", str(len(run.operations()))))
    return Entry(path.absolute().name, result, tuple(facts))
