"""Random scenes given as flat dictionaries of tensors, so that any backend can draw them and be asked for gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from recon.render import Cameras, Covariance, Gaussians, Options, QuaternionScale, Rendering, Tangents

SHAPES = {"quaternion": ("quaternions", "scales"), "covariance": ("factors",), "tangents": ("u", "v")}


@dataclass(frozen=True)
class Scene:
    """What to draw, in float32 on the CPU.

    `leaves` are the tensors that gradients are taken of: covariances appear as their factors L (Sigma = L L'), cameras
    as twists around `camera_from_world`, so that every direction of change is one that makes sense.
    """

    leaves: dict[str, Tensor]
    camera_from_world: Tensor
    intrinsics: Tensor
    width: int
    height: int
    options: Options = field(default_factory=Options)

    def with_leaves(self, **changed: Tensor) -> Scene:
        return replace(self, leaves={**self.leaves, **changed})


@dataclass(frozen=True)
class Recipe:
    """A ball of Gaussians seen from outside, a few of them behind the camera, a tenth as opaque as can be."""

    seed: int = 0
    count: int = 300
    size: tuple[int, int] = (50, 37)
    shape: str = "quaternion"
    sh_degree: int | None = 1
    features: int = 0
    cameras: int = 1
    background: str | None = None  # "one" for all cameras, or one for "each"
    options: Options = field(default_factory=Options)

    def scene(self) -> Scene:
        """The same every time."""
        normal = _Normal(self.seed)
        width, height = self.size
        transforms = torch.linalg.matrix_exp(_twist_matrices(0.2 * normal(self.cameras, 6)))
        transforms[:, 2, 3] += 4.0
        focal = 0.9 * max(width, height)
        intrinsics = torch.tensor([focal, 1.1 * focal, 0.47 * width, 0.55 * height]).repeat(self.cameras, 1)
        return Scene(self._leaves(normal), transforms, intrinsics, width, height, self.options)

    def _leaves(self, normal: Callable[..., Tensor]) -> dict[str, Tensor]:
        leaves = {"means": normal(self.count, 3) * torch.tensor([1.2, 0.9, 2.0])}
        leaves["opacities"] = torch.sigmoid(1.5 * normal(self.count))
        leaves["opacities"][: self.count // 10] = 1.0
        leaves |= self._shape(normal)
        channels = self.features
        if self.sh_degree is not None:
            leaves["sh"] = normal(self.count, (self.sh_degree + 1) ** 2, 3) * 0.4
            channels += 3
        if self.features:
            leaves["features"] = normal(self.count, self.features)
        if self.background is not None:
            leaves["background"] = normal(*([self.cameras] if self.background == "each" else []), channels)
        leaves["twists"] = torch.zeros(self.cameras, 6)
        return leaves

    def _shape(self, normal: Callable[..., Tensor]) -> dict[str, Tensor]:
        sizes = 0.12 * torch.exp(0.7 * normal(self.count, 3))
        if self.shape == "quaternion":
            return {"quaternions": normal(self.count, 4), "scales": sizes}
        if self.shape == "covariance":
            return {"factors": sizes[:, :, None] * normal(self.count, 3, 3)}
        return {"u": sizes[:, :1] * normal(self.count, 3), "v": sizes[:, 1:2] * normal(self.count, 3)}


class _Normal:
    """Normally distributed numbers, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self.generator)


def draw(scene: Scene, rasterize: Callable[..., Rendering], leaves: dict[str, Tensor] | None = None) -> Rendering:
    """Draw a scene from these leaves (its own by default), on the device and in the type that they have."""
    leaves = leaves or scene.leaves
    means = leaves["means"]
    if "quaternions" in leaves:
        shape = QuaternionScale(leaves["quaternions"], leaves["scales"])
    elif "factors" in leaves:
        shape = Covariance(leaves["factors"] @ leaves["factors"].mT)
    else:
        shape = Tangents(leaves["u"], leaves["v"])
    gaussians = Gaussians(means, leaves["opacities"], shape, leaves.get("sh"), leaves.get("features"))
    motions = torch.linalg.matrix_exp(_twist_matrices(leaves["twists"]))
    cameras = Cameras(
        motions @ scene.camera_from_world.to(means), scene.intrinsics.to(means), scene.width, scene.height
    )
    return rasterize(gaussians, cameras, replace(scene.options, background=leaves.get("background")))


def draw_with_gradients(
    scene: Scene,
    rasterize: Callable[..., Rendering],
    device: str,
    dtype: torch.dtype = torch.float32,
    only: str | None = None,
) -> tuple[Rendering, dict[str, Tensor]]:
    """The rendering, and the gradients, in float64, of a random weighting of all its differentiable pixels."""
    leaves = {name: leaf.detach().to(device, dtype, copy=True) for name, leaf in scene.leaves.items()}
    asked = {name: leaf.requires_grad_() for name, leaf in leaves.items() if only in (None, name)}
    rendering = draw(scene, rasterize, leaves)
    generator = torch.Generator().manual_seed(1)
    loss = 0.0
    for image in (rendering.features, rendering.alpha, rendering.depth):
        if image is not None:
            weights = torch.randn(image.shape, generator=generator, dtype=torch.float64)
            loss = loss + (image.double() * weights.to(device)).sum()
    gradients = torch.autograd.grad(loss, list(asked.values()), allow_unused=True)
    return rendering, {
        name: (torch.zeros_like(leaf) if gradient is None else gradient).double().cpu()
        for (name, leaf), gradient in zip(asked.items(), gradients, strict=True)
    }


def _twist_matrices(twists: Tensor) -> Tensor:
    """(C, 6) rotation and translation vectors as (C, 4, 4) elements of the Lie algebra."""
    zero = torch.zeros_like(twists[:, 0])
    x, y, z, a, b, c = twists.unbind(-1)
    rows = [(zero, -z, y, a), (z, zero, -x, b), (-y, x, zero, c), (zero, zero, zero, zero)]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)
