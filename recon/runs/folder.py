"""The run folder: fixed names, and everything a run is read back from."""

from __future__ import annotations

import dataclasses
import platform
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from recon.errors import InvalidParameter, RunError
from recon.methods.base import Edit, Event, Method
from recon.methods.registry import method_named
from recon.runs import checkpoint, events
from recon.runs.checkpoint import Progress
from recon.runs.files import read_json, write_json
from recon.runs.job import CaptureSource
from recon.scene import Blocks, Geometry

if TYPE_CHECKING:
    from recon.editing import AnyOperation

SCHEMA = 1
RUN, EVENTS, CHECKPOINT, RESULT = "run.json", "events.jsonl", "checkpoint", "result.ply"
# Of blocks: every parameter, and what can be shown anywhere. Of a mesh: the latter, beside the splats it is made from.
BLOCKS, SCENE = "blocks.json", "result.glb"
# What a run began from that goes on from an edited result: that, and the checkpoint of the run that had made it.
START, START_BLOCKS = "start", "blocks.json"
METRICS, PREVIEW, CONTACT_SHEET = "metrics.json", "preview.png", "contact_sheet.png"

Status = Literal["new", "running", "interrupted", "cancelled", "failed", "finished"]
_ENDINGS: dict[str, Status] = {"finished": "finished", "failed": "failed", "cancelled": "cancelled"}


