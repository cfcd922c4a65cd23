"""What goes into the renderer and what comes out, as torch tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from recon.scene import Camera, Splats


@dataclass(frozen=True)
class QuaternionScale:
    """Shape by rotation and size: Sigma = R diag(s)^2 R'.

    Parameters
    ----------
    quaternions : (N, 4) float32
        w, x, y, z; need not be normalised, a zero or non-finite one is not drawn.
    scales : (N, 3) float32
        Standard deviations in world units, linear.
    """

    quaternions: Tensor
    scales: Tensor


@dataclass(frozen=True)
class Covariance:
    """Shape by symmetric matrix: (N, 3, 3) float32, world units squared."""

    matrices: Tensor


@dataclass(frozen=True)
class Tangents:
    """Flat shape by two axes, which need not be orthogonal: Sigma = u u' + v v'. The normal is u x v.

    Parameters
    ----------
    u, v : (N, 3) float32
        World units.
    """

    u: Tensor
    v: Tensor


Shape = QuaternionScale | Covariance | Tangents


@dataclass(frozen=True)
class Gaussians:
    """N Gaussians to draw.

    Parameters
    ----------
    means : (N, 3) float32
        World coordinates.
    opacities : (N,) float32
        In [0, 1]; one below 1/255 is not drawn.
    shape : QuaternionScale, Covariance or Tangents
    sh : (N, K, 3) float32, optional
        Spherical harmonics; K = (degree + 1)^2 up to degree 3. Gives the first three channels, 0.5 added and
        clamped at 0 from below.
    features : (N, D) float32, optional
        Further channels, drawn as they are, behind those of `sh`.
    """

    means: Tensor
    opacities: Tensor
    shape: Shape
    sh: Tensor | None = None
    features: Tensor | None = None

    @property
    def channels(self) -> int:
        """Number of channels drawn: 3 of the harmonics, then the features."""
        return (3 if self.sh is not None else 0) + (self.features.shape[1] if self.features is not None else 0)

    @classmethod
    def from_splats(cls, splats: Splats, device: str | torch.device = "cpu") -> Gaussians:
        """Move splats to a device, ready to draw."""

        def tensor(array: Any) -> Tensor:
            return torch.from_numpy(array).to(device)

        return cls(
            means=tensor(splats.means),
            opacities=tensor(splats.opacities),
            shape=QuaternionScale(tensor(splats.quaternions), tensor(splats.scales)),
            sh=tensor(splats.sh),
        )


@dataclass(frozen=True)
class Cameras:
    """C pinhole cameras of one image size.

    Parameters
    ----------
    camera_from_world : (C, 4, 4) float32
        May require gradients.
    intrinsics : (C, 4) float32
        fx, fy, cx, cy in pixels; pixel centres at +0.5. Not differentiated.
    width, height : int
    """

    camera_from_world: Tensor
    intrinsics: Tensor
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.intrinsics)

    @classmethod
    def of(cls, cameras: Sequence[Camera], device: str | torch.device = "cpu") -> Cameras:
        """Batch cameras of one size.

        Raises
        ------
        ValueError
            If sizes differ or a camera still has lens distortion.
        """
        sizes = {(camera.width, camera.height) for camera in cameras}
        if len(sizes) != 1:
            raise ValueError(f"cameras drawn together must share one size, got {sorted(sizes)}")
        if any(camera.distortion.bends for camera in cameras):
            raise ValueError("cameras must be undistorted before they are drawn")
        (width, height) = sizes.pop()
        transforms = torch.stack([torch.from_numpy(camera.camera_from_world) for camera in cameras])
        intrinsics = torch.stack([torch.from_numpy(camera.intrinsics) for camera in cameras])
        return cls(transforms.float().to(device), intrinsics.float().to(device), width, height)

    def directions(self) -> Tensor:
        """(H, W, 3) float32: unit world directions of the first camera's pixels."""
        fx, fy, cx, cy = self.intrinsics[0]
        x = (torch.arange(self.width, device=fx.device) + 0.5 - cx) / fx
        y = (torch.arange(self.height, device=fx.device) + 0.5 - cy) / fy
        rows, columns = torch.meshgrid(y, x, indexing="ij")
        toward = torch.stack([columns, rows, torch.ones_like(rows)], -1) @ self.camera_from_world[0, :3, :3]
        return torch.nn.functional.normalize(toward, dim=-1)


@dataclass(frozen=True)
class Options:
    """How to draw.

    Parameters
    ----------
    background : (D,) or (C, D) float32 tensor, optional
        Added where transmittance remains; None is zero.
    sh_degree : int, optional
        Use only the bands up to this degree; None uses all.
    blur : float
        Variance in square pixels added to every projected covariance (0.3 in 3DGS).
    antialiased : bool
        Multiply opacities by sqrt(det(Sigma2d) / det(Sigma2d + blur I)), with its gradient (Mip-Splatting, Yu 2024).
    cull_backfaces : bool
        Leave out Gaussians whose normal (u x v, or the shortest axis turned by its sign) faces away.
    depth : bool
        Also return expected (differentiable) and median depth.
    absolute_gradients : bool
        Collect absolute screen-space gradients for densification (AbsGS, Ye 2024).
    near : float
        Centres closer than this, in world units along z, are not drawn.
    """

    background: Tensor | None = None
    sh_degree: int | None = None
    blur: float = 0.3
    antialiased: bool = False
    cull_backfaces: bool = False
    depth: bool = False
    absolute_gradients: bool = False
    near: float = 0.01


@dataclass
class Rendering:
    """What was drawn.

    Parameters
    ----------
    features : (C, H, W, D) float32
        Composited channels, background included.
    alpha : (C, H, W) float32
        One minus the remaining transmittance.
    radii : (C, N) float32
        Screen radius in pixels of the region a Gaussian can touch; 0 where it is not drawn. Not differentiable.
    depth : (C, H, W) float32, optional
        Expected z: sum w z / sum w, 0 where nothing is. Differentiable.
    median_depth : (C, H, W) float32, optional
        z of the Gaussian at which transmittance falls through one half; 0 where it does not. Not differentiable.
    absolute_gradients : (C, N, 2) float32, optional
        Filled by the backward pass when asked for: sum over pixels of |dL/dx|, |dL/dy| of the projected centre.
    """

    features: Tensor
    alpha: Tensor
    radii: Tensor
    depth: Tensor | None = None
    median_depth: Tensor | None = None
    absolute_gradients: Tensor | None = None
