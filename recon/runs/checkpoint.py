"""Checkpoints: a method's state as safetensors and JSON, of which a whole one is on disk at every moment.

The arrays go into a file of a new name; then state.json, which names that file, is replaced in one step; then
the old arrays are removed. Whenever the process dies, state.json names arrays that are complete.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from recon.errors import RunError
from recon.methods.base import State
from recon.runs.files import read_json, replacing, write_json
from recon.runs.meter import Costs

STATE = "state.json"
SCHEMA = 1


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Parameters
    ----------
    step, total_steps : int
    costs : Costs
    sets_seen : int
        How many records of type "set" the event log held.
    pending_sets : list of dict
        Parameters the user set at a later step before the run was killed; they are set again there.
    """

    step: int = 0
    total_steps: int = 0
    costs: Costs = field(default_factory=Costs)
    sets_seen: int = 0
    pending_sets: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Progress:
        """Read back what `dataclasses.asdict` made of one."""
        return cls(**document | {"costs": Costs(**document["costs"])})


@dataclass(frozen=True)
class Checkpoint:
    """What a run goes on from.

    Parameters
    ----------
    state : State
        The method's own.
    config : dict
        The method's parameters as they were then, live changes included.
    progress : Progress
    """

    state: State
    config: dict[str, Any]
    progress: Progress


def exists(folder: Path) -> bool:
    """Whether there is a checkpoint in the folder."""
    return (folder / STATE).exists()


def read_progress(folder: Path) -> Progress:
    """Read how far a checkpoint is, without its arrays; all zero where there is none."""
    return Progress.from_json(read_json(folder / STATE)["progress"]) if exists(folder) else Progress()


def save(folder: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint; the one before stays whole until this one is.

    Raises
    ------
    OSError
        If it cannot be written, above all with errno ENOSPC on a full disk.
    """
    from safetensors.numpy import save_file

    folder.mkdir(exist_ok=True)
    serial = read_json(folder / STATE)["serial"] + 1 if exists(folder) else 1
    arrays = folder / f"arrays-{serial:06d}.safetensors"
    with replacing(arrays) as beside, _plain_errors():
        save_file(checkpoint.state.arrays, beside)
    document = {
        "schema": SCHEMA,
        "serial": serial,
        "arrays": arrays.name,
        "progress": asdict(checkpoint.progress),
        "config": checkpoint.config,
        "values": checkpoint.state.values,
    }
    write_json(folder / STATE, document)
    for file in folder.iterdir():
        if file.name not in {STATE, arrays.name}:
            file.unlink(missing_ok=True)


def load(folder: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    RunError
        If there is none, it is damaged, or a newer Triptych wrote it.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    document = read_json(folder / STATE)
    if document.get("schema") != SCHEMA:
        raise RunError(f"{folder} was written by another version of Triptych (schema {document.get('schema')}).")
    try:
        arrays = load_file(folder / document["arrays"])
    except (OSError, SafetensorError) as error:
        raise RunError(f"The checkpoint in {folder} is damaged: {error}. Start the run anew.") from error
    state = State(arrays, document["values"])
    return Checkpoint(state, document["config"], Progress.from_json(document["progress"]))


def copy(source: Path, target: Path, config: dict[str, Any]) -> None:
    """Copy a checkpoint for another run, of another config, to go on from."""
    document = read_json(source / STATE)
    progress = replace(Progress.from_json(document["progress"]), sets_seen=0, pending_sets=[])
    target.mkdir()
    shutil.copy2(source / document["arrays"], target)
    write_json(target / STATE, document | {"progress": asdict(progress), "config": config})


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Turn the writer's own error into the OSError it stands for, so that a full disk is told as one."""
    from safetensors import SafetensorError

    try:
        yield
    except SafetensorError as error:
        raise OSError(errno.ENOSPC if "os error 28" in str(error) else errno.EIO, str(error)) from error
