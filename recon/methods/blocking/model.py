"""Blocks, ground and sky as they are optimised: unbounded parameters, and the activations that bound them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from recon.methods.blocking.superquadric import Grid, Shapes, rotations_of
from recon.methods.blocks import GROUND_TEXELS
from recon.render import Gaussians, Tangents
from recon.scene import Blocks
from recon.scene.block_surfaces import OVERLAP
from recon.scene.blocks import graded

LOWEST_EXPONENT, EXPONENTS = 0.1, 1.2  # from a box to a little beyond an ellipsoid
LARGEST_TAPER = 0.98
LARGEST_RAW = 4.0
SMALLEST_SIZE, LARGEST_SIZE = 0.03, 1.6
HARD_OPACITY = 0.995
FAINTEST = 1e-4
DARKEST = 0.01  # of a texel that is given; its logit would be infinite else
GROUND_OPACITY = 0.97
GROUND_REACH = 5.0  # half a side, scene units
GROUND_GRADING = 2.6  # texels in the middle, where the photographs look, are a seventh of those at the rim
GROUND_LEVELS = (1, 12, GROUND_TEXELS)
SKY_BANDS = 9  # spherical harmonics of degree 2

PER_BLOCK = ("centers", "log_scales", "exponents", "tapers", "rotations", "logits")


def texture_levels(size: int) -> tuple[int, ...]:
    """Sides of a block's tiles, coarse to fine; their sum is the texture, so that low frequencies come first."""
    return tuple(dict.fromkeys((1, min(4, size), size)))


@dataclass(frozen=True)
class Surfels:
    """What is drawn: flat Gaussians with three channels of colour."""

    means: Tensor
    u: Tensor
    v: Tensor
    colors: Tensor
    opacities: Tensor

    def gaussians(self) -> Gaussians:
        """As the renderer takes them."""
        return Gaussians(self.means, self.opacities, Tangents(self.u, self.v), features=self.colors)

    @classmethod
    def joined(cls, parts: list[Surfels]) -> Surfels:
        """Several as one."""
        fields = ("means", "u", "v", "colors", "opacities")
        return cls(*(torch.cat([getattr(part, name) for part in parts]) for name in fields))


class Model:
    """Slots for blocks, of which some are alive, with the ground and the sky, in scene units with z up.

    Parameters
    ----------
    parameters : dict of str to Tensor
        centers (B, 3); log_scales (B, 3); exponents, tapers (B, 2), before their activations; rotations (B, 6), two
        columns; logits (B,), of opacity; tiles_L (6 B, 3, L, L) for each level; ground_L (1, 3, L, L); plane (3,), the
        ground z = h + a x + b y; sky (9, 3), harmonics before the sigmoid.
    alive : (B,) bool array
    """

    def __init__(self, parameters: dict[str, Tensor], alive: np.ndarray) -> None:
        self.parameters = parameters
        self.alive = alive
        self.hard = False
        self._grids: dict[int, Grid] = {}
        for tensor in parameters.values():
            tensor.requires_grad_()
        self.levels = sorted(int(name.partition("_")[2]) for name in parameters if name.startswith("tiles"))

    def __getitem__(self, name: str) -> Tensor:
        return self.parameters[name]

    @property
    def device(self) -> torch.device:
        """Where the parameters live."""
        return self["centers"].device

    @property
    def indices(self) -> Tensor:
        """Slots that are alive."""
        return torch.from_numpy(np.flatnonzero(self.alive)).to(self.device)

    @property
    def count(self) -> int:
        """How many blocks are alive."""
        return int(self.alive.sum())

    def shapes(self, slots: Tensor) -> Shapes:
        """Activated parameters of some slots, differentiable."""
        return Shapes(
            self["centers"][slots],
            self["log_scales"][slots].exp(),
            rotations_of(self["rotations"][slots]),
            LOWEST_EXPONENT + EXPONENTS * torch.sigmoid(self["exponents"][slots]),
            LARGEST_TAPER * torch.tanh(self["tapers"][slots]),
        )

    def opacities(self, slots: Tensor, noise: Tensor | None = None) -> Tensor:
        """(B,): in (0, 1); constant once blocks are hard."""
        if self.hard:
            return torch.full((len(slots),), HARD_OPACITY, device=self.device)
        logits = self["logits"][slots]
        return torch.sigmoid(logits if noise is None else logits + noise).clamp(FAINTEST, HARD_OPACITY)

    def grid(self, divisions: int) -> Grid:
        """The constants of a grid, made once."""
        if divisions not in self._grids:
            self._grids[divisions] = Grid(divisions, self.device)
        return self._grids[divisions]

    def textures(self, slots: Tensor, side: int) -> Tensor:
        """(6 B, 3, side, side): sRGB in (0, 1), resampled to a side."""
        tiles = (slots[:, None] * 6 + torch.arange(6, device=self.device)).view(-1)
        return torch.sigmoid(_summed([self[f"tiles_{level}"][tiles] for level in self.levels], side))

    def block_surfels(self, slots: Tensor, side: int, noise: Tensor | None = None) -> Surfels:
        """A surfel for each of side x side squares on six faces of each block."""
        corners = self.grid(side).surface(self.shapes(slots))
        colors = self.textures(slots, side).permute(0, 2, 3, 1)
        # About 1.7 surfels overlap everywhere; so the surface is as opaque as the block.
        opacities = 1 - (1 - self.opacities(slots, noise)) ** 0.6
        return _squares(corners, colors, opacities[:, None].expand(-1, 6 * side * side))

    def ground_surfels(self, side: int) -> Surfels:
        """A surfel for each of side x side squares of the ground."""
        corners = self.ground_corners(side)[None, None]
        colors = torch.sigmoid(_summed([self[f"ground_{level}"] for level in GROUND_LEVELS], side))
        opacities = torch.full((side * side,), GROUND_OPACITY, device=self.device)
        return _squares(corners, colors.permute(0, 2, 3, 1), opacities)

    def ground_corners(self, side: int) -> Tensor:
        """(side + 1, side + 1, 3): rows along x, columns along y."""
        line = GROUND_REACH * graded(np.linspace(-1, 1, side + 1), GROUND_GRADING)
        places = torch.from_numpy(line).float().to(self.device)
        x, y = torch.meshgrid(places, places, indexing="ij")
        height, slope_x, slope_y = self["plane"]
        return torch.stack([x, y, height + slope_x * x + slope_y * y], -1)

    def ground_height(self, places: Tensor) -> Tensor:
        """(...,): z of the ground under places (..., 3)."""
        height, slope_x, slope_y = self["plane"]
        return height + slope_x * places[..., 0] + slope_y * places[..., 1]

    def sky(self, harmonics: Tensor) -> Tensor:
        """Colours (..., 3) of what is far away, from `sky_harmonics` (..., 9) of directions."""
        return torch.sigmoid(harmonics @ self["sky"])

    @torch.no_grad()
    def bound(self) -> None:
        """Keep sizes and shapes where gradients are alive."""
        self["log_scales"].clamp_(math.log(SMALLEST_SIZE), math.log(LARGEST_SIZE))
        for name in ("exponents", "tapers"):
            self[name].clamp_(-LARGEST_RAW, LARGEST_RAW)


