"""The fit itself: one photograph per step, drawn, compared, and learned from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recon.errors import MethodError, RunError
from recon.methods.base import Edit, State, Step
from recon.methods.blocking import continuing, schedule
from recon.methods.blocking.ground import Place
from recon.methods.blocking.losses import photo_loss, picture, priors
from recon.methods.blocking.model import Surfels
from recon.methods.blocking.photographs import Photographs
from recon.methods.blocking.result import blocks_of
from recon.methods.blocking.schedule import Stage
from recon.methods.blocking.start import begin
from recon.methods.blocks import Config
from recon.methods.parameters import with_live_value
from recon.methods.splatting.optimizer import Adam
from recon.scene import Blocks, Similarity

FINEST_GROUND = 1.5  # squares for each pixel of a photograph's longest side; far smaller ones would not be drawn at all
OPAQUE_LOGIT = 0.0  # blocks above an opacity of one half stay when all are made opaque


@dataclass(frozen=True)
class Snapshot:
    """What a trial is taken back to: tensors by group and name, who is alive, and the random numbers to come."""

    tensors: dict[str, dict[str, Tensor]]
    optimizer_steps: int
    alive: NDArray[np.bool_]
    hard: bool
    queue: list[int]
    generator: dict[str, Any]


class Trainer:
    """A running fit: the `Live` object of its context.

    Parameters
    ----------
    config : Config
    photographs : Photographs
    place : Place
    seed : int
        Of all random numbers; each start has its own, derived from it.
    edit : Edit, optional
        What it goes on from.
    """

    def __init__(
        self, config: Config, photographs: Photographs, place: Place, seed: int, edit: Edit | None = None
    ) -> None:
        self.config = config
        self.edit = edit
        self.photographs = photographs
        self.place = place
        self.seed = seed
        device = self.device = photographs.device
        self._finest_ground = round(FINEST_GROUND * photographs.longest_side)
        self.points = torch.from_numpy(place.subject.astype(np.float32)).to(device)
        self.step = 0
        self.searched = -1  # the step before which the structure was searched last
        self.best: Snapshot | None = None
        self.scores: list[float] = []
        self.loss = math.nan
        self.before_search: State | None = None
        self._result: Blocks | None = None
        self._begin(0)

    # ---- starts ----------------------------------------------------------------------------------------------------
    @property
    def bounds(self) -> list[int]:
        """Steps at which starts begin and the last one ends."""
        return [round(self.config.steps * index / self.config.restarts) for index in range(self.config.restarts + 1)]

    @property
    def start(self) -> int:
        """Which start the next step belongs to."""
        return min(int(np.searchsorted(self.bounds, self.step, "right")) - 1, self.config.restarts - 1)

    @property
    def length(self) -> int:
        """Steps of this start."""
        return max(self.bounds[self.start + 1] - self.bounds[self.start], 1)

    @property
    def progress(self) -> float:
        """Part of this start that is done, in [0, 1)."""
        return (self.step - self.bounds[self.start]) / self.length

    @property
    def stage(self) -> Stage:
        """How finely is drawn now."""
        if self.edit is not None:
            return schedule.stage_going_on(self.config, self.progress, solo=any(self.edit.changed))
        return schedule.stage_at(self.config, self.progress)

    def _begin(self, start: int) -> None:
        self.generator = np.random.default_rng([self.seed, start])
        if self.edit is None:
            self.model = begin(self.config, self.place, self.generator, self.device)
        else:
            self.model = continuing.edited_model(self.config, self.edit, self.place, self.device)
        self.optimizer = Adam(self.model.parameters)
        self.queue: list[int] = []

    def _end_start(self) -> None:
        """Compare a start that has ended with the best before it; begin the next, or take the best up again."""
        score = self.score(schedule.stage_at(self.config, 1.0))
        if self.best is None or score < min(self.scores):
            self.best = self.snapshot()
        self.scores.append(score)
        if self.step < self.config.steps:
            self._begin(len(self.scores))
        else:
            self.restore(self.best)

    # ---- one step --------------------------------------------------------------------------------------------------
    def advance(self) -> Step:
        """Take one step."""
        if self.step == self.bounds[self.start] and len(self.scores) < self.start:
            raise RuntimeError("a start was not ended")
        self._settle()
        self.loss = self.learn(self.stage, self.progress)
        self.step += 1
        if self.step in self.bounds:
            self._end_start()
        return Step(self.step, self.loss, {"blocks": float(self.model.count)})

    def learn(self, stage: Stage, progress: float, pace: float = 1.0) -> float:
        """Draw one photograph, and move every parameter by the gradient of its loss; `pace` scales learning rates."""
        photograph = self.photographs.read(self._next_view(), stage.divisor)
        noise = self._noise(progress)
        image = picture(self.model, self.surfels(stage, noise), photograph)
        photo = photo_loss(image, photograph, self.config.ssim_weight)
        loss = photo
        if self.model.count:
            loss = loss + priors(self.model, self.config, progress, self.points, self.generator)
        loss.backward()
        if self.edit is not None:
            continuing.hold(self.model, self.edit, solo=any(self.edit.changed) and progress < schedule.SOLO)
        value = float(photo.detach())
        if not math.isfinite(value):
            raise MethodError(
                f"The fit diverged at step {self.step + 1}: its loss is {value}. Lower the learning rates "
                "(pose_rate, shape_rate, texture_rate), or start again with another seed."
            )
        by_kind = self._rates(progress)
        names = self.model.parameters
        rates = {name: pace * by_kind.get(name, by_kind.get(name.partition("_")[0], 0.0)) for name in names}
        self.optimizer.step(names, rates)
        self.model.bound()
        return value

    def _rates(self, progress: float) -> dict[str, float]:
        if self.edit is not None:
            return schedule.rates_going_on(self.config, progress, solo=any(self.edit.changed))
        return schedule.rates(self.config, progress)

    def _next_view(self) -> int:
        """All views in random order, then all in another."""
        if not self.queue:
            self.queue = self.generator.permutation(len(self.photographs)).tolist()
        return self.queue.pop()

    def _noise(self, progress: float) -> Tensor | None:
        """Shakes opacities while blocks are soft, so that none settles half transparent."""
        if self.model.hard or not self.model.count:
            return None
        drawn = self.generator.standard_normal(self.model.count, np.float32)
        return torch.from_numpy(drawn).to(self.device) * (schedule.LOGIT_NOISE * (1 - progress))

    def surfels(self, stage: Stage, noise: Tensor | None = None) -> list[Surfels]:
        """What is drawn: living blocks and the ground."""
        blocks = [self.model.block_surfels(self.model.indices, stage.side, noise)] if self.model.count else []
        finest = min(stage.ground, self._finest_ground)
        return blocks + ([self.model.ground_surfels(finest)] if self.config.ground else [])

    def _settle(self) -> None:
        """Let faint blocks go, and make all others opaque when it is time."""
        model, within = self.model, self.step - self.bounds[self.start]
        logits = model["logits"].detach().cpu().numpy()
        if self.progress >= schedule.HARD_FROM and not model.hard:
            model.alive &= logits > OPAQUE_LOGIT
            model.hard = True
        elif not model.hard and within % schedule.KILL_INTERVAL == schedule.KILL_INTERVAL - 1:
            model.alive &= logits > math.log(schedule.KILL_BELOW / (1 - schedule.KILL_BELOW))

    @torch.no_grad()
    def score(self, stage: Stage) -> float:
        """Mean loss over all training views, and the cost of the blocks."""
        total, surfels = 0.0, self.surfels(stage)
        for index in range(len(self.photographs)):
            photograph = self.photographs.read(index, stage.divisor)
            image = picture(self.model, surfels, photograph)
            total += float(photo_loss(image, photograph, self.config.ssim_weight))
        return total / len(self.photographs) + self.config.block_cost * self.model.count

    # ---- what is kept ----------------------------------------------------------------------------------------------
    @property
    def is_search_due(self) -> bool:
        """Whether the structure is to be searched before the next step; what a person has chosen is not."""
        if self.edit is not None:
            return False
        steps = schedule.search_steps(self.config, self.length)
        return self.step != self.searched and self.step - self.bounds[self.start] in steps

    def _tensors(self) -> dict[str, dict[str, Tensor]]:
        return {
            "model": self.model.parameters,
            "first": self.optimizer.first,
            "second": self.optimizer.second,
        }

    def snapshot(self) -> Snapshot:
        """Copy what a trial changes."""
        tensors = {
            group: {name: tensor.detach().clone() for name, tensor in named.items()}
            for group, named in self._tensors().items()
        }
        state = self.generator.bit_generator.state
        return Snapshot(
            tensors, self.optimizer.steps, self.model.alive.copy(), self.model.hard, list(self.queue), state
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Take everything back to a snapshot."""
        for group, named in self._tensors().items():
            for name, tensor in named.items():
                tensor.data.copy_(snapshot.tensors[group][name])
        self.optimizer.steps = snapshot.optimizer_steps
        self.model.alive = snapshot.alive.copy()
        self.model.hard = snapshot.hard
        self.queue = list(snapshot.queue)
        self.generator.bit_generator.state = snapshot.generator

    def geometry(self) -> Blocks:
        """The blocks as they are now, in the capture's frame; once finished, with their merges."""
        if self.step < self.config.steps:
            return self._blocks()
        if self._result is None:
            self._result = self._blocks(merges=True)
        return self._result

    def _blocks(self, *, merges: bool = False) -> Blocks:
        blocks = blocks_of(self.model, self.place.local_from_world, self.config, merges=merges)
        return blocks if self.edit is None else continuing.as_left(blocks, self.edit)

    def set(self, name: str, value: Any) -> None:
        """Change one live parameter from the next step on.

        Raises
        ------
        InvalidParameter
            If there is no such live parameter, or the value is out of range.
        """
        self.config = with_live_value(self.config, name, value)

    def state(self) -> State:
        """Copy out everything the next step depends on; while structure is searched, as it was before the search."""
        if self.before_search is not None:
            return self.before_search
        now = self.snapshot()
        arrays = _arrays(now, "")
        values = {
            "step": self.step,
            "searched": self.searched,
            "scores": list(self.scores),
            "seeds": [[self.seed, start] for start in range(self.config.restarts)],
            "now": _values(now),
            "best": None if self.best is None else _values(self.best),
            "place": {
                "scale": self.place.local_from_world.scale,
                "rotation": self.place.local_from_world.rotation.tolist(),
                "translation": self.place.local_from_world.translation.tolist(),
            },
        }
        if self.best is not None:
            arrays |= _arrays(self.best, "best.")
        arrays["subject"] = self.place.subject.copy()
        return State(arrays, values)

    def take_up(self, state: State) -> None:
        """Go on exactly where `state` was copied from.

        Raises
        ------
        RunError
            If it does not fit the parameters.
        """
        values = state.values
        for name, tensor in self.model.parameters.items():
            saved = state.arrays.get(f"model.{name}")
            if saved is None or saved.shape != tuple(tensor.shape):
                raise RunError("The checkpoint has other blocks or textures than the parameters say. Start a new run.")
        self.step, self.searched, self.scores = values["step"], values["searched"], list(values["scores"])
        self.best = None if values["best"] is None else _snapshot(state, "best.", values["best"], self.device)
        self.restore(_snapshot(state, "", values["now"], self.device))


