"""The renderer once more, in dense float64 PyTorch: slow, short, and the measure of every backend.

Every pixel meets every Gaussian and autograd does the derivatives, so this file states what `rasterize` means:

- Projection by the local affine approximation of the perspective (EWA splatting, Zwicker et al. 2001), whose Jacobian
  is taken no further than 0.15 image widths (heights) outside the image, as gsplat 1.5.3 does.
- alpha = min(0.999, opacity exp(-d' Sigma2d^-1 d / 2)); a pixel skips alpha < 1/255.
- A pixel ends before the Gaussian that would bring its transmittance to 1e-4 or below; that one is not drawn.
- Gaussians are ordered by the camera z of their centres, ties by index.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from math import log
from typing import Any

import torch
from torch import Tensor

from recon.render.checks import check
from recon.render.types import Cameras, Covariance, Gaussians, Options, QuaternionScale, Rendering, Shape, Tangents

MAX_ALPHA = 0.999
MIN_ALPHA = 1 / 255
MIN_TRANSMITTANCE = 1e-4
JACOBIAN_MARGIN = 0.15  # of the image's width and height


@dataclass(frozen=True)
class Footprints:
    """What M Gaussians look like in one camera, in pixels.

    Parameters
    ----------
    centres : (M, 2) float64
    covariances : (M, 2, 2) float64
        Blur included.
    opacities : (M,) float64
        Antialiasing included.
    depths : (M,) float64
        Camera z of the centres.
    """

    centres: Tensor
    covariances: Tensor
    opacities: Tensor
    depths: Tensor

    @property
    def extents(self) -> Tensor:
        """Half the size (x, y) of the box outside which alpha < 1/255, (M, 2); NaN where it is so everywhere."""
        reach = 2 * (self.opacities.log() - log(MIN_ALPHA))
        return (reach[:, None] * self.covariances.diagonal(dim1=-2, dim2=-1)).sqrt()


@dataclass(frozen=True)
class View:
    """One of several cameras, in float64.

    Parameters
    ----------
    rotation, translation : (3, 3), (3,)
        camera_from_world.
    focal, principal, size : (2,)
        Along x and y, in pixels.
    """

    rotation: Tensor
    translation: Tensor
    focal: Tensor
    principal: Tensor
    size: Tensor

    @classmethod
    def of(cls, cameras: Cameras, index: int) -> View:
        """Pick one camera."""
        camera_from_world = cameras.camera_from_world[index].double()
        intrinsics = cameras.intrinsics[index].double()
        size = intrinsics.new_tensor([cameras.width, cameras.height])
        return cls(camera_from_world[:3, :3], camera_from_world[:3, 3], intrinsics[:2], intrinsics[2:], size)

    @property
    def centre(self) -> Tensor:
        """Where the camera stands in the world, (3,)."""
        return -self.rotation.T @ self.translation

    @property
    def pixels(self) -> Tensor:
        """Pixel centres x, y, (height, width, 2)."""
        x, y = (torch.arange(int(length), device=length.device).double() + 0.5 for length in self.size)
        return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


def rasterize(gaussians: Gaussians, cameras: Cameras, options: Options | None = None) -> Rendering:
    """Draw as `recon.render.rasterize` does, in float64, with memory for every (pixel, Gaussian) pair.

    Takes tensors of any floating type and gives float64; gradients have the type of the tensor they belong to.

    Raises
    ------
    ValueError
        If shapes, types or devices do not fit together.
    """
    options = options or Options()
    check(gaussians, cameras, options, gaussians.means.dtype)
    gaussians = map_tensors(gaussians, Tensor.double)
    count = len(cameras)
    background = gaussians.means.new_zeros(gaussians.channels) if options.background is None else options.background
    backgrounds = background.double().expand(count, gaussians.channels)
    absolute_gradients = gaussians.means.new_zeros(count, len(gaussians.means), 2)
    views = [
        _draw(gaussians, View.of(cameras, i), backgrounds[i], absolute_gradients[i], options) for i in range(count)
    ]
    features, alpha, radii, depth, median_depth = (torch.stack(images) for images in zip(*views, strict=True))
    return Rendering(
        features,
        alpha,
        radii,
        depth if options.depth else None,
        median_depth if options.depth else None,
        absolute_gradients if options.absolute_gradients else None,
    )


def _draw(
    gaussians: Gaussians, view: View, background: Tensor, absolute_gradients: Tensor, options: Options
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Features, alpha, radii, depth and median depth of one view; fills `absolute_gradients` in the backward pass."""
    with torch.no_grad():
        everything = _project(gaussians, view, options)
        visible = _visible(everything, view, options) & is_finite(gaussians)
        if options.cull_backfaces:
            visible &= faces_camera(gaussians, view.centre)
        radii = torch.where(visible, everything.extents.amax(-1), 0)
        order = torch.argsort(everything.depths, stable=True)
        order = order[visible[order]]

    # Only what is drawn takes part in the graph, so no NaN of the others reaches a gradient.
    drawn = map_tensors(gaussians, lambda tensor: tensor[order])
    footprints = _project(drawn, view, options)
    # One centre per pixel, so that each pixel's gradient can be seen before they are summed.
    pixels = view.pixels
    centres = footprints.centres.expand(*pixels.shape[:2], -1, -1)
    if options.absolute_gradients and centres.requires_grad:

        def collect(gradient: Tensor) -> None:
            absolute_gradients[order] = gradient.abs().sum((0, 1))

        centres.register_hook(collect)

    weights, transmittances = _composite(_alphas(footprints, centres, pixels))
    alpha = weights.sum(-1)
    features = weights @ _channels(drawn, view, options) + (1 - alpha)[..., None] * background
    depth = weights @ footprints.depths / torch.where(alpha > 0, alpha, 1)
    return features, alpha, radii, depth, _median_depth(footprints.depths, transmittances)


