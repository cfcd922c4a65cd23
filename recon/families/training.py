"""Learning a family: planes first, each of one part; then fewer of them, shared where they are the same; then those."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from recon.errors import InputError
from recon.families.cubes import Cube
from recon.families.family import Family
from recon.families.network import Network, loss
from recon.families.sampling import Samples
from recon.families.tidying import tidied
from recon.families.wiring import start_of
from recon.parameters import check, parameter
from recon.shapes.search import Report, unheard

FEWEST = 2
BATCH, POINTS = 16, 2048
CLUSTERED = 600  # points inside each shape that tell where parts begin
RATE = 1e-3
SHARPENED, TIDIED, CALMED = (
    0.7,
    0.6,
    0.6,
)  # shares of the steps after which planes are sharp, left out, and steps shorter
MAXIMUM_SHARPNESS = 20.0, 100.0  # of the maximum over planes, first and last; per half cube side
SURFACE_SHARPNESS = 15.0, 75.0  # of the surface
STEEPEST = 1.0  # length of a gradient


@dataclass(frozen=True)
class Config:
    """How a family is learned.

    Raises
    ------
    InvalidParameter
        If a value is out of its range.
    """

    max_parts: int = parameter(16, "Largest number of parts.", unit="parts", low=1, high=64)
    steps: int = parameter(3000, "Steps of learning.", unit="steps", low=10, high=100_000)
    seed: int = parameter(0, "Of the random numbers.", low=0)

    def __post_init__(self) -> None:
        check(self)


def learn(cubes: Sequence[Cube], config: Config | None = None, report: Report = unheard) -> Family:
    """Learn to take shapes apart alike, from shapes in the frame of their family.

    Parameters
    ----------
    cubes : sequence of Cube
        At least two, standing and looking the same way.
    config : Config, optional
    report : callable, optional
        Told the name of a stage and the share of it that is done.

    Raises
    ------
    InputError
        If there are fewer than two shapes.
    """
    config = config or Config()
    if len(cubes) < FEWEST:
        raise InputError(f"A family is learned from at least {FEWEST} shapes, got {len(cubes)}. Give more of a kind.")
    samples = Samples(cubes, config.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        points = samples.inside(CLUSTERED).numpy().astype(np.float64)
        network = Network(start_of(points, config.max_parts, np.random.default_rng(config.seed)))
    training = _Training(network, samples, config.steps)
    for step in range(config.steps):
        if step == round(TIDIED * config.steps):
            network.wire(tidied(network, samples))
        training.step(step)
        report("Learning the family", (step + 1) / config.steps)
    return Family(network)


class _Training:
    """The steps of one network."""

    def __init__(self, network: Network, samples: Samples, steps: int) -> None:
        self._network, self._samples, self._steps = network, samples, steps
        self._optimizer = torch.optim.Adam(network.parameters(), RATE, betas=(0.9, 0.99))

    def step(self, step: int) -> None:
        done, samples, network = step / self._steps, self._samples, self._network
        for group in self._optimizer.param_groups:
            group["lr"] = RATE * _calm(done)
        count = min(BATCH, len(samples))
        rows, scales = samples.some(count), samples.scales(count)
        points, true = samples.points(rows, scales, POINTS)
        maximum, surface = (_between(*limits, done / SHARPENED) for limits in (MAXIMUM_SHARPNESS, SURFACE_SHARPNESS))
        away = network.distances(network.encode(samples.seen(rows, scales)), points, maximum)
        self._optimizer.zero_grad()
        loss(away, true, surface).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
        self._optimizer.step()


def _calm(done: float) -> float:
    left = max(done - CALMED, 0) / (1 - CALMED)
    return 0.5 * (1 + math.cos(math.pi * left)) + 1e-3


def _between(first: float, last: float, share: float) -> float:
    return float(first * (last / first) ** min(share, 1.0))