def versions() -> dict[str, str]:
    """The versions that a result may depend on."""
    found = {"python": platform.python_version()}
    for package in ("triptych", "torch", "numba", "numpy", "gsplat"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Run:
    """A run: the folder it lives in, and what its run.json says.

    Parameters
    ----------
    path : Path
        The folder.
    method : str
    config : dict
        Every parameter of the method, by name.
    seed : int
    device : {"auto", "cpu", "cuda"}
        "auto" only until it is first started.
    capture : CaptureSource
    requested : dict, optional
        The parameters as they were asked for, where memory made `config` smaller.
    parent : str, optional
        The run this one was forked from, or whose edited result it goes on from.
    edits : dict, optional
        Of a run that goes on from an edited result: "operations", as edits.json has them, and of each part of what they
        left whether it is "fixed" and whether it was "changed".
    created : str
        UTC, ISO 8601.
    versions : dict
    """

    path: Path
    method: str
    config: dict[str, Any]
    seed: int
    device: str
    capture: CaptureSource
    requested: dict[str, Any] | None = None
    parent: str | None = None
    edits: dict[str, Any] | None = None
    created: str = field(default_factory=_now)
    versions: dict[str, str] = field(default_factory=versions)

    @property
    def checkpoint_folder(self) -> Path:
        """The folder of its checkpoint."""
        return self.path / CHECKPOINT

    def events(self) -> Iterator[Event]:
        """Read what has happened, oldest first. A resumed run tells steps after its checkpoint twice."""
        for record in self.records():
            event = events.as_event(record)
            if event is not None:
                yield event

    def records(self) -> Iterator[dict[str, Any]]:
        """Read the lines of events.jsonl: events and parameters set by the user, each with its time."""
        return events.read_records(self.path / EVENTS)

    def progress(self) -> Progress:
        """How far the checkpoint is: steps and seconds."""
        return checkpoint.read_progress(self.checkpoint_folder)

    def status(self) -> Status:
        """What has become of the run, from the last line of its log that tells."""
        if events.is_locked(self.path / EVENTS):
            return "running"
        record = events.read_last_record(self.path / EVENTS)
        return "new" if record is None else _ENDINGS.get(record["type"], "interrupted")

    def metrics(self) -> dict[str, Any]:
        """Read metrics.json.

        Raises
        ------
        RunError
            If the run has not got so far.
        """
        self._require(METRICS)
        return read_json(self.path / METRICS)

    def result(self) -> Geometry:
        """Read the result, splats, blocks or a mesh, in the capture's frame.

        Raises
        ------
        RunError
            If the run has not got so far.
        """
        from recon.io import read_blocks, read_mesh, read_splats

        if (self.path / BLOCKS).exists():
            return read_blocks(self.path / BLOCKS)
        if (self.path / SCENE).exists():
            return read_mesh(self.path / SCENE)
        self._require(RESULT)
        return read_splats(self.path / RESULT)

    def operations(self) -> tuple[AnyOperation, ...]:
        """Read the edits made to the result in the window; none where there are none.

        Raises
        ------
        UnreadableFile
            If edits.json is damaged.
        """
        from recon.editing import edits_path, load_block_edits, load_edits, load_mesh_edits

        edits = edits_path(self.path)
        if (self.path / BLOCKS).exists():
            return load_block_edits(edits)
        return load_mesh_edits(edits) if (self.path / SCENE).exists() else load_edits(edits)

    def edited_result(self) -> Geometry:
        """Read the result as its edits leave it: what they removed is gone, what they only hide is there.

        Raises
        ------
        RunError
            If the run has not got so far.
        UnreadableFile
            If edits.json is damaged.
        """
        from recon.editing import edited_geometry

        return edited_geometry(self.result(), self.path, with_hidden=True)

    def edit(self) -> Edit | None:
        """Read what the run began from; None of one that does not go on from an edited result.

        Raises
        ------
        RunError, UnreadableFile
            If it is damaged.
        """
        from recon.io import read_blocks

        if self.edits is None:
            return None
        fixed, changed = (tuple(map(bool, self.edits.get(name, ()))) for name in ("fixed", "changed"))
        blocks = read_blocks(self.path / START / START_BLOCKS)
        if not len(fixed) == len(changed) == len(blocks):
            raise RunError(f"{self.path / RUN} is damaged: its edits are not of {len(blocks)} blocks.")
        return Edit(blocks, fixed, changed, checkpoint.load(self.path / START).state)

    def fitted(self, config: Any) -> Run:
        """The same run with a config that fits into memory; what was asked for is remembered."""
        values = asdict(config)
        return self if values == self.config else dataclasses.replace(self, config=values, requested=self.config)

    def resolve(self) -> tuple[Method, Any]:
        """Look up the method and make its config.

        Raises
        ------
        RunError
            If this Triptych does not know the method or its parameters.
        """
        try:
            method = method_named(self.method)
            return method, method.config(**self.config)
        except (TypeError, InvalidParameter) as error:
            raise RunError(f"{self.path} was made for another version of Triptych: {error}") from error

    def save(self) -> None:
        """Write run.json."""
        document = {"schema": SCHEMA, **asdict(self)}
        del document["path"]
        write_json(self.path / RUN, document)

    def _require(self, name: str) -> None:
        if not (self.path / name).exists():
            hint = f"Finish it first: triptych resume {self.path}"
            raise RunError(f"The run in {self.path} is {self.status()} and has no {name} yet. {hint}")


def load_run(path: str | Path) -> Run:
    """Open a run folder.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Run

    Raises
    ------
    RunError
        If the folder is not a run, or a newer Triptych made it.
    """
    folder = Path(path)
    if not (folder / RUN).is_file():
        there = "is not a run folder: it holds no run.json" if folder.exists() else "does not exist"
        raise RunError(f"{folder} {there}. Give the folder that `triptych reconstruct --out` made.")
    document = read_json(folder / RUN)
    if document.get("schema") != SCHEMA:
        raise RunError(f"{folder} was made by another version of Triptych (schema {document.get('schema')}).")
    known = {item.name for item in dataclasses.fields(Run)} - {"path"}
    try:
        values = {name: document[name] for name in known - {"edits"}}
        values["edits"] = document.get("edits")  # runs made before there were any do not say
        values["capture"] = CaptureSource(**values["capture"])
    except (KeyError, TypeError) as error:
        raise RunError(f"{folder / RUN} is damaged: {error} is missing or wrong.") from error
    return Run(folder, **values)


def create_folder(run: Run, parent: Run | None = None, start: Blocks | None = None) -> Run:
    """Make a run's folder, whole or not at all, with the parent's checkpoint in it if there is one.

    Parameters
    ----------
    run : Run
    parent : Run, optional
        Whose checkpoint it goes on from.
    start : Blocks, optional
        What it begins from in the place of what the parent made; the parent's checkpoint then lies beside it.

    Raises
    ------
    RunError
        If something is there already.
    """
    from recon.io import write_geometry

    refuse_occupied(run.path)
    target = run.path
    beside = target.with_name(f".{target.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    dataclasses.replace(run, path=beside).save()
    if parent is not None and checkpoint.exists(parent.checkpoint_folder):
        checkpoint.copy(parent.checkpoint_folder, beside / (CHECKPOINT if start is None else START), run.config)
    if start is not None:
        write_geometry(beside / START / START_BLOCKS, start)
    if target.exists():
        target.rmdir()
    beside.rename(target)
    return run


def refuse_occupied(path: Path) -> None:
    """Raise RunError if a run folder cannot be made at `path` without touching what is there."""
    if path.is_file():
        raise RunError(f"{path} is a file, so no run folder can be made there. Give another --out.")
    if (path / RUN).exists():
        raise RunError(f"{path} already holds a run. Go on with `triptych resume {path}`, or give another --out.")
    if path.exists() and any(path.iterdir()):
        raise RunError(f"{path} is not empty, and nothing in it may be lost. Give another --out.")
