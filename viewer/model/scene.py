"""What is open: splats, the photographs they were made from, and how well they match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from recon.errors import InputError, TriptychError
from recon.io import load_capture
from recon.runs import load_run
from recon.scene import Capture, View

RESULT = "result.ply"


@dataclass(frozen=True)
class Score:
    """How well a render matches its photograph: PSNR in dB, SSIM in [0, 1]."""

    psnr: float
    ssim: float


@dataclass(frozen=True, eq=False)
class Scene:
    """What is open.

    Parameters
    ----------
    title : str
    splats : Path, optional
        The file the engine draws.
    capture : Capture, optional
        Photographs and their cameras.
    scores : mapping of view name to Score
        The views that were measured, as metrics.json says.
    mean : Score, optional
    notices : tuple of str
        What a person should know about how it was opened.
    """

    title: str
    splats: Path | None = None
    capture: Capture | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)
    mean: Score | None = None
    notices: tuple[str, ...] = ()

    @property
    def views(self) -> tuple[View, ...]:
        """The photographs, by name; empty where there are none."""
        return self.capture.views if self.capture else ()

    def view(self, name: str) -> View:
        """The photograph of that name."""
        return next(view for view in self.views if view.name == name)


def open_scene(paths: Sequence[Path]) -> Scene:
    """Open a run folder, a splat file, a capture, or a splat file together with its capture.

    Raises
    ------
    TriptychError
        If a path cannot be read as any of them.
    """
    scene = Scene(title=", ".join(path.absolute().name for path in paths))
    for path in paths:
        if not path.exists():
            raise InputError(
                f"{path} does not exist. Give a run folder, a splat file (.ply) or a folder of photographs."
            )
        if (path / "run.json").is_file():
            scene = _with_run(scene, path)
        elif path.suffix.lower() == ".ply":
            scene = replace(scene, splats=path)
        else:
            scene = _with_capture(scene, load_capture(path))
    return scene


def _with_run(scene: Scene, path: Path) -> Scene:
    run = load_run(path)
    if (path / RESULT).is_file():
        scene = replace(scene, splats=path / RESULT)
    else:
        scene = _noticed(scene, f"The run has no result yet. Finish it first: triptych resume {path}")
    try:
        scene = _with_capture(scene, run.capture.load())
    except TriptychError as error:
        scene = _noticed(scene, f"Shown without photographs. {error}")
    if (path / "metrics.json").is_file():
        scene = _with_metrics(scene, run.metrics())
    return scene


def _with_capture(scene: Scene, capture: Capture) -> Scene:
    return _noticed(replace(scene, capture=capture), *capture.warnings)


def _with_metrics(scene: Scene, metrics: Mapping[str, Any]) -> Scene:
    try:
        scores = {view["name"]: _score(view) for view in metrics["views"]}
        return replace(scene, scores=scores, mean=_score(metrics["mean"]))
    except (KeyError, TypeError, ValueError):
        return _noticed(scene, "Shown without PSNR and SSIM: metrics.json is damaged. Write it anew: triptych evaluate")


def _score(values: Mapping[str, Any]) -> Score:
    return Score(float(values["psnr"]), float(values["ssim"]))


def _noticed(scene: Scene, *notices: str) -> Scene:
    return replace(scene, notices=(*scene.notices, *notices))
