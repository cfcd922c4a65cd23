"""Going on from blocks that a person has changed: what they become before the first step, and what must stay.

At first only the blocks that were changed are fitted, and of these only place, size and shape: were textures free at
once, the wrong place would be painted.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from torch import Tensor

from recon.errors import RunError
from recon.methods.base import Edit
from recon.methods.blocking.ground import Place
from recon.methods.blocking.model import DARKEST, PER_BLOCK, Model, empty_model, raw_of
from recon.methods.blocks import Config
from recon.scene import Blocks
from recon.scene.transforms import transformed

SCENERY = ("plane", "sky")
GEOMETRY = tuple(name for name in PER_BLOCK if name != "logits")
ROWS = ("centers", "quaternions", "scales", "exponents", "tapers", "opacities", "textures")


@torch.no_grad()
def edited_model(config: Config, edit: Edit, place: Place, device: torch.device) -> Model:
    """The edited blocks as a model, opaque, on the ground and before the sky of the run that made them.

    Raises
    ------
    RunError
        If the blocks are of another texture size than the parameters say.
    """
    blocks = _blocks(edit)
    model = empty_model(config.max_blocks, config.texture_size, np.random.default_rng(0), device)
    for name, tensor in model.parameters.items():
        if name in SCENERY or name.startswith("ground"):
            tensor.copy_(torch.from_numpy(edit.state.arrays[f"model.{name}"]))
    side, count = model.levels[-1], len(blocks)
    if blocks.textures.shape[2] != side:
        raise RunError(
            f"The blocks have textures of {blocks.textures.shape[2]} texels, and texture_size is {side}. "
            "Leave it as it was."
        )
    for name, array in raw_of(transformed(blocks.bare(), place.local_from_world)).items():
        model[name][:count] = torch.from_numpy(array).to(device)
    for level in model.levels:
        model[f"tiles_{level}"][: 6 * count] = 0
    tiles = torch.from_numpy(blocks.textures).to(device).view(-1, side, side, 3).permute(0, 3, 1, 2)
    model[f"tiles_{side}"][: 6 * count] = torch.logit((tiles / 255).clamp(DARKEST, 1 - DARKEST))
    model.alive[:count] = True
    model.hard = True
    return model


def hold(model: Model, edit: Edit, *, solo: bool) -> None:
    """Take the gradients of what must stay: of fixed blocks, and `solo` of all but the geometry of changed ones."""
    fixed = torch.tensor(edit.fixed, device=model.device)
    still = ~torch.tensor(edit.changed, device=model.device) | fixed if solo else fixed
    for name, tensor in model.parameters.items():
        if solo and name not in GEOMETRY:
            tensor.grad = None
        elif tensor.grad is not None and (name in PER_BLOCK or name.startswith("tiles")):
            _clear(tensor.grad, still, 6 if name.startswith("tiles") else 1)


def _clear(gradient: Tensor, rows: Tensor, each: int) -> None:
    gradient[: each * len(rows)][rows.repeat_interleave(each)] = 0


def as_left(blocks: Blocks, edit: Edit) -> Blocks:
    """Fitted blocks with their names, and with every fixed one to the bit as it was left."""
    left, fixed = _blocks(edit), np.array(edit.fixed, bool)
    arrays = {name: getattr(blocks, name).copy() for name in ROWS}
    for name, array in arrays.items():
        array[fixed] = getattr(left, name)[fixed]
    return dataclasses.replace(blocks, **arrays, names=left.names)


def _blocks(edit: Edit) -> Blocks:
    if not isinstance(edit.geometry, Blocks):
        raise RunError(f"Blocks are fitted on from blocks, got {edit.geometry.kind}.")
    return edit.geometry
