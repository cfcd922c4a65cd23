"""Streets whose depth is known exactly: a road and lawns, textured houses on both sides, poles, and a weak highlight.

z is up and the street runs along y; lengths are metres. The cameras drive along it, looking left and right.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recon.scene import Camera, Capture, Points, View
from recon.scene.capture import Split
from sample_scenes.generator import DrawnImage, view_name

Floats = NDArray[np.float64]

HALF_WIDTH, FIRST, LAST = 5.5, -1.0, 25.0  # of the ground
ROAD, LAWN = 2.2, 3.3
POLE_RADIUS, POLE_HEIGHT = 0.13, 2.6
LIGHT = np.array([0.5, -0.45, 0.75]) / np.linalg.norm([0.5, -0.45, 0.75])
HIGHLIGHT, SHARPNESS = 0.25, 20
FOCAL = 0.59375  # of the width
CANDIDATES, CLOUD, CLOUD_NOISE = 40_000, 20_000, 0.025
DEPTH_NOISE = 0.01
EVERY = 8


@dataclass(frozen=True, eq=False)
class Street:
    """What stands on a street.

    Parameters
    ----------
    seed : int
    boxes : (B, 6) float64
        Lowest and highest corner of each house.
    colors : (B, 3) float64
    poles : (P, 2) float64
        Where they stand.
    """

    seed: int
    boxes: Floats
    colors: Floats
    poles: Floats


@dataclass(frozen=True, eq=False)
class Depth:
    """A depth image in memory, as a capture wants it."""

    array: NDArray[np.float32]

    def read(self, width: int, height: int) -> NDArray[np.float32]:
        """Read at a size by nearest pixels."""
        rows = (np.arange(height) + 0.5) * self.array.shape[0] / height
        columns = (np.arange(width) + 0.5) * self.array.shape[1] / width
        return self.array[rows.astype(int)[:, None], columns.astype(int)]


@dataclass(frozen=True, eq=False)
class StreetScene:
    """A street, photographed.

    Parameters
    ----------
    capture : Capture
        With points, and with depth images whose noise is 1 %.
    depth : dict of view name to (H, W) float32
        Exact z at pixel centres; 0 is sky.
    """

    capture: Capture
    depth: dict[str, NDArray[np.float32]]


def make_street(seed: int) -> Street:
    """Invent a street of six to ten houses and four to six poles; the same seed always gives the same one."""
    generator = np.random.default_rng([seed, 7])
    boxes = []
    rows = int(generator.integers(3, 6))
    pitch = 24.0 / rows
    for row in range(rows):
        for side in (-1, 1):
            width, height = generator.uniform(1.5, 2.0), generator.uniform(1.8, 3.6)
            length = generator.uniform(0.45, 0.75) * pitch
            x = side * (3.4 + width / 2 + generator.uniform(0, 0.3))
            y = 0.5 + row * pitch + length / 2 + generator.uniform(0, 0.15 * pitch)
            boxes.append([x - width / 2, y - length / 2, 0, x + width / 2, y + length / 2, height])
    count = int(generator.integers(4, 7))
    along = np.linspace(3, 21, count) + generator.uniform(-0.8, 0.8, count)
    poles = np.stack([np.where(np.arange(count) % 2 == 0, -2.7, 2.7), along], 1)
    return Street(seed, np.array(boxes), generator.uniform(0.25, 0.9, (len(boxes), 3)), poles)


def drive(views: int, width: int, height: int) -> list[Camera]:
    """Cameras along the street."""
    cameras = []
    for index in range(views):
        s = index / max(1, views - 1)
        place = np.array([0.9 * np.sin(6 * s), -0.5 + 17 * s, 1.25 + 0.25 * np.sin(11 * s)])
        turn, tilt = 0.45 * np.sin(index * 1.7), -0.08 + 0.06 * np.sin(index * 0.9)
        forward = np.array([np.sin(turn) * np.cos(tilt), np.cos(turn) * np.cos(tilt), np.sin(tilt)])
        right = np.cross(forward, [0, 0, 1])
        right /= np.linalg.norm(right)
        pose = np.eye(4)
        pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], 1)
        pose[:3, 3] = place
        focal = FOCAL * width
        cameras.append(Camera(width, height, focal, focal, width / 2, height / 2, pose))
    return cameras


def photograph(street: Street, views: int = 40, width: int = 160, height: int = 96) -> StreetScene:
    """Photograph a street, four rays for each pixel, with points on what the training views see.

    Parameters
    ----------
    street : Street
    views : int
        Every eighth is held out, from the fifth on: at the end of the drive is ground that no other view sees.
    width, height : int
        Pixels.
    """
    generator = np.random.default_rng([street.seed, 8])
    made, depth = [], {}
    for index, camera in enumerate(drive(views, width, height)):
        color = np.mean([_shaded(street, camera, x, y) for x in (-0.25, 0.25) for y in (-0.25, 0.25)], axis=0)
        exact = np.where(np.isfinite(cast := _cast(street, *_rays(camera))[0]), cast, 0).reshape(height, width)
        noisy = exact * (1 + DEPTH_NOISE * generator.normal(size=exact.shape))
        image = DrawnImage(np.rint(color * 255).astype(np.uint8).reshape(height, width, 3))
        split: Split = "test" if index % EVERY == EVERY // 2 else "train"
        made.append(View(view_name(index), camera, image, depth=Depth(noisy.astype(np.float32)), split=split))
        depth[view_name(index)] = exact.astype(np.float32)
    source = f"sample street {street.seed}"
    capture = Capture(f"street{street.seed}", tuple(made), source=source, keeps_split=True)
    return StreetScene(replace(capture, points=_cloud(street, capture, depth, generator)), depth)


def _rays(camera: Camera, x: float = 0.0, y: float = 0.0) -> tuple[Floats, Floats]:
    """Origin, and directions (H * W, 3) whose length along the optical axis is one."""
    rows, columns = np.mgrid[: camera.height, : camera.width] + 0.5
    local = np.stack(
        [(columns + x - camera.cx) / camera.fx, (rows + y - camera.cy) / camera.fy, np.ones_like(rows)], -1
    )
    return camera.center, local.reshape(-1, 3) @ camera.world_from_camera[:3, :3].T


def _cast(street: Street, origin: Floats, rays: Floats) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Distance in lengths of each ray, what it meets (-1 sky, 0 ground, then houses, then poles), and normals."""
    distance, what = np.full(len(rays), np.inf), np.full(len(rays), -1)
    normals = np.zeros((len(rays), 3))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = -origin[2] / rays[:, 2]
        x, y = origin[0] + t * rays[:, 0], origin[1] + t * rays[:, 1]
        met = (t > 0) & (np.abs(x) < HALF_WIDTH) & (y > FIRST) & (y < LAST)
        distance[met], what[met], normals[met] = t[met], 0, (0, 0, 1)
        for index, box in enumerate(street.boxes):
            low, high = (box[:3] - origin) / rays, (box[3:] - origin) / rays
            near, far = np.minimum(low, high), np.maximum(low, high).min(1)
            entry = near.max(1)
            met = (entry < far) & (entry > 0) & (entry < distance)
            axis = near.argmax(1)[met]
            facing = np.zeros((met.sum(), 3))
            facing[np.arange(len(axis)), axis] = -np.sign(rays[met][np.arange(len(axis)), axis])
            distance[met], what[met], normals[met] = entry[met], index + 1, facing
        for index, pole in enumerate(street.poles):
            met, t, facing = _cast_pole(pole, origin, rays)
            met &= t < distance
            distance[met], what[met], normals[met] = t[met], 1 + len(street.boxes) + index, facing[met]
    return distance, what, normals


