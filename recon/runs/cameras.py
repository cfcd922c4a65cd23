"""Cameras for a run whose photographs have none: found once, into a capture in the run's folder."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import cast

from recon.methods.base import Stage, Warned
from recon.poses import CamerasFound, PosesOptions, Progress, reconstruct_cameras
from recon.runs.job import CaptureSource

LEAST_NEWS = 0.005


def find_cameras(source: CaptureSource) -> Generator[Stage | Warned | None, None, None]:
    """Find a source's cameras; closing the generator gives it up, and the next one goes on from there.

    Yields
    ------
    Stage, Warned or None
        None where there is nothing new, a few times a second, so that commands are heard.

    Raises
    ------
    UnusableCapture
        If no two photographs show the same.
    """
    options = PosesOptions(masks=Path(source.masks) if source.masks else None)
    attempt = reconstruct_cameras(Path(source.photos or ""), Path(source.path), options)
    told: Progress | None = None
    with closing(cast("Generator[Progress | CamerasFound]", attempt)) as events:
        for event in events:
            if isinstance(event, CamerasFound):
                yield from (Warned(sentence) for sentence in event.report.warnings())
            elif told is None or told.name != event.name or _moved(told.fraction, event.fraction):
                told = event
                yield Stage(event.name, event.fraction)
            else:
                yield None


def _moved(before: float | None, now: float | None) -> bool:
    return before != now if before is None or now is None else abs(now - before) >= LEAST_NEWS
