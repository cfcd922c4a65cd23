"""Method `primitives`: photographs with known cameras, and points, become thousands of small deformed meshes.

After Deformable Neural Mesh Primitives (Lu et al. 2023): each voxel that holds points gets a mesh whose shape is
decoded from a short code; features at vertices and a small network give what it looks like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from recon.methods import parameters
from recon.methods.base import Context, Event, Forecast, Method, State
from recon.methods.footprint import CUDA_PROGRAM_BYTES, PROGRAM_BYTES, longest_side, pixels, smaller
from recon.methods.parameters import parameter
from recon.scene import Capture

# Figures behind `forecast`.
VERTICES_PER_PRIMITIVE = 42
COARSE_SHARE = 1.5  # primitives of both sets for each fine one
COPIES_PER_FEATURE = 6
BYTES_PER_VERTEX = 600  # of the solver that bakes, and of splats and meshes
BYTES_PER_LAYER, BYTES_PER_PIXEL = 8, 60
BYTES_WHILE_DRAWN = 500 << 20  # of the band of a picture that is drawn at a time
BYTES_PER_HIT = 60  # of each unit of the network's width
SHORTEST_LONG_SIDE = 96


@dataclass(frozen=True)
class Config:
    """Parameters of `primitives`. Where no unit is said, lengths are in fine voxels."""

    steps: int = parameter(
        2000, "Optimisation steps of all three stages together; every schedule stretches with it.", unit="steps", low=1,
        high=10**7,
    )  # fmt: skip
    largest_side: int = parameter(
        320, "Larger photographs are reduced to this longest side for fitting.", unit="pixels", low=16, high=2**14,
        log=True,
    )  # fmt: skip

    voxel: float = parameter(
        0.0, "Side of the fine voxels; 0 chooses it by how dense the points are.", unit="world units", low=0, high=1e9,
        group="Shape",
    )  # fmt: skip
    points_per_voxel: float = parameter(
        8.0, "Points that at least half of the fine voxels must hold where their size is chosen.", low=1, high=1000,
        group="Shape",
    )  # fmt: skip
    most_primitives: int = parameter(
        3000, "Fine primitives at most, where their size is chosen.", low=1, high=10**6, log=True, group="Shape"
    )
    shape: Literal["learned", "sphere"] = parameter(
        "learned", "Shapes of the learned kind, or spheres that stay as they are.", group="Shape"
    )
    coarse: bool = parameter(True, "Have a second set, of twice the size, behind the first.", group="Shape")
    inflation: float = parameter(
        1.25, "By how much shapes are larger than their codes say: closes cracks.", low=0.5, high=3, group="Shape"
    )
    geometry_part: float = parameter(0.1, "Part of the steps that fits shapes to depth.", low=0, high=1, group="Shape")
    code_rate: float = parameter(
        1e-2, "Learning rate of codes; falls to 10 %.", low=1e-6, high=1, log=True, group="Shape", live=True
    )
    offset_rate: float = parameter(
        3e-3, "Learning rate of places; falls to 10 %.", unit="half diagonals", low=1e-6, high=1, log=True,
        group="Shape", live=True,
    )  # fmt: skip

    fine_layers: int = parameter(4, "Fine faces looked through behind each other.", low=1, high=16, group="Appearance")
    coarse_layers: int = parameter(2, "Coarse faces behind these.", low=1, high=16, group="Appearance")
    features: int = parameter(16, "Numbers at each vertex.", low=1, high=256, group="Appearance")
    width: int = parameter(64, "Width of the network.", low=4, high=1024, log=True, group="Appearance")
    rays: int = parameter(4096, "Pixels compared in a step.", unit="pixels", low=1, high=10**6, group="Appearance")
    feature_rate: float = parameter(
        2e-2, "Learning rate of features; falls to 5 %.", low=1e-6, high=1, log=True, group="Appearance", live=True
    )
    network_rate: float = parameter(
        3e-3, "Learning rate of the network; falls to 5 %.", low=1e-6, high=1, log=True, group="Appearance", live=True
    )

    opacity_weight: float = parameter(
        3e-3, "Weight of the background that is seen through faces: where it tells nothing they are opaque.", low=0,
        high=1, group="Appearance", live=True,
    )  # fmt: skip

    bake_part: float = parameter(
        0.3, "Last part of the steps, which fits numbers at vertices in the place of the network, for viewers.", low=0,
        high=1, group="Bake",
    )  # fmt: skip
    bake_rate: float = parameter(
        1e-2,
        "Learning rate of baked colours, a tenth of those of opacities; falls to 5 %.",
        low=1e-6,
        high=1,
        log=True,
        group="Bake",
        live=True,
    )

    exposure: bool = parameter(False, "Fit a gain and bias per photograph and channel.", group="Photographs")
    exposure_rate: float = parameter(
        2e-3, "Learning rate of exposure.", low=1e-6, high=1, log=True, group="Photographs", live=True
    )
    evaluations: int = parameter(
        1, "How often test views are measured during the run.", unit="times", low=0, high=1000, group="Photographs"
    )

    def __post_init__(self) -> None:
        parameters.check(self)


PRESETS = {
    "quick": Config(steps=1000, largest_side=200, most_primitives=1500, evaluations=0),
    "standard": Config(),
    "best": Config(steps=8000, largest_side=640, most_primitives=8000, evaluations=3),
}


def run(capture: Capture, config: Config, context: Context) -> Iterator[Event]:
    """Fit primitives to a capture's training views.

    Raises
    ------
    UnusableCapture
        If there is no training view.
    MethodError
        If there are too few points, or the fit diverges.
    """
    from recon.methods.shaping.fit import train

    yield from train(capture, config, context)


def drawer(state: State, config: Config, device: str) -> Any:
    """What draws a run by its network, from its last state."""
    from recon.methods.shaping.drawing import drawer_of_state

    return drawer_of_state(state, config, device)


def forecast(capture: Capture, config: Config, device: str) -> Forecast:
    """Expected peak memory; on a GPU the tensors move to the device."""
    vertices = int(config.most_primitives * COARSE_SHARE) * VERTICES_PER_PRIMITIVE
    layers = config.fine_layers + config.coarse_layers
    looked_at = sum(pixels(view, config.largest_side) for view in capture.views)
    tensors = (
        vertices * (4 * COPIES_PER_FEATURE * config.features + BYTES_PER_VERTEX)
        + looked_at * (BYTES_PER_PIXEL + 2 * BYTES_PER_LAYER * layers)
        + config.rays * layers * config.width * BYTES_PER_HIT
        + BYTES_WHILE_DRAWN
    )
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
    name="primitives",
    title="Mesh primitives",
    summary="Fits thousands of small learned meshes to points and photographs: streets and other large scenes.",
    config=Config,
    presets=PRESETS,
    run=run,
    forecast=forecast,
    lighten=lighten,
    drawer=drawer,
)
