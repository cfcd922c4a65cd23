"""Draw on an NVIDIA GPU, through the kernels of gsplat 1.5.3.

`docs/gpu.md` says where the result differs from the float64 twin, and why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from recon.render.cuda_build import kernels, warm_up
from recon.render.twin import MIN_ALPHA, clamp_slopes, faces_camera, is_finite, map_tensors
from recon.render.types import Cameras, Covariance, Gaussians, Options, QuaternionScale, Rendering, Tangents

__all__ = ["rasterize", "warm_up"]

TILE = 16  # pixels
CHANNELS_AT_ONCE = 32
FAR_AWAY = 1e9  # pixels


@dataclass(frozen=True)
class Footprints:
    """What N Gaussians look like in C cameras, in pixels; undefined where `drawn` is not.

    Parameters
    ----------
    centres : (C, N, 2)
    conics : (C, N, 3)
        xx, xy, yy of the inverse of the blurred covariance.
    depths, opacities : (C, N)
        Camera z; opacity, antialiasing included.
    boxes : (C, N, 2) int32
        Half of the bounding box that gsplat assigns to tiles; 0 where a Gaussian is not drawn.
    """

    centres: Tensor
    conics: Tensor
    depths: Tensor
    opacities: Tensor
    boxes: Tensor

    @property
    def drawn(self) -> Tensor:
        """(C, N) bool."""
        return (self.boxes > 0).all(-1)


@dataclass(frozen=True)
class Tiles:
    """The Gaussians of each tile from front to back: `offsets` (C, rows, columns) into `ids`."""

    offsets: Tensor
    ids: Tensor


def rasterize(gaussians: Gaussians, cameras: Cameras, options: Options) -> Rendering:
    """Draw on the GPU that holds the tensors; see `recon.render.rasterize`.

    Raises
    ------
    DeviceUnavailable
        If the kernels cannot be built or loaded.
    """
    kernels()
    count = len(gaussians.means)
    gaussians = _drawable(gaussians)
    footprints = _project(gaussians, cameras, options)
    tiles = _bin(footprints, cameras)
    channels = _channels(gaussians, footprints, cameras, options)
    absolute_gradients = torch.zeros_like(footprints.centres[:, : count if options.absolute_gradients else 0])
    image, alpha = _composite(footprints, tiles, channels, cameras, absolute_gradients)
    rendering = Rendering(image[..., : gaussians.channels], alpha, _radii(footprints, cameras)[:, :count])
    if options.depth:
        rendering.depth = torch.where(alpha > 0, image[..., -1] / torch.where(alpha > 0, alpha, 1), 0)
        rendering.median_depth = _median_depth(footprints, tiles, cameras)
    if options.absolute_gradients:
        rendering.absolute_gradients = absolute_gradients
    return rendering


def _drawable(gaussians: Gaussians) -> Gaussians:
    """Make invalid Gaussians transparent, which gsplat leaves out before it looks at anything else of them."""
    if len(gaussians.means) == 0:
        # gsplat divides by the number of Gaussians, and with none it would end the process.
        gaussians = map_tensors(gaussians, lambda tensor: torch.cat([tensor, tensor.new_ones(1, *tensor.shape[1:])]))
        return replace(gaussians, opacities=torch.zeros_like(gaussians.opacities))
    shape, valid = gaussians.shape, is_finite(gaussians)
    if isinstance(shape, QuaternionScale):
        valid &= (shape.quaternions != 0).any(-1)
    means = gaussians.means
    if isinstance(shape, Tangents):  # these go through PyTorch first, where 0 times not-a-number is not 0
        means, u, v = (torch.where(valid[:, None], tensor, 0) for tensor in (means, shape.u, shape.v))
        shape = Tangents(u, v)
    return replace(gaussians, means=means, opacities=torch.where(valid, gaussians.opacities, 0), shape=shape)


def _project(gaussians: Gaussians, cameras: Cameras, options: Options) -> Footprints:
    shape = gaussians.shape
    quaternions = scales = covariances = None
    if isinstance(shape, QuaternionScale):
        quaternions, scales = shape.quaternions, shape.scales
    else:
        covariances = _upper_triangles(shape)
    boxes, centres, depths, conics, compensations = kernels().fully_fused_projection(
        gaussians.means,
        covariances,
        quaternions,
        scales,
        cameras.camera_from_world,
        _camera_matrices(cameras),
        cameras.width,
        cameras.height,
        eps2d=options.blur,
        near_plane=options.near,
        calc_compensations=options.antialiased,
        opacities=gaussians.opacities,
    )
    if options.cull_backfaces:
        with torch.no_grad():
            boxes = boxes * faces_camera(gaussians, _centres(cameras))[..., None]
    footprints = Footprints(centres, conics, depths, gaussians.opacities.expand(len(cameras), -1), boxes)
    if options.antialiased and isinstance(shape, Tangents):
        compensations = _flat_compensations(gaussians.means, shape, footprints, cameras)
    return replace(footprints, opacities=footprints.opacities * compensations) if options.antialiased else footprints


def _flat_compensations(means: Tensor, shape: Tangents, footprints: Footprints, cameras: Cameras) -> Tensor:
    """sqrt(det Sigma2d / det (Sigma2d + blur I)), (C, N), for flat Gaussians: 0 where not drawn.

    gsplat takes the first determinant as xx yy - xy xy, of which nothing but rounding is left when a flat Gaussian is
    seen from its edge. With u', v' the tangents in the image it is (u' x v')^2.
    """
    rotations, translations = cameras.camera_from_world[:, None, :3, :3], cameras.camera_from_world[:, None, :3, 3]
    points = (rotations @ means[..., None]).squeeze(-1) + translations
    points = torch.where(footprints.drawn[..., None], points, 1)
    focal, principal = cameras.intrinsics[:, None, :2], cameras.intrinsics[:, None, 2:]
    size = focal.new_tensor([cameras.width, cameras.height])
    slopes = clamp_slopes(points[..., :2] / points[..., 2:], focal, principal, size)

    def to_pixels(tangents: Tensor) -> tuple[Tensor, ...]:
        turned = (rotations @ tangents[..., None]).squeeze(-1)
        return (focal / points[..., 2:] * (turned[..., :2] - slopes * turned[..., 2:])).unbind(-1)

    (ux, uy), (vx, vy) = to_pixels(shape.u), to_pixels(shape.v)
    xx, xy, yy = torch.where(footprints.drawn[..., None], footprints.conics, 1).unbind(-1)
    inverse = torch.where(footprints.drawn, xx * yy - xy * xy, 1)
    return torch.where(footprints.drawn, (ux * vy - uy * vx).abs() * inverse.sqrt(), 0)


def _upper_triangles(shape: Covariance | Tangents) -> Tensor:
    """xx, xy, xz, yy, yz, zz of the covariances, (N, 6)."""
    if isinstance(shape, Covariance):
        matrices = (shape.matrices + shape.matrices.mT) / 2
    else:
        axes = torch.stack([shape.u, shape.v], dim=-1)
        matrices = axes @ axes.mT
    return matrices[:, (0, 0, 0, 1, 1, 2), (0, 1, 2, 1, 2, 2)]


def _camera_matrices(cameras: Cameras) -> Tensor:
    """Intrinsics as (C, 3, 3) matrices."""
    fx, fy, cx, cy = cameras.intrinsics.detach().unbind(-1)
    zero, one = torch.zeros_like(fx), torch.ones_like(fx)
    return torch.stack([fx, zero, cx, zero, fy, cy, zero, zero, one], dim=-1).unflatten(-1, (3, 3))


def _centres(cameras: Cameras) -> Tensor:
    """Where the cameras stand in the world, (C, 3)."""
    rotations, translations = cameras.camera_from_world[:, :3, :3], cameras.camera_from_world[:, :3, 3:]
    return -(rotations.mT @ translations).squeeze(-1)


def _bin(footprints: Footprints, cameras: Cameras) -> Tiles:
    gsplat = kernels()
    columns, rows = math.ceil(cameras.width / TILE), math.ceil(cameras.height / TILE)
    _, tile_and_depth, ids = gsplat.isect_tiles(
        footprints.centres, footprints.boxes, footprints.depths, TILE, columns, rows
    )
    return Tiles(gsplat.isect_offset_encode(tile_and_depth, len(cameras), columns, rows), ids)


def _channels(
    gaussians: Gaussians, footprints: Footprints, cameras: Cameras, options: Options
) -> tuple[Tensor, Tensor]:
    """What is composited, (C, N, D or D + 1), and the background behind it: colours, features, and then depth."""
    count = len(cameras)
    channels = []
    if gaussians.sh is not None:
        channels.append(_colours(gaussians.means, gaussians.sh, footprints.drawn, cameras, options.sh_degree))
    if gaussians.features is not None:
        channels.append(gaussians.features.expand(count, -1, -1))
    background = options.background
    if background is None:
        background = gaussians.means.new_zeros(gaussians.channels)
    background = background.expand(count, gaussians.channels)
    if options.depth or not channels:  # gsplat cannot draw nothing at all
        channels.append(footprints.depths[..., None])
        background = torch.cat([background, background.new_zeros(count, 1)], dim=-1)
    return torch.cat(channels, dim=-1), background


def _colours(means: Tensor, sh: Tensor, drawn: Tensor, cameras: Cameras, degree: int | None) -> Tensor:
    """Colours (C, N, 3) as the cameras see them."""
    available = math.isqrt(sh.shape[1]) - 1
    degree = available if degree is None else min(degree, available)
    directions = means - _centres(cameras)[:, None]
    colours = kernels().spherical_harmonics(degree, directions, sh.expand(len(cameras), -1, -1, -1), masks=drawn)
    return (colours + 0.5).clamp(min=0)


def _composite(
    footprints: Footprints, tiles: Tiles, channels: tuple[Tensor, Tensor], cameras: Cameras, absolute_gradients: Tensor
) -> tuple[Tensor, Tensor]:
    """Image (C, H, W, D) and alpha (C, H, W) of channels and their background.

    The backward pass adds to `absolute_gradients`, unless it is empty.
    """
    images, alphas = [], []
    for part, background in zip(*(torch.split(tensor, CHANNELS_AT_ONCE, -1) for tensor in channels), strict=True):
        collecting = absolute_gradients.numel() > 0 and footprints.centres.requires_grad
        image, alpha = kernels().rasterize_to_pixels(
            _Watched.of(footprints.centres, absolute_gradients) if collecting else footprints.centres,
            footprints.conics,
            part,
            footprints.opacities,
            cameras.width,
            cameras.height,
            TILE,
            tiles.offsets,
            tiles.ids,
            backgrounds=background,
            absgrad=collecting,
        )
        images.append(image)
        alphas.append(alpha[..., 0])
    return torch.cat(images, dim=-1), alphas[0]


class _Watched(Tensor):
    """Centres on which gsplat leaves absolute gradients in the backward pass; they are added up elsewhere at once.

    A hook that waits for them would have to hold the very tensor it hangs on, which would never be freed.
    """

    __torch_function__ = torch._C._disabled_torch_function_impl
    total: Tensor

    @classmethod
    def of(cls, centres: Tensor, total: Tensor) -> Tensor:
        watched = centres.as_subclass(cls)
        watched.total = total
        return watched

    @property
    def absgrad(self) -> Tensor:
        """What has been added up."""
        return self.total

    @absgrad.setter
    def absgrad(self, gradients: Tensor) -> None:
        self.total += gradients


@torch.no_grad()
def _radii(footprints: Footprints, cameras: Cameras) -> Tensor:
    """Exact radii (C, N); gsplat's boxes are rounded up and capped."""
    xx, xy, yy = footprints.conics.unbind(-1)
    variances = torch.stack([yy, xx], dim=-1) / (xx * yy - xy * xy)[..., None]
    reach = 2 * (footprints.opacities / MIN_ALPHA).log()
    extents = (reach[..., None] * variances).sqrt()
    size = footprints.centres.new_tensor([cameras.width, cameras.height])
    touching = ((footprints.centres + extents > 0) & (footprints.centres - extents < size)).all(-1)
    return torch.where(footprints.drawn & touching, extents.amax(-1), 0)


