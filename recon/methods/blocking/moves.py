"""Changes of structure: merge blocks, remove one, cut one in two, add one. Each is made at once, and then judged.

Textures go along: a block that takes another's place takes its colours too. Without that a right merge would lose
against blocks that have been painted for long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from recon.methods.blocking.model import DARKEST, EXPONENTS, LOWEST_EXPONENT, PER_BLOCK, SMALLEST_SIZE, Model
from recon.methods.blocking.superquadric import Shapes, log_norm_of_local, rotations_of
from recon.methods.splatting.optimizer import Adam

UNION_POINTS, UNION_STEPS, UNION_RATE = 2000, 60, 0.04
FEWEST_INSIDE = 30
MARGIN = 0.15  # around the box of a group, on either side
SOFT, SHARP = 5.0, 30.0  # an occupancy's logit by the logarithm of the norm; what stays soft ends too small
SURE_LOGIT = 1.0
BIRTH_SIZE = 0.13


@dataclass(frozen=True)
class Union:
    """One superquadric fitted to what several hold together.

    Parameters
    ----------
    overlap : float
        Volume of both by volume of either, in [0, 1].
    centers, log_scales, exponents, rotations : Tensor
        One row of a model's parameters.
    """

    overlap: float
    centers: Tensor
    log_scales: Tensor
    exponents: Tensor
    rotations: Tensor


Group = tuple[int, ...]


def touching_groups(model: Model) -> list[Group]:
    """Pairs of living blocks near enough to be one, and threes of which two such pairs consist."""
    slots = model.indices.tolist()
    with torch.no_grad():
        shapes = model.shapes(model.indices)
        reach = shapes.scales.norm(dim=1)
        near = (torch.cdist(shapes.centers, shapes.centers) < reach[:, None] + reach[None]).cpu().numpy()
    indices = range(len(slots))
    pairs = [pair for pair in combinations(indices, 2) if near[pair]]
    threes = [(i, j, k) for i, j, k in combinations(indices, 3) if int(near[i, j]) + near[i, k] + near[j, k] >= 2]
    return [tuple(slots[index] for index in group) for group in [*pairs, *threes]]


@torch.enable_grad()
def unions(model: Model, groups: Sequence[Group], generator: np.random.Generator) -> list[Union]:
    """Fit one superquadric to each group's union, all groups at once: cross-entropy of occupancy at random points."""
    if not groups:
        return []
    most = max(len(group) for group in groups)
    index = torch.tensor([(*group, *group[-1:] * (most - len(group))) for group in groups], device=model.device)
    with torch.no_grad():
        parts = [model.shapes(index[:, member]) for member in range(most)]
        points, occupied = _occupancy(parts, generator)
        volumes = torch.stack([part.scales.prod(1) for part in parts], 1)
        rotations = model["rotations"][index.gather(1, volumes.argmax(1, keepdim=True))[:, 0]].clone()
        centers, log_scales = _moments(points, occupied, rotations_of(rotations))
        exponents = model["exponents"][index].mean(1).clamp(-3, 3)
    leaves = [centers, log_scales, exponents, rotations]
    for leaf in leaves:
        leaf.requires_grad_()
    optimizer = torch.optim.Adam(leaves, lr=UNION_RATE)
    for sharpness in np.linspace(SOFT, SHARP, UNION_STEPS):
        logarithm = _rowwise(points, *leaves)
        loss = functional.binary_cross_entropy_with_logits(
            -float(sharpness) * logarithm.clamp(-1, 1), occupied.float(), reduction="none"
        )
        optimizer.zero_grad()
        loss.mean(1).sum().backward()
        optimizer.step()
    with torch.no_grad():
        inside = _rowwise(points, *leaves) < 0
        overlap = (inside & occupied).sum(1) / (inside | occupied).sum(1).clamp_min(1)
        overlap = torch.where(occupied.sum(1) < FEWEST_INSIDE, 0.0, overlap)
    rows = [leaf.detach() for leaf in leaves]
    return [Union(float(overlap[i]), *(leaf[i] for leaf in rows)) for i in range(len(groups))]


