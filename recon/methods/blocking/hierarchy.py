"""In which order blocks can be merged, and what each merge costs: for choosing their number without fitting again."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from recon.methods.blocking.model import EXPONENTS, LOWEST_EXPONENT, Model, empty_model, raw_of
from recon.methods.blocking.moves import Union, unions
from recon.scene import Blocks, Merges
from recon.scene.block_surfaces import painted_as
from recon.scene.transforms import quaternion_of

LARGEST_LOGIT = 8.0


def merges_of(blocks: Blocks) -> Blocks:
    """The same blocks with their merges: always the pair next whose union one block replaces with least damage."""
    nodes = blocks.bare()
    total = float(nodes.volumes.sum())
    alive = list(range(len(nodes)))
    known: dict[tuple[int, int], tuple[float, Union]] = {}
    pairs: list[tuple[int, int]] = []
    costs: list[float] = []
    while len(alive) > 1:
        missing = [(i, j) for k, i in enumerate(alive) for j in alive[k + 1 :] if (i, j) not in known]
        known |= dict(zip(missing, _costs(nodes, missing, total), strict=True))
        pair = min((pair for pair in known if set(pair) <= set(alive)), key=lambda pair: known[pair][0])
        nodes = nodes.joined(_merged(nodes, pair, known[pair][1], len(pairs)))
        pairs.append(pair)
        costs.append(known[pair][0])
        alive = [index for index in alive if index not in pair] + [len(nodes) - 1]
    made = nodes.part(slice(len(blocks), None))
    merges = Merges(np.array(pairs, np.int32), np.array(costs, np.float32), made)
    return dataclasses.replace(blocks, merges=merges)


def _costs(nodes: Blocks, pairs: list[tuple[int, int]], total: float) -> list[tuple[float, Union]]:
    """Volume by which each pair and its best single block differ, as a part of all, and that block."""
    found = unions(_as_model(nodes), pairs, np.random.default_rng(len(nodes)))
    volumes = nodes.volumes
    return [
        (float((volumes[i] + volumes[j]) * (1 - union.overlap) / total), union)
        for (i, j), union in zip(pairs, found, strict=True)
    ]


@torch.no_grad()
def _as_model(nodes: Blocks) -> Model:
    """Parameters before their activations."""
    model = empty_model(len(nodes), 4, np.random.default_rng(0), torch.device("cpu"))
    for name, array in raw_of(nodes).items():
        model[name].copy_(torch.from_numpy(array))
    model.alive[:] = True
    return model


def _merged(nodes: Blocks, pair: tuple[int, int], union: Union, number: int) -> Blocks:
    """The union as a block, painted as the nearest of what the pair showed."""
    from recon.methods.blocking.superquadric import rotations_of

    rotation = rotations_of(union.rotations[None])[0].double().numpy()
    exponents = LOWEST_EXPONENT + EXPONENTS * torch.sigmoid(union.exponents)
    block = Blocks(
        centers=union.centers[None].numpy(),
        quaternions=quaternion_of(rotation)[None].astype(np.float32),
        scales=union.log_scales.exp()[None].numpy(),
        exponents=exponents[None].numpy(),
        tapers=np.zeros((1, 2), np.float32),
        opacities=np.ones(1, np.float32),
        textures=np.zeros((1, *nodes.textures.shape[1:]), np.uint8),
        names=(f"merge {number + 1}",),
    )
    textures = painted_as(block, nodes.part(np.array(pair)))
    return dataclasses.replace(block, textures=textures)
