"""Whether two blocks look like parts of one thing: by the colours that the photographs show where they are seen."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from recon.methods.blocking.losses import DRAWN
from recon.methods.blocking.model import Surfels
from recon.methods.blocking.photographs import Photograph
from recon.methods.blocking.schedule import Stage
from recon.methods.blocking.trainer import Trainer
from recon.render import Gaussians, Tangents, rasterize

MOST_VIEWS = 12
BINS, WIDTH = 17, 0.1  # of a histogram of hue and saturation, each from -BINS to BINS times WIDTH halved
FEWEST_PIXELS = 12.0  # below, nothing is known
COVERED = 0.3  # by a block, so that a pixel counts


@torch.no_grad()
def likeness(trainer: Trainer, slots: tuple[int, ...], stage: Stage) -> list[float]:
    """How alike the first block's colours are to each of the others', from 0 (nothing in common) to 1.

    It is the Bhattacharyya coefficient of histograms of hue and saturation: brightness is left out, for faces of one
    thing are lit differently. Blocks that hardly any photograph shows are like all others.
    """
    surfels, names = _named(trainer, slots, stage)
    total = np.zeros((len(slots), BINS * BINS))
    count = len(trainer.photographs)
    for index in range(0, count, max(1, count // MOST_VIEWS)):
        photograph = trainer.photographs.read(index, stage.divisor)
        total += _histograms(photograph, _coverage(surfels, names, photograph))
    sums = total.sum(1)
    shares = np.sqrt(total / np.maximum(sums, 1e-9)[:, None])
    return [
        float(shares[0] @ shares[other]) if min(sums[0], sums[other]) > FEWEST_PIXELS else 1.0
        for other in range(1, len(slots))
    ]


def _named(trainer: Trainer, slots: tuple[int, ...], stage: Stage) -> tuple[Surfels, Tensor]:
    """All that is drawn, and a column for each of some blocks that is 1 on its surfels."""
    parts = trainer.surfels(stage)
    living = trainer.model.indices.repeat_interleave(6 * stage.side**2)
    names = torch.stack([(living == slot).float() for slot in slots], 1)
    ground = sum(len(part.means) for part in parts[1:])
    return Surfels.joined(parts), torch.cat([names, names.new_zeros(ground, len(slots))])


def _coverage(surfels: Surfels, names: Tensor, photograph: Photograph) -> np.ndarray:
    """(H, W, S): how much of each pixel each block covers."""
    gaussians = Gaussians(surfels.means, surfels.opacities, Tangents(surfels.u, surfels.v), features=names)
    return rasterize(gaussians, photograph.cameras, DRAWN).features[0].cpu().numpy()


def _histograms(photograph: Photograph, coverage: np.ndarray) -> np.ndarray:
    """(S, BINS * BINS): of the pixels that each block covers; dark ones count little, for their hue is uncertain."""
    color = photograph.color.cpu().numpy().reshape(-1, 3).astype(np.float64)
    brightness = color.sum(1)
    red, green, blue = (color / np.maximum(brightness, 1e-3)[:, None]).T
    axes = np.stack([1.5 * (red - green), red + green - 2 * blue], 1)
    bins = np.rint(axes / WIDTH).clip(-(BINS // 2), BINS // 2).astype(int) + BINS // 2
    place = bins[:, 0] * BINS + bins[:, 1]
    weights = np.where(coverage > COVERED, coverage, 0).reshape(len(color), -1) * np.minimum(brightness, 1)[:, None]
    return np.stack([np.bincount(place, column, BINS * BINS) for column in weights.T])
