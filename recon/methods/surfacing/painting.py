"""Textures from photographs: painted by all that see a point, then fitted to all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recon.methods.surfacing.unwrap import Texels
from recon.render import Cameras, Fragments, interpolate, rasterize_fronts, rasterize_triangles, threads
from recon.scene import Camera, Mesh, View

Floats = NDArray[np.float32]
COSINE_POWER = 2.0
FEATHER = 8.0  # pixels from outlines over which a photograph begins to count
STEP = 0.03  # of depth, between pixels across an outline
GUTTER = 8  # texels around charts
LONGEST = 1600  # pixels of photographs
RESIDUAL = 128  # texels along the side of what is fitted
RATE, RATE_LEFT = 0.02, 1e-4


@dataclass(frozen=True, eq=False)
class Seen:
    """A photograph beside the mesh it shows.

    Parameters
    ----------
    camera : Camera
    color : (H, W, 3) float32
    depth : (H, W) float32
        z of the mesh; 0 where it is not.
    uv : (H, W, 2) float32
        Where on the texture.
    counts : (H, W) bool
        Where mesh and photograph show the same thing.
    """

    camera: Camera
    color: Floats
    depth: Floats
    uv: Floats
    counts: NDArray[np.bool_]


def see(mesh: Mesh, view: View) -> Seen:
    """Read a photograph and draw the mesh beside it."""
    factor = min(1.0, LONGEST / max(view.camera.width, view.camera.height))
    camera = view.camera
    if factor < 1:
        camera = camera.resized(round(camera.width * factor), round(camera.height * factor))
    fragments = drawn(mesh, camera)
    uv = interpolate(torch.from_numpy(mesh.uv), torch.from_numpy(mesh.faces), fragments)[0, ..., 0, :].numpy()
    depth = fragments.depth[0, ..., 0].numpy()
    counts = depth > 0
    for band in (view.alpha, view.mask):
        if band is not None:
            counts &= band.read(camera.width, camera.height) >= 128
    color = view.image.read(camera.width, camera.height).astype(np.float32) / 255
    return Seen(camera, color, depth, uv, counts)


def drawn(mesh: Mesh, camera: Camera) -> Fragments:
    """What a camera sees of a mesh."""
    rasterize = rasterize_fronts if mesh.one_sided else rasterize_triangles
    return rasterize(torch.from_numpy(mesh.vertices), torch.from_numpy(mesh.faces), Cameras.of([camera]))


def feather(seen: Seen) -> Floats:
    """(H, W): 0 on outlines and where the photograph does not count, 1 some pixels inside, so that no seam is seen."""
    kernel = np.ones((3, 3), np.uint8)
    far, near = cv2.dilate(seen.depth, kernel), cv2.erode(seen.depth, kernel)
    inside = seen.counts & (far - near < STEP * np.maximum(seen.depth, 1e-9))
    inside[0] = inside[-1] = False
    inside[:, 0] = inside[:, -1] = False
    distance = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 3)
    smooth = np.clip(distance / FEATHER, 0, 1)
    return np.asarray(smooth * smooth * (3 - 2 * smooth), np.float32)


def bake(texels: Texels, photographs: Sequence[Seen], *, feathered: bool = True) -> tuple[Floats, NDArray[np.bool_]]:
    """Mean colour of each texel over the photographs that see it, weighted by cos^2 / z^2.

    Returns
    -------
    texture : (S, S, 3) float32
        Gutters filled.
    painted : (T,) bool
        Texels that some photograph sees.
    """
    from recon.methods.surfacing.bake_kernels import paint

    totals = np.zeros((len(texels.places), 4), np.float32)
    for seen in photographs:
        pose = seen.camera.camera_from_world[:3].astype(np.float32)
        camera = (pose, seen.camera.intrinsics.astype(np.float32), np.float32(COSINE_POWER))
        weight = feather(seen) if feathered else seen.counts.astype(np.float32)
        with threads.LOCK:
            paint(texels.positions, texels.normals, camera, (seen.color, seen.depth, weight), totals)
    painted = totals[:, 3] > 0
    texture = np.zeros((texels.size**2, 3), np.float32)
    known = np.zeros(texels.size**2, np.bool_)
    texture[texels.places[painted]] = totals[painted, :3] / totals[painted, 3:]
    known[texels.places[painted]] = True
    shape = (texels.size, texels.size)
    return fill(texture.reshape(*shape, 3), known.reshape(shape)), painted


def fill(texture: Floats, known: NDArray[np.bool_]) -> Floats:
    """Give unknown texels the colour of known ones around them: some texels far exactly, then ever more coarsely."""
    filled, weight = texture * known[..., None], known.astype(np.float32)
    for _ in range(GUTTER):
        sums = cv2.blur(filled, (3, 3), borderType=cv2.BORDER_CONSTANT)
        counts = cv2.blur(weight, (3, 3), borderType=cv2.BORDER_CONSTANT)
        new = (weight == 0) & (counts > 1e-6)
        filled[new] = sums[new] / counts[new][:, None]
        weight[new] = 1
    return _filled_coarsely(filled, weight)


def _filled_coarsely(texture: Floats, weight: Floats) -> Floats:
    if weight.all() or min(weight.shape) < 2:
        return texture
    size = (max(1, weight.shape[1] // 2), max(1, weight.shape[0] // 2))
    small = cv2.resize(texture * weight[..., None], size, interpolation=cv2.INTER_AREA)
    share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    known = (share > 0).astype(np.float32)
    small = small / np.maximum(share, 1e-9)[..., None] * known[..., None]
    behind = cv2.resize(_filled_coarsely(small, known), weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.where(weight[..., None] > 0, texture, behind).astype(np.float32)


def refine(texture: Floats, photographs: Sequence[Seen], rounds: int, seed: int = 0) -> Iterator[Floats]:
    """Fit a coarse correction of the texture to the photographs (L1, Adam); yields the texture after each round.

    Coarse, because a correction of every texel fits noise: on held-out photographs it is worth half as much.
    """
    base = torch.from_numpy(texture.transpose(2, 0, 1)[None].copy())
    side = min(RESIDUAL, texture.shape[0])
    residual = torch.zeros(1, 3, side, side, requires_grad=True)
    optimizer = torch.optim.Adam([residual], lr=RATE, betas=(0.8, 0.95))
    pixels = [_pixels(seen) for seen in photographs]
    generator, steps = np.random.default_rng(seed), rounds * len(pixels)
    for done in range(rounds):
        for number, index in enumerate(generator.permutation(len(pixels))):
            uv, color = pixels[index]
            if not len(uv):
                continue
            corrected = base + torch.nn.functional.interpolate(residual, base.shape[2:], mode="bilinear")
            loss = (_look_up(corrected, uv) - color).abs().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.param_groups[0]["lr"] = RATE * (1 - (done * len(pixels) + number) / steps) + RATE_LEFT
            optimizer.step()
        corrected = base + torch.nn.functional.interpolate(residual.detach(), base.shape[2:], mode="bilinear")
        yield corrected[0].permute(1, 2, 0).clamp(0, 1).numpy()


def _pixels(seen: Seen) -> tuple[Tensor, Tensor]:
    inner = cv2.erode(seen.counts.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return torch.from_numpy(seen.uv[inner]), torch.from_numpy(seen.color[inner])


def _look_up(texture: Tensor, uv: Tensor) -> Tensor:
    """(N, 3): bilinear colours at texture coordinates, (0, 0) the lower left corner."""
    place = torch.stack([uv[:, 0] * 2 - 1, 1 - uv[:, 1] * 2], 1)[None, None]
    found = torch.nn.functional.grid_sample(texture, place, align_corners=False, padding_mode="border")
    return found[0, :, 0].T


def painted(mesh: Mesh, texture: Floats) -> Mesh:
    """The mesh with its texture, in eight bits."""
    return replace(mesh, texture=np.round(np.clip(texture, 0, 1) * 255).astype(np.uint8), colors=None)


def texture_at(mesh: Mesh, uv: Floats) -> Floats:
    """(H, W, 3): colours of a mesh's texture at texture coordinates (H, W, 2)."""
    texture = torch.from_numpy(mesh.texture[..., :3].astype(np.float32) / 255).permute(2, 0, 1)[None]
    places = torch.from_numpy(np.ascontiguousarray(uv).reshape(-1, 2))
    return np.asarray(_look_up(texture, places).numpy().reshape(*uv.shape[:2], 3))
