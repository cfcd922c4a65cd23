"""A small planted scene: known splats, drawn by the renderer itself from cameras all around."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from recon.methods.base import Context, Event
from recon.methods.splats import METHOD, Config
from recon.render import Cameras, Gaussians, Options, rasterize
from recon.scene import SH_C0, Camera, Capture, Points, Splats, View, hold_out

WIDTH, HEIGHT = 40, 32


@dataclass(frozen=True, eq=False)
class Drawn:
    """Pixels in memory, reduced by averaging whole blocks."""

    array: np.ndarray

    def read(self, width: int, height: int) -> np.ndarray:
        rows, columns = self.array.shape[0] // height, self.array.shape[1] // width
        blocks = self.array.reshape(height, rows, width, columns, *self.array.shape[2:]).astype(np.float32)
        return np.rint(blocks.mean((1, 3))).astype(np.uint8)


def look_at(center: np.ndarray, target: np.ndarray) -> np.ndarray:
    forward = (target - center) / np.linalg.norm(target - center)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], 1)
    pose[:3, 3] = center
    return pose


def planted_splats(count: int = 80, seed: int = 5) -> Splats:
    generator = np.random.default_rng(seed)
    quaternions = generator.normal(size=(count, 4))
    return Splats(
        means=generator.uniform(-0.8, 0.8, (count, 3)).astype(np.float32),
        quaternions=(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).astype(np.float32),
        scales=generator.uniform(0.08, 0.25, (count, 3)).astype(np.float32),
        opacities=generator.uniform(0.5, 0.98, count).astype(np.float32),
        sh=((generator.uniform(0, 1, (count, 1, 3)) - 0.5) / SH_C0).astype(np.float32),
    )


def ring(views: int = 12, radius: float = 3.0) -> list[Camera]:
    cameras = []
    for index in range(views):
        angle = 2 * np.pi * index / views
        center = radius * np.array([np.cos(angle), np.sin(angle), 0.35 + 0.25 * (-1) ** index])
        cameras.append(Camera(WIDTH, HEIGHT, 45.0, 45.0, WIDTH / 2, HEIGHT / 2, look_at(center, np.zeros(3))))
    return cameras


def photograph(splats: Splats, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) colours over black and (H, W) alpha, in [0, 1]."""
    with torch.no_grad():
        drawn = rasterize(Gaussians.from_splats(splats), Cameras.of([camera]), Options())
    return drawn.features[0].clamp(0, 1).numpy(), drawn.alpha[0].clamp(0, 1).numpy()


def to_bytes(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def planted_capture(views: int = 12, seed: int = 5) -> Capture:
    splats = planted_splats(seed=seed)
    generator = np.random.default_rng(seed + 1)
    taken = [
        View(f"{index:02d}.png", camera, Drawn(to_bytes(photograph(splats, camera)[0])))
        for index, camera in enumerate(ring(views))
    ]
    positions = splats.means + generator.normal(0, 0.05, splats.means.shape).astype(np.float32)
    points = Points(positions, np.full_like(positions, 0.5))
    return Capture("planted", hold_out(taken), points)


def with_views(capture: Capture, change) -> Capture:
    return replace(capture, views=tuple(change(index, view) for index, view in enumerate(capture.views)))


def psnr(splats: Splats, views) -> float:
    """Mean PSNR of views, for comparisons within a test."""
    errors = []
    for view in views:
        reference = view.image.read(view.camera.width, view.camera.height) / 255.0
        errors.append(((photograph(splats, view.camera)[0] - reference) ** 2).mean())
    return float(np.mean(-10 * np.log10(errors)))


def run(capture: Capture, config: Config, context: Context) -> list[Event]:
    return list(METHOD.run(capture, config, context))
