"""Many runs: each in its own process, so that one that fails, or runs out of memory, takes no other with it.

What is handed out is the path of a run folder, and nothing else: whoever can start `python -m recon resume PATH` with
that folder in sight can be an `Executor`, be it this machine or a cluster.
"""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Protocol

from recon.errors import InvalidParameter, RunError, TriptychError, UnreadableFile
from recon.io.files import atomic_write
from recon.runs.folder import RUN, Run, load_run
from recon.runs.job import Job
from recon.runs.start import create

PATHS = ("data", "images", "masks")
KEYS: dict[str, type] = {
    "name": str,
    "data": str,
    "method": str,
    "preset": str,
    "set": dict,
    "seed": int,
    "device": str,
    "images": str,
    "masks": str,
    "downscale": int,
    "exclude": list,
}


@dataclass(frozen=True)
class Ended:
    """How a process that worked on a run folder ended.

    Parameters
    ----------
    exit_code : int
    message : str
        What it wrote to its error stream.
    """

    exit_code: int
    message: str = ""


class Pending(Protocol):
    """A run folder handed out; a `concurrent.futures.Future` is one, and so is Dask's."""

    def result(self) -> Ended:
        """Wait for its end."""
        ...


class Executor(Protocol):
    """Something that works on run folders."""

    def submit(self, run_folder: Path) -> Pending:
        """Hand out a run folder; comes back at once."""
        ...


class Processes:
    """Runs on this machine, each in a process of its own.

    Parameters
    ----------
    workers : int
        How many at a time. One alone shows its progress.
    """

    def __init__(self, workers: int = 1) -> None:
        self._show = workers == 1
        self._threads = ThreadPoolExecutor(workers)

    def submit(self, run_folder: Path) -> Future[Ended]:
        """Hand out a run folder; comes back at once."""
        return self._threads.submit(work_on, run_folder, show=self._show)

    def close(self) -> None:
        """Begin no further run, and wait for those that are under way."""
        self._threads.shutdown(cancel_futures=True)


def work_on(run_folder: Path, *, show: bool = False) -> Ended:
    """Start or resume the run in a folder, in a new process, and wait for its end."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and a path, no shell
        [sys.executable, "-m", "recon", "resume", str(run_folder)],
        stdin=subprocess.DEVNULL,
        stdout=None if show else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return Ended(done.returncode, done.stderr.strip())


@dataclass(frozen=True)
class Outcome:
    """One row of a batch's table; numbers are None where the run did not get so far."""

    run: str
    status: str
    psnr: float | None = None
    ssim: float | None = None
    train_seconds: float | None = None
    peak_memory_mb: float | None = None
    count: int | None = None
    message: str = ""


def run_batch(jobs: Sequence[Job], executor: Executor) -> Iterator[Outcome]:
    """Run jobs, or what is left of them: finished ones are passed over, partial ones resumed.

    Parameters
    ----------
    jobs : sequence of Job
    executor : Executor

    Yields
    ------
    Outcome
        Of each job, in the order of `jobs`. A job that fails does not keep the others from running.
    """
    handed_out = [_hand_out(job, executor) for job in jobs]
    for item in handed_out:
        yield item if isinstance(item, Outcome) else _outcome(item[0], item[1].result())


def _hand_out(job: Job, executor: Executor) -> tuple[Path, Pending] | Outcome:
    try:
        run = _existing(job, job.out) if job.out and (job.out / RUN).exists() else create(job)
        done = run.status() == "finished"
        return _outcome(run.path, Ended(0)) if done else (run.path, executor.submit(run.path))
    except (TriptychError, OSError) as error:
        return Outcome(str(job.out or job.data), "failed", message=str(error))


