"""What happened, line by line: messages of the engine, warnings of runs, what became of tasks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from psygnal import Signal

Level = Literal["info", "warning", "error"]
LEVELS: tuple[Level, ...] = get_args(Level)
MOST = 2000


@dataclass(frozen=True)
class LogEntry:
    """One thing that happened.

    Parameters
    ----------
    at : float
        When, in seconds since 1970; the last time where it happened more than once.
    level : {"info", "warning", "error"}
    source : str
        Who says it: "engine", "run", "task", or the name of a logger.
    text : str
        One or more lines.
    times : int
        How often it happened without anything else in between.
    """

    at: float
    level: Level
    source: str
    text: str
    times: int = 1

    @property
    def clock(self) -> str:
        """When, as local time: "14:03:27"."""
        return datetime.fromtimestamp(self.at).astimezone().strftime("%H:%M:%S")

    @property
    def line(self) -> str:
        """All of it as text, for clipboard and error reports."""
        again = f" ({self.times} times)" if self.times > 1 else ""
        return f"{self.clock}  {self.level:7}  {self.source}: {self.text}{again}"


class LogModel:
    """The latest entries, oldest first. Not for use from several threads: who hears something elsewhere posts it here.

    Parameters
    ----------
    most : int
        Entries that are kept.
    clock : callable
        Seconds since 1970.

    Attributes
    ----------
    changed : Signal
        Emitted when an entry has come, or all have gone.
    """

    changed = Signal()

    def __init__(self, most: int = MOST, clock: Callable[[], float] = time.time) -> None:
        self._entries: deque[LogEntry] = deque(maxlen=most)
        self._clock = clock

    @property
    def entries(self) -> tuple[LogEntry, ...]:
        """All that are kept."""
        return tuple(self._entries)

    def of_level(self, least: Level) -> tuple[LogEntry, ...]:
        """Those that are at least as grave."""
        wanted = LEVELS[LEVELS.index(least) :]
        return tuple(entry for entry in self._entries if entry.level in wanted)

    @property
    def lines(self) -> list[str]:
        """All entries as text, the latest last."""
        return [entry.line for entry in self._entries]

    def add(self, level: Level, text: str, source: str) -> None:
        """Note that something happened; blank texts are left out."""
        text = text.strip()
        if not text:
            return
        entry = LogEntry(self._clock(), level, source, text)
        last = self._entries[-1] if self._entries else None
        if last and (last.level, last.source, last.text) == (level, source, text):
            self._entries[-1] = replace(entry, times=last.times + 1)
        else:
            self._entries.append(entry)
        self.changed.emit()

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.changed.emit()