def _project(gaussians: Gaussians, view: View, options: Options) -> Footprints:
    """Footprints of all Gaussians; those which cannot be drawn may come out as NaN."""
    points = gaussians.means @ view.rotation.T + view.translation
    depths = points[:, 2]
    slopes = points[:, :2] / depths[:, None]
    clamped = clamp_slopes(slopes, view.focal, view.principal, view.size)
    diagonal = torch.diag(view.focal) / depths[:, None, None]
    jacobians = torch.cat([diagonal, -(view.focal * clamped / depths[:, None])[:, :, None]], dim=2)

    pixels_from_world = jacobians @ view.rotation
    sharp = pixels_from_world @ _covariances(gaussians.shape) @ pixels_from_world.mT
    blurred = sharp + options.blur * torch.eye(2, dtype=sharp.dtype, device=sharp.device)
    opacities = gaussians.opacities
    if options.antialiased:
        opacities = opacities * (_determinant(sharp) / _determinant(blurred)).sqrt()
    return Footprints(slopes * view.focal + view.principal, blurred, opacities, depths)


def clamp_slopes(slopes: Tensor, focal: Tensor, principal: Tensor, size: Tensor) -> Tensor:
    """X / z and y / z (..., 2), no further outside the image than where Jacobians are taken."""
    margin = JACOBIAN_MARGIN * size
    return slopes.clamp(-(principal + margin) / focal, (size - principal + margin) / focal)


def _visible(footprints: Footprints, view: View, options: Options) -> Tensor:
    """(N,) bool: what may touch a pixel. Comparisons with NaN are false, which leaves out what is not a number."""
    extents, centres, covariances = footprints.extents, footprints.centres, footprints.covariances
    positive_definite = (_determinant(covariances) > 0) & (covariances[:, 0, 0] > 0)
    in_image = ((centres + extents > 0) & (centres - extents < view.size)).all(-1)
    return positive_definite & in_image & (footprints.opacities >= MIN_ALPHA) & (footprints.depths >= options.near)


def _alphas(footprints: Footprints, centres: Tensor, pixels: Tensor) -> Tensor:
    """(H, W, M): the alpha each Gaussian shows to each pixel, 0 where it is skipped; `centres` is (H, W, M, 2)."""
    x, y = (centres - pixels[:, :, None]).unbind(-1)
    a, b, c = footprints.covariances[:, 0, 0], footprints.covariances[:, 0, 1], footprints.covariances[:, 1, 1]
    exponents = (c * x * x - 2 * b * x * y + a * y * y) / (2 * (a * c - b * b))
    alphas = (footprints.opacities * torch.exp(-exponents)).clamp(max=MAX_ALPHA)
    return torch.where(alphas >= MIN_ALPHA, alphas, 0)


def _composite(alphas: Tensor) -> tuple[Tensor, Tensor]:
    """Weights (H, W, M) of the Gaussians, and the transmittance behind each."""
    with torch.no_grad():
        before_the_end = (1 - alphas).cumprod(-1) > MIN_TRANSMITTANCE
    alphas = torch.where(before_the_end, alphas, 0)
    behind = (1 - alphas).cumprod(-1)
    before = torch.nn.functional.pad(behind, (1, 0), value=1.0)[..., :-1]
    return alphas * before, behind


def _median_depth(depths: Tensor, behind: Tensor) -> Tensor:
    """Depth at which the transmittance falls through one half; 0 where it does not."""
    passed = (behind <= 0.5).long()
    first = (passed.cumsum(-1) == 1) & (passed == 1)
    return (first * depths.detach()).sum(-1)


