"""How well shapes are taken apart: generated ones whose parts are known, and meshes from elsewhere.

    python -m benchmarks.decompose superquadrics [--seeds 100 ... 119]
    python -m benchmarks.decompose convexes [--seeds 100 ... 119]
    python -m benchmarks.decompose meshes --folder FOLDER [--into superquadrics] [--max 16]

Generated shapes are synthetic: `sample_scenes.assemblies.make_assembly(SEED)`, three to seven superquadrics, and
`sample_scenes.csg.make_csg(SEED)`, three to eight convex polytopes, both stuck to each other. Seeds below 100 were used
for choosing constants; those from 100 on were not. IoU is of random points, against the exact truth; of meshes it is
that of the points of a grid, against what the (mended) mesh holds. CPU seconds are those of this process; both include
finding out what is inside.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recon import shapes
from recon.errors import InputError
from recon.evaluate import compare_parts, measure_blocks_in, measure_convexes_in
from recon.io import read_mesh
from recon.meshes import in_convexes, topology
from recon.scene.block_surfaces import mesh_of
from sample_scenes.assemblies import make_assembly
from sample_scenes.csg import make_csg

PROBES = 200_000
MESHES = ("cad_box.stl", "chair_model.obj", "kettle.obj", "bottle.obj")
HEADER = f"{'shape':>16} {'parts':>5} {'truth':>5} {'IoU':>6} {'worst':>6} {'valid':>5} {'seconds':>7} {'CPU s':>6}"


@dataclass(frozen=True)
class Outcome:
    """One shape taken apart; what does not apply is NaN."""

    name: str
    count: int
    true_count: float
    iou: float
    worst: float
    valid: bool
    seconds: float
    cpu_seconds: float

    def row(self) -> str:
        """As a line of the table."""
        return (
            f"{self.name:>16} {self.count:>5} {self.true_count:>5.0f} {self.iou:>6.3f} {self.worst:>6.3f} "
            f"{'yes' if self.valid else 'NO':>5} {self.seconds:>7.1f} {self.cpu_seconds:>6.1f}"
        )


class Stopwatch:
    """Seconds that have passed, and those of the processor."""

    def __init__(self) -> None:
        self._began = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return time.perf_counter() - self._began[0], time.process_time() - self._began[1]


def assembly(seed: int) -> Outcome:
    """Superquadrics of an assembly of superquadrics."""
    truth = make_assembly(seed)
    mesh, watch = mesh_of(truth), Stopwatch()
    found = shapes.superquadrics(shapes.solid_of(mesh))
    seconds = watch.read()
    measures = compare_parts(found, truth)
    return Outcome(f"assembly {seed}", len(found), len(truth), measures.iou, min(measures.part_ious), True, *seconds)


def csg(seed: int) -> Outcome:
    """Convexes of a union of convex polytopes; valid are those that are closed and of one piece without handles."""
    truth = make_csg(seed)
    mesh, watch = truth.mesh(), Stopwatch()
    found = shapes.convexes(shapes.solid_of(mesh))
    seconds = watch.read()
    points = np.random.default_rng(seed).uniform(*truth.bounds(), (PROBES, 3))
    each, inside = truth.each(points), np.stack([in_convexes([part], points) for part in found])
    true, ours = each.any(0), inside.any(0)
    parts = [max((one & part).sum() / (one | part).sum() for part in inside) for one in each]
    iou = float((true & ours).sum() / (true | ours).sum())
    valid = all(topology(part).watertight and topology(part).euler == 2 for part in found)
    return Outcome(f"csg {seed}", len(found), len(truth.parts), iou, float(min(parts)), valid, *seconds)


def real(path: Path, into: str, most: int) -> Outcome:
    """Parts of a mesh from a file."""
    mesh, config, watch = read_mesh(path), shapes.Config(max_parts=most), Stopwatch()
    solid = shapes.solid_of(mesh)
    truth = solid.grid.points(), solid.inside.ravel(), solid.surface
    if into == "superquadrics":
        blocks = shapes.superquadrics(solid, config)
        seconds, measures, valid = watch.read(), measure_blocks_in(blocks, *truth), True
    else:
        parts = shapes.convexes(solid, config)
        seconds, measures = watch.read(), measure_convexes_in(parts, *truth)
        valid = all(topology(part).watertight for part in parts)
    return Outcome(path.name, measures.count, np.nan, measures.iou, np.nan, valid, *seconds)


def reals(folder: Path, into: str, most: int) -> Iterator[Outcome]:
    """All meshes there are; those that are refused are told."""
    for name in MESHES:
        try:
            yield real(folder / name, into, most)
        except InputError as error:
            print(f"{name:>16} refused: {error}", flush=True)


def summary(done: list[Outcome]) -> str:
    """What the bars ask for."""
    exact = sum(each.count == each.true_count for each in done)
    ious, seconds = [each.iou for each in done], [each.cpu_seconds for each in done]
    twice = max(each.count / each.true_count for each in done)
    return (
        f"count exact in {exact} of {len(done)}, at most {twice:.2f} times the truth; IoU median "
        f"{statistics.median(ious):.3f}, worst {min(ious):.3f}; all valid: {all(each.valid for each in done)}; "
        f"CPU seconds median {statistics.median(seconds):.0f}, most {max(seconds):.0f}"
    )


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.decompose", description="Shapes taken apart.")
    parser.add_argument("what", choices=["superquadrics", "convexes", "meshes"])
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(100, 120)))
    parser.add_argument("--folder", type=Path, help="where the meshes are")
    parser.add_argument("--into", choices=["superquadrics", "convexes"], default="superquadrics")
    parser.add_argument("--max", type=int, default=16)
    options = parser.parse_args(arguments)
    if options.what == "meshes" and options.folder is None:
        parser.error("meshes need --folder")
    made: dict[str, Callable[[int], Outcome]] = {"superquadrics": assembly, "convexes": csg}
    print(HEADER, flush=True)
    rows = (
        reals(options.folder, options.into, options.max)
        if options.what == "meshes"
        else map(made[options.what], options.seeds)
    )
    done = []
    for outcome in rows:
        done.append(outcome)
        print(outcome.row(), flush=True)
    if options.what != "meshes":
        print(summary(done))


if __name__ == "__main__":
    main(sys.argv[1:])
