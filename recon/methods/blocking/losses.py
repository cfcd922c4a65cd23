"""What a fit of blocks is to make small."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from recon.evaluate import photometric
from recon.methods.blocking.model import Model, Surfels
from recon.methods.blocking.photographs import Photograph, halved
from recon.methods.blocking.superquadric import Shapes, radial_distance
from recon.methods.blocks import Config
from recon.render import Options, rasterize
from recon.render.draw import AS_FITTED

# Edge-on surfels would fatten every outline by the blur: it is small, and compensated with its gradient.
DRAWN = Options(**AS_FITTED)
HALF_WEIGHT = 0.5
POINTS_IN_BLOCK = 96
OCCUPANCY_WIDTH = 0.01  # scene units over which a surface goes from inside to outside
SHARED = 1.1  # occupancy that is free, so that touching blocks do not push each other
DECISION_WEIGHT = 0.01
FLOOR_WEIGHT, SUNK, REACH_DOWN = 1.0, 0.03, 0.8  # blocks may stand so deep in the ground, scene units
POINTS_AT_ONCE, FARTHEST_POINT, FAINT_DISTANCE = 400, 0.15, 0.3
TAPER_WEIGHT = 0.002


def picture(model: Model, surfels: list[Surfels], photograph: Photograph) -> Tensor:
    """(H, W, 3): surfels before the sky, as the photograph's camera sees them."""
    sky = model.sky(photograph.harmonics)
    if not surfels:
        return sky
    drawn = rasterize(Surfels.joined(surfels).gaussians(), photograph.cameras, DRAWN)
    return drawn.features[0] + (1 - drawn.alpha[0, ..., None]) * sky


def photo_loss(image: Tensor, photograph: Photograph, ssim_weight: float) -> Tensor:
    """L1 and 1 - SSIM at full and at half size: what is small still pulls from afar."""
    if photograph.mask is not None:
        image = image * photograph.mask
    full, _ = photometric(image.contiguous(), photograph.color, ssim_weight)
    half, _ = photometric(halved(image), photograph.half, ssim_weight)
    return full + HALF_WEIGHT * half


def priors(model: Model, config: Config, progress: float, points: Tensor, generator: np.random.Generator) -> Tensor:
    """What blocks should be like whatever the photographs show.

    Parameters
    ----------
    model : Model
        With at least one block alive.
    config : Config
    progress : float
        In [0, 1).
    points : (N, 3)
        Of the subject, scene units.
    generator : numpy.random.Generator
    """
    slots = model.indices
    shapes, opacities = model.shapes(slots), model.opacities(slots)
    total = FLOOR_WEIGHT * _sunk(model, shapes).mean()
    if config.taper:
        total = total + TAPER_WEIGHT * shapes.tapers.abs().mean()
    if not model.hard:
        entropy = -(opacities * opacities.log() + (1 - opacities) * (1 - opacities).log())
        few = opacities.sqrt().sum() / config.initial_blocks
        total = total + config.parsimony_weight * few + DECISION_WEIGHT * progress * entropy.mean()
    if config.overlap_weight and len(slots) > 1:
        total = total + config.overlap_weight * _overlap(shapes, opacities, generator)
    if config.points_weight and len(points):
        total = total + config.points_weight * _uncovered(shapes, opacities, points, generator)
    return total


def _sunk(model: Model, shapes: Shapes) -> Tensor:
    down = (shapes.rotations[:, 2].abs() * shapes.scales).sum(1) * REACH_DOWN
    bottom = shapes.centers[:, 2] - down - model.ground_height(shapes.centers).detach()
    return torch.relu(-bottom - SUNK)


def _overlap(shapes: Shapes, opacities: Tensor, generator: np.random.Generator) -> Tensor:
    """How much space is taken more than once (Monnier et al. 2023), at points in the blocks' boxes."""
    with torch.no_grad():
        drawn = generator.random((len(shapes), POINTS_IN_BLOCK, 3), np.float32) * 2 - 1
        local = torch.from_numpy(drawn).to(opacities.device) * shapes.scales[:, None]
        points = (local @ shapes.rotations.transpose(1, 2) + shapes.centers[:, None]).view(-1, 3)
    occupancy = torch.sigmoid(-radial_distance(points, shapes) / OCCUPANCY_WIDTH) * opacities[:, None]
    return torch.relu(occupancy.sum(0) - SHARED).mean()


def _uncovered(shapes: Shapes, opacities: Tensor, points: Tensor, generator: np.random.Generator) -> Tensor:
    """Mean distance from points to the nearest surface, as far as that counts."""
    some = points[torch.from_numpy(generator.integers(len(points), size=POINTS_AT_ONCE)).to(points.device)]
    distance = radial_distance(some, shapes).abs() + (1 - opacities[:, None]) * FAINT_DISTANCE
    return distance.amin(0).clamp_max(FARTHEST_POINT).mean()
