"""How well method `blocks` finds the parts of generated scenes whose parts are known.

    python -m benchmarks.blocks [--scenes 100 101 102 103 104] [--seeds 0 1 2] [--preset standard]
    python -m benchmarks.blocks --start random --restarts 3 --steps 1800 --seeds 0

Scenes are `sample_scenes.blocks.make_blocks(SEED)`: a ground and three to six textured superquadrics, some of them
stacked or touching; 24 photographs of 128x96, every eighth held out. Scene seeds below 100 were used for choosing
parameters; those from 100 on were not. With `--start points`, points are those of random pixels, off by 0.4 % of a
unit. Seconds are of optimisation and search, compiling and drawing the scene not counted.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recon.evaluate import compare_parts, measure
from recon.evaluate.part_pictures import parts_picture
from recon.evaluate.parts import PartMeasures
from recon.methods.base import Context, Step
from recon.methods.blocks import METHOD, PRESETS, Config
from recon.scene import Blocks, Capture
from sample_scenes import as_capture, draw
from sample_scenes.blocks import make_blocks, seed_points, truth_blocks

SUPERSAMPLING = 2


@dataclass(frozen=True)
class Outcome:
    """One run, measured."""

    blocks: Blocks
    scene: int
    seed: int
    parts: PartMeasures
    psnr: float
    seconds: float
    cpu_seconds: float
    loss: float

    def row(self) -> str:
        """As a line of the table."""
        parts = self.parts
        return (
            f"{self.scene:>6} {self.seed:>4} {parts.count:>5} {parts.true_count:>5} {parts.iou:>6.3f} "
            f"{min(parts.part_ious):>6.3f} {self.psnr:>6.2f} {100 * parts.chamfer:>8.2f} {parts.f_score:>7.3f} "
            f"{self.seconds:>7.1f} {self.cpu_seconds:>7.1f} {self.loss:>8.4f}"
        )


HEADER = (
    f"{'scene':>6} {'seed':>4} {'count':>5} {'truth':>5} {'IoU':>6} {'worst':>6} {'PSNR':>6} {'Chamfer%':>8} "
    f"{'F-score':>7} {'seconds':>7} {'CPU s':>7} {'loss':>8}"
)


def captured(scene_seed: int) -> tuple[Capture, Blocks]:
    """A scene's photographs, with points, and its blocks."""
    scene = make_blocks(scene_seed)
    pictures = draw(scene, SUPERSAMPLING)
    points = seed_points(scene, pictures, np.random.default_rng(scene_seed))
    return replace(as_capture(scene, pictures), points=points), truth_blocks(scene)


def outcome(capture: Capture, truth: Blocks, config: Config, scene: int, seed: int) -> Outcome:
    """Fit once, and measure."""
    with tempfile.TemporaryDirectory() as cache:
        context = Context(seed, "cpu", Path(cache))
        seconds, cpu = time.perf_counter(), time.process_time()
        for event in METHOD.run(capture, replace(config, evaluations=0), context):
            loss = event.loss if isinstance(event, Step) else float("nan")
        live = context.live
        assert live is not None
        blocks = live.geometry()
        seconds, cpu = time.perf_counter() - seconds, time.process_time() - cpu
        loss = min(live.state().values["scores"])
    psnr = measure(blocks, capture.test, device="cpu").mean("psnr") or 0.0
    return Outcome(blocks, scene, seed, compare_parts(blocks, truth, ground=0.0), psnr, seconds, cpu, loss)


def outcomes(scenes: list[int], seeds: list[int], config: Config) -> Iterator[Outcome]:
    """Fit every scene with every seed."""
    for scene in scenes:
        capture, truth = captured(scene)
        for seed in seeds:
            yield outcome(capture, truth, config, scene, seed)


def summary(done: list[Outcome]) -> str:
    """What bar 1 asks for."""
    exact = sum(each.parts.count == each.parts.true_count for each in done)
    iou, worst, psnr, chamfer, seconds = (
        statistics.median(values)
        for values in zip(
            *(
                (each.parts.iou, min(each.parts.part_ious), each.psnr, each.parts.chamfer, each.seconds)
                for each in done
            ),
            strict=True,
        )
    )
    return (
        f"count exact in {exact} of {len(done)}; medians: IoU {iou:.3f}, worst object {worst:.3f}, "
        f"PSNR {psnr:.2f}, Chamfer {100 * chamfer:.2f} %, {seconds:.0f} s"
    )


def main(arguments: list[str]) -> None:
    """Run every scene and seed asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks.blocks", description="Parts found in generated scenes.")
    parser.add_argument("--scenes", nargs="+", type=int, default=[100, 101, 102, 103, 104])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--preset", choices=PRESETS, default="standard")
    parser.add_argument("--start", choices=["points", "random"], default="points")
    parser.add_argument("--restarts", type=int, default=1)
    parser.add_argument("--steps", type=int, help="of each start; else the preset's")
    parser.add_argument("--pictures", type=Path, help="a folder for a picture of each result's parts")
    options = parser.parse_args(arguments)
    config = PRESETS[options.preset]
    steps = (options.steps or config.steps) * options.restarts
    config = replace(config, start=options.start, restarts=options.restarts, steps=steps)
    print(f"preset {options.preset}, start from {options.start}, {options.restarts} restarts, {config.steps} steps")
    print(HEADER, flush=True)
    done = []
    for each in outcomes(options.scenes, options.seeds, config):
        done.append(each)
        print(each.row(), flush=True)
        if options.pictures:
            scene = make_blocks(each.scene)
            views = as_capture(scene, draw(scene, SUPERSAMPLING)).test
            parts_picture(options.pictures / f"blocks_{each.scene}_{each.seed}.png", each.blocks, views, device="cpu")
    print(summary(done))


if __name__ == "__main__":
    main(sys.argv[1:])
