"""Method `splats`: photographs with known cameras become 3D Gaussian splats (Kerbl et al. 2023)."""

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
CACHE_BYTES = 512 << 20
COPIES_PER_PARAMETER = 6
RENDERER_FLOATS_PER_GAUSSIAN = 160
FLOATS_PER_PIXEL = 60
# Below these a result is not worth its time.
SMALLEST_CAP = 5000
SHORTEST_LONG_SIDE = 300


@dataclass(frozen=True)
class Config:
    """Parameters of `splats`. Lengths are in scene radii, so that they hold for any world unit."""

    steps: int = parameter(
        5000,
        "Optimisation steps, one photograph each; every schedule stretches with it.",
        unit="steps",
        low=1,
        high=10**7,
    )
    cap: int = parameter(
        50_000, "Largest number of Gaussians.", unit="Gaussians", low=100, high=10**8, log=True, live=True
    )
    sh_degree: int = parameter(
        1, "Degree of the spherical harmonics that let colour change with direction.", low=0, high=3
    )
    largest_side: int = parameter(
        1600,
        "Larger photographs are reduced to this longest side for training.",
        unit="pixels",
        low=32,
        high=2**15,
        log=True,
    )
    antialiased: bool = parameter(False, "Keep small Gaussians from growing bright when seen from afar.")

    start: Literal["points", "random"] = parameter(
        "points", "Begin from the capture's points (triangulated where it has none) or from random ones.", group="Start"
    )
    initial_points: int = parameter(
        8000,
        "Initial Gaussians; more points are thinned evenly in space.",
        unit="Gaussians",
        low=10,
        high=10**7,
        log=True,
        group="Start",
    )
    initial_opacity: float = parameter(0.1, "Opacity of initial Gaussians.", low=0.01, high=0.99, group="Start")

    growth: Literal["error", "mcmc", "none"] = parameter(
        "error",
        "Add Gaussians where the error is (error), by relocation with noise (mcmc), or not at all.",
        group="Growth",
    )
    growth_until: float = parameter(0.6, "Part of the run after which none are added.", low=0, high=1, group="Growth")
    growth_interval: int = parameter(100, "Steps between additions.", unit="steps", low=1, high=10**5, group="Growth")
    opacity_penalty: float = parameter(
        0.002, "Weight of the mean opacity in the loss; clears haze.", low=0, high=1, group="Growth", live=True
    )
    scale_penalty: float = parameter(
        0.0, "Weight of the mean size, in scene radii, in the loss.", low=0, high=1, group="Growth", live=True
    )

    ssim_weight: float = parameter(
        0.2, "Weight of 1 - SSIM in the loss; the rest is L1.", low=0, high=1, group="Loss", live=True
    )
    coarse_factor: int = parameter(
        2, "How many times smaller the photographs are at first.", unit="x", low=1, high=16, group="Loss"
    )
    coarse_until: float = parameter(0.35, "Part of the run at that smaller size.", low=0, high=1, group="Loss")
    background: Literal["random", "black", "white"] = parameter(
        "random", "What stands behind the subject where photographs have transparency.", group="Loss"
    )

    position_rate: float = parameter(
        1.6e-4,
        "Learning rate of centres at the start; falls to 1 %.",
        unit="scene radii",
        low=1e-7,
        high=1,
        log=True,
        group="Learning rates",
        live=True,
    )
    scale_rate: float = parameter(
        5e-3, "Learning rate of sizes.", unit="log", low=1e-6, high=1, log=True, group="Learning rates", live=True
    )
    rotation_rate: float = parameter(
        1e-3, "Learning rate of rotations.", low=1e-6, high=1, log=True, group="Learning rates", live=True
    )
    opacity_rate: float = parameter(
        5e-2, "Learning rate of opacities.", unit="logit", low=1e-5, high=1, log=True, group="Learning rates", live=True
    )
    color_rate: float = parameter(
        2.5e-3, "Learning rate of colours.", low=1e-6, high=1, log=True, group="Learning rates", live=True
    )
    harmonics_rate: float = parameter(
        2.5e-3,
        "Learning rate of the directional part of colours.",
        low=1e-6,
        high=1,
        log=True,
        group="Learning rates",
        live=True,
    )

    exposure: bool = parameter(False, "Fit a gain and bias per photograph and channel.", group="Photographs")
    exposure_rate: float = parameter(
        5e-3, "Learning rate of exposure.", low=1e-6, high=1, log=True, group="Photographs", live=True
    )
    pose_refinement: bool = parameter(False, "Let the cameras of training views move a little.", group="Photographs")
    pose_rate: float = parameter(
        2e-3,
        "Learning rate of camera poses at the start; falls to 10 %.",
        unit="rad, scene radii",
        low=1e-7,
        high=0.1,
        log=True,
        group="Photographs",
        live=True,
    )
    evaluations: int = parameter(
        4, "How often test views are measured during the run.", unit="times", low=0, high=1000, group="Photographs"
    )

    def __post_init__(self) -> None:
        parameters.check(self)


