"""The Gaussians as they are optimised: unbounded parameters, and the activations that bound them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recon.methods.splatting.frame import Frame
from recon.render import Gaussians, QuaternionScale
from recon.scene import SH_C0, Points, Splats

PARAMETERS = ("means", "log_scales", "quaternions", "logits", "colors", "harmonics")
FAINTEST_DRAWN = 1 / 255
NEIGHBOURS = 3
LARGEST_INITIAL_QUANTILE = 0.9


@dataclass
class Model:
    """N Gaussians in the local frame, as leaf tensors on one device.

    Parameters
    ----------
    parameters : dict of str to Tensor
        means (N, 3); log_scales (N, 3), natural logarithms; quaternions (N, 4), w x y z, any length;
        logits (N,), of opacity; colors (N, 1, 3), the constant band of the harmonics; harmonics (N, K - 1, 3).
    """

    parameters: dict[str, Tensor]

    def __post_init__(self) -> None:
        for tensor in self.parameters.values():
            tensor.requires_grad_()

    def __len__(self) -> int:
        return len(self.parameters["means"])

    def __getitem__(self, name: str) -> Tensor:
        return self.parameters[name]

    @property
    def device(self) -> torch.device:
        """Where the parameters live."""
        return self["means"].device

    @property
    def scales(self) -> Tensor:
        """(N, 3): standard deviations in scene radii."""
        return self["log_scales"].exp()

    @property
    def opacities(self) -> Tensor:
        """(N,): in (0, 1)."""
        return self["logits"].sigmoid()

    def gaussians(self, features: Tensor | None = None) -> Gaussians:
        """What the renderer draws, differentiably."""
        sh = torch.cat([self["colors"], self["harmonics"]], 1) if self["harmonics"].shape[1] else self["colors"]
        shape = QuaternionScale(self["quaternions"], self.scales)
        return Gaussians(self["means"], self.opacities, shape, sh, features)

    @torch.no_grad()
    def splats(self, frame: Frame, antialiased: bool) -> Splats:
        """Copy out, in the world frame, what is bright enough to be drawn."""
        drawn = self.opacities > FAINTEST_DRAWN
        values = {name: tensor[drawn].cpu() for name, tensor in self.parameters.items()}
        quaternions = torch.nn.functional.normalize(values["quaternions"], dim=1)
        return Splats(
            means=frame.world_from_local(values["means"].numpy()),
            quaternions=quaternions.numpy(),
            scales=(values["log_scales"].double().exp() * frame.radius).float().numpy(),
            opacities=values["logits"].sigmoid().numpy(),
            sh=torch.cat([values["colors"], values["harmonics"]], 1).numpy(),
            antialiased=antialiased,
        )


def initial_model(
    points: Points, sh_degree: int, opacity: float, generator: np.random.Generator, device: torch.device
) -> Model:
    """Gaussians at points: round, as large as the mean distance to the nearest three neighbours.

    Parameters
    ----------
    points : Points
        In the local frame.
    sh_degree : int
    opacity : float
    generator : numpy.random.Generator
        Draws the rotations.
    device : torch.device
    """
    count = len(points)
    sizes = _neighbour_distances(points.positions)
    parameters = {
        "means": points.positions,
        "log_scales": np.log(sizes)[:, None].repeat(3, axis=1),
        "quaternions": generator.standard_normal((count, 4)),
        "logits": np.full(count, math.log(opacity / (1 - opacity))),
        "colors": ((points.colors - 0.5) / SH_C0)[:, None],
        "harmonics": np.zeros((count, (sh_degree + 1) ** 2 - 1, 3)),
    }
    return Model({name: torch.from_numpy(np.array(value, np.float32)).to(device) for name, value in parameters.items()})


def _neighbour_distances(positions: np.ndarray) -> np.ndarray:
    from scipy.spatial import KDTree

    neighbours = min(NEIGHBOURS, len(positions) - 1)
    if neighbours < 1:
        return np.full(len(positions), 0.1)
    distances = KDTree(positions).query(positions, k=neighbours + 1)[0][:, 1:].mean(1)
    # Lone points are mostly wrong matches; at their full size they would fog the scene.
    return np.clip(distances, 1e-6, max(np.quantile(distances, LARGEST_INITIAL_QUANTILE), 1e-6))


def rotation_matrices(quaternions: Tensor) -> Tensor:
    """(N, 3, 3) world_from_gaussian rotations of (N, 4) quaternions w, x, y, z of any length."""
    w, x, y, z = torch.nn.functional.normalize(quaternions, dim=1).unbind(1)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return torch.stack([torch.stack(row, 1) for row in rows], 1)
