"""Work for tasks, importable by their processes."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Generator
from pathlib import Path

from recon.errors import InputError
from recon.io import atomic_write
from viewer.model.task_list import TaskProgress

Progress = Generator[TaskProgress, None, object]


def count(total: int) -> Progress:
    for done in range(total):
        yield TaskProgress(done / total, f"{done} of {total}")
    return total


def write_slowly(path: Path) -> Progress:
    with atomic_write(path) as file:
        file.write(b"half")
        file.flush()
        yield TaskProgress(0.5, "half written")
        time.sleep(60)
    return path


def refuse() -> Progress:
    yield TaskProgress(None, "looking")
    raise InputError("photo.jpg is no photograph.")


def stumble() -> Progress:
    yield TaskProgress(None)
    raise KeyError("oops")


def run_out_of_memory() -> Progress:
    yield TaskProgress(None)
    raise MemoryError


def die() -> Progress:
    yield TaskProgress(0.1)
    os.kill(os.getpid(), signal.SIGKILL)


def ignore_the_end() -> Progress:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield TaskProgress(0.1)
    time.sleep(60)
