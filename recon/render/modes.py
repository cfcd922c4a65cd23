"""Ways to look at finished geometry: its colours, and what is behind them.

All pictures are colours times alpha over nothing, with depth, so that they can be laid into any scene.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recon.render import threads
from recon.render.draw import Drawer, Drawing
from recon.render.kernels import eight_bits, solids
from recon.render.rasterize import rasterize
from recon.render.types import Cameras, Options
from recon.scene import Camera, Splats
from recon.scene.harmonics import SH_C0

NEAR = 0.01  # world units, as for splats
SIGMAS = 1.5  # semi-axes of ellipsoids
FLATTEST = 0.02  # of an ellipsoid's longest semi-axis: thinner ones would not survive float32
FAINT = 0.15  # opacity below which there is no ellipsoid: what hardly shows would hide all else
DOT_RADIUS = 1.0  # pixels
SEEN = 0.5  # alpha from which a pixel's depth counts for the range of colours
OUTLIERS = (2.0, 98.0)  # per cent of the depths seen, beyond which colours do not change
SAMPLES = 20_000  # pixels from which the range is taken


def color(drawer: Drawer, camera: Camera) -> Drawing:
    """As it is."""
    return drawer.draw(camera, depth=True)


def alpha(drawer: Drawer, camera: Camera) -> Drawing:
    """White by how much of a pixel is covered."""
    drawing = drawer.draw(camera, depth=True)
    return replace(drawing, color=np.repeat(drawing.alpha[..., None], 3, axis=2))


def depth(drawer: Drawer, camera: Camera, limits: tuple[float, float] | None = None) -> Drawing:
    """Expected depth, from bright (near) to dark (far) over what is in view; equal ratios are equal steps.

    `limits` are the nearest and farthest depth with a colour of their own, for pictures that share a scale.
    """
    drawing = drawer.draw(camera, depth=True)
    near, far = limits or depth_limits([drawing])
    with np.errstate(divide="ignore"):
        level = np.log(np.maximum(drawing.depth, 1e-9) / far) / np.log(near / far)
    return replace(drawing, color=_viridis(level) * drawing.alpha[..., None])


def normals(drawer: Drawer, camera: Camera) -> Drawing:
    """Shortest axes turned to the camera: red to the right, green up, blue towards it."""
    cameras = Cameras.of([camera], drawer.device)
    with torch.inference_mode():
        facing = _facing(drawer, cameras.camera_from_world[0])
        gaussians = replace(drawer.gaussians, sh=None, features=facing)
        options = Options(antialiased=drawer.geometry.antialiased, depth=True)
        drawn = rasterize(gaussians, cameras, options)
        direction = torch.nn.functional.normalize(drawn.features[0], dim=2)
        shown = (direction * 0.5 + 0.5) * drawn.alpha[0, ..., None]
        return Drawing(*(image.cpu().numpy() for image in (shown, drawn.alpha[0], drawn.depth[0])))


def ellipsoids(drawer: Drawer, camera: Camera) -> Drawing:
    """Each Gaussian as a solid body, lit from over the left shoulder."""
    pose, intrinsics, drawing = _blank(camera)
    solid = drawer.kept("solid", _solid)
    means, axes, colors = solid
    bodies = np.empty((len(means), solids.BODY), np.float32)
    nearest = np.empty(drawing.alpha.shape, np.int32)
    size = np.array([camera.width, camera.height], np.float32)
    with threads.LOCK:
        solids.project_ellipsoids(pose, intrinsics, size, means, axes, NEAR, bodies)
        solids.find_ellipsoids(bodies, intrinsics, drawing.depth, nearest, threads.workers())
        solids.shade_ellipsoids(bodies, intrinsics, colors, nearest, drawing.depth, drawing.color, drawing.alpha)
    return drawing


def centers(drawer: Drawer, camera: Camera) -> Drawing:
    """The middle of each Gaussian, always as large."""
    pose, intrinsics, drawing = _blank(camera)
    geometry = drawer.geometry
    colors = drawer.kept("colors", lambda splats: _colors(splats.sh))
    dots = np.empty((len(geometry), 3), np.float32)
    with threads.LOCK:
        solids.project_dots(pose, intrinsics, geometry.means, NEAR, dots)
        workers = threads.workers()
        solids.draw_dots(dots, colors, DOT_RADIUS, drawing.depth, drawing.color, drawing.alpha, workers)
    return drawing


MODES: dict[str, Callable[[Drawer, Camera], Drawing]] = {
    "color": color,
    "depth": depth,
    "normals": normals,
    "alpha": alpha,
    "ellipsoids": ellipsoids,
    "centers": centers,
}


def to_screen(drawing: Drawing, rgba: NDArray[np.uint8], screen_depth: NDArray[np.float32]) -> None:
    """Write a picture as screens take it, the first row lowest.

    Parameters
    ----------
    drawing : Drawing
        With depth.
    rgba : (H, W, 4) uint8
        Filled.
    screen_depth : (H, W) float32
        Filled.
    """
    with threads.LOCK:
        eight_bits.to_screen(drawing.color, drawing.alpha, drawing.depth, rgba, screen_depth)


def depth_limits(drawings: Sequence[Drawing]) -> tuple[float, float]:
    """Nearest and farthest depth that get a colour of their own in these pictures, the second larger."""
    seen = np.concatenate([_depths_seen(drawing) for drawing in drawings])
    near, far = np.percentile(seen, OUTLIERS) if len(seen) else (1.0, 1.0)
    return max(float(near), 1e-6), max(float(far), 1.001 * float(near), 2e-6)


def _depths_seen(drawing: Drawing) -> NDArray[np.float32]:
    step = max(1, drawing.alpha.size // SAMPLES)
    return drawing.depth.reshape(-1)[::step][drawing.alpha.reshape(-1)[::step] > SEEN]


def _viridis(level: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours in [0, 1] of levels in [0, 1]."""
    import cv2

    scale = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[None], cv2.COLORMAP_VIRIDIS)[0, :, ::-1]
    colors = np.ascontiguousarray(scale, np.float32) / 255
    return colors[(np.clip(level, 0, 1) * 255).astype(np.uint8)]


