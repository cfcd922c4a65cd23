"""Where Gaussians are added and taken away: two strategies, both aiming at a number the schedule gives.

`split_by_error` splits those that lie on the largest errors. `relocate` treats Gaussians as samples (3DGS as Markov
chain Monte Carlo, Kheradmand et al. 2024): dead ones are reborn at opaque ones, and `explore` shakes the faint.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from recon.errors import MethodError
from recon.methods.splatting.model import Model, rotation_matrices
from recon.methods.splatting.optimizer import Adam

DEAD_OPACITY = 0.005
UNSEEN_OPACITY = 0.02
LARGEST_SPLIT_PART = 0.5
SPLIT_OFFSET, SPLIT_LONG, SPLIT_SHORT = 0.5, 0.6, 0.9
MOST_COPIES = 51
NOISE_STEEPNESS = 100.0
NOISE_RATE = 5e5


@torch.no_grad()
def split_by_error(
    model: Model,
    optimizer: Adam,
    scores: Tensor,
    target: int,
    generator: np.random.Generator,
    *,
    keep_opacity: bool = False,
) -> None:
    """Drop dead Gaussians and split others in two along their longest axis, those with most error most likely.

    Parameters
    ----------
    model : Model
        Changed in place, with the optimizer's moments.
    optimizer : Adam
    scores : (N,) float32
        Blending weight times error, summed over the pixels seen since the last call.
    target : int
        How many there should be afterwards; at most half of those alive are split at once.
    generator : numpy.random.Generator
    keep_opacity : bool
        Leave both halves as opaque as what they were; else so that together they hide about as much.
    """
    opacities = model.opacities
    kept = _require_some(_healthy(model) & ((scores > 0) | (opacities >= UNSEEN_OPACITY)))
    wanted = min(max(0, target - len(kept)), int(LARGEST_SPLIT_PART * len(kept)))
    parents = kept[_sample_without_replacement(scores[kept], wanted, generator)]
    axes = model["log_scales"][parents].argmax(1)
    rows = torch.arange(len(parents), device=model.device)
    directions = rotation_matrices(model["quaternions"][parents])[rows, :, axes]
    offsets = SPLIT_OFFSET * model.scales[parents, axes][:, None] * directions
    shrink = torch.full((len(parents), 3), float(np.log(SPLIT_SHORT)), device=model.device)
    shrink[rows, axes] = float(np.log(SPLIT_LONG))
    halves = opacities[parents].clamp(0.01, 0.99) if keep_opacity else _split_opacity(opacities[parents])
    model["log_scales"][parents] += shrink
    model["logits"][parents] = halves.logit()
    model["means"][parents] += offsets
    optimizer.forget(parents)
    _rebuild(model, optimizer, kept, parents)
    if len(parents):
        model["means"][-len(parents) :] -= 2 * offsets


@torch.no_grad()
def relocate(model: Model, optimizer: Adam, target: int, generator: np.random.Generator) -> None:
    """Replace dead Gaussians, and add until there are `target`, by copies of others drawn by opacity.

    Opacity and size of the copies are chosen so that together they draw what the original drew (eq. 9 of the paper).
    """
    opacities = model.opacities
    kept = _require_some(_healthy(model))
    wanted = max(0, target - len(kept))
    parents = kept[_sample_with_replacement(opacities[kept], wanted, generator)]
    copies = torch.bincount(parents, minlength=len(model)) + 1
    changed = (copies > 1).nonzero()[:, 0]
    opacity, shrink = shared_opacity(opacities[changed].double(), copies[changed])
    model["logits"][changed] = opacity.clamp(DEAD_OPACITY, 1 - 1e-5).logit().float()
    model["log_scales"][changed] += shrink.log().float()[:, None]
    optimizer.forget(changed)
    _rebuild(model, optimizer, kept, parents)


@torch.no_grad()
def explore(model: Model, position_rate: float, generator: np.random.Generator) -> None:
    """Shake centres by noise in the shape of each Gaussian, the fainter the more (eq. 8 of the paper)."""
    weight = torch.sigmoid(-NOISE_STEEPNESS * (model.opacities - DEAD_OPACITY)) * (NOISE_RATE * position_rate)
    noise = torch.from_numpy(generator.standard_normal((len(model), 3), np.float32)).to(model.device)
    rotation = rotation_matrices(model["quaternions"])
    along_axes = torch.einsum("nji,nj->ni", rotation, noise) * model.scales**2
    model["means"].add_(weight[:, None] * torch.einsum("nij,nj->ni", rotation, along_axes))


def shared_opacity(opacities: Tensor, copies: Tensor) -> tuple[Tensor, Tensor]:
    """What n coincident copies need in order to draw what one Gaussian drew.

    Parameters
    ----------
    opacities : (N,) float64
    copies : (N,) int64
        Number of Gaussians to share it, the original included.

    Returns
    -------
    opacities : (N,) float64
        1 - (1 - o)^(1/n).
    shrink : (N,) float64
        Factor of the standard deviations. The paper's double sum over i <= n and k < i of
        C(i-1, k) (-1)^k o^(k+1) / sqrt(k+1), with the sum over i done: C(n, k+1).
    """
    number = copies.clamp(max=MOST_COPIES).double()
    shared = 1 - (1 - opacities) ** (1 / number)
    total = torch.zeros_like(shared)
    binomial = torch.ones_like(shared)
    for k in range(int(number.max()) if len(number) else 0):
        binomial = binomial * (number - k).clamp(min=0) / (k + 1)
        total += binomial * (-1) ** k * shared ** (k + 1) / (k + 1) ** 0.5
    return shared, (opacities / total.clamp(min=1e-9)).clamp(0.05, 1.0)


def _split_opacity(opacities: Tensor) -> Tensor:
    # Two halves that overlap fully would need 1 - sqrt(1 - o) each; they only overlap in part, so 0.6 o is the least.
    halves = 1 - (1 - opacities.clamp(0, 0.99)).sqrt()
    return torch.maximum(halves, 0.6 * opacities).clamp(0.01, 0.99)


def _sample_without_replacement(weights: Tensor, count: int, generator: np.random.Generator) -> Tensor:
    # Efraimidis and Spirakis (2006): the smallest of independent exponential arrival times at these rates.
    arrivals = torch.from_numpy(generator.exponential(size=len(weights))).to(weights.device)
    return (arrivals / (weights.double() + 1e-12)).topk(count, largest=False).indices


def _sample_with_replacement(weights: Tensor, count: int, generator: np.random.Generator) -> Tensor:
    cumulative = weights.double().cumsum(0)
    draws = torch.from_numpy(generator.random(count)).to(weights.device) * cumulative[-1]
    return torch.searchsorted(cumulative, draws, right=True).clamp(max=len(weights) - 1)


def _rebuild(model: Model, optimizer: Adam, kept: Tensor, parents: Tensor) -> None:
    rows = torch.cat([kept, parents])
    for name, tensor in model.parameters.items():
        model.parameters[name] = tensor.detach()[rows].requires_grad_()
    optimizer.rebuild(kept, len(parents))


def _healthy(model: Model) -> Tensor:
    """(N,) bool: opaque enough to be drawn, and finite in every parameter."""
    finite = [
        tensor.isfinite().flatten(1).all(1) if tensor.ndim > 1 else tensor.isfinite()
        for tensor in model.parameters.values()
    ]
    return torch.stack([model.opacities > DEAD_OPACITY, *finite]).all(0)


def _require_some(alive: Tensor) -> Tensor:
    kept = alive.nonzero()[:, 0]
    if not len(kept):
        raise MethodError(
            "No Gaussian is left to draw: all have become transparent. Check that the cameras match the photographs "
            "(`triptych info`), or lower opacity_penalty and the learning rates."
        )
    return kept
