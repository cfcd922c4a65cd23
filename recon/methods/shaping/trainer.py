"""The fit itself, in three stages: shapes, then what they look like, then the same as numbers at vertices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from recon.errors import MethodError, RunError
from recon.methods.base import Event, State, Step
from recon.methods.base import Stage as StageEvent
from recon.methods.parameters import with_live_value
from recon.methods.primitives import Config
from recon.methods.shaping.baking import Baked, baked
from recon.methods.shaping.depths import depth_loss, offset_cost, targets
from recon.methods.shaping.icosphere import VERTICES
from recon.methods.shaping.layers import Hits, Layers, Surface, all_layers
from recon.methods.shaping.radiance import Radiance, begun_radiance, seen
from recon.methods.shaping.result import surfels
from recon.methods.shaping.scene import Scene
from recon.methods.shaping.shapes import trained_shapes
from recon.methods.shaping.views import Views
from recon.methods.splatting.optimizer import Adam
from recon.scene import Splats

Stage = Literal["shapes", "appearance", "bake"]
TOLD: dict[Stage, str] = {"shapes": "Fitting shapes", "appearance": "Training", "bake": "Baking"}
LOWEST_RATE = {"shapes": 0.1, "appearance": 0.05, "bake": 0.05}
EPSILON = 1e-8  # of Adam: features that few rays see must not be moved by nothing but rounding
EXPOSURE_WIDTH = 6
LOGITS_FASTER = 10.0  # baked opacities than colours


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch to one thread: its pool and the rasterizer's take the cores from each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Trainer:
    """A running fit: the `Live` object of its context.

    Parameters
    ----------
    config : Config
    scene : Scene
    views : Views
    generator : numpy.random.Generator
        Of all random numbers.
    """

    def __init__(self, config: Config, scene: Scene, views: Views, generator: np.random.Generator) -> None:
        self.config = config
        self.scene = scene
        self.views = views
        self.generator = generator
        self.device = scene.primitives.centers.device
        self.step = 0
        self._error = math.nan
        self.entered: Stage = "shapes"
        self.decoder = trained_shapes(self.device).decoder
        self.exposures = torch.zeros(len(views), EXPOSURE_WIDTH, device=self.device)
        self.radiance: Radiance | None = None
        self.baked: Baked | None = None
        self._targets: tuple[Tensor, ...] | None = None
        self._layers: Layers | None = None
        self._surface: Surface | None = None
        self._learn_by(scene.shape_parameters())

    # ---- stages ----------------------------------------------------------------------------------------------------
    @property
    def bounds(self) -> tuple[int, int]:
        """Steps at which appearance and the bake begin."""
        steps = self.config.steps
        shapes = round(steps * self.config.geometry_part) if self.config.shape == "learned" else 0
        return shapes, max(shapes, steps - round(steps * self.config.bake_part))

    @property
    def stage(self) -> Stage:
        """What the next step fits; of a run that is over, what its last one did."""
        shapes, bake = self.bounds
        step = min(self.step, self.config.steps - 1)
        if step < shapes:
            return "shapes"
        return "appearance" if step < bake else "bake"

    @property
    def progress(self) -> float:
        """Part of this stage that is done, in [0, 1)."""
        bounds = (0, *self.bounds, self.config.steps)
        index = ("shapes", "appearance", "bake").index(self.stage)
        return (self.step - bounds[index]) / max(1, bounds[index + 1] - bounds[index])

    def prepare(self) -> Iterator[Event]:
        """Get ready for the next step: enter its stage, and work out what cannot be kept."""
        if self.stage == "shapes":
            yield StageEvent(TOLD["shapes"])
            return
        if self.entered == "shapes":
            self.scene.freeze(self.decoder)
        if self._layers is None:
            for part in all_layers(self.surface, self.views):
                if isinstance(part, float):
                    yield StageEvent("Listing what each pixel sees", part)
                else:
                    self._layers = part
        if self.radiance is None:
            self._enter_appearance()
        if self.stage == "bake" and self.baked is None:
            self._enter_bake()
        yield StageEvent(TOLD[self.stage])

    @property
    def is_prepared(self) -> bool:
        """Whether the next step can be taken."""
        return self.stage == self.entered and (self._layers is not None or self.stage == "shapes")

    def _enter_appearance(self) -> None:
        config = self.config
        self.radiance = begun_radiance(self.scene.vertices, config.features, config.width, self.generator)
        self.entered = "appearance"
        exposures = {"exposure": self.exposures.requires_grad_()} if config.exposure else {}
        self._learn_by({**dict(self.radiance.named_parameters()), **exposures})

    def _enter_bake(self) -> None:
        if self.radiance is None:
            raise RuntimeError("there is nothing to bake yet")
        self.exposures = self.exposures.detach()
        self.baked = baked(self.radiance, self.surface, self.views.cameras)
        self.entered = "bake"
        self._learn_by(dict(self.baked.named_parameters()))

    def _learn_by(self, learned: dict[str, Tensor]) -> None:
        self.parameters = learned
        self.optimizer = Adam(learned, EPSILON)

    @property
    def surface(self) -> Surface:
        """The faces whose appearance is fitted."""
        if self._surface is None:
            self._surface = self.scene.surface(self.config)
        return self._surface

    @property
    def layers(self) -> Layers:
        """What every pixel sees."""
        if self._layers is None:
            raise RuntimeError("what pixels see is not known yet")
        return self._layers

    # ---- one step --------------------------------------------------------------------------------------------------
    def advance(self) -> Step:
        """Take one step; `prepare` must have been run through."""
        if self.stage == "shapes":
            with one_thread():
                loss = self._shape_loss()
                loss.backward()
        else:
            loss = self._appearance_loss()
            loss.backward()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise MethodError(
                f"The fit diverged at step {self.step + 1}: its loss is {value}. Lower the learning rates "
                "(code_rate, feature_rate, network_rate), or start again with another seed."
            )
        self.optimizer.step(self.parameters, {name: self._rate(name) for name in self.parameters})
        if "exposure" in self.parameters:
            with torch.no_grad():
                self.exposures -= self.exposures.mean(0)
        self.step += 1
        curves = {"primitives": float(len(self.scene.primitives))}
        if self.entered != "shapes":
            curves["train_psnr"] = -10 * math.log10(max(self._error, 1e-10))
        return Step(self.step, value, curves)

    def _rate(self, name: str) -> float:
        config, stage = self.config, self.entered
        falling = 1 - self.progress if stage == "shapes" else 0.5 * (1 + math.cos(math.pi * self.progress))
        rates = {"codes": config.code_rate, "offsets": config.offset_rate, "features": config.feature_rate}
        rates |= {
            "logits": LOGITS_FASTER * config.bake_rate,
            "harmonics": config.bake_rate,
            "exposure": config.exposure_rate,
        }
        lowest = LOWEST_RATE[stage]
        return rates.get(name, config.network_rate) * (lowest + (1 - lowest) * falling)

    def _shape_loss(self) -> Tensor:
        if self._targets is None:
            found = targets(self.views, self.scene.positions)
            self._targets = tuple(torch.from_numpy(depth).to(self.device) for depth in found)
        scene, view = self.scene, int(self.generator.integers(len(self.views)))
        vertices = scene.primitives.vertices(self.decoder, scene.codes, scene.offsets)
        loss = depth_loss(vertices, scene.faces, scene.primitives, self.views.cameras[view], self._targets[view])
        return loss + offset_cost(scene.offsets)

    def _appearance_loss(self) -> Tensor:
        look = self.radiance if self.entered == "appearance" else self.baked
        if look is None:
            raise RuntimeError("the stage was not prepared")
        chosen = self.views.counted[self.generator.integers(len(self.views.counted), size=self.config.rays)]
        pixels = torch.from_numpy(chosen).to(self.device)
        hits = Hits.of(self.layers, pixels, self.surface)
        color, left = seen(look, hits, self.views.directions[pixels], self.surface)
        if self.config.exposure:
            rows = self.exposures[torch.from_numpy(self.views.view_of(chosen)).to(self.device)]
            color = color * rows[:, :3].exp() + rows[:, 3:]
        error = ((color - self.views.colors[pixels].float() / 255) ** 2).mean()
        self._error = float(error.detach())
        return error + self.config.opacity_weight * left.mean()

    # ---- what is kept ----------------------------------------------------------------------------------------------
    def geometry(self) -> Splats:
        """The primitives as flat Gaussians at their vertices, in the capture's frame."""
        if self.entered == "shapes":
            with torch.no_grad():
                return surfels(self.scene, self.scene.current_vertices(self.decoder))
        return surfels(self.scene, self.scene.vertices, self.look_at_vertices(most_views=1))

    def look_at_vertices(self, most_views: int | None = None) -> Baked | None:
        """The bake, or, before there is one, what the network says now; None before that."""
        if self.baked is not None or self.radiance is None:
            return self.baked
        return baked(self.radiance, self.surface, self.views.cameras[:most_views])

    def set(self, name: str, value: Any) -> None:
        """Change one live parameter from the next step on.

        Raises
        ------
        InvalidParameter
            If there is no such live parameter, or the value is out of range.
        """
        self.config = with_live_value(self.config, name, value)

    def state(self) -> State:
        """Copy out everything the next step depends on, and what draws the result."""
        arrays = self.scene.arrays()
        groups = {"first": self.optimizer.first, "second": self.optimizer.second}
        groups |= {name: dict(module.named_parameters()) for name, module in self._modules().items()}
        arrays["exposures"] = self.exposures.detach().cpu().numpy().copy()
        for group, named in groups.items():
            for name, tensor in named.items():
                arrays[f"{group}.{name}"] = tensor.detach().cpu().numpy().copy()
        values = {
            **self.scene.values(),
            "step": self.step,
            "entered": self.entered,
            "optimizer_steps": self.optimizer.steps,
            "generator": self.generator.bit_generator.state,
        }
        return State(arrays, values)

    def _modules(self) -> dict[str, nn.Module]:
        made = {"radiance": self.radiance, "baked": self.baked}
        return {name: module for name, module in made.items() if module is not None}

    def take_up(self, state: State) -> None:
        """Go on exactly where `state` was copied from.

        Raises
        ------
        RunError
            If it does not fit the parameters.
        """
        self.step, self.entered = state.values["step"], state.values["entered"]
        self.generator.bit_generator.state = state.values["generator"]
        if len(state.arrays["exposures"]) != len(self.views):
            raise RunError("The checkpoint has other photographs than the capture. Start a new run.")
        self.exposures = torch.from_numpy(state.arrays["exposures"].copy()).to(self.device)
        self.radiance, self.baked = looks_of(state, self.config, self.device)
        learned = self.scene.shape_parameters()
        if self.entered == "appearance" and self.radiance is not None:
            exposures = {"exposure": self.exposures.requires_grad_()} if self.config.exposure else {}
            learned = {**dict(self.radiance.named_parameters()), **exposures}
        elif self.baked is not None:
            learned = dict(self.baked.named_parameters())
        self._learn_by(learned)
        self.optimizer.steps = state.values["optimizer_steps"]
        for group, moments in (("first", self.optimizer.first), ("second", self.optimizer.second)):
            for name, tensor in moments.items():
                tensor.copy_(torch.from_numpy(state.arrays[f"{group}.{name}"]))


def looks_of(state: State, config: Config, device: torch.device) -> tuple[Radiance | None, Baked | None]:
    """The network and the bake of a state, as far as it has them.

    Raises
    ------
    RunError
        If they do not fit the parameters.
    """
    vertices = len(state.arrays["centers"]) * VERTICES
    radiance = Radiance(vertices, config.features, config.width) if "radiance.features" in state.arrays else None
    bake = Baked(vertices, config.width) if "baked.logits" in state.arrays else None
    for name, module in (("radiance", radiance), ("baked", bake)):
        if module is None:
            continue
        for part, tensor in module.named_parameters():
            saved = state.arrays[f"{name}.{part}"]
            if saved.shape != tuple(tensor.shape):
                raise RunError("The checkpoint has other networks than the parameters say. Start a new run.")
            tensor.data.copy_(torch.from_numpy(saved))
        module.to(device)
    return radiance, bake
