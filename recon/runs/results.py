"""What a finished run leaves behind: the result, the numbers measured on it, and pictures of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recon.runs import checkpoint
from recon.runs.files import write_json
from recon.runs.folder import BLOCKS, CONTACT_SHEET, METRICS, PREVIEW, RESULT, SCENE, Run
from recon.runs.meter import Costs
from recon.runs.telling import Report
from recon.scene import Blocks, Capture, Geometry, Mesh

TRAINING = "training"


def cache_folder() -> Path:
    """Where data derived from captures is kept, for all runs."""
    from platformdirs import user_cache_path

    return user_cache_path("triptych", appauthor=False) / "captures"


def write_geometry(run: Run, geometry: Geometry) -> None:
    """Write result.ply of splats; of blocks blocks.json and result.glb, of which the first is read back."""
    from recon.io import write_geometry as write

    if isinstance(geometry, Blocks):
        write(run.path / SCENE, geometry)
        write(run.path / BLOCKS, geometry)
    else:
        write(run.path / RESULT, geometry)


def write_mesh(run: Run, mesh: Mesh | None) -> None:
    """Write result.glb beside what the mesh was made from; without a mesh leave none of an earlier result."""
    from recon.io import write_geometry as write

    if mesh is not None:
        write(run.path / SCENE, mesh)
    elif not (run.path / BLOCKS).exists():
        (run.path / SCENE).unlink(missing_ok=True)


def measure(
    run: Run, capture: Capture, geometry: Geometry, report: Report | None, lpips_weights: str | Path | None = None
) -> dict[str, Any]:
    """Measure a result on the capture's test views: {"protocol", "mean", "views"}; and what can be said of its kind."""
    from recon import evaluate

    drawer = own_drawer(run)
    if drawer is None:
        metrics = evaluate.measure(
            geometry, capture.test, device=run.device, lpips_weights=lpips_weights, progress=report
        )
    else:
        metrics = evaluate.measure_drawn(drawer, capture.test, lpips_weights, report)
    measured = metrics.to_json()
    if isinstance(geometry, Mesh):
        measured["surface"] = evaluate.describe_mesh(geometry, capture.test, run.device)
    if isinstance(geometry, Blocks):
        errors = evaluate.part_errors(geometry, capture.test or capture.train, run.device)
        measured["parts"] = {**evaluate.describe_blocks(geometry), "errors": [error.to_json() for error in errors]}
        if capture.points is not None:
            measured["parts"]["coverage"] = evaluate.coverage(geometry, capture.points.positions)
    return measured


def own_drawer(run: Run) -> Any:
    """What draws a run as its method does, from its checkpoint; None where the result is all there is to draw."""
    method, config = run.resolve()
    if method.drawer is None or not checkpoint.exists(run.checkpoint_folder):
        return None
    return method.drawer(checkpoint.load(run.checkpoint_folder).state, config, run.device)


def write_pictures(run: Run, capture: Capture, geometry: Geometry) -> None:
    """Write preview.png and contact_sheet.png."""
    from recon.evaluate import contact_sheet, preview

    drawer = own_drawer(run)
    contact_sheet(run.path / CONTACT_SHEET, geometry, capture.test or capture.train, device=run.device, drawer=drawer)
    preview(run.path / PREVIEW, geometry, capture.views, device=run.device, drawer=drawer)


def write_metrics(run: Run, measured: dict[str, Any], geometry: Geometry, costs: Costs | None = None) -> dict[str, Any]:
    """Write metrics.json: what was measured on the result, and what the run cost, or was said to cost before."""
    if costs is None and (run.path / METRICS).exists():
        metrics = run.metrics() | measured
    else:
        metrics = measured | _told(costs or run.progress().costs)
    metrics["geometry"] = {"kind": type(geometry).__name__.lower(), "count": len(geometry)}
    write_json(run.path / METRICS, metrics)
    return metrics


def _told(costs: Costs) -> dict[str, Any]:
    told = {
        "train_seconds": round(costs.seconds.get(TRAINING, 0.0), 3),
        "total_seconds": round(costs.total_seconds, 3),
        "stage_seconds": {stage: round(seconds, 3) for stage, seconds in costs.seconds.items()},
        "peak_memory_mb": round(costs.peak_memory_mb, 1),
    }
    if costs.peak_device_memory_mb:
        told["peak_device_memory_mb"] = round(costs.peak_device_memory_mb, 1)
    return told


def means(metrics: dict[str, Any]) -> dict[str, float]:
    """The means over test views, by name; empty where there were no test views."""
    return {name: value for name, value in metrics["mean"].items() if value is not None}