def place_of(state: State) -> Place:
    """The frame a state was fitted in."""
    about = state.values["place"]
    similarity = Similarity(about["scale"], np.array(about["rotation"]), np.array(about["translation"]))
    return Place(similarity, state.arrays["subject"].copy())


def _arrays(snapshot: Snapshot, prefix: str) -> dict[str, NDArray[Any]]:
    return {
        f"{prefix}{group}.{name}": tensor.cpu().numpy().copy()
        for group, named in snapshot.tensors.items()
        for name, tensor in named.items()
    }


def _values(snapshot: Snapshot) -> dict[str, Any]:
    return {
        "optimizer_steps": snapshot.optimizer_steps,
        "alive": snapshot.alive.tolist(),
        "hard": snapshot.hard,
        "queue": list(snapshot.queue),
        "generator": snapshot.generator,
    }


def _snapshot(state: State, prefix: str, values: dict[str, Any], device: torch.device) -> Snapshot:
    tensors: dict[str, dict[str, Tensor]] = {}
    for group in ("model", "first", "second"):
        start = f"{prefix}{group}."
        tensors[group] = {
            name.removeprefix(start): torch.from_numpy(array.copy()).to(device)
            for name, array in state.arrays.items()
            if name.startswith(start)
        }
    alive = np.array(values["alive"], bool)
    return Snapshot(
        tensors, values["optimizer_steps"], alive, values["hard"], list(values["queue"]), values["generator"]
    )
