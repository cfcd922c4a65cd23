"""The run of the method, from points to the last step, as events."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import torch

from recon.evaluate import measure
from recon.methods.base import Context, Evaluated, Event, Stage, Started, State
from recon.methods.splats import Config
from recon.methods.splatting import seed
from recon.methods.splatting.frame import Frame
from recon.methods.splatting.model import initial_model
from recon.methods.splatting.photographs import Photographs
from recon.methods.splatting.rehearsal import rehearse
from recon.methods.splatting.trainer import Trainer
from recon.methods.stages import milestones, preparation
from recon.render.memory import return_large_blocks
from recon.scene import Capture


def train(capture: Capture, config: Config, context: Context, kind: type[Trainer] = Trainer) -> Iterator[Event]:
    """Fit splats to the training views of a capture; `recon.methods.splats.run` documents it.

    `kind` is the trainer, for methods that fit splats with further losses.
    """
    name = type(config).__module__.rpartition(".")[2]
    return_large_blocks()
    if context.resume is not None:
        yield Started(name, config.steps, context.resume.values["step"])
        trainer = _resumed(capture, config, context.resume, torch.device(context.device), kind)
    else:
        yield Started(name, config.steps)
        trainer = yield from _begun(capture, config, context, kind)
    yield Stage(preparation(context.device))
    rehearse(config, torch.device(context.device), kind)
    context.live = trainer
    yield Stage("Training")
    measured_after = milestones(config.steps, config.evaluations)
    while trainer.step < config.steps:
        yield trainer.advance()
        if trainer.step in measured_after:
            yield from _evaluated(trainer, capture, context.device)


def _begun(capture: Capture, config: Config, context: Context, kind: type[Trainer]) -> Generator[Event, None, Trainer]:
    device = torch.device(context.device)
    generator = np.random.default_rng(context.seed)
    frame = seed.working_frame(capture)
    points = yield from seed.starting_points(capture, config, context.cache, generator)
    points = seed.local_points(points, frame, min(config.initial_points, config.cap))
    model = initial_model(points, config.sh_degree, config.initial_opacity, generator, device)
    return kind(config, Photographs(capture.train, config.largest_side, frame, device), model, frame, generator)


def _resumed(capture: Capture, config: Config, state: State, device: torch.device, kind: type[Trainer]) -> Trainer:
    frame = Frame.from_values(state.values["frame"])
    photographs = Photographs(capture.train, config.largest_side, frame, device)
    return kind.resumed(config, photographs, state, device)


def _evaluated(trainer: Trainer, capture: Capture, device: str) -> Iterator[Event]:
    metrics = measure(trainer.geometry(), capture.test, device=device)
    psnr, ssim = metrics.mean("psnr"), metrics.mean("ssim")
    if psnr is not None and ssim is not None:
        yield Evaluated(trainer.step, psnr, ssim)