PRESETS = {
    # So few steps have to be long ones.
    "quick": Config(
        steps=1250,
        cap=30_000,
        largest_side=800,
        position_rate=5e-4,
        scale_rate=8e-3,
        rotation_rate=2e-3,
        evaluations=2,
    ),
    "standard": Config(),
    # More Gaussians and steps only pay on held-out views when large and faint ones cost something: docs/benchmarks.md.
    "best": Config(
        steps=15_000, cap=80_000, largest_side=3200, opacity_penalty=0.01, scale_penalty=0.01, evaluations=8
    ),
}


def run(capture: Capture, config: Config, context: Context) -> Iterator[Event]:
    """Fit splats to a capture's training views.

    Raises
    ------
    UnusableCapture
        If there is no training view.
    MethodError
        If the fit diverges or nothing is left to draw.
    """
    from recon.methods.splatting import train

    yield from train(capture, config, context)


def forecast(capture: Capture, config: Config, device: str) -> Forecast:
    """Expected peak memory, from figures measured on the CPU backend; on a GPU the tensors move to the device."""
    tensors = _gaussian_bytes(config) + _pixel_bytes(capture, config)
    photographs = min(CACHE_BYTES, _photograph_bytes(capture, config))
    if device == "cuda":
        return Forecast(CUDA_PROGRAM_BYTES + photographs, tensors)
    return Forecast(PROGRAM_BYTES + photographs + tensors)


def lighten(capture: Capture, config: Config) -> tuple[Config, str] | None:
    """Halve what takes most: the cap or the number of pixels; then give up bands of the harmonics."""
    side = longest_side(capture, config.largest_side)
    may_lower_cap, may_shrink = config.cap > SMALLEST_CAP, side > SHORTEST_LONG_SIDE
    if may_lower_cap and (not may_shrink or _gaussian_bytes(config) >= _pixel_bytes(capture, config)):
        return _with_lower_cap(config)
    if may_shrink:
        reduced, sentence = smaller(side, SHORTEST_LONG_SIDE)
        return replace(config, largest_side=reduced), sentence
    return _with_fewer_bands(config) if config.sh_degree > 0 else None


def _with_lower_cap(config: Config) -> tuple[Config, str]:
    cap = max(SMALLEST_CAP, config.cap // 2)
    return replace(
        config, cap=cap
    ), f"To fit into memory, at most {cap:,} Gaussians are used instead of {config.cap:,}."


def _with_fewer_bands(config: Config) -> tuple[Config, str]:
    degree = config.sh_degree - 1
    return replace(config, sh_degree=degree), f"To fit into memory, the degree of the harmonics is lowered to {degree}."


def _gaussian_bytes(config: Config) -> int:
    values = 11 + 3 * (config.sh_degree + 1) ** 2
    return 4 * config.cap * (values * COPIES_PER_PARAMETER + RENDERER_FLOATS_PER_GAUSSIAN)


def _pixel_bytes(capture: Capture, config: Config) -> int:
    return 4 * FLOATS_PER_PIXEL * max((pixels(view, config.largest_side) for view in capture.views), default=0)


def _photograph_bytes(capture: Capture, config: Config) -> int:
    coarser = 1 + (config.coarse_factor > 1) / config.coarse_factor**2
    return int(3 * coarser * sum(pixels(view, config.largest_side) for view in capture.views))


METHOD = Method(
    name="splats",
    title="Gaussian splats",
    summary="Fits coloured 3D Gaussians to the photographs: the most faithful pictures from new viewpoints.",
    config=Config,
    presets=PRESETS,
    run=run,
    forecast=forecast,
    lighten=lighten,
)
