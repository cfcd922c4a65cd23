"""The run of the method, from points to the last step, as events."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import torch

from recon.evaluate import measure
from recon.methods.base import Context, Evaluated, Event, Started, Warned
from recon.methods.base import Stage as StageEvent
from recon.methods.blocking.ground import FEWEST, Place, find_place
from recon.methods.blocking.photographs import Photographs
from recon.methods.blocking.search import search
from recon.methods.blocking.trainer import Trainer, place_of
from recon.methods.blocks import Config
from recon.methods.stages import milestones, preparation, triangulated
from recon.scene import Capture


def train(capture: Capture, config: Config, context: Context) -> Iterator[Event]:
    """Fit blocks to the training views of a capture; `recon.methods.blocks.run` documents it."""
    device, resume = torch.device(context.device), context.resume
    yield Started("blocks", config.steps, 0 if resume is None else resume.values["step"])
    before = context.edit.state if context.edit is not None else resume
    place = place_of(before) if before is not None else (yield from _found(capture, config, context))
    photographs = Photographs(capture.train, config.largest_side, place.local_from_world, device)
    trainer = Trainer(config, photographs, place, context.seed, context.edit)
    if resume is not None:
        trainer.take_up(resume)
    yield StageEvent(preparation(context.device))
    context.live = trainer
    measured_after = milestones(config.steps, config.evaluations)
    shown = ""
    while trainer.step < config.steps:
        if trainer.is_search_due:
            yield from search(trainer)
            shown = ""
        if trainer.stage.name != shown:
            shown = trainer.stage.name
            yield StageEvent(shown)
        yield trainer.advance()
        if trainer.step in measured_after:
            yield from _evaluated(trainer, capture, context.device)


def _found(capture: Capture, config: Config, context: Context) -> Generator[Event, None, Place]:
    """The frame to fit in; looks for points where they are wanted and the capture brings none."""
    points = capture.points
    if config.start == "points" and (points is None or len(points) < FEWEST):
        points = yield from triangulated(capture, context.cache)
        if points is None:
            yield Warned(
                f"Too few points could be found in the photographs of {capture.name}; starting from random blocks, "
                "which finds fewer of them. More overlap between photographs helps; more restarts do, too."
            )
    yield StageEvent("Finding the ground")
    wanted = points if config.start == "points" else None
    return find_place(capture, wanted, np.random.default_rng(context.seed))


def _evaluated(trainer: Trainer, capture: Capture, device: str) -> Iterator[Event]:
    metrics = measure(trainer.geometry(), capture.test, device=device)
    psnr, ssim = metrics.mean("psnr"), metrics.mean("ssim")
    if psnr is not None and ssim is not None:
        yield Evaluated(trainer.step, psnr, ssim)
