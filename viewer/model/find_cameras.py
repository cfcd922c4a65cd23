"""From photographs to cameras: what is offered, how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from psygnal import SignalGroupDescriptor

from viewer.model.photographs import Photographs
from viewer.model.task_list import Task, TaskProgress, TaskRunner

Condition = Literal["offered", "running", "found", "failed"]
FEW = 3  # photographs below which there is nothing to reconstruct


class FailedPhoto(Protocol):
    """A photograph without a camera, and the likely reason as part of a sentence."""

    @property
    def name(self) -> str:
        """Of the photograph."""
        ...

    @property
    def reason(self) -> str:
        """Such as "is blurred"."""
        ...


class CameraReport(Protocol):
    """What came of it; `recon.poses` makes it."""

    @property
    def photos(self) -> int:
        """How many there were."""
        ...

    @property
    def registered(self) -> Sequence[str]:
        """Those that have a camera."""
        ...

    @property
    def failed(self) -> Sequence[FailedPhoto]:
        """Those that have none."""
        ...

    @property
    def reprojection_error(self) -> float:
        """Mean, in pixels."""
        ...

    @property
    def points(self) -> int:
        """How many were found."""
        ...

    def warnings(self) -> list[str]:
        """What a person should know before anything is trained."""
        ...


@dataclass(frozen=True)
class FoundCameras:
    """The result of the work: the capture that was made, and the report."""

    capture: Path
    report: CameraReport


@dataclass(frozen=True)
class StageState:
    """A part of the work; `fraction` in [0, 1], None where nobody can say."""

    name: str
    fraction: float | None
    done: bool = False


@dataclass(eq=False)
class FindCamerasModel:
    """Offers to find cameras, and follows the work. Assigning a field announces it through `events`.

    Parameters
    ----------
    tasks : TaskRunner
    work : callable
        Importable generator function of (path of photographs or video, folder to make) that yields `TaskProgress`,
        whose message names the stage, and returns `FoundCameras`.
    photographs : Photographs, optional
        What cameras are wanted for; None where nothing is offered.
    out : Path, optional
        The capture folder to make.
    condition : {"offered", "running", "found", "failed"}
    stages : tuple of StageState
        Those that were begun, in order.
    found : FoundCameras, optional
    message : str
        Why it failed; empty where it did not.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    tasks: TaskRunner
    work: Callable[..., Any]
    photographs: Photographs | None = None
    out: Path | None = None
    condition: Condition = "offered"
    stages: tuple[StageState, ...] = ()
    found: FoundCameras | None = None
    message: str = ""
    task: Task | None = None

    def offer(self, photographs: Photographs, captures: Path) -> None:
        """Offer to find cameras for these photographs, in a new folder of `captures`."""
        if self.condition == "running":
            self.cancel()
        self.stages, self.found, self.message = (), None, ""
        self.out = _free(captures / f"{_name(photographs)}-cameras")
        self.condition = "offered"
        self.photographs = photographs

    def withdraw(self) -> None:
        """Offer nothing any more."""
        self.cancel()
        self.photographs = None

    @property
    def can_start(self) -> bool:
        """Whether there is anything to begin with."""
        photographs = self.photographs
        enough = photographs is not None and (photographs.is_video or len(photographs.names) >= FEW)
        return enough and self.condition != "running"

    @property
    def offer_in_words(self) -> str:
        """What could be done, in a sentence or two."""
        photographs = self.photographs
        if photographs is None:
            return ""
        if photographs.is_video:
            return "This is a video. Its sharpest frames can be taken out, and the place of the camera found for each."
        count = len(photographs.names)
        if count < FEW:
            return (
                f"There {'are' if count > 1 else 'is'} only {count}; at least {FEW} overlapping photographs are needed."
            )
        size = f" of {photographs.size[0]} × {photographs.size[1]}" if photographs.size else ""
        return f"{count} photographs{size} without cameras. Where each was taken can be found from what they show."

    def start(self) -> Task | None:
        """Begin."""
        if not self.can_start or self.photographs is None or self.out is None:
            return None
        self.stages, self.found, self.message = (), None, ""
        task = self.tasks.run(
            f"Finding cameras of {_name(self.photographs)}", self.work, self.photographs.path, self.out
        )
        self.task = task
        task.progressed.connect(self._on_progressed)
        task.finished.connect(self._on_finished)
        task.failed.connect(self._on_failed)
        task.cancelled.connect(self._on_cancelled)
        self.condition = "running"
        return task

    def cancel(self) -> None:
        """End it; what was done is kept, so that it goes on from there when it is begun again."""
        if self.task is not None and self.condition == "running":
            self.task.cancel()

    def _on_progressed(self, progress: TaskProgress) -> None:
        before = self.stages
        if before and before[-1].name == progress.message:
            before = before[:-1]
        done = tuple(StageState(stage.name, 1.0, done=True) for stage in before)
        self.stages = (*done, StageState(progress.message, progress.fraction))

    def _on_finished(self, found: FoundCameras) -> None:
        self.stages = tuple(StageState(stage.name, 1.0, done=True) for stage in self.stages)
        self.found = found
        self.condition = "found"

    def _on_failed(self, message: str) -> None:
        self.message = message
        self.condition = "failed"

    def _on_cancelled(self) -> None:
        self.condition = "offered"

    @property
    def report_lines(self) -> tuple[tuple[str, str], ...]:
        """The report as labels and texts."""
        if self.found is None:
            return ()
        report = self.found.report
        return (
            ("Placed", f"{len(report.registered)} of {report.photos} photographs"),
            ("Mean error", f"{report.reprojection_error:.2f} px"),
            ("Points", f"{report.points:,}"),
        )


def _name(photographs: Photographs) -> str:
    path = photographs.path
    if photographs.is_video:
        return path.stem
    return path.parent.name if path.name.lower() in {"images", "photos", "input"} and path.parent.name else path.name


def _free(folder: Path) -> Path:
    number, free = 2, folder
    while free.exists():
        free, number = folder.with_name(f"{folder.name}-{number}"), number + 1
    return free
