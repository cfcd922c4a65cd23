"""A method and a capture small enough to run in milliseconds: for tests of what surrounds a method.

`python tests/toy.py ARGUMENTS` is `triptych ARGUMENTS` with the method `toy` registered.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from recon.errors import InvalidParameter, MethodError
from recon.methods import parameters, registry
from recon.methods.base import Context, Evaluated, Event, Forecast, Method, Stage, Started, State, Step
from recon.methods.parameters import parameter
from recon.scene import Capture, Splats


@dataclass(frozen=True)
class Config:
    steps: int = parameter(40, "Steps.", unit="steps", low=1, high=10**6)
    count: int = parameter(50, "Gaussians.", unit="Gaussians", low=1, high=10**6)
    rate: float = parameter(0.01, "How far Gaussians wander in a step.", low=0, high=1, live=True)
    nap: float = parameter(0.0, "Time a step takes.", unit="s", low=0, high=10)
    trouble: Literal["none", "method", "memory", "disk", "cuda", "bug"] = parameter("none", "What goes wrong half-way.")
    gigabytes: float = parameter(0.0, "Memory it claims to need.", unit="GB", low=0, high=1e9)

    def __post_init__(self) -> None:
        parameters.check(self)


class Wandering:
    """Gaussians on a random walk; the walk depends on every number that a checkpoint must hold."""

    def __init__(self, config: Config, context: Context) -> None:
        self.config = config
        self.random = np.random.default_rng(context.seed)
        self.step = 0
        self.means = self.random.normal(size=(config.count, 3))
        if context.resume:
            if len(context.resume.arrays["means"]) != config.count:
                raise InvalidParameter("count cannot change within a run.")
            self.means = context.resume.arrays["means"].copy()
            self.step = context.resume.values["step"]
            self.random.bit_generator.state = context.resume.values["random"]

    def advance(self) -> Step:
        time.sleep(self.config.nap)
        self.means += self.config.rate * self.random.normal(size=self.means.shape)
        self.step += 1
        return Step(self.step, float(np.square(self.means).mean()), {"gaussians": float(len(self.means))})

    def state(self) -> State:
        return State({"means": self.means.copy()}, {"step": self.step, "random": self.random.bit_generator.state})

    def geometry(self) -> Splats:
        count = len(self.means)
        return Splats(
            means=self.means.astype(np.float32),
            quaternions=np.tile(np.float32([1, 0, 0, 0]), (count, 1)),
            scales=np.full((count, 3), 0.2, np.float32),
            opacities=np.full(count, 0.7, np.float32),
            sh=np.full((count, 1, 3), 0.5, np.float32),
        )

    def set(self, name: str, value: Any) -> None:
        self.config = replace(self.config, **{name: value})


TROUBLES = {
    "method": MethodError("The walk went astray."),
    "memory": MemoryError(),
    "disk": OSError(28, "No space left on device", "somewhere"),
    "cuda": RuntimeError("CUDA error: device-side assert triggered"),
    "bug": KeyError("oops"),
}


def run(capture: Capture, config: Config, context: Context) -> Iterator[Event]:
    yield Started("toy", config.steps, context.resume.values["step"] if context.resume else 0)
    yield Stage("Looking")
    live = Wandering(config, context)
    context.live = live
    while live.step < config.steps:
        if live.step == config.steps // 2 and config.trouble != "none":
            raise TROUBLES[config.trouble]
        yield live.advance()
        if live.step % 25 == 0:
            yield Evaluated(live.step, 20.0, 0.5)


def forecast(capture: Capture, config: Config, device: str) -> Forecast:
    return Forecast(int(config.gigabytes * 1e9))


def lighten(capture: Capture, config: Config) -> tuple[Config, str] | None:
    if config.count < 20:
        return None
    return replace(config, count=config.count // 2, gigabytes=config.gigabytes / 2), "The count is halved."


METHOD = Method(
    name="toy",
    title="Toy",
    summary="Lets Gaussians wander.",
    config=Config,
    presets={"quick": Config(steps=10), "standard": Config(), "best": Config(steps=80)},
    run=run,
    forecast=forecast,
    lighten=lighten,
)


def register() -> None:
    registry.METHODS["toy"] = "toy"


def write_capture(folder: Path, views: int = 9) -> Path:
    """A capture of random photographs of 24x16 taken from a circle around the origin."""
    from PIL import Image

    random = np.random.default_rng(0)
    folder.mkdir(parents=True)
    frames = []
    for i in range(views):
        pixels = random.integers(0, 255, (16, 24, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"view_{i}.png")
        angle = 2 * np.pi * i / views
        backward = np.array([np.cos(angle), np.sin(angle), 0.0])
        world_from_camera = np.eye(4)
        world_from_camera[:3, :3] = np.stack([np.cross([0, 0, 1], backward), [0, 0, 1], backward], axis=1)
        world_from_camera[:3, 3] = 5 * backward
        frames.append({"file_path": f"view_{i}.png", "transform_matrix": world_from_camera.tolist()})
    document = {"w": 24, "h": 16, "fl_x": 24, "fl_y": 24, "cx": 12, "cy": 8, "frames": frames}
    (folder / "transforms.json").write_text(json.dumps(document))
    return folder


def leave_out_measuring() -> None:
    """Leave out what needs the renderer, which takes longer to load than a toy takes to run."""
    from recon.runs import results

    metrics = {"protocol": {}, "mean": {"psnr": 20.0, "ssim": 0.5}, "views": [{"name": "a", "psnr": 20.0, "ssim": 0.5}]}
    results.measure = lambda *_: dict(metrics)
    results.write_pictures = lambda *_: None


if __name__ == "__main__":
    from recon.cli import main
    from recon.runs import driver

    register()
    leave_out_measuring()
    driver.CHECKPOINT_SECONDS = float(os.environ["TOY_CHECKPOINT_SECONDS"])
    main()
