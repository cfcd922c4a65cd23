"""The CPU backend: torch tensors in and out, numba kernels in between, one autograd node for any number of cameras."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from recon.render import threads
from recon.render.cpu_passes import Scene, Targets, draw, draw_backward
from recon.render.kernels.rules import JACOBIAN_MARGIN, VIEW, Array
from recon.render.kernels.tiles import Image
from recon.render.kernels.tiles_backward import ImageGradient
from recon.render.types import Cameras, Covariance, Gaussians, Options, QuaternionScale, Rendering, Shape, Tangents


def rasterize(gaussians: Gaussians, cameras: Cameras, options: Options) -> Rendering:
    """Draw on the CPU; see `recon.render.rasterize`.

    The result and its gradients are the same bit for bit whatever the number of threads. One call renders at a time;
    others wait.
    """
    count = len(cameras)
    background = options.background
    if background is None:
        background = gaussians.means.new_zeros(gaussians.channels)
    absolute = gaussians.means.new_zeros(count, len(gaussians.means), 2) if options.absolute_gradients else None
    features, alpha, radii, depth, median_depth = _Rasterize.apply(
        _Call(cameras, options, type(gaussians.shape), absolute),
        cameras.camera_from_world.contiguous(),
        background.expand(count, gaussians.channels).contiguous(),
        gaussians.sh.contiguous() if gaussians.sh is not None else None,
        gaussians.features.contiguous() if gaussians.features is not None else None,
        gaussians.means.contiguous(),
        gaussians.opacities.contiguous(),
        *(tensor.contiguous() for tensor in _fields(gaussians.shape)),
    )
    return Rendering(features, alpha, radii, depth, median_depth, absolute)


def _fields(shape: Shape) -> tuple[Tensor, ...]:
    return tuple(getattr(shape, field.name) for field in fields(shape))


@dataclass(frozen=True)
class _Call:
    """What does not take part in differentiation."""

    cameras: Cameras
    options: Options
    kind: type
    absolute: Tensor | None


class _Rasterize(torch.autograd.Function):
    """Any number of cameras as one node of the graph."""

    @staticmethod
    def forward(ctx: Any, call: _Call, *tensors: Tensor | None) -> tuple[Tensor | None, ...]:
        transforms, backgrounds, *rest = (_array(tensor) for tensor in tensors)
        scene = _scene(call, *rest)
        count, height, width = len(call.cameras), call.cameras.height, call.cameras.width
        features = _empty(count, height, width, backgrounds.shape[1])
        alpha = _empty(count, height, width)
        radii = _empty(count, len(scene.means)).zero_()
        depth = _empty(count, height, width) if call.options.depth else None
        median_depth = _empty(count, height, width) if call.options.depth else None
        ctx.views, ctx.drawn = _views(call, transforms), []
        with threads.LOCK:
            for c, view in enumerate(ctx.views):
                image = _image(c, features, alpha, depth, median_depth)
                drawn = draw(scene, view, backgrounds[c], image, _array(radii[c]), call.absolute is not None)
                ctx.drawn.append(drawn)
        ctx.call = call
        ctx.save_for_backward(features, alpha, depth, *tensors)
        ctx.mark_non_differentiable(radii, *([median_depth] if median_depth is not None else []))
        ctx.set_materialize_grads(False)
        return features, alpha, radii, depth, median_depth

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *image_gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        features, alpha, depth, *tensors = ctx.saved_tensors
        _, _, *rest = (_array(tensor) for tensor in tensors)
        scene = _scene(ctx.call, *rest)
        needed = ctx.needs_input_grad[1:]
        outputs = [None if tensor is None else _empty(*tensor.shape) for tensor in tensors]
        outputs[0] = torch.zeros_like(tensors[0]) if needed[0] else None
        outputs[1] = outputs[1] if needed[1] else None
        if image_gradients[0] is None:
            image_gradients = (torch.zeros_like(features), *image_gradients[1:])
        with threads.LOCK:
            for c, view in enumerate(ctx.views):
                gradient = _image_gradient(c, *(image_gradients[index] for index in (0, 1, 3)))
                targets = _targets(c, ctx.call, *outputs)
                draw_backward(scene, view, ctx.drawn[c], _image(c, features, alpha, depth, None), gradient, targets)
        return None, *(output if need else None for output, need in zip(outputs, needed, strict=True))


def _empty(*shape: int) -> Tensor:
    """Uninitialised float32, from numpy: unlike torch it asks for huge pages, four times faster to touch first."""
    return torch.from_numpy(np.empty(shape, np.float32))


def _array(tensor: Tensor | None) -> Any:
    return tensor.detach().numpy() if tensor is not None else None


def _flat(shape: Any) -> tuple[Array, ...]:
    """The arrays of a shape with one row per Gaussian."""
    return tuple(array.reshape(len(array), math.prod(array.shape[1:])) for array in shape)


def _scene(call: _Call, sh: Any, features: Any, means: Any, opacities: Any, *shape: Any) -> Scene:
    bands = 1
    if sh is not None:
        bands = sh.shape[1] if call.options.sh_degree is None else min(sh.shape[1], (call.options.sh_degree + 1) ** 2)
    return Scene(means, opacities, call.kind, _flat(shape), sh, features, bands)


def _views(call: _Call, transforms: Array) -> Array:
    """(C, 29) float32: the cameras as kernels take them, see `kernels.rules.view_of`."""
    options, cameras = call.options, call.cameras
    views = np.empty((len(cameras), VIEW), np.float32)
    rotations, translations = transforms[:, :3, :3], transforms[:, :3, 3]
    focals, principals = np.split(_array(cameras.intrinsics), 2, axis=1)
    size = np.array([cameras.width, cameras.height], np.float32)
    margin = JACOBIAN_MARGIN * size
    views[:, :9] = rotations.reshape(-1, 9)
    views[:, 9:12] = translations
    views[:, 12:15] = -np.einsum("cji,cj->ci", rotations, translations)
    views[:, 15:17] = focals
    views[:, 17:19] = principals
    views[:, 19:21] = size
    views[:, 21:23] = -(principals + margin) / focals
    views[:, 23:25] = (size - principals + margin) / focals
    views[:, 25:] = options.near, options.blur, options.antialiased, options.cull_backfaces
    return views


def _image(c: int, features: Tensor, alpha: Tensor, depth: Tensor | None, median_depth: Tensor | None) -> Image:
    """Arrays of one camera's image; those not asked for have no pixels."""
    return Image(features[c].numpy(), alpha[c].numpy(), _plane(c, depth), _plane(c, median_depth))


