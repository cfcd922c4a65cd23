"""The fit of flat splats: that of `splats`, with losses on the surface that they form."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from recon.methods.base import Step
from recon.methods.splatting.photographs import Photograph
from recon.methods.splatting.trainer import Pass, Trainer
from recon.methods.surface import Config
from recon.methods.surfacing.neighbours import Drawn, agreement, neighbours_of
from recon.methods.surfacing.normals import normal_loss
from recon.methods.surfacing.planes import PLANE, plane_channels
from recon.render import Gaussians, Options, rasterize


class SurfaceTrainer(Trainer):
    """A running fit; see `recon.methods.splatting.trainer.Trainer`."""

    config: Config
    keeps_opacity = True  # what is split must stay opaque, or the surface grows thick

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._neighbours = neighbours_of([self.photographs.camera_from_local(i) for i in range(len(self.photographs))])

    def advance(self) -> Step:
        """Take one step."""
        view, photograph = self._next_photograph()
        score = self._score_channel()
        planes = self._planes(photograph) if self.progress >= self.config.normal_from else None
        channels = [channel for channel in (planes, score) if channel is not None]
        current = Pass(
            view,
            photograph,
            self.model.gaussians(torch.cat(channels, 1) if channels else None),
            self.exposures.row(view),
            self.poses.row(view),
            self._background(photograph),
        )
        rendering = self._render(current)
        drawn = rendering.features[0]
        if planes is None:
            loss = self._loss(current, drawn)
        else:
            color, surface, rest = drawn.split([3, PLANE, drawn.shape[2] - 3 - PLANE], dim=2)
            loss = self._loss(current, torch.cat([color, rest], 2))
            loss = loss + self._surface_loss(current, surface, rendering.alpha[0])
        loss = loss + self.config.flatten * self.model.scales.min(1).values.mean()
        loss.backward()
        self._clear_broken_gradients()
        return self._finish(current, loss, score)

    def _planes(self, photograph: Photograph) -> Tensor:
        return plane_channels(self.model, photograph.camera_from_local)

    def _surface_loss(self, current: Pass, planes: Tensor, alpha: Tensor) -> Tensor:
        photograph, config = current.photograph, self.config
        here = _drawn(photograph, planes, alpha)
        loss = config.normal_weight * normal_loss(planes, alpha, photograph.color, photograph.intrinsics)
        neighbours = self._neighbours[current.view]
        weights = config.reprojection_weight, config.patch_weight
        due = self.progress >= config.neighbours_from and self.step % config.neighbours_interval == 0
        if due and neighbours and max(weights) > 0:
            there = self._draw_planes(neighbours[int(self.generator.integers(len(neighbours)))])
            loss = loss + agreement(here, there, weights, self.generator)
        return loss

    def _draw_planes(self, view: int) -> Drawn:
        photograph = self.photographs.read(view, 1)
        features = self._planes(photograph)
        gaussians = self.model.gaussians()
        plain = Gaussians(gaussians.means, gaussians.opacities, gaussians.shape, features=features)
        cameras = photograph.cameras(photograph.camera_from_local)
        drawn = rasterize(plain, cameras, Options(antialiased=self.config.antialiased))
        return _drawn(photograph, drawn.features[0], drawn.alpha[0])

    def _clear_broken_gradients(self) -> None:
        """Planes seen exactly from their edge have no depth, and what follows from it no gradient."""
        for tensor in self.model.parameters.values():
            if tensor.grad is not None:
                torch.nan_to_num_(tensor.grad, nan=0.0, posinf=0.0, neginf=0.0)


def _drawn(photograph: Photograph, planes: Tensor, alpha: Tensor) -> Drawn:
    grey = photograph.color.mean(2)
    return Drawn(planes, alpha, grey, photograph.camera_from_local, photograph.intrinsics)
