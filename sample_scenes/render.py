"""Exact ray casting of superquadrics, with soft shadows and supersampling.

In a block's frame, scaled to unit size, the surface is the unit sphere of a norm (nested p-norms with p = 2 / e >= 1).
A norm is convex along a ray, so Newton's method from outside never passes the first crossing, and a slope that is no
longer negative proves a miss.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.scene import Camera
from sample_scenes.scene import Block, Scene
from sample_scenes.textures import color

Array = NDArray[np.float64]

LIGHT = np.array([0.45, -0.35, 0.82])
LIGHT_RADIUS = 0.22
LIGHT_SAMPLES = 8
SURFACE_OFFSET = 1e-6
NEWTON_STEPS = 60


@dataclass(frozen=True, eq=False)
class Picture:
    """A view of a scene.

    Parameters
    ----------
    image : (height, width, 3) uint8
        sRGB, the mean over each pixel.
    depth : (height, width) float32
        z in camera coordinates at the pixel's centre, world units; 0 where nothing is hit.
    labels : (height, width) uint8
        Block seen at the pixel's centre, counted from 1 (the ground); 0 where nothing is hit.
    """

    image: NDArray[np.uint8]
    depth: NDArray[np.float32]
    labels: NDArray[np.uint8]


def _p_norm(a: Array, b: Array, power: float) -> tuple[Array, Array, Array]:
    """(a^p + b^p)^(1/p) of non-negative numbers, and its derivatives by a and b."""
    largest = np.maximum(np.maximum(a, b), 1e-300)
    norm = np.maximum(largest * ((a / largest) ** power + (b / largest) ** power) ** (1 / power), 1e-300)
    return norm, (a / norm) ** (power - 1), (b / norm) ** (power - 1)


def superquadric_norm(points: Array, exponents: tuple[float, float]) -> tuple[Array, Array]:
    """The norm whose unit sphere is the superquadric of unit scale.

    Parameters
    ----------
    points : (N, 3) float64
        In the block's frame, divided by its scale.
    exponents : (float, float)
        e1, e2 in (0, 2].

    Returns
    -------
    norm : (N,) float64
        Below one inside, one on the surface.
    gradient : (N, 3) float64
    """
    x, y, z = np.abs(points).T
    ring, by_x, by_y = _p_norm(x, y, 2 / exponents[1])
    norm, by_ring, by_z = _p_norm(ring, z, 2 / exponents[0])
    return norm, np.sign(points) * np.stack([by_ring * by_x, by_ring * by_y, by_z], axis=1)


def _may_hit(block: Block, origins: Array, directions: Array) -> NDArray[np.intp]:
    """Indices of the rays that pass through the sphere around a block's box."""
    toward = np.array(block.translation) - origins
    along = np.einsum("ij,ij->i", toward, directions)
    squared = np.einsum("ij,ij->i", directions, directions)
    miss = np.einsum("ij,ij->i", toward, toward) * squared - along**2
    return np.flatnonzero(miss <= squared * np.square(block.scale).sum())


def _box_interval(origins: Array, directions: Array) -> tuple[Array, Array]:
    """Where rays enter and leave the cube [-1, 1]^3; the entry is at least zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (-1 - origins) / directions, (1 - origins) / directions
    enter, leave = np.fmin(one, other), np.fmax(one, other)
    return (
        np.fmax(np.fmax(enter[:, 0], enter[:, 1]), np.fmax(enter[:, 2], 0.0)),
        np.fmin(np.fmin(leave[:, 0], leave[:, 1]), leave[:, 2]),
    )


def intersect(block: Block, origins: Array, directions: Array) -> Array:
    """Distance along each ray to the first crossing, from outside, in units of its direction; infinite for a miss.

    Parameters
    ----------
    block : Block
    origins, directions : (N, 3) float64
        World coordinates.
    """
    result = np.full(len(origins), np.inf)
    rays = _may_hit(block, origins, directions)
    start = block.to_local(origins[rays]) / block.scale
    step = directions[rays] @ block.world_from_block / block.scale
    distance, leave = _box_interval(start, step)
    active = np.flatnonzero(distance <= leave)
    for _ in range(NEWTON_STEPS):
        if not len(active):
            break
        norm, gradient = superquadric_norm(start[active] + distance[active, None] * step[active], block.exponents)
        slope = np.einsum("ij,ij->i", gradient, step[active])
        arrived = (norm - 1 < 1e-12) & (slope < 0)
        result[rays[active[arrived]]] = distance[active[arrived]]
        onward = ~arrived & (slope < 0)
        active = active[onward]
        distance[active] -= (norm[onward] - 1) / slope[onward]
        active = active[distance[active] <= leave[active]]
    return result


def cast(scene: Scene, origins: Array, directions: Array) -> tuple[Array, NDArray[np.uint8]]:
    """First hit of each ray: distance in units of its direction, and the block's label (0 for none)."""
    nearest = np.full(len(origins), np.inf)
    labels = np.zeros(len(origins), np.uint8)
    for label, block in enumerate(scene.blocks, start=1):
        distance = intersect(block, origins, directions)
        closer = distance < nearest
        nearest[closer], labels[closer] = distance[closer], label
    return nearest, labels


