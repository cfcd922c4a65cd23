"""Finding the cameras of photographs or a video as a task: it runs in a process of its own."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

from viewer.model.find_cameras import FoundCameras
from viewer.model.task_list import TaskProgress

if TYPE_CHECKING:
    from recon.poses import CamerasFound, Progress


def find_cameras(photographs: Path, out: Path) -> Generator[TaskProgress, None, FoundCameras]:
    """Find cameras, and write a capture: the work of a `FindCamerasModel`.

    What is given up half-way is kept in `out`, and the next attempt goes on from there.

    Parameters
    ----------
    photographs : Path
        A folder of photographs, or a video, of which sharp frames are taken first.
    out : Path
        The capture folder to make, or to go on with.

    Yields
    ------
    TaskProgress
        Its message names the stage.

    Raises
    ------
    UnusableCapture
        If no two photographs show the same; the sentence says why.
    InputError
        If something else is at `out`.
    """
    from recon.poses import CamerasFound, reconstruct_cameras

    events = cast("Generator[Progress | CamerasFound]", reconstruct_cameras(photographs, out))
    with closing(events):
        for event in events:
            if isinstance(event, CamerasFound):
                found = FoundCameras(event.capture, event.report)
            else:
                yield TaskProgress(event.fraction, event.name)
    return found
