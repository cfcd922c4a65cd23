"""What is worked out of the points of results beside the window: they run in processes of their own."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import TypeVar

from viewer.model.registering import PickedPairs, Registered
from viewer.model.task_list import TaskProgress

Answer = TypeVar("Answer")
Report = Callable[[str, float | None], None]


class _Abandoned(Exception):
    """Nobody waits for the work any more."""


def make_surface(points: Path, out: Path) -> Generator[TaskProgress, None, Path]:
    """Make the surface through a result's points, and write it.

    Parameters
    ----------
    points : Path
        A run folder or a file; edits that are saved beside it count.
    out : Path

    Raises
    ------
    TriptychError
        If no surface goes through them, or the place cannot be written to.
    """
    from recon.io import write_geometry
    from recon.points import poisson
    from recon.runs.shapes import THROUGH_POINTS, read_shape

    yield TaskProgress(None, "Reading")
    shape = read_shape(points, cameras=True)
    made = yield from _told(lambda report: poisson(shape.cloud(THROUGH_POINTS), eyes=shape.eyes, report=report))
    yield TaskProgress(None, "Writing")
    write_geometry(out, made.mesh)
    return out


def register_results(
    moving: Path, fixed: Path, pairs: PickedPairs, scale: bool
) -> Generator[TaskProgress, None, Registered]:
    """Find how a result is to be moved onto another.

    Parameters
    ----------
    moving, fixed : Path
        Run folders or files; edits that are saved beside them count.
    pairs : tuple of ((3,) tuple, (3,) tuple)
        Picked on the one and on the other; none for a search by their shapes.
    scale : bool
        Whether the size may change.

    Raises
    ------
    TriptychError
        If the two do not fit together.
    """
    from recon.points import RegisterOptions, register, similarity_of_pairs
    from recon.runs.shapes import REGISTERED, read_shape

    yield TaskProgress(None, "Reading")
    start = similarity_of_pairs(*zip(*pairs, strict=True), scale=scale) if pairs else None
    clouds = [read_shape(path).cloud(REGISTERED, seed) for seed, path in enumerate((moving, fixed))]
    options = RegisterOptions(scale=scale)
    found = yield from _told(lambda report: register(clouds[0], clouds[1], start, options, report))
    return Registered(found.similarity, found.sentence)


def _told(work: Callable[[Report], Answer]) -> Generator[TaskProgress, None, Answer]:
    """Do work in a thread of its own, and yield what it reports; closing the generator ends it at its next report."""
    told: SimpleQueue[TaskProgress | None] = SimpleQueue()
    abandoned = Event()

    def report(stage: str, share: float | None) -> None:
        if abandoned.is_set():
            raise _Abandoned
        told.put(TaskProgress(share, stage))

    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(work, report)
        answer.add_done_callback(lambda _: told.put(None))
        try:
            while (progress := told.get()) is not None:
                yield progress
        finally:
            abandoned.set()
        return answer.result()
