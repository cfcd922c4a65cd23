"""Where blocks begin: around clusters of points, or anywhere."""

from __future__ import annotations

import math
import warnings

import numpy as np
import torch

from recon.methods.blocking.ground import Place
from recon.methods.blocking.model import Model, empty_model
from recon.methods.blocks import Config

FEWEST_IN_CLUSTER = 6
SIZES = (0.05, 0.8)
SHRUNK = 0.95  # of a cluster's extent: noise makes it too large
RANDOM_SIZE, RANDOM_REACH, RANDOM_HEIGHT = 0.22, 1.0, 0.7
RANDOM_LOGIT, CLUSTER_LOGIT = 0.405, 0.4  # opacities of 0.6
TILT = 0.05
FARTHEST_CLUSTER = 1.4


def begin(config: Config, place: Place, generator: np.random.Generator, device: torch.device) -> Model:
    """A model with its first blocks: in clusters of the subject's points where there are some, else at random."""
    model = empty_model(config.max_blocks, config.texture_size, generator, device)
    count = min(config.initial_blocks, config.max_blocks)
    if config.start == "points" and len(place.subject) >= 5 * count:
        _in_clusters(model, place.subject, count, generator)
    else:
        _anywhere(model, count, generator)
    model.alive[:count] = True
    return model


def _in_clusters(model: Model, points: np.ndarray, count: int, generator: np.random.Generator) -> None:
    from scipy.cluster.vq import kmeans2

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a cluster may end empty; its block then begins around all points
        _, labels = kmeans2(points, count, minit="++", rng=generator)
    for slot in range(count):
        mine = points[labels == slot]
        place_block(model, slot, mine if len(mine) >= FEWEST_IN_CLUSTER else points, generator)


@torch.no_grad()
def place_block(model: Model, slot: int, points: np.ndarray, generator: np.random.Generator) -> None:
    """Make a block as large as some points are spread."""
    low, high = np.percentile(points, [5, 95], axis=0)
    half = np.clip((high - low) / 2 * SHRUNK, *SIZES)
    _set(model, slot, (low + high) / 2, np.log(half), CLUSTER_LOGIT)
    tilt = torch.from_numpy(TILT * generator.standard_normal(6)).float().to(model.device)
    model["rotations"][slot] += tilt


@torch.no_grad()
def _anywhere(model: Model, count: int, generator: np.random.Generator) -> None:
    for slot in range(count):
        x, y = generator.uniform(-RANDOM_REACH, RANDOM_REACH, 2)
        center = np.array([x, y, generator.uniform(0.1, RANDOM_HEIGHT)])
        _set(model, slot, center, np.log(RANDOM_SIZE * generator.uniform(0.7, 1.3, 3)), RANDOM_LOGIT)
        tilt = torch.from_numpy(2 * TILT * generator.standard_normal(6)).float().to(model.device)
        model["rotations"][slot] += tilt


def _set(model: Model, slot: int, center: np.ndarray, log_scales: np.ndarray, logit: float) -> None:
    def tensor(values: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.asarray(values)).float().to(model.device)

    model["centers"][slot] = tensor(center)
    model["log_scales"][slot] = tensor(log_scales).clamp_min(math.log(SIZES[0]))
    model["exponents"][slot] = 0
    model["tapers"][slot] = 0
    model["rotations"][slot] = tensor(np.array([1.0, 0, 0, 0, 1, 0]))
    model["logits"][slot] = logit