def _occupancy(parts: list[Shapes], generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Points (M, P, 3) in the boxes around each of M groups, and whether a member holds them (M, P)."""
    boxes = [_boxes(part) for part in parts]
    low = torch.stack([box[0] for box in boxes]).amin(0)
    high = torch.stack([box[1] for box in boxes]).amax(0)
    drawn = torch.from_numpy(generator.random((len(low), UNION_POINTS, 3), np.float32)).to(low.device)
    # With nothing but occupied points, a block twice as large would fit as well.
    margin = MARGIN * (high - low)
    low, high = low - margin, high + margin
    points = low[:, None] + (high - low)[:, None] * drawn
    return points, torch.stack([_each(points, part) < 0 for part in parts]).any(0)


def _boxes(shapes: Shapes) -> tuple[Tensor, Tensor]:
    scales = shapes.scales * torch.cat([1 + shapes.tapers.abs(), torch.ones_like(shapes.scales[:, :1])], 1)
    reach = (shapes.rotations.abs() * scales[:, None]).sum(-1)
    return shapes.centers - reach, shapes.centers + reach


def _each(points: Tensor, shapes: Shapes) -> Tensor:
    """(M, P): logarithm of the norm of points (M, P, 3), each row in its own block."""
    return log_norm_of_local((points - shapes.centers[:, None]) @ shapes.rotations, shapes)


def _moments(points: Tensor, occupied: Tensor, rotations: Tensor) -> tuple[Tensor, Tensor]:
    """Where occupied points are, and how far they reach along given axes."""
    weight = occupied.float()[..., None]
    centers = (points * weight).sum(1) / weight.sum(1).clamp_min(1)
    local = ((points - centers[:, None]) @ rotations).abs() * weight
    reach = local.quantile(0.985, dim=1) if len(local) else local.sum(1)
    return centers, torch.log(reach.clamp_min(SMALLEST_SIZE))


def _rowwise(points: Tensor, centers: Tensor, log_scales: Tensor, exponents: Tensor, rotations: Tensor) -> Tensor:
    shapes = Shapes(
        centers, log_scales.exp(), rotations_of(rotations), LOWEST_EXPONENT + EXPONENTS * torch.sigmoid(exponents),
        torch.zeros_like(exponents),
    )  # fmt: skip
    return _each(points, shapes)


@torch.no_grad()
def merge(model: Model, optimizer: Adam, group: Group, union: Union) -> None:
    """Put the union in the largest one's slot and free the others."""
    slots = list(group)
    kept = slots[int(model["log_scales"][slots].sum(1).argmax())]
    colors = _painted(model, slots)
    logit = model["logits"][slots].max().clamp_min(SURE_LOGIT)
    reset(model, optimizer, kept)
    model["centers"][kept] = union.centers
    model["log_scales"][kept] = union.log_scales
    model["exponents"][kept] = union.exponents.clamp(-3, 3)
    model["rotations"][kept] = union.rotations
    model["logits"][kept] = logit
    model.alive[slots] = False
    model.alive[kept] = True
    _paint(model, kept, colors)


@torch.no_grad()
def split(model: Model, optimizer: Adam, slot: int, free: int) -> None:
    """Cut a block in two across its longest axis."""
    colors = _painted(model, [slot])
    shapes = model.shapes(torch.tensor([slot], device=model.device))
    axis = int(shapes.scales[0].argmax())
    shift = shapes.rotations[0, :, axis] * shapes.scales[0, axis] / 2
    raw = {name: model[name][slot].clone() for name in PER_BLOCK}
    for target, sign in ((slot, 1.0), (free, -1.0)):
        reset(model, optimizer, target)
        model["centers"][target] = raw["centers"] + sign * shift
        model["log_scales"][target] = raw["log_scales"]
        model["log_scales"][target, axis] -= math.log(2.0)
        model["rotations"][target] = raw["rotations"]
        model["exponents"][target] = raw["exponents"].clamp(-2, 2)
        model["logits"][target] = raw["logits"].clamp_min(SURE_LOGIT)
        model.alive[target] = True
    for target in (slot, free):
        _paint(model, target, colors)


@torch.no_grad()
def birth(model: Model, optimizer: Adam, center: np.ndarray, free: int) -> None:
    """Add a small round block."""
    reset(model, optimizer, free)
    model["centers"][free] = torch.from_numpy(center).float().to(model.device)
    model["log_scales"][free] = math.log(BIRTH_SIZE)
    model["rotations"][free] = torch.tensor([1.0, 0, 0, 0, 1, 0], device=model.device)
    model["exponents"][free] = 0
    model["logits"][free] = SURE_LOGIT
    model.alive[free] = True


@torch.no_grad()
def reset(model: Model, optimizer: Adam, slot: int) -> None:
    """Give a slot no taper, grey tiles and no momentum."""
    model["tapers"][slot] = 0
    for name, tensor in model.parameters.items():
        rows = slice(6 * slot, 6 * slot + 6) if name.startswith("tiles") else slice(slot, slot + 1)
        if name.startswith("tiles"):
            tensor[rows] = 0
        if name.startswith("tiles") or name in PER_BLOCK:
            optimizer.first[name][rows] = 0
            optimizer.second[name][rows] = 0


Painted = tuple[np.ndarray, Tensor]


def _painted(model: Model, slots: list[int]) -> Painted:
    """Where some blocks' surfels are, and their colours."""
    surfels = model.block_surfels(torch.tensor(slots, device=model.device), model.levels[-1])
    return surfels.means.cpu().numpy(), surfels.colors


def _paint(model: Model, slot: int, painted: Painted) -> None:
    """Colour a block's surfels as the nearest ones."""
    from scipy.spatial import KDTree

    places, colors = painted
    side = model.levels[-1]
    means = model.block_surfels(torch.tensor([slot], device=model.device), side).means.cpu().numpy()
    nearest = torch.from_numpy(KDTree(places).query(means)[1]).to(colors.device)
    tiles = torch.logit(colors[nearest].clamp(DARKEST, 1 - DARKEST)).view(6, side, side, 3).permute(0, 3, 1, 2)
    model[f"tiles_{side}"][6 * slot : 6 * slot + 6] = tiles
