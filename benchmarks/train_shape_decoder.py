"""Trains the mesh auto-encoder that method `primitives` ships, and says how good it is.

    python -m benchmarks.train_shape_decoder [--steps 9000] [--until 7000] [--seed 0] [--out FILE]
    python -m benchmarks.train_shape_decoder --measure

The patches are generated (`sample_scenes.patches`), 10,000 of one seed to train on and 500 of another to measure on.
The encoder sees a few noisy points of a patch (6 to 256, of which 64 are drawn), the mesh is compared with all of it,
so that what is missing is learned, too. `chamfer` is the sum of both squared distances in voxels squared, with six
samples of each face against the patch's 256 points; `mean`, the mean distance in voxels, of each kind and of all;
`sphere`, how far vertices of the code of a unit sphere are from it. It uses a GPU where there is one.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from recon.methods.shaping.icosphere import FACES, icosphere
from recon.methods.shaping.shapes import HALF_DIAGONAL, WEIGHTS, Shapes, trained_shapes
from sample_scenes.patches import KINDS, make_patches

TRAINING, HELD_OUT = (10_000, 0), (500, 1)  # count and seed
BATCH = 64
RATE = 1.5e-3
ENCODED, COMPARED = 64, 160  # points
NOISE = 0.03
LAPLACIAN, NORMALS, SPHERE = 0.02, 0.002, 0.05
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def symmetries() -> Tensor:
    """(48, 3, 3): those of the cube."""
    signs = itertools.product((1.0, -1.0), repeat=3)
    orders = itertools.permutations(range(3))
    return torch.stack(
        [torch.eye(3)[list(order)] * torch.tensor(sign)[:, None] for order, sign in itertools.product(orders, signs)]
    )


@cache
def neighbourhoods() -> tuple[Tensor, Tensor]:
    """(42, 42) weights that give the mean of a vertex's neighbours, and (120, 2) faces at each edge."""
    near, at = np.zeros((42, 42), np.float32), {}
    for face, corners in enumerate(icosphere()[1]):
        for a, b in zip(corners, np.roll(corners, -1), strict=True):
            near[a, b] = near[b, a] = 1
            at.setdefault((min(a, b), max(a, b)), []).append(face)
    return torch.from_numpy(near / near.sum(1, keepdims=True)).to(DEVICE), torch.tensor(list(at.values()))


@cache
def triangles() -> Tensor:
    return torch.from_numpy(icosphere()[1].astype(np.int64)).to(DEVICE)


def samples(vertices: Tensor, per_face: int) -> Tensor:
    """(N, 80 * per_face, 3): random points of the faces."""
    random = torch.rand(FACES, per_face, 2)
    root = random[..., :1].sqrt()
    weights = torch.cat([1 - root, root * (1 - random[..., 1:]), root * random[..., 1:]], -1)
    points = torch.einsum("nfkc,fpk->nfpc", vertices[:, triangles()], weights)
    return points.reshape(len(vertices), -1, 3)


