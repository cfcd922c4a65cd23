"""Pictures and films of a finished run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.runs.folder import load_run
from recon.runs.resources import resolve_device
from recon.runs.telling import Report
from recon.scene import Camera, Capture, Geometry
from recon.scene.paths import orbit

Shot = tuple[str, Camera]

FILMS = {".mp4", ".mov", ".avi", ".mkv", ".webm", ".gif"}
ORBIT_FRAMES, ORBIT_RATE = 240, 30.0
PHOTOGRAPH_RATE = 4.0


def render_run(
    path: str | Path, views: Literal["test", "all", "orbit"], out: str | Path, report: Report | None = None
) -> int:
    """Draw a run's result into a folder of PNG files or an MP4.

    Parameters
    ----------
    path : path
        The run folder.
    views : {"test", "all", "orbit"}
        From the held-out photographs' cameras, from all, or along a path around what they look at.
    out : path
        A folder, or a file *.mp4, whose frames all have the size of the first view.
    report : callable, optional
        Told (done, total) after each picture.

    Returns
    -------
    int
        How many pictures were drawn.

    Raises
    ------
    RunError
        If the run has no result yet.
    InputError
        If there is no such view, or `out` cannot be written.
    """
    from recon.io.pictures import write_pictures, write_video

    run, out = load_run(path), Path(out)
    geometry, capture = run.result(), run.capture.load()
    shots = _shots(capture, views)
    if not shots:
        raise InputError(f"{run.capture.path} has no test views to render. Give --views all or --views orbit.")
    on_white = any(view.alpha is not None for view in capture.views)

    def progress(done: int) -> None:
        if report is not None:
            report(done, len(shots))

    device = resolve_device(run.device)
    if out.suffix.lower() not in FILMS:
        names = (name for name, _ in shots)
        return write_pictures(out, zip(names, _drawn(geometry, shots, device, on_white), strict=True), progress)
    first = shots[0][1]
    shots = [(name, camera.resized(first.width, first.height)) for name, camera in shots]
    rate = ORBIT_RATE if views == "orbit" else PHOTOGRAPH_RATE
    return write_video(out, _drawn(geometry, shots, device, on_white), rate, progress)


def _shots(capture: Capture, views: str) -> list[Shot]:
    if views == "orbit":
        return [(f"orbit_{i:03d}", camera) for i, camera in enumerate(orbit(capture, ORBIT_FRAMES))]
    return [(view.name, view.camera) for view in (capture.test if views == "test" else capture.views)]


def _drawn(geometry: Geometry, shots: list[Shot], device: str, on_white: bool) -> Iterator[NDArray[np.float32]]:
    from recon.render.draw import BLACK, WHITE
    from recon.render.draw_mesh import drawer_of

    drawer = drawer_of(geometry, device)
    for _, camera in shots:
        yield drawer.draw(camera, background=WHITE if on_white else BLACK).color
