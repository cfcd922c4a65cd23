"""Splats of one run as the blocks of another carry them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from recon.errors import InputError
from recon.io import format_of
from recon.runs.films import load_result
from recon.runs.folder import BLOCKS, RUN, load_run
from recon.scene import Blocks, Splats

if TYPE_CHECKING:
    from recon.editing.blocks import BlockOperation


def carry(
    blocks: str | Path, splats: str | Path | None = None, *, edited: bool = True, with_hidden: bool = True
) -> Splats:
    """The splats of a result, moved along with the blocks of another result of the same capture.

    Splats are bound to blocks as their run made them: one belongs to the nearest block that it lies in or close to, or
    to none, and then stays. Those of blocks that are where they were made come back to the bit.

    Parameters
    ----------
    blocks : path
        A run folder, or a file of blocks.
    splats : path, optional
        A run folder, or a file of splats; by default what the edits of the blocks say that they carry.
    edited : bool
        Whether edits of both are applied; without those of the blocks nothing moves.
    with_hidden : bool
        Whether splats that edits only hide are there, and those of hidden blocks.

    Raises
    ------
    InputError
        If one is not there, is of another kind or of another capture, or nothing is carried.
    RunError, UnreadableFile
        If there is nothing in it yet, or it cannot be read.
    """
    from recon.editing import edits_path, load_block_edits
    from recon.editing.blocks import carried

    blocks = Path(blocks)
    made = load_result(blocks, edited=False)
    if not isinstance(made, Blocks):
        raise InputError(f"{blocks} holds {made.kind}; blocks are needed to carry splats.")
    operations = load_block_edits(edits_path(blocks))
    source = _chosen(blocks, operations) if splats is None else Path(splats)
    if source is None:
        raise InputError(f"The blocks of {blocks} carry no splats. Name a run whose splats they shall carry.")
    found = carried(splats_of_capture(source, blocks, edited, with_hidden), made, operations if edited else ())
    return found.splats if with_hidden else found.visible


def splats_of_capture(source: Path, blocks: Path, edited: bool = True, with_hidden: bool = False) -> Splats:
    """Read splats that blocks are to carry.

    Parameters
    ----------
    source : Path
        A run folder, or a file of splats.
    blocks : Path
        A run folder, or a file of blocks.
    edited, with_hidden : bool
        As `load_result` takes them.

    Raises
    ------
    InputError
        If they are no splats, or of another capture.
    RunError, UnreadableFile
        If there is nothing in it yet, or it cannot be read.
    """
    captures = {_capture(path) for path in (source, blocks)} - {""}
    if len(captures) > 1:
        raise InputError(
            f"{source.name} and {blocks.name} are of different captures, {' and '.join(sorted(captures))}, "
            "so blocks cannot carry those splats. Choose a run of the same capture."
        )
    splats = load_result(source, edited=edited, with_hidden=with_hidden)
    if not isinstance(splats, Splats):
        raise InputError(f"{source} holds no splats but a result of the kind {splats.kind}. Choose a run of splats.")
    return splats


def carries_splats(path: Path) -> bool:
    """Whether the edits of a run folder or a file say that its blocks carry splats.

    Raises
    ------
    UnreadableFile
        If they cannot be understood.
    """
    from recon.editing import edits_path, load_block_edits

    form = format_of(path)
    of_blocks = (path / BLOCKS).is_file() or (form is not None and form.kind == "blocks")
    return of_blocks and _chosen(path, load_block_edits(edits_path(path))) is not None


def _chosen(blocks: Path, operations: Sequence[BlockOperation]) -> Path | None:
    """Which splats edits say that blocks carry; None for none."""
    from recon.editing.blocks import CarrySplats

    named = next((step.splats for step in reversed(operations) if isinstance(step, CarrySplats)), "")
    return found_beside(blocks, named) if named else None


def found_beside(blocks: Path, splats: str) -> Path:
    """Where splats are that edits of blocks name: there, or beside the blocks where both were moved together."""
    named = Path(splats)
    beside = (blocks if blocks.is_dir() else blocks.parent).absolute().parent / named.name
    return beside if beside.exists() and not named.exists() else named


def _capture(path: Path) -> str:
    """The absolute path of a run's capture; empty of a file."""
    folder = path if path.is_dir() else path.parent
    return str(Path(load_run(folder).capture.path).absolute()) if (folder / RUN).is_file() else ""
