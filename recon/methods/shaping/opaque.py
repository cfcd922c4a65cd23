"""The mesh for plain viewers, where nothing is transparent: which faces stay, and in which colours.

Those that stay are chosen by the photographs: a face goes if they look better without it, and comes back if they look
better with it. So faces that reach over an outline go, and coarse ones close what fine ones leave open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, identity
from scipy.sparse.linalg import cg
from torch import Tensor

from recon.methods.shaping.baking import Baked
from recon.methods.shaping.layers import Hits, Layers, Surface, draw_front
from recon.methods.shaping.views import Views, center_of

SOLID = 0.1  # mean opacity of the faces to begin with
ROUNDS = (6, 2)  # of choosing faces, each time by better colours
CHANGED = 0.5  # of the faces that should change, in a round: of two behind each other not both
PRIOR = 0.05  # pixels that the baked colour of a vertex counts as
ITERATIONS = 60

Floats = NDArray[np.float32]


@torch.no_grad()
def opaque(look: Baked, surface: Surface, layers: Layers, views: Views) -> tuple[Tensor, Floats]:
    """(G,) int64 faces that stay, maybe none, and (V, 3) float32 colours of all vertices."""
    generator = np.random.default_rng(0)
    kept = _solid(look, surface, layers, views)
    colors = _colors(look, surface, kept, views)
    for rounds in ROUNDS:
        for _ in range(rounds):
            gains = _gains(look, surface, layers, views, (kept, torch.from_numpy(colors).to(kept.device)))
            chance = torch.from_numpy(generator.random(len(kept))).to(kept.device)
            kept = kept ^ ((gains > 0) & (chance < CHANGED))
        colors = _colors(look, surface, kept, views)
    return kept.nonzero()[:, 0], colors


def _solid(look: Baked, surface: Surface, layers: Layers, views: Views) -> Tensor:
    """(F,) bool: faces that are hit, and not nearly transparent there."""
    often, opacity = torch.zeros(2, len(surface.faces), device=surface.vertices.device)
    for view in range(len(views)):
        hits = Hits.of(layers, _pixels(views, view), surface)
        opacities = look.shade(hits, views.directions[_pixels(views, view)], surface)[0]
        often.index_add_(0, hits.faces, torch.ones_like(opacities))
        opacity.index_add_(0, hits.faces, opacities)
    return opacity > SOLID * often


@dataclass(frozen=True, eq=False)
class Sight:
    """What B pixels of a view would show.

    Parameters
    ----------
    faces : (B, K + 1) int64
        Nearest first; F where there is none, and in the end.
    errors : (B, K + 1) float32
        Squared, of each face's colour, and in the end of what is behind all; 0 where a pixel does not count.
    """

    faces: Tensor
    errors: Tensor


def _sights(look: Baked, surface: Surface, layers: Layers, views: Views, colors: Tensor) -> Iterator[Sight]:
    counts = torch.zeros(views.starts[-1], device=colors.device)
    counts[torch.from_numpy(views.counted).to(colors.device)] = 1
    for view, camera in enumerate(views.cameras):
        pixels = _pixels(views, view)
        directions, photograph = views.directions[pixels], views.colors[pixels].float() / 255
        hits = Hits.of(layers, pixels, surface)
        away = ((hits.blended(surface.vertices) - center_of(camera)) * directions[hits.rays]).sum(1)
        errors = ((hits.blended(colors) - photograph[hits.rays]) ** 2).sum(1)
        behind = ((look.background(directions) - photograph) ** 2).sum(1, keepdim=True)
        order = hits.table(away, torch.inf).argsort(1)
        faces = hits.table(hits.faces, len(surface.faces)).gather(1, order)
        faces = torch.nn.functional.pad(faces, (0, 1), value=len(surface.faces))
        table = torch.cat([hits.table(errors, 0.0).gather(1, order), behind], 1)
        yield Sight(faces, table * counts[pixels][:, None])


def _gains(look: Baked, surface: Surface, layers: Layers, views: Views, now: tuple[Tensor, Tensor]) -> Tensor:
    """(F,) how much smaller the squared error of all photographs would be if one face went, or came back.

    `now` are the faces (F,) bool that are kept, and the colours (V, 3) of vertices.
    """
    kept, colors = now
    gains = torch.zeros(len(kept) + 1, device=kept.device)
    shown = torch.nn.functional.pad(kept, (0, 1), value=False)
    for sight in _sights(look, surface, layers, views, colors):
        places = torch.arange(sight.faces.shape[1], device=kept.device)
        last = int(places[-1])
        front = torch.where(shown[sight.faces], places, last)
        first = front.amin(1, keepdim=True)
        second = front.scatter(1, first, last).amin(1, keepdim=True)
        error = sight.errors.gather(1, first)
        gains.index_add_(0, sight.faces.gather(1, first)[:, 0], (error - sight.errors.gather(1, second))[:, 0])
        before = (places < first) & (sight.faces < len(kept))
        gains.index_add_(0, sight.faces[before], (error - sight.errors)[before])
    return gains[:-1]


def _pixels(views: Views, view: int) -> slice:
    return slice(views.starts[view], views.starts[view + 1])


def _colors(look: Baked, surface: Surface, kept: Tensor, views: Views) -> Floats:
    """(V, 3) float32: colours with which the faces that are kept come closest to the photographs, nothing transparent.

    One linear system, as a pixel is a weighted mean of three vertices; where little is seen, baked colours stay.
    """
    faces, count = surface.faces[kept], len(surface.vertices)
    first = look.harmonics.detach()[:, :3].clamp(0, 1).cpu().numpy().astype(np.float64)
    matrix = identity(count, format="csr") * PRIOR
    right = first * PRIOR
    for index, camera in enumerate(views.cameras):
        drawn = draw_front(surface.vertices, faces, camera, 1)
        names = drawn.faces.reshape(-1).cpu().numpy()
        pixels = views.counted[(views.counted >= views.starts[index]) & (views.counted < views.starts[index + 1])]
        pixels = pixels - views.starts[index]
        pixels = pixels[names[pixels] >= 0]
        weights = drawn.barycentrics.reshape(-1, 3).cpu().numpy()[pixels].astype(np.float64)
        corners = faces.cpu().numpy()[names[pixels]]
        rows = np.repeat(np.arange(len(pixels)), 3)
        part = csr_matrix((weights.reshape(-1), (rows, corners.reshape(-1))), (len(pixels), count))
        photo = views.colors[views.starts[index] : views.starts[index + 1]].cpu().numpy()[pixels] / 255
        matrix, right = matrix + part.T @ part, right + part.T @ photo
    columns = [cg(matrix, right[:, c], x0=first[:, c], rtol=1e-5, maxiter=ITERATIONS)[0] for c in range(3)]
    return np.stack(columns, 1).clip(0, 1).astype(np.float32)