def _covariances(shape: Shape) -> Tensor:
    """(N, 3, 3) in world coordinates."""
    if isinstance(shape, Covariance):
        return (shape.matrices + shape.matrices.mT) / 2
    if isinstance(shape, Tangents):
        axes = torch.stack([shape.u, shape.v], dim=-1)
    else:
        axes = rotations(shape.quaternions) * shape.scales[:, None, :]
    return axes @ axes.mT


@torch.no_grad()
def is_finite(gaussians: Gaussians) -> Tensor:
    """(N,) bool: whether every number of a Gaussian is finite, and with it their sum."""
    shape = (getattr(gaussians.shape, field.name) for field in fields(gaussians.shape))
    tensors = (gaussians.means, gaussians.sh, gaussians.features, *shape)
    sums = (tensor.flatten(1).sum(-1) for tensor in tensors if tensor is not None)
    return sum(sums, start=gaussians.opacities).isfinite()


def faces_camera(gaussians: Gaussians, camera_centres: Tensor) -> Tensor:
    """(..., N) bool: whether normals point to the side of cameras which stand at (..., 3) in the world.

    The normal is u x v, or the axis of a quaternion's rotation along which the scale is smallest.
    """
    shape = gaussians.shape
    if isinstance(shape, Tangents):
        normals = torch.linalg.cross(shape.u, shape.v)
    elif isinstance(shape, QuaternionScale):
        shortest = shape.scales.argmin(-1)[:, None, None]
        normals = rotations(shape.quaternions).take_along_dim(shortest, dim=2).squeeze(2)
    return (normals * (camera_centres[..., None, :] - gaussians.means)).sum(-1) > 0


def _channels(gaussians: Gaussians, view: View, options: Options) -> Tensor:
    """(N, D): colours as seen from the camera, then features."""
    channels = [gaussians.means[:, :0]]
    if gaussians.sh is not None:
        degree = 3 if options.sh_degree is None else options.sh_degree
        sh = gaussians.sh[:, : (degree + 1) ** 2]
        directions = torch.nn.functional.normalize(gaussians.means - view.centre, dim=-1)
        basis = harmonics(directions)[:, : sh.shape[1]]
        channels.append((torch.einsum("nk,nkc->nc", basis, sh) + 0.5).clamp(min=0))
    if gaussians.features is not None:
        channels.append(gaussians.features)
    return torch.cat(channels, dim=-1)


def rotations(quaternions: Tensor) -> Tensor:
    """Rotation matrices (..., 3, 3) of quaternions w, x, y, z (..., 4) of any length; NaN for a zero one."""
    w, x, y, z = (quaternions / quaternions.norm(dim=-1, keepdim=True)).unbind(-1)
    rows = [
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    ]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)


def harmonics(directions: Tensor) -> Tensor:
    """Real spherical harmonics of unit vectors (N, 3) up to degree 3, (N, 16), with the order and signs of 3DGS."""
    x, y, z = directions.unbind(-1)
    xx, yy, zz = x * x, y * y, z * z
    terms = [
        0.28209479177387814 * torch.ones_like(x),
        -0.4886025119029199 * y,
        0.4886025119029199 * z,
        -0.4886025119029199 * x,
        1.0925484305920792 * x * y,
        -1.0925484305920792 * y * z,
        0.31539156525252005 * (2 * zz - xx - yy),
        -1.0925484305920792 * x * z,
        0.5462742152960396 * (xx - yy),
        -0.5900435899266435 * y * (3 * xx - yy),
        2.890611442640554 * x * y * z,
        -0.4570457994644658 * y * (4 * zz - xx - yy),
        0.3731763325901154 * z * (2 * zz - 3 * xx - 3 * yy),
        -0.4570457994644658 * x * (4 * zz - xx - yy),
        1.445305721320277 * z * (xx - yy),
        -0.5900435899266435 * x * (xx - 3 * yy),
    ]
    return torch.stack(terms, dim=-1)


def _determinant(matrices: Tensor) -> Tensor:
    return matrices[..., 0, 0] * matrices[..., 1, 1] - matrices[..., 0, 1] * matrices[..., 1, 0]


def map_tensors(gaussians: Gaussians, function: Callable[[Tensor], Tensor]) -> Gaussians:
    """The same Gaussians with a function applied to each of their tensors."""

    def mapped(part: Gaussians | Shape) -> dict[str, Any]:
        values = {field.name: getattr(part, field.name) for field in fields(part)}
        return {name: function(value) for name, value in values.items() if isinstance(value, Tensor)}

    shape: Any = gaussians.shape
    return replace(gaussians, shape=replace(shape, **mapped(shape)), **mapped(gaussians))