@torch.no_grad()
def _median_depth(footprints: Footprints, tiles: Tiles, cameras: Cameras) -> Tensor:
    """Depth (C, H, W) of the Gaussians at which transmittance falls through one half.

    gsplat's kernel for flat Gaussians (2DGS, Huang 2024) records it; ours are given to it as affine images of a unit
    disc: pixel = L (u, v)' + centre with L L' the projected covariance. That kernel also draws a disc of half a pixel
    around `means2d`, which is kept out of the picture.
    """
    xx, xy, yy = footprints.conics.unbind(-1)
    zero, one = torch.zeros_like(xx), torch.ones_like(xx)
    determinant = xx * yy - xy * xy
    width = (yy / determinant).sqrt()
    x, y = footprints.centres.unbind(-1)
    pixel_from_disc = torch.stack(
        [width, zero, x, -xy / (determinant * width), yy.rsqrt(), y, zero, zero, one], dim=-1
    ).unflatten(-1, (3, 3))
    nowhere = torch.full_like(footprints.centres, FAR_AWAY)
    _, alpha, _, _, median = kernels().rasterize_to_pixels_2dgs(
        nowhere,
        pixel_from_disc,
        footprints.depths[..., None],
        footprints.opacities,
        torch.zeros_like(footprints.conics),
        torch.zeros_like(nowhere),
        cameras.width,
        cameras.height,
        TILE,
        tiles.offsets,
        tiles.ids,
    )
    return torch.where(alpha >= 0.5, median, 0)[..., 0]
