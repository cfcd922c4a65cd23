"""Two steps on nothing, so that compiling kernels is not counted, nor felt, as training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from recon.methods.splats import Config
from recon.methods.splatting.frame import Frame
from recon.methods.splatting.model import initial_model
from recon.methods.splatting.photographs import Photographs
from recon.methods.splatting.trainer import Trainer
from recon.scene import Camera, Points, View

SIDE = 32


class _Grey:
    def read(self, width: int, height: int) -> NDArray[np.uint8]:
        return np.full((height, width, 3), 128, np.uint8)


def rehearse(config: Config, device: torch.device, kind: type[Trainer] = Trainer) -> None:
    """Take one step with a score channel and one without, on a grey photograph.

    Raises
    ------
    DeviceUnavailable
        If the device is a GPU whose kernels cannot be built or loaded.
    """
    frame, generator = Frame(np.zeros(3), 1.0), np.random.default_rng(0)
    view = View("grey", Camera(SIDE, SIDE, SIDE, SIDE, SIDE / 2, SIDE / 2), _Grey())
    points = Points(generator.normal([0, 0, 4], 1, (8, 3)).astype(np.float32), np.zeros((8, 3), np.float32))
    model = initial_model(points, config.sh_degree, config.initial_opacity, generator, device)
    short = replace(config, steps=2, growth_until=0.5, growth_interval=100, coarse_until=0.0)
    trainer = kind(short, Photographs([view], SIDE, frame, device), model, frame, generator)
    trainer.advance()
    trainer.advance()
