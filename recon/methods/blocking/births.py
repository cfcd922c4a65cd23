"""Where a block is missed: at a place above the ground at which most photographs find the picture wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from recon.methods.blocking.losses import picture
from recon.methods.blocking.model import Model
from recon.methods.blocking.photographs import Photograph
from recon.methods.blocking.schedule import Stage
from recon.methods.blocking.trainer import Trainer

Floats = NDArray[np.float64]

LOWEST, HIGHEST, REACH, STEP = 0.08, 0.7, 1.3, 0.1  # of a grid of places, scene units
APART = 0.35  # from one attempt to the next
SEEN_BY, AGREEING = 0.5, 0.25  # of the photographs: so many see a place, and so many may find nothing wrong there
SMOOTHING = 5  # pixels over which errors are gathered
NEAREST = 0.05


@torch.no_grad()
def missed_place(trainer: Trainer, stage: Stage, tried: Sequence[Floats]) -> Floats | None:
    """The place (3,), in scene units, at which photographs agree that most is wrong; None where none is seen.

    Parameters
    ----------
    trainer : Trainer
    stage : Stage
        How finely is drawn.
    tried : sequence of (3,) float64
        Places that are not to be tried again, nor any near them.
    """
    surfels, places = trainer.surfels(stage), _grid(trainer.model)
    if tried:
        places = places[np.linalg.norm(places[:, None] - np.stack(tried), axis=2).min(1) > APART]
    rows = []
    for index in range(len(trainer.photographs)):
        photograph = trainer.photographs.read(index, stage.divisor)
        error = (picture(trainer.model, surfels, photograph) - photograph.color).abs().mean(-1)
        error = functional.avg_pool2d(error[None, None], SMOOTHING, 1, SMOOTHING // 2)[0, 0]
        rows.append(_looked_up(error.cpu().numpy(), photograph, places))
    errors = np.stack(rows)
    seen = np.isfinite(errors).mean(0) >= SEEN_BY
    if not seen.any():
        return None
    wrong = np.nanquantile(errors[:, seen], AGREEING, axis=0)
    return np.asarray(places[seen][int(wrong.argmax())])


def _grid(model: Model) -> Floats:
    """(N, 3): places above the ground."""
    line, heights = np.arange(-REACH, REACH, STEP), np.arange(LOWEST, HIGHEST, STEP)
    grid = np.stack(np.meshgrid(line, line, heights, indexing="ij"), -1).reshape(-1, 3)
    ground = model.ground_height(torch.from_numpy(grid).float().to(model.device))
    grid[:, 2] += ground.double().cpu().numpy()
    return grid


def _looked_up(image: NDArray[np.float32], photograph: Photograph, places: Floats) -> Floats:
    """(N,): values of an image (H, W) at places; NaN at those that are not in the picture."""
    cameras = photograph.cameras
    fx, fy, cx, cy = cameras.intrinsics[0].tolist()
    transform = cameras.camera_from_world[0].cpu().numpy().astype(np.float64)
    x, y, z = (places @ transform[:3, :3].T + transform[:3, 3]).T
    depth = np.maximum(z, NEAREST)
    columns, rows = np.floor(x / depth * fx + cx), np.floor(y / depth * fy + cy)
    inside = (z > NEAREST) & (columns >= 0) & (columns < cameras.width) & (rows >= 0) & (rows < cameras.height)
    found = np.full(len(places), np.nan)
    found[inside] = image[rows[inside].astype(int), columns[inside].astype(int)]
    return found
