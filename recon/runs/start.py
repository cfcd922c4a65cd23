"""Ways to begin: a new run, the rest of one, and one that branches off another."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recon.errors import RunError
from recon.methods.parameters import with_values
from recon.poses.workspace import capture_name
from recon.runs import checkpoint, resources, results
from recon.runs.driver import Commands, Reconstruction, silence
from recon.runs.folder import Run, create_folder, load_run, refuse_occupied
from recon.runs.job import Job
from recon.runs.telling import Report
from recon.scene import Blocks

if TYPE_CHECKING:
    from recon.editing.blocks import BlockOperation


def reconstruct(
    data: str | Path, out: str | Path | None = None, *, commands: Commands = silence, **job: Any
) -> Reconstruction:
    """Make a run folder and drive a method in it.

    Everything the user gave is checked first: where it raises, no folder has been made.

    Parameters
    ----------
    data : path
        The capture: a folder, or a file such as transforms.json.
    out : path, optional
        The run folder to make; absent or empty. By default a free one in runs/, named after capture and method.
    commands : callable
        Asked between two events for the next command, or None.
    **job
        The other fields of `Job`: method, preset, changes, seed, device, images, masks, downscale, exclude.

    Returns
    -------
    Reconstruction
        An iterator of events; the run goes on as far as it is pulled.

    Raises
    ------
    InputError
        If the capture or a parameter cannot be used.
    RunError
        If something is at `out` already.
    OutOfMemory, DeviceUnavailable
        If this machine cannot do it.
    """
    return start(Job(Path(data), Path(out) if out is not None else None, **job), commands)


def start(job: Job, commands: Commands = silence) -> Reconstruction:
    """Make a job's run folder and drive it, as `reconstruct` does."""
    method, config = job.resolve()
    if job.out is not None:
        refuse_occupied(job.out)
    device = resources.resolve_device(job.device)
    if job.lacks_cameras:
        return Reconstruction(create_folder(_run(job, config, capture_name(job.data), device)), None, commands)
    capture = job.source(Path()).load()
    fit = resources.fit_to_memory(method, capture, config, device)
    run = _run(job, config, capture.name, device).fitted(fit.config)
    return Reconstruction(create_folder(run), capture, commands, fit)


def create(job: Job) -> Run:
    """Make a job's run folder without reading its capture; `resume` runs it, in this process or in any other.

    Raises
    ------
    InvalidParameter, RunError
        If a parameter cannot be used, or something is at its folder already.
    """
    _, config = job.resolve()
    name = capture_name(job.data) if job.lacks_cameras else job.data.stem
    return create_folder(_run(job, config, name, job.device))


def _run(job: Job, config: Any, name: str, device: str) -> Run:
    folder = job.folder(name)
    return Run(folder, job.method, dataclasses.asdict(config), job.seed, device, job.source(folder))


def resume(path: str | Path, commands: Commands = silence) -> Reconstruction:
    """Go on with a run as if it had never stopped.

    Parameters
    ----------
    path : path
        The run folder. A run without a checkpoint begins anew; a finished one only makes its result again.
    commands : callable
        Asked between two events for the next command, or None.

    Raises
    ------
    RunError
        If it is not a run folder, is damaged, or another process is working on it.
    InputError
        If its capture cannot be read any more.
    """
    run = load_run(path)
    if run.status() == "running":
        raise RunError(f"The run in {run.path} is being worked on by another process. Stop that one first.")
    method, config = run.resolve()
    capture = run.capture.load() if run.capture.has_cameras else None
    device = resources.resolve_device(run.device)
    if capture is None:
        return Reconstruction(dataclasses.replace(run, device=device), None, commands)
    if checkpoint.exists(run.checkpoint_folder):
        return Reconstruction(run, capture, commands)
    fit = resources.fit_to_memory(method, capture, config, device)
    run = dataclasses.replace(run, device=device).fitted(fit.config)
    run.save()
    return Reconstruction(run, capture, commands, fit)


