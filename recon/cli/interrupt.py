"""Ctrl-C while a run is under way: the first saves and ends it, the second ends it at once."""

from __future__ import annotations

import signal
from collections import deque
from types import FrameType
from typing import Any, Self

from recon.cli.console import complain
from recon.methods.base import Cancel, Command, Save


class Interrupt:
    """Listens for Ctrl-C, and for the SIGTERM with which clusters end jobs, and turns it into commands for a run."""

    def __init__(self) -> None:
        self.came = False
        self._commands: deque[Command] = deque()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __call__(self) -> Command | None:
        """The next command for the run, or None."""
        return self._commands.popleft() if self._commands else None

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the system's signature
        if self.came:
            complain("Ended at once; the last checkpoint stays.")
            raise KeyboardInterrupt
        self.came = True
        self._commands.extend((Save(), Cancel()))
        complain("Saving after this step. Press Ctrl-C again to end at once.")
