"""One run folder as the run tree shows it; what is damaged is told by a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from recon.errors import TriptychError
from recon.methods.registry import method_named
from recon.runs import Run, load_run
from recon.runs.folder import EVENTS, METRICS, PREVIEW, RESULT, RUN
from viewer.model.parameter_form import differences

EntryStatus = Literal["new", "running", "interrupted", "cancelled", "failed", "finished", "damaged"]
Signature = tuple[float, ...]
FILES = (RUN, EVENTS, METRICS, PREVIEW)


@dataclass(frozen=True)
class RunEntry:
    """What is known of a run folder.

    Parameters
    ----------
    path : Path
        Absolute.
    status : EntryStatus
        "damaged" where it cannot be read; `problem` says why.
    method : str
    capture : str
        The absolute path of its capture.
    parent : Path, optional
        The run it was branched off from, as it says.
    origin : str
        The preset that `differences` are from; empty for a run with a parent.
    differences : mapping of str to value
        Parameters that differ from the parent, or from the nearest preset.
    psnr, ssim : float, optional
        Means over the test views.
    count : int, optional
        Number of Gaussians, or of whatever it is made of.
    created : datetime, optional
    preview : Path, optional
    has_result : bool
        Whether there is something to open.
    problem : str
    """

    path: Path
    status: EntryStatus
    method: str = ""
    capture: str = ""
    parent: Path | None = None
    origin: str = ""
    differences: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    psnr: float | None = None
    ssim: float | None = None
    count: int | None = None
    created: datetime | None = None
    preview: Path | None = None
    has_result: bool = False
    problem: str = ""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def changes(self) -> str:
        """The differences, in words."""
        words = [f"{name} {shown(value)}" for name, value in self.differences.items()]
        return ", ".join([self.origin, *words] if self.origin else words)


def shown(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def signature(path: Path) -> Signature:
    """Numbers that change when a run folder's files do."""
    return tuple(number for name in FILES for number in _stamp(path / name))


def read_entry(path: Path) -> RunEntry:
    """Read a run folder; never raises for what is in it."""
    try:
        return _read(load_run(path))
    except (TriptychError, OSError, ValueError, TypeError, KeyError) as error:
        return RunEntry(path, "damaged", problem=_sentence(path, error))


def _read(run: Run) -> RunEntry:
    config = run.requested or run.config
    origin, differing = ("", {}) if run.parent else _nearest_preset(run.method, config)
    numbers, problem = _numbers(run)
    return RunEntry(
        path=run.path.absolute(),
        status=run.status(),
        method=run.method,
        capture=run.capture.path,
        parent=Path(run.parent) if run.parent else None,
        origin=origin,
        differences=differing,
        config=config,
        created=datetime.fromisoformat(run.created),
        preview=run.path / PREVIEW if (run.path / PREVIEW).is_file() else None,
        has_result=any(run.path.glob(f"{Path(RESULT).stem}.*")),
        problem=problem,
        **numbers,
    )


def _numbers(run: Run) -> tuple[dict[str, Any], str]:
    if not (run.path / METRICS).is_file():
        return {}, ""
    try:
        metrics = run.metrics()
        mean = metrics["mean"]
        return {"psnr": mean.get("psnr"), "ssim": mean.get("ssim"), "count": metrics["geometry"]["count"]}, ""
    except (TriptychError, AttributeError, KeyError, TypeError):
        return {}, f"{METRICS} is damaged. Write it anew: triptych evaluate {run.path}"


def _nearest_preset(method: str, config: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The preset with the fewest differences, and these."""
    try:
        presets = method_named(method).presets
    except TriptychError:
        return "", {}
    differing = {name: differences(config, vars(preset)) for name, preset in presets.items()}
    nearest = min(differing, key=lambda name: len(differing[name]))
    return nearest, differing[nearest]


def _stamp(path: Path) -> tuple[float, float]:
    try:
        status = path.stat()
    except OSError:
        return 0.0, 0.0
    return status.st_mtime, status.st_size


def _sentence(path: Path, error: Exception) -> str:
    if isinstance(error, TriptychError):
        return str(error)
    return f"{path.name} cannot be read as a run: {error}. Its {RUN} is damaged."