def normals(block: Block, points: Array) -> Array:
    """Outward unit normals (N, 3) at world points on a block's surface."""
    _, gradient = superquadric_norm(block.to_local(points) / block.scale, block.exponents)
    outward = (gradient / block.scale) @ block.world_from_block.T
    return outward / np.linalg.norm(outward, axis=1, keepdims=True)


def _light_directions() -> Array:
    """Directions spread over the lamp's disc (Vogel's spiral): (LIGHT_SAMPLES, 3)."""
    toward = LIGHT / np.linalg.norm(LIGHT)
    side = np.cross(toward, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    index = np.arange(LIGHT_SAMPLES)
    radius = LIGHT_RADIUS * np.sqrt((index + 0.5) / LIGHT_SAMPLES)
    angle = index * np.pi * (3 - np.sqrt(5))
    disc = radius[:, None] * (np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * np.cross(toward, side))
    return toward + disc


def _light(scene: Scene, points: Array, outward: Array) -> Array:
    """Share of light (N,) that a surface point receives from the lamp and the room."""
    origins = points + SURFACE_OFFSET * outward
    direct = np.zeros(len(points))
    for direction in _light_directions():
        cosine = outward @ direction / np.linalg.norm(direction)
        lit = np.flatnonzero(cosine > 0)
        for block in scene.blocks[1:]:
            lit = lit[np.isinf(intersect(block, origins[lit], np.broadcast_to(direction, (len(lit), 3))))]
        direct[lit] += cosine[lit] / LIGHT_SAMPLES
    return 0.42 + 0.13 * outward[:, 2] + 0.62 * direct


def background(directions: Array) -> Array:
    """Colour (N, 3) of a room far away: a dim floor, a wall, and the glow of a window."""
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    rise = np.clip(unit[:, 2:] * 0.9 + 0.5, 0, 1)
    floor, wall = np.array([0.44, 0.41, 0.40]), np.array([0.84, 0.83, 0.80])
    glow = np.clip(unit @ [0.6, 0.7, 0.2], 0, 1)[:, None] ** 3
    return np.clip(floor + (wall - floor) * rise + glow * [0.06, 0.09, 0.14], 0, 1)


def surface_color(scene: Scene, block: Block, points: Array) -> Array:
    """Lit colour (N, 3), sRGB in [0, 1], of world points on a block's surface; the same from everywhere."""
    light = _light(scene, points, normals(block, points))
    return np.clip(color(block.to_local(points), block) * light[:, None], 0, 1)


def _shade(scene: Scene, origins: Array, directions: Array) -> Array:
    distance, labels = cast(scene, origins, directions)
    colors = background(directions)
    for label, block in enumerate(scene.blocks, start=1):
        seen = np.flatnonzero(labels == label)
        colors[seen] = surface_color(scene, block, origins[seen] + distance[seen, None] * directions[seen])
    return colors


def _rays(camera: Camera, x: Array, y: Array) -> tuple[Array, Array]:
    """World rays whose directions have z = 1 in camera coordinates, so that distance is depth."""
    local = np.stack([(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, np.ones_like(x)], axis=-1).reshape(
        -1, 3
    )
    directions = local @ camera.world_from_camera[:3, :3].T
    return np.broadcast_to(camera.center, directions.shape), directions


def render(scene: Scene, camera: Camera, supersampling: int = 4) -> Picture:
    """Draw a scene.

    Parameters
    ----------
    scene : Scene
    camera : Camera
        Without distortion.
    supersampling : int
        Rays per pixel along each axis.
    """
    height, width = camera.height, camera.width
    y, x = np.mgrid[:height, :width] + 0.5
    distance, labels = cast(scene, *_rays(camera, x, y))
    depth = np.where(np.isinf(distance), 0, distance).reshape(height, width)
    image = np.zeros((height * width, 3))
    for v, u in np.ndindex(supersampling, supersampling):
        shift_x, shift_y = (np.array([u, v]) + 0.5) / supersampling - 0.5
        image += _shade(scene, *_rays(camera, x + shift_x, y + shift_y))
    image = np.round(255 * image / supersampling**2).astype(np.uint8).reshape(height, width, 3)
    return Picture(image, depth.astype(np.float32), labels.reshape(height, width))
