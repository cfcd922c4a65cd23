"""A run's splats as a textured mesh, without training anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from recon.errors import RunError
from recon.methods.base import Event, Finished, Warned
from recon.runs.files import write_json
from recon.runs.folder import RESULT, load_run
from recon.runs.resources import resolve_device
from recon.runs.telling import told

MESH, NUMBERS = "mesh.glb", "mesh.json"


def mesh_run(path: str | Path, out: str | Path | None = None, device: str = "auto", **options: Any) -> Iterator[Event]:
    """Make a textured mesh of a run's splats and its photographs.

    Parameters
    ----------
    path : path
        The run folder.
    out : path, optional
        The mesh to write, in any format that holds one; mesh.glb in the run folder unless given. Numbers are written
        beside it, as JSON.
    device : {"auto", "cpu", "cuda"}
    **options
        Fields of `recon.methods.surfacing.MeshOptions`.

    Yields
    ------
    Event
        Stages, warnings, and `Finished` with "faces", "coverage", "psnr_covered" and "psnr_texture".

    Raises
    ------
    RunError
        If the run has no splats.
    MethodError
        If there is no surface in them.
    """
    from recon import evaluate
    from recon.io import format_to_write, read_splats, write_geometry
    from recon.methods.surfacing import MeshOptions, mesh_from_splats

    run = load_run(path)
    if not (run.path / RESULT).exists():
        raise RunError(f"The run in {run.path} has no splats yet. Finish it first: triptych resume {run.path}")
    target = Path(out) if out is not None else run.path / MESH
    format_to_write(target, "mesh")
    splats, capture, where = read_splats(run.path / RESULT), run.capture.load(), resolve_device(device)
    yield from _prepared(capture)
    made = yield from mesh_from_splats(splats, capture, MeshOptions(**options), where)
    yield from (Warned(notice) for notice in made.notices)
    write_geometry(target, made.mesh)
    numbers = evaluate.describe_mesh(made.mesh, capture.test, where)
    numbers["options"] = dataclasses.asdict(MeshOptions(**options))
    write_json(target.with_suffix(".json"), numbers)
    shown = {name: numbers[name] for name in ("coverage", "psnr_covered", "psnr_texture") if numbers[name] is not None}
    yield Finished(0, {"faces": float(len(made.mesh)), **shown})


def _prepared(capture: Any) -> Iterator[Event]:
    from recon.io import prepare

    yield from told("Undistorting photographs", lambda report: prepare(capture, report))
