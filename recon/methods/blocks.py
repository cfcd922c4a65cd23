"""Method `blocks`: photographs with known cameras become a few textured superquadrics that one can grab.

After Differentiable Blocks World (Monnier et al. 2023), with the blocks drawn as flat Gaussians.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from recon.methods import parameters
from recon.methods.base import Context, Event, Forecast, Method
from recon.methods.footprint import CUDA_PROGRAM_BYTES, PROGRAM_BYTES, longest_side, pixels, smaller
from recon.methods.parameters import parameter
from recon.scene import Capture

# Figures behind `forecast`.
COPIES_PER_PARAMETER = 8
FLOATS_PER_SURFEL = 120
FLOATS_PER_PIXEL = 80
SHORTEST_LONG_SIDE = 96
GROUND_TEXELS = 192  # along a side of the ground


@dataclass(frozen=True)
class Config:
    """Parameters of `blocks`. Lengths are in scene units: the subject is about two across, whatever its world unit."""

    steps: int = parameter(
        1200,
        "Optimisation steps of all restarts together, one photograph each; every schedule stretches with it.",
        unit="steps",
        low=1,
        high=10**7,
    )
    max_blocks: int = parameter(10, "Largest number of blocks in the result.", unit="blocks", low=1, high=64)
    largest_side: int = parameter(
        256,
        "Larger photographs are reduced to this longest side for fitting.",
        unit="pixels",
        low=16,
        high=2**14,
        log=True,
    )
    texture_size: int = parameter(
        32, "Texels along each edge of the six faces of a block.", unit="texels", low=4, high=256, log=True
    )

    start: Literal["points", "random"] = parameter(
        "points", "Begin with clusters of the capture's points, or anywhere in view of the cameras.", group="Start"
    )
    initial_blocks: int = parameter(
        8, "Blocks to begin with; at most max_blocks.", unit="blocks", low=1, high=64, group="Start"
    )
    restarts: int = parameter(
        1, "How often to begin anew, with other random numbers; the closest fit is kept.", low=1, high=100,
        unit="times", group="Start",
    )  # fmt: skip
    ground: bool = parameter(True, "Fit a ground that everything stands on.", group="Start")

    searches: int = parameter(
        3, "How often blocks are tentatively merged, removed, split and added.", unit="times", low=0, high=20,
        group="Structure",
    )  # fmt: skip
    trial: float = parameter(
        0.065, "Steps of each trial, as a part of a start's steps.", low=0, high=1, group="Structure"
    )
    block_cost: float = parameter(
        0.0025,
        "How much loss a block must save to be worth it; a part of what is one thing by its colours must save more.",
        low=0,
        high=1,
        group="Structure",
        live=True,
    )
    taper: bool = parameter(True, "Let blocks narrow towards one end, as roofs do.", group="Structure")

    ssim_weight: float = parameter(
        0.2, "Weight of 1 - SSIM in the loss; the rest is L1.", low=0, high=1, group="Loss", live=True
    )
    overlap_weight: float = parameter(
        1.0, "Weight of blocks that stand inside each other.", low=0, high=100, group="Loss", live=True
    )
    parsimony_weight: float = parameter(
        0.01, "Weight of the number of blocks, by their opacities.", low=0, high=10, group="Loss", live=True
    )
    points_weight: float = parameter(
        0.0, "Weight of the distance from points to the nearest block.", low=0, high=100, group="Loss", live=True
    )

    pose_rate: float = parameter(
        1e-2,
        "Learning rate of places, sizes and rotations; falls to 10 %.",
        unit="scene units, rad",
        low=1e-6,
        high=1,
        log=True,
        group="Learning rates",
        live=True,
    )
    shape_rate: float = parameter(
        2e-2, "Learning rate of exponents, tapers and opacities.", low=1e-6, high=1, log=True, group="Learning rates",
        live=True,
    )  # fmt: skip
    texture_rate: float = parameter(
        5e-2, "Learning rate of textures.", unit="logit", low=1e-6, high=1, log=True, group="Learning rates", live=True
    )
    evaluations: int = parameter(
        2, "How often test views are measured during the run.", unit="times", low=0, high=1000, group="Photographs"
    )

    def __post_init__(self) -> None:
        parameters.check(self)


PRESETS = {
    "quick": Config(steps=800, largest_side=160, texture_size=16, searches=2, initial_blocks=6, evaluations=1),
    "standard": Config(),
    "best": Config(steps=6000, largest_side=400, restarts=3, evaluations=6),
}


def run(capture: Capture, config: Config, context: Context) -> Iterator[Event]:
    """Fit blocks to a capture's training views.

    Raises
    ------
    UnusableCapture
        If there is no training view.
    MethodError
        If the fit diverges.
    """
    from recon.methods.blocking import train

    yield from train(capture, config, context)


def forecast(capture: Capture, config: Config, device: str) -> Forecast:
    """Expected peak memory; on a GPU the tensors move to the device."""
    texels = 6 * config.texture_size**2 * config.max_blocks + GROUND_TEXELS**2
    parameters_bytes = 4 * texels * (3 * COPIES_PER_PARAMETER + FLOATS_PER_SURFEL)
    sizes = [pixels(view, config.largest_side) for view in capture.views]
    tensors = parameters_bytes + 4 * FLOATS_PER_PIXEL * max(sizes, default=0) + 4 * 20 * sum(sizes)
    if device == "cuda":
        return Forecast(CUDA_PROGRAM_BYTES, tensors)
    return Forecast(PROGRAM_BYTES + tensors)


def lighten(capture: Capture, config: Config) -> tuple[Config, str] | None:
    """Fit to smaller photographs."""
    side = longest_side(capture, config.largest_side)
    if side <= SHORTEST_LONG_SIDE:
        return None
    reduced, sentence = smaller(side, SHORTEST_LONG_SIDE)
    return replace(config, largest_side=reduced), sentence


METHOD = Method(
    name="blocks",
    title="Blocks",
    summary="Fits a handful of textured superquadrics on a ground: a scene as parts that can be moved and counted.",
    config=Config,
    presets=PRESETS,
    run=run,
    forecast=forecast,
    lighten=lighten,
    going_on={"steps": 200, "restarts": 1, "searches": 0, "evaluations": 0},
)
