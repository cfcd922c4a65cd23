"""The fit itself: one photograph per step, drawn, compared, and learned from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recon.errors import MethodError, RunError
from recon.evaluate import photometric
from recon.methods.base import State, Step
from recon.methods.parameters import with_live_value
from recon.methods.splats import Config
from recon.methods.splatting import growth, schedule
from recon.methods.splatting.appearance import EXPOSURE_WIDTH, POSE_WIDTH, PerView, expose, moved
from recon.methods.splatting.frame import Frame
from recon.methods.splatting.model import PARAMETERS, Model
from recon.methods.splatting.optimizer import Adam
from recon.methods.splatting.photographs import Photograph, Photographs
from recon.render import Gaussians, Options, Rendering, rasterize
from recon.scene import Splats

# Reading the loss makes the host wait for a GPU; there it is read, and checked, this often.
DEVICE_LOSS_INTERVAL = 10


@dataclass
class Pass:
    """What one step carries from drawing to learning."""

    view: int
    photograph: Photograph
    gaussians: Gaussians
    exposure: Tensor
    pose: Tensor
    background: Tensor


class Trainer:
    """A running fit: the `Live` object of its context.

    Parameters
    ----------
    config : Config
    photographs : Photographs
    model : Model
    frame : Frame
    generator : numpy.random.Generator
        The only source of randomness.
    """

    keeps_opacity = False
    """Whether both halves of a Gaussian that is split stay as opaque as it was."""

    def __init__(
        self, config: Config, photographs: Photographs, model: Model, frame: Frame, generator: np.random.Generator
    ) -> None:
        self.config = config
        self.model = model
        self.frame = frame
        self.generator = generator
        self.photographs = photographs
        self.optimizer = Adam(model.parameters)
        self.scores = torch.zeros(len(model), device=model.device)
        self.exposures = PerView(len(photographs), EXPOSURE_WIDTH, model.device)
        self.poses = PerView(len(photographs), POSE_WIDTH, model.device)
        self.queue: list[int] = []
        self.initial_count = len(model)
        self.step = 0
        self.loss = math.nan

    @property
    def progress(self) -> float:
        """Part of the run that is done, in [0, 1)."""
        return self.step / self.config.steps

    def geometry(self) -> Splats:
        """The splats as they are now, in the capture's frame."""
        return self.model.splats(self.frame, self.config.antialiased)

    def set(self, name: str, value: Any) -> None:
        """Change one live parameter from the next step on.

        Raises
        ------
        InvalidParameter
            If there is no such live parameter, or the value is out of range.
        """
        self.config = with_live_value(self.config, name, value)

    def state(self) -> State:
        """Copy out everything the next step depends on."""
        arrays = {
            f"{group}.{name}": tensor.detach().cpu().numpy().copy()
            for group, tensors in self._tensors().items()
            for name, tensor in tensors.items()
        }
        values = {
            "step": self.step,
            "initial_count": self.initial_count,
            "optimizer_steps": self.optimizer.steps,
            "queue": list(self.queue),
            "generator": self.generator.bit_generator.state,
            "frame": self.frame.values(),
        }
        return State(arrays, values)

    @classmethod
    def resumed(cls, config: Config, photographs: Photographs, state: State, device: torch.device) -> Trainer:
        """A trainer that goes on exactly where `state` was copied from.

        Raises
        ------
        RunError
            If the state was made with another number of training views.
        """
        seen = len(state.arrays["poses.values"])
        if seen != len(photographs):
            raise RunError(
                f"The checkpoint was made with {seen} training views, and the capture has {len(photographs)} now. "
                "Bring the photographs back, or start a new run."
            )
        arrays = with_harmonics(state.arrays, config.sh_degree)
        model = Model({name: torch.from_numpy(arrays[f"model.{name}"].copy()).to(device) for name in PARAMETERS})
        generator = np.random.default_rng()
        generator.bit_generator.state = state.values["generator"]
        trainer = cls(config, photographs, model, Frame.from_values(state.values["frame"]), generator)
        for group, tensors in trainer._tensors().items():
            for name, tensor in tensors.items():
                tensor.data.copy_(torch.from_numpy(arrays[f"{group}.{name}"]))
        trainer.step = state.values["step"]
        trainer.initial_count = state.values["initial_count"]
        trainer.optimizer.steps = state.values["optimizer_steps"]
        trainer.queue = list(state.values["queue"])
        return trainer

    def _tensors(self) -> dict[str, dict[str, Tensor]]:
        return {
            "model": self.model.parameters,
            "first": self.optimizer.first,
            "second": self.optimizer.second,
            "exposures": self.exposures.tensors,
            "poses": self.poses.tensors,
            "growth": {"scores": self.scores},
        }

    def advance(self) -> Step:
        """Take one step."""
        view, photograph = self._next_photograph()
        score = self._score_channel()
        current = Pass(
            view,
            photograph,
            self.model.gaussians(score),
            self.exposures.row(view),
            self.poses.row(view),
            self._background(photograph),
        )
        loss = self._loss(current, self._render(current).features[0])
        loss.backward()
        return self._finish(current, loss, score)

    def _finish(self, current: Pass, loss: Tensor, score: Tensor | None) -> Step:
        """Learn from gradients, and grow."""
        self._check(loss)
        self._learn(current)
        if score is not None and score.grad is not None:
            self.scores += score.grad[:, 0]
        self._grow()
        self.step += 1
        return Step(self.step, self.loss, {"gaussians": float(len(self.model))})

    def _next_photograph(self) -> tuple[int, Photograph]:
        """All views in random order, then all in another."""
        shrinking = schedule.shrinking(self.config, self.progress)
        if not self.queue:
            self.queue = self.generator.permutation(len(self.photographs)).tolist()
        view = self.queue.pop()
        photograph = self.photographs.read(view, shrinking)
        if self.queue:
            self.photographs.expect(self.queue[-1], shrinking)
        return view, photograph

    def _score_channel(self) -> Tensor | None:
        """A channel of zeros: what flows back into it is each Gaussian's share of the error."""
        if self.config.growth != "error" or self.progress >= self.config.growth_until:
            return None
        return torch.zeros(len(self.model), 1, device=self.model.device, requires_grad=True)

    def _background(self, photograph: Photograph) -> Tensor:
        device = self.model.device
        if photograph.alpha is None or self.config.background == "black":
            return torch.zeros(3, device=device)
        if self.config.background == "white":
            return torch.ones(3, device=device)
        return torch.from_numpy(self.generator.random(3, np.float32)).to(device)

    def _render(self, current: Pass) -> Rendering:
        """Colours, and behind them whatever features the Gaussians have."""
        camera = current.photograph.camera_from_local
        if self.config.pose_refinement:
            camera = moved(camera, current.pose)
        further = current.gaussians.channels - 3
        options = Options(
            background=torch.nn.functional.pad(current.background, (0, further)),
            sh_degree=schedule.harmonics_degree(self.config, self.progress),
            antialiased=self.config.antialiased,
        )
        return rasterize(current.gaussians, current.photograph.cameras(camera), options)

    def _loss(self, current: Pass, drawn: Tensor) -> Tensor:
        photograph, config = current.photograph, self.config
        upstream: list[Tensor] = []
        image, reference = _Colors.apply(drawn, upstream), photograph.color
        if config.exposure:
            image = expose(image, current.exposure)
        if photograph.alpha is not None:
            reference = reference * photograph.alpha + current.background * (1 - photograph.alpha)
        if photograph.mask is not None:
            image, reference = image * photograph.mask, reference * photograph.mask
        loss, error = photometric(image, reference, config.ssim_weight)
        upstream.append(error)
        loss = loss + config.opacity_penalty * current.gaussians.opacities.mean()
        if config.scale_penalty > 0:
            loss = loss + config.scale_penalty * self.model.scales.mean()
        return loss

    def _check(self, loss: Tensor) -> None:
        if loss.is_cuda and self.step % DEVICE_LOSS_INTERVAL:
            return
        self.loss = float(loss.detach())
        if not math.isfinite(self.loss):
            raise MethodError(
                f"The fit diverged at step {self.step + 1}: its loss is {self.loss}. Lower the learning rates "
                "(position_rate, scale_rate, opacity_rate), or start again with another seed."
            )

    def _learn(self, current: Pass) -> None:
        rates = schedule.learning_rates(self.config, self.progress)
        self.optimizer.step(self.model.parameters, rates)
        self.exposures.learn(current.view, current.exposure, rates["exposure"])
        self.poses.learn(current.view, current.pose, rates["pose"])
        if self.config.growth == "mcmc":
            growth.explore(self.model, rates["means"], self.generator)

    def _grow(self) -> None:
        if not schedule.is_growth_due(self.config, self.step):
            return
        target = schedule.population(self.config, self.initial_count, self.progress)
        if self.config.growth == "mcmc":
            growth.relocate(self.model, self.optimizer, target, self.generator)
        else:
            scores, keep = self.scores, self.keeps_opacity
            growth.split_by_error(self.model, self.optimizer, scores, target, self.generator, keep_opacity=keep)
        self.scores = torch.zeros(len(self.model), device=self.model.device)


class _Colors(torch.autograd.Function):
    """The colours of a drawn image. Into the channels behind them flows, on the way back, the error of each pixel."""

    @staticmethod
    def forward(ctx: Any, drawn: Tensor, upstream: list[Tensor]) -> Tensor:
        ctx.upstream, ctx.shape = upstream, drawn.shape
        return drawn[..., :3].contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        gradient = gradients[0].new_empty(ctx.shape)
        gradient[..., :3] = gradients[0]
        gradient[..., 3:] = ctx.upstream[0][..., None]
        return gradient, None


def with_harmonics(arrays: Mapping[str, NDArray[Any]], sh_degree: int) -> dict[str, NDArray[Any]]:
    """Saved arrays with their harmonics cut, or filled up with zeros, to another degree."""
    bands = (sh_degree + 1) ** 2 - 1
    fitted = dict(arrays)
    for group in ("model", "first", "second"):
        saved = arrays[f"{group}.harmonics"][:, :bands]
        fitted[f"{group}.harmonics"] = np.pad(saved, ((0, 0), (0, bands - saved.shape[1]), (0, 0)))
    return fitted