def _cast_pole(pole: Floats, origin: Floats, rays: Floats) -> tuple[NDArray[np.bool_], Floats, Floats]:
    offset = origin[:2] - pole
    a, b = (rays[:, :2] ** 2).sum(1), rays[:, :2] @ offset
    root = b * b - a * (offset @ offset - POLE_RADIUS**2)
    t = (-b - np.sqrt(root)) / a
    z = origin[2] + t * rays[:, 2]
    around = (offset + t[:, None] * rays[:, :2]) / POLE_RADIUS
    return (root > 0) & (t > 0) & (z > 0) & (z < POLE_HEIGHT), t, np.concatenate([around, np.zeros((len(t), 1))], 1)


def _shaded(street: Street, camera: Camera, x: float, y: float) -> Floats:
    """(H * W, 3): colours along rays through pixels, off their centres by (x, y)."""
    origin, rays = _rays(camera, x, y)
    unit = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    distance, what, normals = _cast(street, origin, unit)
    up = unit[:, 2:].clip(-0.2, 1)
    color = np.array([0.75, 0.85, 0.95]) * (1 - up) + np.array([0.25, 0.45, 0.85]) * up
    hit = what >= 0
    points, normal = origin + distance[hit, None] * unit[hit], normals[hit]
    half = LIGHT - unit[hit]
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    lit = 0.45 + 0.55 * (normal @ LIGHT).clip(0)
    shine = HIGHLIGHT * (normal * half).sum(1).clip(0) ** SHARPNESS
    color[hit] = _texture(street, points, what[hit]) * lit[:, None] + shine[:, None]
    return color.clip(0, 1)


