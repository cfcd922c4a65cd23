"""Whether a block that is moved away comes back when the fit goes on, and whether locked ones stay.

    python -m benchmarks.block_drag [--scenes 1 3] [--seeds 0] [--preset quick] [--steps 100]

Scenes are those of `benchmarks.blocks`, synthetic. After the fit one block at a time is moved sideways by a tenth of
the scene and turned by 25 degrees about the upright, the next one is locked, and the fit goes on for so many steps.
IoU is that of all blocks with the true ones: as fitted, as moved, and after.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.blocks import captured
from recon.editing import Placement, Replay
from recon.editing.blocks import EditedBlocks, MarkBlocks, MoveBlocks
from recon.editing.blocks.base import ARRAYS
from recon.editing.placement import triple
from recon.evaluate import compare_parts
from recon.methods.base import Context, Edit, State
from recon.methods.blocks import METHOD, PRESETS, Config
from recon.methods.parameters import with_values
from recon.scene import Blocks, Capture, Similarity
from recon.scene.similarity import rotation_between

SHIFT, TURN = 0.1, np.radians(25)  # of the largest side of the box around all blocks, and about its z axis
STEPS = 100


@dataclass(frozen=True)
class Drag:
    """One block moved away, and what became of it."""

    scene: int
    seed: int
    block: int
    fitted: float
    moved: float
    after: float
    locked_moved: bool
    cpu_seconds: float

    def row(self) -> str:
        """As a line of the table."""
        kept = "no" if not self.locked_moved else "YES"
        return (
            f"{self.scene:>6} {self.seed:>4} {self.block:>5} {self.fitted:>7.3f} {self.moved:>7.3f} {self.after:>7.3f} "
            f"{kept:>12} {self.cpu_seconds:>7.1f}"
        )


HEADER = (
    f"{'scene':>6} {'seed':>4} {'block':>5} {'fitted':>7} {'moved':>7} {'after':>7} {'locked moved':>12} {'CPU s':>7}"
)


def fitted(capture: Capture, config: Config, seed: int, edit: Edit | None = None) -> tuple[Blocks, State]:
    """Fit to the end; what came of it, and the state."""
    with tempfile.TemporaryDirectory() as cache:
        context = Context(seed, "cpu", Path(cache), edit=edit)
        for _ in METHOD.run(capture, config, context):
            pass
        assert context.live is not None
        return context.live.geometry(), context.live.state()


def away(blocks: Blocks, number: int) -> Placement:
    """A tenth of the scene sideways, and a turn about the block's own middle."""
    low, high = blocks.bounds()
    up = blocks.ground.up if blocks.ground is not None else np.array([0.0, 0.0, 1.0])
    level = rotation_between(triple(up), (0.0, 0.0, 1.0))
    cosine, sine = np.cos(TURN), np.sin(TURN)
    turn = level.T @ np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]) @ level
    center = blocks.centers[number].astype(np.float64)
    shift = SHIFT * float((high - low).max()) * (level.T @ np.array([0.8, 0.6, 0.0]))
    return Placement.of(Similarity(rotation=turn, translation=center + shift - turn @ center))


def drags(scene: int, seed: int, config: Config, steps: int) -> Iterator[Drag]:
    """Move every block of a fit away, one at a time."""
    capture, truth = captured(scene)
    made, state = fitted(capture, config, seed)
    before = compare_parts(made, truth, ground=0.0).iou
    going_on = with_values(config, {**(METHOD.going_on or {}), "steps": steps})
    for number in range(len(made)):
        locked = (number + 1) % len(made)
        edits = (MoveBlocks((number,), away(made, number)), *([MarkBlocks((locked,), "locked")] * (len(made) > 1)))
        edited = Replay(EditedBlocks.of(made)).apply(edits)
        fixed = tuple(each in edited.locked for each in edited.numbers)
        changed = tuple(not edited.is_as_made(each) for each in edited.numbers)
        begun = time.process_time()
        after, _ = fitted(capture, going_on, seed, Edit(edited.blocks, fixed, changed, state))
        seconds = time.process_time() - begun
        stayed = all(
            np.array_equal(getattr(after, name)[list(fixed)], getattr(edited.blocks, name)[list(fixed)])
            for name in ARRAYS
        )
        moved = compare_parts(edited.blocks, truth, ground=0.0).iou
        yield Drag(scene, seed, number, before, moved, compare_parts(after, truth, ground=0.0).iou, not stayed, seconds)


def main(arguments: list[str]) -> None:
    """Move every block of every scene and seed asked for."""
    parser = argparse.ArgumentParser(prog="benchmarks.block_drag", description="Blocks moved away and fitted on.")
    parser.add_argument("--scenes", nargs="+", type=int, default=[1, 3])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--preset", choices=PRESETS, default="quick")
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args(arguments)
    print(f"preset {options.preset}, {options.steps} further steps")
    print(HEADER, flush=True)
    for scene in options.scenes:
        for seed in options.seeds:
            for each in drags(scene, seed, PRESETS[options.preset], options.steps):
                print(each.row(), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
