"""A tiny scene whose photographs are its own renders."""

from dataclasses import dataclass, replace

import numpy as np

from recon.render.draw import Drawer
from recon.scene import Camera, Splats, View


@dataclass(frozen=True)
class Still:
    """Pixels held in memory."""

    pixels: np.ndarray

    def read(self, width, height):
        assert self.pixels.shape[:2] == (height, width), "tiny scenes are not resampled"
        return self.pixels


def splats(count=60, seed=0, antialiased=False):
    random = np.random.default_rng(seed)
    return Splats(
        means=random.uniform([-1, -1, 3], [1, 1, 5], (count, 3)).astype(np.float32),
        quaternions=np.tile(np.float32([1, 0, 0, 0]), (count, 1)),
        scales=random.uniform(0.05, 0.4, (count, 3)).astype(np.float32),
        opacities=random.uniform(0.3, 0.95, count).astype(np.float32),
        sh=random.uniform(-1.5, 1.5, (count, 1, 3)).astype(np.float32),
        antialiased=antialiased,
    )


def camera(shift=0.0, width=48, height=36):
    world_from_camera = np.eye(4)
    world_from_camera[0, 3] = shift
    return Camera(width, height, width, width, width / 2, height / 2, world_from_camera)


def render(geometry, seen_by, background=(0.0, 0.0, 0.0)):
    return Drawer(geometry, "cpu").draw(seen_by, background=background)


def eight_bits(image):
    return np.rint(255 * image).astype(np.uint8)


def views(geometry, count=3, split="test"):
    """Views whose photographs are the geometry's own renders, to 8 bits."""
    result = []
    for index in range(count):
        seen_by = camera(0.2 * index)
        photo = Still(eight_bits(render(geometry, seen_by).color))
        result.append(View(f"{index:03}.png", seen_by, photo, split=split))
    return result


def changed(view, **bands):
    return replace(view, **bands)
