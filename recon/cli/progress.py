"""Progress of a run: moving on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Self

from rich.console import Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from recon.cli import console
from recon.methods.base import Evaluated, Event, Stage, Started, Step, Warned

LINE_SECONDS = 5.0
LEAST_SECONDS = 2.0  # a stage's pace cannot be told before
WINDOW_SECONDS = 10.0


class Status:
    """What is worth showing of a run, gathered from its events."""

    def __init__(self) -> None:
        self.stage = "Starting"
        self.fraction: float | None = None
        self.step = 0
        self.total_steps = 0
        self.loss: float | None = None
        self.gaussians: int | None = None
        self.blocks: int | None = None
        self.psnr: float | None = None
        self._recent: deque[tuple[float, int]] = deque()
        # When the stage was first heard of, and the share that was done then.
        self._stage_began = 0.0, 0.0

    def take(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case Started():
                self.step, self.total_steps = event.first_step, event.total_steps
            case Stage():
                if event.name != self.stage or self.fraction is None:
                    self._stage_began = time.monotonic(), event.fraction or 0.0
                self.stage, self.fraction = event.name, event.fraction
            case Step():
                self._take_step(event)
            case Evaluated():
                self.psnr = event.psnr

    def _take_step(self, event: Step) -> None:
        now = time.monotonic()
        self.stage, self.step, self.loss = "Training", event.step, event.loss
        self.fraction = event.step / self.total_steps if self.total_steps else None
        if "gaussians" in event.values:
            self.gaussians = int(event.values["gaussians"])
        if "blocks" in event.values:
            self.blocks = int(event.values["blocks"])
        self._recent.append((now, event.step))
        while now - self._recent[0][0] > WINDOW_SECONDS:
            self._recent.popleft()

    @property
    def rate(self) -> float | None:
        """Steps per second over the last seconds."""
        if len(self._recent) < 2:
            return None
        (begun, first), (now, last) = self._recent[0], self._recent[-1]
        return (last - first) / (now - begun) if now > begun else None

    def numbers(self) -> str:
        """The curves, in one line."""
        if self.stage != "Training" or self.loss is None:
            return self._left_of_stage()
        parts = [f"step {self.step:,}/{self.total_steps:,}"]
        if self.rate:
            parts += [f"{self.rate:.0f} it/s", f"{console.clock((self.total_steps - self.step) / self.rate)} left"]
        parts.append(f"loss {self.loss:.4f}")
        if self.psnr is not None:
            parts.append(f"test {self.psnr:.2f} dB")
        if self.gaussians is not None:
            parts.append(f"{self.gaussians:,} Gaussians")
        if self.blocks is not None:
            parts.append(f"{self.blocks} blocks")
        return " · ".join(parts)

    def _left_of_stage(self) -> str:
        """How long the rest of a stage takes, should it go on as it began; nothing before that can be told."""
        began, share = self._stage_began
        seconds, done = time.monotonic() - began, (self.fraction or 0.0) - share
        if self.fraction is None or seconds < LEAST_SECONDS or done <= 0:
            return ""
        return f"{self.fraction:.0%} done, {console.clock(seconds / done * (1 - self.fraction))} left"


class LiveProgress:
    """A bar and a line of numbers that stay in place."""

    def __init__(self) -> None:
        self._status = Status()
        self._bar = Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), console=console.out)
        self._task = self._bar.add_task("Starting", total=None)
        self._live = Live(get_renderable=self.drawn, console=console.out, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._live.stop()

    def show(self, event: Event) -> None:
        """Take in one event; what is on the screen follows by itself."""
        self._status.take(event)
        if isinstance(event, Warned):
            console.complain(f"Note: {event.message}")

    def drawn(self) -> Group:
        """What stands on the screen now."""
        fraction = self._status.fraction
        task = self._bar.tasks[self._task]
        task.total = None if fraction is None else 1.0  # `update` takes None for "as before", not for "unknown"
        self._bar.update(self._task, description=self._status.stage, completed=fraction or 0.0)
        return Group(self._bar, Text(self._status.numbers()))


class PlainProgress:
    """A line for every stage, and one every few seconds of it."""

    def __init__(self) -> None:
        self._status = Status()
        self._shown_stage = ""
        self._shown_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def show(self, event: Event) -> None:
        """Take in one event, and print a line where it is time for one."""
        self._status.take(event)
        if isinstance(event, Warned):
            console.complain(f"Note: {event.message}")
        if self._status.stage != self._shown_stage:
            self._shown_stage, self._shown_at = self._status.stage, time.monotonic()
            console.say(self._shown_stage)
        elif time.monotonic() - self._shown_at > LINE_SECONDS and (numbers := self._status.numbers()):
            self._shown_at = time.monotonic()
            console.say("  " + numbers)


@contextmanager
def counted(name: str) -> Iterator[Callable[[int, int], None]]:
    """A bar for work that reports (done, total); nothing where stdout is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console.out, transient=True, disable=not console.out.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def progress() -> AbstractContextManager[LiveProgress | PlainProgress]:
    """The kind of progress that suits where stdout goes."""
    return LiveProgress() if console.out.is_terminal else PlainProgress()
