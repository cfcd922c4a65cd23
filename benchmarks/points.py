"""How well results are registered onto each other, and how close the surface through points comes.

    python -m benchmarks.points registration [--folder FOLDER]
    python -m benchmarks.points surfaces [--folder FOLDER]

The shapes are the meshes of a folder, or generated: for each seed six superquadrics stuck together at random, which is
synthetic. Movements, noise and picked points are seeded too. Seconds are those of the processor.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from recon.errors import MethodError
from recon.io import read_mesh
from recon.meshes import topology
from recon.points import Cloud, PoissonOptions, RegisterOptions, cloud_of, poisson, register, similarity_of_pairs
from recon.scene import Blocks, Mesh, Similarity
from recon.scene.block_surfaces import mesh_of

SEEDS = (0, 1, 2)
POINTS = 20_000
NOISE, PICKING = 0.005, 0.02  # standard deviations, of the diagonal: of what is fixed, and of picked points
KEPT = (1.0, 0.7)  # of the fixed one's extent along x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("registration", "surfaces"))
    parser.add_argument("--folder", type=Path, help="Of meshes, instead of generated shapes.")
    arguments = parser.parse_args()
    shapes = list(_shapes(arguments.folder))
    if arguments.what == "registration":
        generated = [("generated", [mesh for _, mesh in shapes])]
        _registration(generated if arguments.folder is None else [(name, [mesh] * len(SEEDS)) for name, mesh in shapes])
        _refusals(shapes)
    else:
        _surfaces(shapes, one_seed_each=arguments.folder is None)


def _shapes(folder: Path | None) -> Iterator[tuple[str, Mesh]]:
    if folder is not None:
        for path in sorted(folder.iterdir()):
            if path.suffix in (".obj", ".stl", ".ply", ".glb"):
                yield path.stem, read_mesh(path)
        return
    for seed in SEEDS:
        yield f"pile {seed}", mesh_of(_pile(np.random.default_rng(seed)))


def _pile(rng: np.random.Generator, count: int = 6) -> Blocks:
    """Superquadrics stuck together at random."""
    quaternions = rng.normal(size=(count, 4))
    return Blocks(
        centers=rng.uniform(-1, 1, (count, 3)).astype(np.float32),
        quaternions=(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).astype(np.float32),
        scales=rng.uniform(0.3, 0.9, (count, 3)).astype(np.float32),
        exponents=rng.uniform(0.3, 1.2, (count, 2)).astype(np.float32),
        tapers=np.zeros((count, 2), np.float32),
        opacities=np.ones(count, np.float32),
        textures=np.full((count, 6, 2, 2, 3), 128, np.uint8),
        names=tuple(f"block {number}" for number in range(1, count + 1)),
    )


def _registration(shapes: Sequence[tuple[str, Sequence[Mesh]]]) -> None:
    print("shape, kept, start: farthest off in % of the diagonal, worst of 3 seeds; fitness, worst; CPU seconds, mean")
    for name, meshes in shapes:
        for kept in KEPT:
            for pairs in (True, False):
                rows = [_trial(mesh, seed, kept, pairs=pairs) for mesh, seed in zip(meshes, SEEDS, strict=True)]
                found = [off for off, _, _ in rows if np.isfinite(off)]
                worst = f"{max(found):.2f} %" if found else "none"
                refused = f", {len(rows) - len(found)} refused" if len(found) < len(rows) else ""
                seconds = np.mean([each for _, _, each in rows])
                start = "pairs" if pairs else "shapes"
                fitness = min((fit for off, fit, _ in rows if np.isfinite(off)), default=0.0)
                print(f"{name:28} {kept:.0%} {start}: {worst}{refused}; {fitness:.2f}; {seconds:.1f} s", flush=True)


def _trial(mesh: Mesh, seed: int, kept: float, *, pairs: bool) -> tuple[float, float, float]:
    """Farthest vertex off in per cent of the diagonal, fitness, seconds."""
    rng = np.random.default_rng(seed)
    diagonal = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
    truth = Similarity(rng.uniform(0.5, 2), _rotation(rng), rng.normal(size=3) * diagonal)
    moving, still = (cloud_of(mesh, POINTS, 2 * seed + number) for number in range(2))
    low, high = mesh.vertices[:, 0].min(), mesh.vertices[:, 0].max()
    left = still.positions[still.positions[:, 0] <= low + kept * (high - low)]
    left = truth.apply(left + NOISE * diagonal * rng.normal(size=left.shape))
    start = None
    if pairs:
        picked = moving.positions[rng.choice(len(moving), 4, replace=False)]
        start = similarity_of_pairs(picked + PICKING * diagonal * rng.normal(size=picked.shape), truth.apply(picked))
    began = time.process_time()
    try:
        found = register(moving, Cloud(left, np.zeros(left.shape, np.float32)), start, RegisterOptions(seed=seed))
    except MethodError:
        return np.inf, 0.0, time.process_time() - began
    off = np.linalg.norm(found.similarity.apply(mesh.vertices) - truth.apply(mesh.vertices), axis=1).max()
    return 100 * float(off) / (truth.scale * diagonal), found.fitness, time.process_time() - began


def _refusals(shapes: Sequence[tuple[str, Mesh]]) -> None:
    """How many pairs of different shapes are refused, as they must be."""
    refused = total = 0
    for first, mesh in shapes:
        for second, other in shapes:
            if first >= second:
                continue
            total += 1
            try:
                found = register(cloud_of(mesh, POINTS, 0), cloud_of(other, POINTS, 1))
                print(f"taken for the same: {first} and {second}: {found.sentence}", flush=True)
            except MethodError:
                refused += 1
    print(f"{refused} of {total} pairs of different shapes refused")


def _surfaces(shapes: Sequence[tuple[str, Mesh]], *, one_seed_each: bool) -> None:
    from scipy.spatial import KDTree

    print("shape: faces, watertight; distance to the true surface in % of the diagonal, 95 % within; CPU seconds")
    for name, mesh in shapes:
        diagonal = float(np.linalg.norm(np.ptp(mesh.vertices, axis=0)))
        true = KDTree(cloud_of(mesh, 400_000, 9).positions)
        for seed in SEEDS[: 1 if one_seed_each else None]:
            drawn = cloud_of(mesh, POINTS, seed)
            bare = Cloud(drawn.positions, drawn.colors)  # its normals are to be found
            began = time.process_time()
            made = poisson(bare, PoissonOptions())
            seconds = time.process_time() - began
            off = np.percentile(true.query(made.mesh.vertices)[0], 95)
            closed = topology(made.mesh).watertight
            print(f"{name:28} seed {seed}: {len(made.mesh):,}, {closed}; {100 * off / diagonal:.2f} %; {seconds:.1f} s")


def _rotation(rng: np.random.Generator) -> np.ndarray:
    matrix, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return matrix * np.sign(np.linalg.det(matrix))


if __name__ == "__main__":
    main()
