"""What tasks do for the timeline, screenshots and exports; each function runs in a process of its own."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from recon.io import registry
from recon.io.convert import Changes, changed
from recon.runs.carrying import carries_splats, carry
from recon.runs.films import Photographer, film_steps, load_result
from recon.scene import Blocks, Geometry
from recon.scene.camera_path import Film
from viewer.engine.tasks import Tasks
from viewer.model.exporting import ExportOrder
from viewer.model.filming import Snapshot
from viewer.model.task_list import Task, TaskProgress

Work = Generator[TaskProgress, None, Any]
READING = TaskProgress(None, "Reading the result")


class RecordingStudio:
    """Makes films, pictures and files as tasks: the `Studio` and the `Exporter` of the models.

    Parameters
    ----------
    tasks : Tasks
    """

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks

    def film(self, subject: Path, film: Film, out: Path, edited: bool) -> Task:
        """Draw a film into a file *.mp4 or a folder."""
        return self._tasks.run(f"Rendering {out.name}", draw_film, subject, film, out, edited)

    def snapshot(self, subject: Path, snapshot: Snapshot, out: Path, edited: bool) -> Task:
        """Draw one picture into a PNG."""
        return self._tasks.run(f"Drawing {out.name}", draw_snapshot, subject, snapshot, out, edited)

    def export(self, order: ExportOrder) -> Task:
        """Write a file of another format."""
        return self._tasks.run(f"Exporting {order.out.name}", export, order)

    def forecast(self, subject: Path, edited: bool, options: Mapping[str, Any]) -> Task:
        """Estimate the size of files."""
        return self._tasks.run_quietly("Estimating", forecast, subject, edited, options)


def draw_film(subject: Path, film: Film, out: Path, edited: bool) -> Work:
    """Draw a film; gives `out`."""
    yield READING
    geometry = _shown(subject, edited)
    yield TaskProgress(None, "Preparing the renderer")
    total = film.frame_count
    for done in film_steps(geometry, film, out):
        yield TaskProgress(done / total, f"Frame {done:,} of {total:,}")
    return out


def draw_snapshot(subject: Path, snapshot: Snapshot, out: Path, edited: bool) -> Work:
    """Draw one picture; gives `out`."""
    from recon.io.pictures import write_picture

    yield READING
    geometry = _shown(subject, edited)
    yield TaskProgress(None, "Drawing")
    photographer = Photographer(geometry, snapshot.mode, snapshot.background)
    write_picture(out, photographer.take(snapshot.camera))
    return out


def export(order: ExportOrder) -> Work:
    """Write a file of another format; gives its path."""
    yield READING
    form = next(form for form in registry.FORMATS if form.name == order.format)
    geometry = load_result(order.subject, edited=order.edited, with_hidden=True)
    if form.kind == "splats" and isinstance(geometry, Blocks):
        geometry = carry(order.subject, edited=order.edited)
    yield TaskProgress(None, "Writing")
    if order.target_from_world is not None:
        geometry = changed(geometry, Changes(), None, form, order.target_from_world)
    assert form.write is not None, "a writable format writes"  # noqa: S101 - for the type checker
    form.write(order.out, geometry, order.options or form.default_options())
    return order.out


def forecast(subject: Path, edited: bool, options: Mapping[str, Any]) -> Work:
    """Estimate files; gives bytes by name of format."""
    yield READING
    geometries = [load_result(subject, edited=edited, with_hidden=True)]
    if carries_splats(subject):
        geometries.append(carry(subject, edited=edited))
    return {
        form.name: form.forecast_bytes(geometry, options.get(form.name))
        for geometry in geometries
        for form in registry.writable(geometry.kind)
        if form.forecast
    }


def _shown(subject: Path, edited: bool) -> Geometry:
    """What a pane shows of a result: of blocks that carry splats, these."""
    if edited and carries_splats(subject):
        return carry(subject, with_hidden=False)
    return load_result(subject, edited=edited)
