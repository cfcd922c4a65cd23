"""events.jsonl: one JSON object a line, appended and flushed, so that any moment of a run can be read back."""

from __future__ import annotations

import dataclasses
import json
import math
import os
import time
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from recon.errors import RunError
from recon.methods.base import Event, Set

try:
    import fcntl
except ImportError:  # Windows: two processes on one run folder are not noticed there
    fcntl = None  # type: ignore[assignment]

EVENT_TYPES: dict[str, type[Any]] = {kind.__name__.lower(): kind for kind in typing.get_args(Event)}
LONGEST_LINES = 1 << 16  # bytes; two lines surely fit in
RUNNING = "The run in {folder} is being worked on by another process. Wait until it ends, or stop it first."


class EventLog:
    """The log of a run while it is driven. Holds the run's lock, which the system takes back even after kill -9.

    Parameters
    ----------
    path : Path
        The run's events.jsonl; made if absent.

    Raises
    ------
    RunError
        If another process drives this run.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a+b")
        if not _lock(self._file.fileno()):
            self._file.close()
            raise RunError(RUNNING.format(folder=path.parent))
        self._end_torn_line()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def write(self, event: Event) -> None:
        """Append one event with the time."""
        self._append(type(event).__name__.lower(), dataclasses.asdict(event))

    def write_set(self, command: Set, step: int) -> None:
        """Append a parameter changed by the user after a step; resuming replays it there."""
        self._append("set", {"step": step, "name": command.name, "value": command.value})

    def _append(self, kind: str, values: dict[str, Any]) -> None:
        record = {"time": round(time.time(), 3), "type": kind, **_finite(values)}
        self._file.write(json.dumps(record, allow_nan=False).encode() + b"\n")
        self._file.flush()

    def _end_torn_line(self) -> None:
        """Close off a line that a killed process left half-written, so that ours starts on its own."""
        size = self._file.seek(0, os.SEEK_END)
        if size:
            self._file.seek(size - 1)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")


def is_locked(path: Path) -> bool:
    """Whether some process is driving the run whose events.jsonl this is."""
    if fcntl is None or not path.exists():
        return False
    with path.open("rb") as file:
        return not _lock(file.fileno())


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Read every whole line of a log: {"time": seconds since 1970, "type": ..., ...}. Torn lines are passed over."""
    if not path.exists():
        return
    with path.open("rb") as file:
        yield from filter(None, map(_parsed, file))


def read_last_record(path: Path) -> dict[str, Any] | None:
    """Read the last whole line of a log, however long the log is; None where there is none."""
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - LONGEST_LINES))
        lines = file.read().splitlines()
    return next(filter(None, map(_parsed, reversed(lines))), None)


def as_event(record: dict[str, Any]) -> Event | None:
    """The event a record tells of, or None for a record that is no event (a parameter set by the user)."""
    kind = EVENT_TYPES.get(record["type"])
    if kind is None:
        return None
    names = {field.name for field in dataclasses.fields(kind)}
    event: Event = kind(**{name: value for name, value in record.items() if name in names})
    return event


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "type" in record else None


def _finite(value: Any) -> Any:
    """JSON has no word for NaN and infinity; null stands for them."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _lock(handle: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