def _existing(job: Job, folder: Path) -> Run:
    run = load_run(folder)
    _, config = job.resolve()
    wanted = {"method": job.method, "seed": job.seed, "capture": asdict(job.source(folder)), **asdict(config)}
    found = {"method": run.method, "seed": run.seed, "capture": asdict(run.capture), **(run.requested or run.config)}
    different = [name for name in wanted if found.get(name) != wanted[name]]
    if different:
        raise RunError(
            f"{run.path} was made with other settings ({', '.join(different)}). Give the job another name, or remove "
            "the folder."
        )
    return run


def _outcome(folder: Path, ended: Ended) -> Outcome:
    run = load_run(folder)
    status = run.status()
    if ended.exit_code != 0 or status != "finished":
        return Outcome(str(folder), "failed" if status == "new" else status, message=ended.message)
    metrics = run.metrics()
    return Outcome(
        str(folder),
        status,
        psnr=metrics["mean"]["psnr"],
        ssim=metrics["mean"]["ssim"],
        train_seconds=metrics["train_seconds"],
        peak_memory_mb=metrics["peak_memory_mb"],
        count=metrics["geometry"]["count"],
    )


def ranked(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The best test PSNR first, what has none last."""
    return sorted(outcomes, key=lambda row: -row.psnr if row.psnr is not None else float("inf"))


def write_table(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write outcomes, ranked, as CSV."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [field.name for field in fields(Outcome)])
    writer.writeheader()
    writer.writerows(asdict(row) for row in ranked(outcomes))
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())


def read_jobs(path: str | Path) -> tuple[Job, ...]:
    """Read a batch: an optional `out` folder, optional `[defaults]`, and a `[[job]]` table for each run.

    Parameters
    ----------
    path : path
        A TOML file. Paths in it are relative to it.

    Raises
    ------
    UnreadableFile
        If it cannot be read as TOML.
    InvalidParameter
        If a key is unknown or missing, or two jobs share a name.
    """
    path = Path(path)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnreadableFile(f"{path} does not exist. Give a TOML file with a [[job]] table for each run.") from None
    except (OSError, ValueError) as error:
        raise UnreadableFile(f"{path} cannot be read as TOML: {error}.") from error
    _only(document, {"out", "defaults", "job"}, f"{path}")
    tables = document.get("job")
    if not isinstance(tables, list) or not tables:
        raise InvalidParameter(f"{path} names no run. Add a table [[job]] with at least `data` for each.")
    defaults = document.get("defaults", {})
    out = path.parent / document.get("out", "runs")
    jobs = tuple(_job(table, defaults, out, path) for table in tables)
    names = [job.out.name for job in jobs if job.out]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidParameter(f"{path}: several jobs are called {', '.join(twice)}. Give each its own `name`.")
    return jobs


def _job(table: dict[str, Any], defaults: dict[str, Any], out: Path, file: Path) -> Job:
    where = f"{file}, [[job]]"
    for part in (defaults, table):
        _only(part, KEYS.keys(), where)
        for key, value in part.items():
            if not isinstance(value, KEYS[key]):
                raise InvalidParameter(f"{where}: {key} must be a {KEYS[key].__name__}, got {value!r}.")
    changes = defaults.get("set", {}) | table.get("set", {})
    table = defaults | table
    if "data" not in table:
        raise InvalidParameter(f"{where}: there is no `data`. Give it the folder of its capture.")
    values = {key: value for key, value in table.items() if key not in {"name", "set"}}
    values |= {key: (file.parent / values[key]).resolve() for key in PATHS if key in values}
    job = Job(changes=changes, **values)
    name = table.get("name", f"{job.data.stem}-{job.method}")
    if not re.fullmatch(r"[\w][\w .+-]*", name):
        raise InvalidParameter(f"{where}: the name becomes a folder, so it cannot be {name!r}.")
    return replace(job, out=out / name)


def _only(table: dict[str, Any], known: Collection[str], where: str) -> None:
    unknown = sorted(table.keys() - set(known))
    if unknown:
        raise InvalidParameter(f"{where}: unknown {', '.join(unknown)}. Known are: {', '.join(sorted(known))}.")
