"""The run of the method, from points to the mesh, as events."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import torch

from recon.errors import UnusableCapture
from recon.evaluate import measure_drawn
from recon.methods.base import Context, Evaluated, Event, Started, Warned
from recon.methods.base import Stage as StageEvent
from recon.methods.primitives import Config
from recon.methods.shaping.drawing import PrimitivesDrawer
from recon.methods.shaping.opaque import opaque
from recon.methods.shaping.points import placing_points
from recon.methods.shaping.result import opaque_mesh
from recon.methods.shaping.scene import Scene
from recon.methods.shaping.trainer import Trainer
from recon.methods.shaping.views import Views, read_views
from recon.methods.splatting.frame import Frame
from recon.methods.stages import milestones, preparation
from recon.scene import Capture

NO_MESH = "No face is opaque yet, so there is no mesh. Train longer. The flat Gaussians are kept as the result."


def train(capture: Capture, config: Config, context: Context) -> Iterator[Event]:
    """Fit primitives to the training views of a capture; `recon.methods.primitives.run` documents it."""
    resume, device = context.resume, torch.device(context.device)
    yield Started("primitives", config.steps, 0 if resume is None else resume.values["step"])
    if not capture.train:
        raise UnusableCapture(f"{capture.name} has no training views. Primitives need at least one.")
    generator = np.random.default_rng(context.seed)
    if resume is None:
        points = yield from placing_points(capture, context.cache, generator)
        yield StageEvent("Placing primitives")
        scene = Scene.begun(points, config, generator, device)
    else:
        scene = Scene.of_state(resume, device)
    views = yield from _read(capture, config, scene.frame, device)
    trainer = Trainer(config, scene, views, generator)
    if resume is not None:
        trainer.take_up(resume)
    yield StageEvent("Preparing the GPU" if context.device == "cuda" else preparation(context.device))
    context.live = trainer
    measured_after = milestones(config.steps, config.evaluations)
    while trainer.step < config.steps:
        if not trainer.is_prepared:
            yield from trainer.prepare()
        yield trainer.advance()
        if trainer.step in measured_after:
            yield from _evaluated(trainer, capture)
    yield from _finished(trainer, context)


def _read(capture: Capture, config: Config, frame: Frame, device: torch.device) -> Generator[Event, None, Views]:
    for part in read_views(capture.train, config.largest_side, frame, device):
        if isinstance(part, Views):
            return part
        yield StageEvent("Reading photographs", part)
    raise RuntimeError("no photographs were read")


def _evaluated(trainer: Trainer, capture: Capture) -> Iterator[Event]:
    look = trainer.baked or trainer.radiance
    if look is None:
        return
    side = trainer.config.largest_side
    drawer = PrimitivesDrawer(trainer.surface, look, trainer.scene.frame, trainer.device.type, side)
    metrics = measure_drawn(drawer, capture.test)
    psnr, ssim = metrics.mean("psnr"), metrics.mean("ssim")
    if psnr is not None and ssim is not None:
        yield Evaluated(trainer.step, psnr, ssim)


def _finished(trainer: Trainer, context: Context) -> Iterator[Event]:
    """Make the opaque mesh, once there is a bake to make it of."""
    if not trainer.is_prepared:
        yield from trainer.prepare()
    yield StageEvent("Making the mesh")
    look = trainer.look_at_vertices()
    if look is None:
        return
    kept, colors = opaque(look, trainer.surface, trainer.layers, trainer.views)
    if not len(kept):
        yield Warned(NO_MESH)
        return
    context.result = opaque_mesh(trainer.scene, kept, colors)