def _summed(levels: list[Tensor], side: int) -> Tensor:
    """Levels of a texture pyramid, resampled to one side and added."""
    total = levels[0].new_zeros(())
    for level in levels:
        own = level.shape[-1]
        if own == side:
            total = total + level
        elif own < side:
            total = total + functional.interpolate(level, size=(side, side), mode="bilinear", align_corners=False)
        else:
            total = total + functional.adaptive_avg_pool2d(level, side)
    return total


def _squares(corners: Tensor, colors: Tensor, opacities: Tensor) -> Surfels:
    """Surfels of grids of corners (B, F, H + 1, W + 1, 3)."""
    low, high = corners[:, :, :-1], corners[:, :, 1:]
    p00, p01, p10, p11 = low[:, :, :, :-1], low[:, :, :, 1:], high[:, :, :, :-1], high[:, :, :, 1:]
    width = OVERLAP / math.sqrt(12) / 2
    means = (p00 + p01 + p10 + p11) / 4
    u, v = (p10 + p11 - p00 - p01) * width, (p01 + p11 - p00 - p10) * width
    return Surfels(*(each.reshape(-1, 3) for each in (means, u, v, colors)), opacities.reshape(-1))


def sky_harmonics(directions: Tensor) -> Tensor:
    """(..., 9): a basis of the real spherical harmonics to degree 2, not normalised, of unit directions (..., 3)."""
    x, y, z = directions.unbind(-1)
    return torch.stack(
        [torch.ones_like(x), y, z, x, x * y, y * z, x * z, z * z - 0.5 * (x * x + y * y), x * x - y * y], -1
    )


def raw_of(blocks: Blocks) -> dict[str, np.ndarray]:
    """Places, sizes and shapes before their activations, float32; what the activations cannot reach is brought near."""
    share = np.clip((blocks.exponents - LOWEST_EXPONENT) / EXPONENTS, 1e-3, 1 - 1e-3)
    values = {
        "centers": blocks.centers,
        "log_scales": np.log(blocks.scales),
        "exponents": np.log(share / (1 - share)),
        "tapers": np.arctanh(np.clip(blocks.tapers / LARGEST_TAPER, -0.999, 0.999)),
        "rotations": blocks.world_from_block.transpose(0, 2, 1)[:, :2].reshape(-1, 6),
    }
    return {name: np.asarray(array, np.float32) for name, array in values.items()}


def empty_model(capacity: int, texture_size: int, generator: np.random.Generator, device: torch.device) -> Model:
    """Slots with no block alive: round, grey, untilted."""

    def noise(*shape: int) -> np.ndarray:
        return 0.1 * generator.standard_normal(shape)

    arrays = {
        "centers": np.zeros((capacity, 3)),
        "log_scales": np.full((capacity, 3), math.log(0.2)),
        "exponents": np.zeros((capacity, 2)),
        "tapers": np.zeros((capacity, 2)),
        "rotations": np.tile([1.0, 0, 0, 0, 1, 0], (capacity, 1)),
        "logits": np.zeros(capacity),
        "plane": np.zeros(3),
        "sky": np.zeros((SKY_BANDS, 3)),
    }
    arrays |= {f"tiles_{level}": noise(capacity * 6, 3, level, level) for level in texture_levels(texture_size)}
    arrays |= {f"ground_{level}": np.zeros((1, 3, level, level)) for level in GROUND_LEVELS}
    tensors = {name: torch.from_numpy(np.array(array, np.float32)).to(device) for name, array in arrays.items()}
    return Model(tensors, np.zeros(capacity, bool))