def squared_distances(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Of every point to the nearest of the other set; which that is has no gradient."""
    with torch.no_grad():
        table = (first * first).sum(-1)[:, :, None] + (second * second).sum(-1)[:, None]
        table = table - 2 * first @ second.transpose(1, 2)
        there, back = table.min(2).indices, table.min(1).indices
    nearest = torch.gather(second, 1, there[..., None].expand(-1, -1, 3))
    nearest_back = torch.gather(first, 1, back[..., None].expand(-1, -1, 3))
    return ((first - nearest) ** 2).sum(-1), ((second - nearest_back) ** 2).sum(-1)


def smoothness(vertices: Tensor) -> Tensor:
    """Laplacian and normal consistency, weighted."""
    near, edges = neighbourhoods()
    laplacian = ((torch.einsum("ij,njk->nik", near, vertices) - vertices) ** 2).sum(-1).mean()
    corners = vertices[:, triangles()]
    normals = torch.linalg.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    normals = functional.normalize(normals, dim=-1, eps=1e-8)
    bend = 1 - (normals[:, edges[:, 0]] * normals[:, edges[:, 1]]).sum(-1)
    return LAPLACIAN * laplacian + NORMALS * bend.mean()


def on_sphere(count: int, points: int) -> Tensor:
    return functional.normalize(torch.randn(count, points, 3), dim=-1)


@torch.no_grad()
def measured(shapes: Shapes, encoded: int = ENCODED) -> dict[str, Any]:
    """Figures on patches that were not trained on, in voxels."""
    shapes = shapes.to(DEVICE)
    points, kinds = make_patches(*HELD_OUT)
    patches = torch.from_numpy(points).to(DEVICE) / HALF_DIAGONAL
    torch.manual_seed(1)
    there, back = squared_distances(samples(shapes.decoder(shapes.encoder(patches[:, :encoded])), 6), patches)
    chamfer = (there.mean(1) + back.mean(1)) * HALF_DIAGONAL**2
    distance = (there.sqrt().mean(1) + back.sqrt().mean(1)) / 2 * HALF_DIAGONAL
    sphere = shapes.decoder(shapes.encoder(on_sphere(1, 400)))
    error = (sphere - shapes.decoder.template).norm(dim=-1).mean()
    of_kind = {
        name: round(float(distance[torch.from_numpy(kinds == k).to(DEVICE)].mean()), 4) for k, name in enumerate(KINDS)
    }
    return {
        "chamfer": round(float(chamfer.mean()), 5),
        "mean": {**of_kind, "all": round(float(distance.mean()), 4)},
        "sphere": round(float(error), 5),
    }


def write(shapes: Shapes, path: Path) -> None:
    save_file({name: value.cpu() for name, value in shapes.state_dict().items()}, path)


def train(shapes: Shapes, steps: int, until: int, path: Path) -> None:
    """Fit the auto-encoder; what there is so far is written now and then."""
    patches = torch.from_numpy(make_patches(*TRAINING)[0]).to(DEVICE) / HALF_DIAGONAL
    turns = symmetries()
    optimizer = torch.optim.Adam(shapes.parameters(), RATE)
    begun = time.perf_counter()
    for step in range(min(steps, until)):
        for group in optimizer.param_groups:
            group["lr"] = RATE * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * step / steps)))
        whole = patches[torch.randint(len(patches), (BATCH,))] @ turns[torch.randint(len(turns), (BATCH,))]
        given = (torch.rand(BATCH, ENCODED) * torch.randint(6, 257, (BATCH, 1))).long()
        seen = torch.gather(whole, 1, given[..., None].expand(-1, -1, 3)) + torch.randn(BATCH, ENCODED, 3) * NOISE
        vertices, spheres = shapes.decoder(shapes.encoder(torch.cat([seen, on_sphere(2, ENCODED)]))).split([BATCH, 2])
        there, back = squared_distances(samples(vertices, 2), whole[:, torch.randperm(256)[:COMPARED]])
        sphere = ((spheres - shapes.decoder.template) ** 2).sum(-1).mean()
        loss = there.mean() + back.mean() + smoothness(vertices) + SPHERE * sphere
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if (step + 1) % 1000 == 0:
            seconds = time.perf_counter() - begun
            print(f"step {step + 1:>6}  {seconds:5.0f} s  loss {float(loss.detach()):.4f}", flush=True)
            write(shapes, path)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=9000)
    parser.add_argument("--until", type=int, default=7000, help="end after so many of the schedule's steps")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--measure", action="store_true", help="only measure the weights that are there")
    asked = parser.parse_args()
    torch.set_default_device(DEVICE)
    if asked.measure:
        shapes = trained_shapes(DEVICE)
    else:
        torch.manual_seed(asked.seed)
        shapes = Shapes().to(DEVICE)
        train(shapes, asked.steps, asked.until, asked.out)
        write(shapes, asked.out)
    for encoded in (12, 64, 256):
        print(f"{encoded:>3} points: {json.dumps(measured(shapes, encoded))}")


if __name__ == "__main__":
    main()