def _facing(drawer: Drawer, camera_from_world: Tensor) -> Tensor:
    """(N, 3): normals in the axes of a picture (right, up, towards), turned to the camera."""
    rotation, translation = camera_from_world[:3, :3], camera_from_world[:3, 3]
    shortest = drawer.kept("shortest", lambda splats: torch.from_numpy(_shortest(splats)).to(drawer.device))
    means = drawer.gaussians.means @ rotation.T + translation
    local = shortest @ rotation.T
    away = (local * means).sum(1, keepdim=True) > 0
    return torch.where(away, -local, local) * local.new_tensor([1.0, -1.0, -1.0])


def _blank(camera: Camera) -> tuple[NDArray[np.float32], NDArray[np.float32], Drawing]:
    """Pose and intrinsics as kernels take them, and a picture to fill."""
    shape = camera.height, camera.width
    drawing = Drawing(*(np.empty(size, np.float32) for size in ((*shape, 3), shape, shape)))
    return camera.camera_from_world.astype(np.float32), camera.intrinsics.astype(np.float32), drawing


def _solid(splats: Splats) -> tuple[NDArray[np.float32], ...]:
    """Means, semi-axes as columns, and colours of what is opaque enough to be shown as a body."""
    shown = splats.opacities >= FAINT
    scales = SIGMAS * splats.scales[shown]
    scales = np.maximum(scales, FLATTEST * scales.max(1, keepdims=True, initial=1e-9))
    axes = _rotations(splats.quaternions[shown]) * scales[:, None, :]
    return splats.means[shown], axes, _colors(splats.sh[shown])


def _shortest(splats: Splats) -> NDArray[np.float32]:
    return np.take_along_axis(_rotations(splats.quaternions), splats.scales.argmin(1)[:, None, None], axis=2)[..., 0]


def _rotations(quaternions: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 3, 3): rotation matrices of unit quaternions w, x, y, z."""
    w, x, y, z = quaternions.T
    entries = [
        *(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        *(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        *(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    ]
    return np.stack(entries, axis=1).reshape(-1, 3, 3)


def _colors(sh: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 3): colours in [0, 1] from all sides alike."""
    return np.clip(0.5 + SH_C0 * sh[:, 0], 0, 1)