def fork(path: str | Path, out: str | Path, changes: Mapping[str, Any]) -> Run:
    """Make a run that goes on from another's checkpoint with other parameters, and names it as its parent.

    Parameters
    ----------
    path : path
        The run to branch off; it is left as it is.
    out : path
        The run folder to make; absent or empty.
    changes : mapping of str to value or text

    Returns
    -------
    Run
        To be driven with `resume`.

    Raises
    ------
    InvalidParameter
        If a change cannot be made.
    RunError
        If the parent has no step left to take with these parameters, or something is at `out` already.
    """
    parent = load_run(path)
    _, config = parent.resolve()
    config = with_values(config, dict(changes))
    done = parent.progress()
    steps = getattr(config, "steps", done.step + 1)
    if done.step >= steps:
        raise RunError(
            f"The run in {parent.path} is at step {done.step} already, and {steps} are asked for, so the change would "
            f"have no effect. Ask for more steps too, such as --set steps={2 * done.step}, or start a new run."
        )
    return create_folder(_child(parent, out, config), parent)


def fit_on(
    path: str | Path,
    out: str | Path,
    changes: Mapping[str, Any] | None = None,
    operations: Sequence[BlockOperation] | None = None,
) -> Run:
    """Make a run that goes on from another's result as edits leave it; locked blocks stay as they are, to the bit.

    Parameters
    ----------
    path : path
        The run whose result was edited; it is left as it is.
    out : path
        The run folder to make; absent or empty.
    changes : mapping of str to value or text, optional
        Parameters that differ from what the method says of such runs.
    operations : sequence of BlockOperation, optional
        The edits; by default those saved beside the run.

    Returns
    -------
    Run
        To be driven with `resume`. Its run.json has the operations.

    Raises
    ------
    InvalidParameter
        If a change cannot be made.
    RunError
        If the run's method cannot go on so, it is not finished, nothing is left of it, or something is at `out`.
    InputError
        If the edits are about blocks that are not there.
    """
    from recon.editing import Replay, edits_path, load_block_edits, to_json
    from recon.editing.blocks import EditedBlocks

    parent = load_run(path)
    made = _blocks_to_fit(parent)
    steps = load_block_edits(edits_path(parent.path)) if operations is None else tuple(operations)
    edited = Replay(EditedBlocks.of(made)).apply(steps)
    if not edited.numbers:
        raise RunError(f"No block is left of {parent.path}, so there is nothing to fit. Undo a deletion.")
    method, config = parent.resolve()
    room = {"max_blocks": max(len(edited.numbers), config.max_blocks)}
    fixed = [number in edited.locked for number in edited.numbers]
    changed = [number >= len(made) or not edited.is_as_made(number) for number in edited.numbers]
    child = _child(parent, out, with_values(config, {**(method.going_on or {}), **room, **(changes or {})}))
    edits = {**to_json(steps), "fixed": fixed, "changed": changed}
    return create_folder(dataclasses.replace(child, edits=edits), parent, edited.blocks)


def _blocks_to_fit(parent: Run) -> Blocks:
    method, made = parent.resolve()[0], parent.result()
    if method.going_on is None or not isinstance(made, Blocks):
        raise RunError(f"{method.title} cannot go on from an edited result; only blocks can. Branch off instead.")
    if not checkpoint.exists(parent.checkpoint_folder):
        raise RunError(f"The run in {parent.path} has no checkpoint any more, so nothing can go on from it.")
    return made


def _child(parent: Run, out: str | Path, config: Any) -> Run:
    values, path = dataclasses.asdict(config), str(parent.path.absolute())
    return Run(Path(out), parent.method, values, parent.seed, parent.device, parent.capture, parent=path)


def evaluate_run(
    path: str | Path, lpips_weights: str | Path | None = None, report: Report | None = None
) -> dict[str, Any]:
    """Measure a run's result on its test views again, and write metrics.json.

    Parameters
    ----------
    path : path
        The run folder.
    lpips_weights : path, optional
        Weights of the LPIPS network, which Triptych does not bring; without them LPIPS is left out.
    report : callable, optional
        Told (done, total) after each view.

    Returns
    -------
    dict
        What metrics.json holds now; times and memory are the run's own.
    """
    run = load_run(path)
    geometry = run.result()
    measuring = dataclasses.replace(run, device=resources.resolve_device(run.device))
    measured = results.measure(measuring, run.capture.load(), geometry, report, lpips_weights)
    return results.write_metrics(run, measured, geometry)
