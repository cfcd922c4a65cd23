"""How well a family of shapes is taken apart: generated chairs and tables whose parts are known.

    python -m benchmarks.decompose_set [--seeds 0 1 2] [--learned 48] [--steps 3000]

The shapes are synthetic: `sample_scenes.furniture.make_furniture(SEED)`, SEED from 0 on for those that the family is
learned from, from 1000 on for sixteen that it has not seen, on which everything is measured. IoU is of random points,
against the exact truth. "alike" is the share of true parts (a seat, a left front leg, ...) most of whose volume lies in
that part of ours in which it lies in most of the shapes. Seconds include finding out what is inside.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from recon import families, shapes
from recon.meshes import in_convexes
from recon.scene import Mesh
from sample_scenes.furniture import Furniture, make_furniture

UNSEEN, UNSEEN_SEED = 16, 1000
PROBES = 100_000


def cube(furniture: Furniture) -> families.Cube:
    """A chair or a table in the frame of its family."""
    return families.cube_of(shapes.solid_of(furniture.csg.mesh(), families.GRID_POINTS))


def iou(truth: Furniture, parts: Sequence[Mesh], points: np.ndarray) -> float:
    """Of the union of all parts."""
    true, ours = truth.csg.each(points).any(0), in_convexes(parts, points)
    return float((true & ours).sum() / (true | ours).sum())


def owners(truth: Furniture, parts: Sequence[Mesh], points: np.ndarray) -> dict[str, str]:
    """The part of ours in which most of each true part lies."""
    ours = np.stack([in_convexes([part], points) for part in parts])
    shares = [(ours & true).sum(1) for true in truth.csg.each(points)]
    return {name: parts[int(share.argmax())].name for name, share in zip(truth.names, shares, strict=True)}


def alike(found: Sequence[dict[str, str]]) -> float:
    """Share of true parts that lie in the same part of ours as in most shapes."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for names in found:
        for true, ours in names.items():
            votes[true][ours] += 1
    return sum(max(counter.values()) for counter in votes.values()) / sum(map(len, found))


def measure(seed: int, learned: int, steps: int) -> str:
    """Learn a family and take apart what it has not seen: a line of the table."""
    began = time.perf_counter(), time.process_time()
    cubes = [cube(make_furniture(number)) for number in range(learned)]
    read = time.perf_counter()
    family = families.learn(cubes, families.Config(steps=steps, seed=seed))
    seconds, busy = time.perf_counter() - began[0], time.process_time() - began[1]
    coded, fitted, names, counts = [], [], [], []
    for number in range(UNSEEN_SEED, UNSEEN_SEED + UNSEEN):
        truth = make_furniture(number)
        points = np.random.default_rng(number).uniform(*truth.csg.bounds(), (PROBES, 3))
        own = cube(truth)
        coded.append(iou(truth, family.take_apart(own, fitted=False), points))
        parts = family.take_apart(own)
        fitted.append(iou(truth, parts, points))
        names.append(owners(truth, parts, points))
        counts.append(len(parts))
    planes, common = int(family.wiring.any(1).sum()), int((family.wiring.sum(1) > 1).sum())
    reading = read - began[0]
    return (
        f"{seed:>4} {family.parts:>5} {planes:>6} {common:>6} {np.mean(counts):>5.1f} {np.mean(fitted):>6.3f} "
        f"{min(fitted):>6.3f} {np.mean(coded):>7.3f} {alike(names):>6.1%} {reading:>7.0f} {seconds:>7.0f} {busy:>6.0f}"
    )


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.decompose_set", description="Families of shapes taken apart.")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--learned", type=int, default=48)
    parser.add_argument("--steps", type=int, default=3000)
    options = parser.parse_args(arguments)
    print(
        f"{'seed':>4} {'parts':>5} {'planes':>6} {'shared':>6} {'used':>5} {'IoU':>6} {'worst':>6} {'encoder':>7} "
        f"{'alike':>6} {'reading':>7} {'seconds':>7} {'CPU s':>6}",
        flush=True,
    )
    for seed in options.seeds:
        print(measure(seed, options.learned, options.steps), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