def _texture(street: Street, points: Floats, what: NDArray[np.int64]) -> Floats:
    x, y, z = points.T
    color = _ground(x, y)
    for index, box in enumerate(street.boxes):
        wall = what == index + 1
        along, up = x[wall] + y[wall], z[wall]
        paint = street.colors[index] * (1 + 0.12 * np.sin(7 * up + 2 * along))[:, None]
        window = ((along % 1.1) > 0.45) & ((up % 1.2) > 0.5) & (up < box[5] - 0.1)
        color[wall] = np.where(window[:, None], np.array([0.15, 0.2, 0.35]) * (1 + 0.5 * (index % 2)), paint)
    pole = what > len(street.boxes)
    color[pole] = np.where((z[pole] % 0.8 < 0.4)[:, None], [0.85, 0.2, 0.15], [0.9, 0.9, 0.9])
    return color.clip(0, 1)


def _ground(x: Floats, y: Floats) -> Floats:
    grain = 0.06 * (np.sin(5 * x + 2 * y) + np.sin(3.1 * y - 4 * x + 1))
    color = np.where(np.abs(x) < ROAD, 0.35, 0.62)[:, None] + grain[:, None] * np.array([1, 0.9, 0.7])
    color[(np.abs(x) < 0.1) & ((y % 2) < 1.2)] = 0.95
    color[np.abs(np.abs(x) - ROAD) < 0.1] = [0.8, 0.75, 0.5]
    lawn = np.abs(x) > LAWN
    color[lawn] = np.array([0.25, 0.5, 0.2]) + grain[lawn][:, None]
    return color


def _cloud(
    street: Street, capture: Capture, depth: dict[str, NDArray[np.float32]], generator: np.random.Generator
) -> Points:
    """Points on surfaces, evenly by area, of which some training view sees each."""
    points = _on_surfaces(street, generator)
    colors, seen = np.zeros((len(points), 3), np.float32), np.zeros(len(points), np.bool_)
    for view in capture.train:
        camera = view.camera
        (u, v), z = (pixels := camera.project(points))[0].T, pixels[1]
        inside = np.flatnonzero((z > 0.2) & (u > 0) & (u < camera.width) & (v > 0) & (v < camera.height))
        rows, columns = v[inside].astype(int), u[inside].astype(int)
        there = np.abs(depth[view.name][rows, columns] - z[inside]) < 0.12 + 0.04 * z[inside]
        seen[inside[there]] = True
        image = view.image.read(camera.width, camera.height)
        colors[inside[there]] = image[rows[there], columns[there]] / np.float32(255)
    chosen = generator.permutation(np.flatnonzero(seen))[:CLOUD]
    noisy = points[chosen] + CLOUD_NOISE * generator.normal(size=(len(chosen), 3))
    return Points(noisy.astype(np.float32), colors[chosen])


def _on_surfaces(street: Street, generator: np.random.Generator) -> Floats:
    """(N, 3): on the outsides of everything, evenly by area; poles have three times their share."""
    sizes = street.boxes[:, 3:] - street.boxes[:, :3]
    walls = 2 * sizes[:, 2] * (sizes[:, 0] + sizes[:, 1]) + sizes[:, 0] * sizes[:, 1]
    poles = np.full(len(street.poles), 3 * 2 * np.pi * POLE_RADIUS * POLE_HEIGHT)
    areas = np.concatenate([[2 * HALF_WIDTH * (LAST - FIRST)], walls, poles])
    counts = (CANDIDATES * areas / areas.sum()).astype(int)
    flat = generator.uniform([-HALF_WIDTH, FIRST, 0], [HALF_WIDTH, LAST, 0], (counts[0], 3))
    covered = np.zeros(len(flat), np.bool_)
    for box in street.boxes:
        covered |= ((flat[:, :2] > box[:2]) & (flat[:, :2] < box[3:5])).all(1)
    parts = [flat[~covered]]
    for box, size, count in zip(street.boxes, sizes, counts[1 : 1 + len(sizes)], strict=True):
        parts.append(_on_box(box, size, count, generator))
    for pole, count in zip(street.poles, counts[1 + len(sizes) :], strict=True):
        turn, height = generator.uniform(0, 2 * np.pi, count), generator.uniform(0, POLE_HEIGHT, count)
        ring = pole + POLE_RADIUS * np.stack([np.cos(turn), np.sin(turn)], 1)
        parts.append(np.concatenate([ring, height[:, None]], 1))
    return np.concatenate(parts)


def _on_box(box: Floats, size: Floats, count: int, generator: np.random.Generator) -> Floats:
    """Points on the four walls and the roof."""
    shares = np.array([size[1] * size[2]] * 2 + [size[0] * size[2]] * 2 + [size[0] * size[1]])
    side = generator.choice(5, size=count, p=shares / shares.sum())
    points = box[:3] + generator.uniform(size=(count, 3)) * size
    for number, (axis, value) in enumerate(((0, box[0]), (0, box[3]), (1, box[1]), (1, box[4]), (2, box[5]))):
        points[side == number, axis] = value
    return points
