"""What is open: results, the photographs they were made from, and how well they match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from recon.errors import InputError, TriptychError
from recon.io import Format, format_of, load_capture
from recon.runs import Run, load_run
from recon.runs.folder import BLOCKS
from recon.scene import Capture, View
from viewer.model.scores import PartScore, Score

ResultKind = Literal["splats", "mesh", "blocks"]


@dataclass(frozen=True, eq=False)
class Result:
    """Something that was made, or is being made, and can be shown.

    Parameters
    ----------
    key : str
        By which it is known everywhere; see `key_of`.
    title : str
    kind : {"splats", "mesh", "blocks"}
    path : Path
        The file it is read from.
    run : Path, optional
        The folder of the run that makes or made it.
    live : bool
        Whether it is being made.
    scores : mapping of view name to Score
        As metrics.json says.
    mean : Score, optional
        As metrics.json says.
    parts : tuple of PartScore, optional
        Of each block, as metrics.json says; None of one that no photograph shows. Empty where nothing is known.
    """

    key: str
    title: str
    kind: ResultKind
    path: Path
    run: Path | None = None
    live: bool = False
    scores: Mapping[str, Score] = field(default_factory=dict)
    mean: Score | None = None
    parts: tuple[PartScore | None, ...] = ()


@dataclass(frozen=True, eq=False)
class Scene:
    """What was opened together.

    Parameters
    ----------
    title : str
    capture : Capture, optional
        Photographs and their cameras.
    results : tuple of Result
    notices : tuple of str
        What a person should know about how it was opened.
    """

    title: str
    capture: Capture | None = None
    results: tuple[Result, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def views(self) -> tuple[View, ...]:
        """The photographs, by name; empty where there are none."""
        return self.capture.views if self.capture else ()

    def view(self, name: str) -> View:
        """The photograph of that name."""
        return next(view for view in self.views if view.name == name)


def key_of(path: Path) -> str:
    """The key of a result: the path of its run folder, or of its file."""
    return str(path.absolute())


def open_scene(paths: Sequence[Path]) -> Scene:
    """Open run folders, files of splats or meshes, and a capture, in any mixture.

    Of several captures the last one given counts; those of runs only where none was given.

    Raises
    ------
    TriptychError
        If a path cannot be read as any of them.
    """
    scene = Scene(title=", ".join(path.absolute().name for path in paths))
    runs: list[Run] = []
    for path in dict.fromkeys(paths):
        if not path.exists():
            raise InputError(
                f"{path} does not exist. Give a run folder, a file of splats or a mesh, or a folder of photographs."
            )
        if (path / "run.json").is_file():
            runs.append(load_run(path))
            scene = _with_run(scene, runs[-1])
        elif (result := result_of_file(path)) is not None:
            scene = replace(scene, results=(*scene.results, result))
        else:
            scene = _with_capture(scene, load_capture(path))
    return scene if scene.capture else _with_capture_of_runs(scene, runs)


def result_of_file(path: Path) -> Result | None:
    """A file of splats or a mesh as a result; None where its name speaks of neither. It is not read yet."""
    form = format_of(path)
    return None if form is None else Result(key_of(path), path.stem, shown_kind(form), path)


def shown_kind(form: Format[Any] | None) -> ResultKind:
    """As what a file's geometry is shown."""
    return "splats" if form is None else form.kind


def result_of_run(run: Run, *, live: bool = False) -> tuple[Result | None, str]:
    """The result of a run, and a sentence where something of it is missing.

    Parameters
    ----------
    run : Run
    live : bool
        Whether it is under way, so that there is something to show before it has written a result.

    Returns
    -------
    result : Result or None
    notice : str
        Empty where nothing is missing.
    """
    path = _result_file(run.path)
    if path is None and not live:
        return None, f"{run.path.name} has no result yet. Finish it first: triptych resume {run.path}"
    form = None if path is None or live else format_of(path)  # the engine draws a run that goes on as splats
    made = Result(
        key_of(run.path),
        run.path.absolute().name,
        shown_kind(form),
        path or run.path / "result.ply",
        run.path,
        live,
    )
    return (made, "") if live else _with_metrics(made, run)


def _result_file(folder: Path) -> Path | None:
    """What a run has made: its blocks where it makes these, for they say more than their surfaces."""
    if (folder / BLOCKS).is_file():
        return folder / BLOCKS
    return next(iter(sorted(folder.glob("result.*"))), None)


def _with_run(scene: Scene, run: Run) -> Scene:
    result, notice = result_of_run(run)
    scene = replace(scene, results=(*scene.results, result)) if result else scene
    return _noticed(scene, *([notice] if notice else []))


def _with_capture_of_runs(scene: Scene, runs: Sequence[Run]) -> Scene:
    for run in runs:
        try:
            return _with_capture(scene, run.capture.load())
        except TriptychError as error:
            scene = _noticed(scene, f"{run.path.name} is shown without photographs. {error}")
    return scene


def _with_capture(scene: Scene, capture: Capture) -> Scene:
    return _noticed(replace(scene, capture=capture), *capture.warnings)


def _with_metrics(result: Result, run: Run) -> tuple[Result, str]:
    if not (run.path / "metrics.json").is_file():
        return result, ""
    try:
        metrics = run.metrics()
        scores = {view["name"]: _score(view) for view in metrics["views"]}
        parts = tuple(_part_score(part) for part in metrics.get("parts", {}).get("errors", ()))
        return replace(result, scores=scores, mean=_score(metrics["mean"]) if scores else None, parts=parts), ""
    except (KeyError, TypeError, ValueError, TriptychError):
        return result, (
            f"{run.path.name} is shown without its PSNR and SSIM: metrics.json is damaged. "
            f"Write it anew: triptych evaluate {run.path}"
        )


def _score(values: Mapping[str, Any]) -> Score:
    return Score(float(values["psnr"]), float(values["ssim"]))


def _part_score(values: Mapping[str, Any]) -> PartScore | None:
    pixels = int(values["pixels"])
    return PartScore(float(values["mean_absolute_error"]), float(values["psnr"]), pixels) if pixels else None


def _noticed(scene: Scene, *notices: str) -> Scene:
    return replace(scene, notices=(*scene.notices, *notices))