def _image_gradient(c: int, features: Tensor, alpha: Tensor | None, depth: Tensor | None) -> ImageGradient:
    return ImageGradient(features[c].contiguous().numpy(), _plane(c, alpha), _plane(c, depth))


def _plane(c: int, images: Tensor | None) -> Any:
    return np.empty((0, 0), np.float32) if images is None else images[c].contiguous().numpy()


def _targets(  # noqa: PLR0913 - in the order of the Function's arguments
    c: int,
    call: _Call,
    pose: Tensor | None,
    background: Tensor | None,
    sh: Tensor | None,
    features: Tensor | None,
    means: Tensor,
    opacities: Tensor,
    *shape: Tensor,
) -> Targets:
    return Targets(
        means=_array(means),
        opacities=_array(opacities),
        shape=_flat([_array(tensor) for tensor in shape]),
        sh=_array(sh),
        features=_array(features),
        accumulate=c > 0,
        absolute=_array(call.absolute[c]) if call.absolute is not None else None,
        pose=_array(pose[c]) if pose is not None else None,
        background=_array(background[c]) if background is not None else None,
    )


def warm_up(progress: Callable[[str], None]) -> None:
    """Compile the kernels for every shape and the usual channels, forward and backward, or load them from disk.

    Takes about a minute the first time on a machine, and about a second after that. Other numbers of channels are
    compiled when they are first drawn, some seconds each.

    Parameters
    ----------
    progress : callable
        Told in one line what is being done.
    """
    what = "Loading" if threads.has_kernels() else "Compiling (only this once)"
    for number, (name, gaussians, options) in enumerate(_rehearsals(), start=1):
        progress(f"{what} the CPU renderer, {number} of {len(_rehearsals())}: {name}")
        camera = Cameras(torch.eye(4)[None], torch.tensor([[16.0, 16.0, 8.0, 8.0]]), 16, 16)
        rendering = rasterize(gaussians, camera, options)
        rendering.features.sum().backward()


def _rehearsals() -> list[tuple[str, Gaussians, Options]]:
    """One Gaussian in every variant that kernels are compiled for."""
    means = torch.tensor([[0.0, 0.0, 2.0]]).requires_grad_()
    opacities, axis = torch.ones(1), torch.tensor([[0.0, 0.0, 0.1]])
    sh, channel = torch.zeros(1, 1, 3), torch.zeros(1, 1)
    splat = QuaternionScale(torch.ones(1, 4), torch.ones(1, 3))
    colours = Gaussians(means, opacities, splat, sh)
    return [
        ("colours", colours, Options()),
        ("a channel more", replace(colours, features=channel), Options()),
        ("depth", colours, Options(depth=True)),
        ("absolute gradients", colours, Options(absolute_gradients=True)),
        ("tangents", replace(colours, shape=Tangents(axis, axis.roll(1, 1))), Options()),
        ("covariances", replace(colours, shape=Covariance(torch.eye(3)[None])), Options()),
    ]
