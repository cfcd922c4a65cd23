"""Scenes of a few blocks whose parts are known exactly: some stand alone, some touch, some are stacked."""

from __future__ import annotations

import colorsys

import numpy as np
from numpy.typing import NDArray

from recon.scene import Blocks, Camera, Points
from sample_scenes.render import Picture
from sample_scenes.scene import Block, Scene, Texture, Vector, orbit, yaw
from sample_scenes.textures import color

KINDS: dict[str, tuple[float, float]] = {
    "box": (0.1, 0.1),
    "cylinder": (0.1, 1.0),
    "ellipsoid": (1.0, 1.0),
    "pillow": (0.5, 0.5),
}
FLAT = ("box", "cylinder")  # what something can stand on
FEWEST, MOST = 3, 6
SMALLEST, LARGEST = 0.07, 0.13
REACH = 0.36  # of centres from the middle
GAP = 0.03
GROUND_HALF = 1.3
STACKED, TOUCHING = 0.3, 0.25  # shares of the blocks after the first
PATTERNS = ("marble", "stripes", "tiles", "peel")
TEXELS = 16
PATIENCE = 5000  # tries after which a scene is begun anew


def make_blocks(seed: int, views: int = 24, width: int = 128, height: int = 96) -> Scene:
    """Invent a scene of three to six blocks on a large ground; the same arguments always give the same one.

    Parameters
    ----------
    seed : int
    views : int
        Cameras on three rings.
    width, height : int
        Image size in pixels.

    Returns
    -------
    Scene
        Blocks within half a unit of the middle, z up, the ground at z = 0.
    """
    generator = np.random.default_rng([seed, 5])
    count = int(generator.integers(FEWEST, MOST + 1))
    blocks: list[Block] = []
    free: list[int] = []  # flat blocks that nothing stands on yet
    tries = 0
    while len(blocks) < count:
        tries += 1
        if tries % PATIENCE == 0:  # those that are there leave no place for another
            blocks, free = [], []
        kind = str(generator.choice(list(KINDS)))
        choice = generator.random()
        if free and choice < STACKED:
            made = _stacked(generator, kind, blocks[free.pop()], len(blocks), count)
        elif kind == "box" and choice < STACKED + TOUCHING:
            made = _touching(generator, blocks, len(blocks), count)
        else:
            made = _alone(generator, kind, blocks, len(blocks), count)
        if made is None:
            continue
        on_the_ground = made.translation[2] <= made.scale[2] + 1e-9
        if kind in FLAT and on_the_ground:
            free.append(len(blocks))
        blocks.append(made)
    cameras = _cameras(views, width, height, generator)
    return Scene(f"blocks{seed}", seed, (_ground(generator), *blocks), cameras)


def _ground(generator: np.random.Generator) -> Block:
    stone = ((0.62, 0.60, 0.55), (0.40, 0.38, 0.36), (0.72, 0.68, 0.60))
    texture = Texture("marble", stone, 0.25, int(generator.integers(1000)))
    scale = (GROUND_HALF, GROUND_HALF, 0.02)
    return Block("ground", scale, (0.1, 0.1), yaw(0), (0.0, 0.0, -0.02), texture)


def _cameras(views: int, width: int, height: int, generator: np.random.Generator) -> tuple[Camera, ...]:
    rings = [views // 3 + (index < views % 3) for index in range(3)]
    target = (0.0, 0.0, 0.1)
    poses = [
        pose
        for count, rise in zip(rings, (22, 36, 52), strict=True)
        for pose in orbit(count, rise, 1.25, target, generator)
    ]
    order = generator.permutation(len(poses))
    focal = 1.2 * width
    return tuple(Camera(width, height, focal, focal, width / 2, height / 2, poses[index]) for index in order)


def _half(generator: np.random.Generator, kind: str) -> NDArray[np.float64]:
    half = generator.uniform(SMALLEST, LARGEST, 3)
    if kind == "cylinder":
        half[1] = half[0]
    return half


def _texture(generator: np.random.Generator, index: int, count: int) -> Texture:
    hue = (index + generator.uniform(0.1, 0.4)) / count

    def tint(shift: float, saturation: float, value: float) -> Vector:
        return colorsys.hsv_to_rgb((hue + shift) % 1, saturation, value)

    colors = (tint(0, 0.7, 0.9), tint(0.06, 0.55, 0.45), tint(-0.06, 0.4, 0.95))
    period = float(generator.uniform(0.05, 0.09))
    return Texture(str(generator.choice(PATTERNS)), colors, period, int(generator.integers(1000)))


def _block(  # noqa: PLR0913 - what a block is made of
    generator: np.random.Generator, kind: str, half: NDArray[np.float64], turn: float,
    place: NDArray[np.float64], index: int, count: int,
) -> Block:  # fmt: skip
    a, b, c = half.tolist()
    x, y, z = place.tolist()
    return Block(f"block{index + 1}", (a, b, c), KINDS[kind], yaw(turn), (x, y, z), _texture(generator, index, count))


def _alone(generator: np.random.Generator, kind: str, others: list[Block], index: int, count: int) -> Block | None:
    half = _half(generator, kind)
    place = np.array([*generator.uniform(-REACH, REACH, 2), half[2]])
    if np.hypot(*place[:2]) > REACH or not _is_free(place, half, others):
        return None
    return _block(generator, kind, half, generator.uniform(0, 180), place, index, count)


def _touching(generator: np.random.Generator, others: list[Block], index: int, count: int) -> Block | None:
    """A box side by side with one that stands on the ground, turned as that."""
    boxes = [block for block in others if block.exponents == KINDS["box"] and block.translation[2] <= block.scale[2]]
    if not boxes:
        return None
    beside, half, axis = boxes[int(generator.integers(len(boxes)))], _half(generator, "box"), int(generator.integers(2))
    direction = beside.world_from_block[:, axis] * generator.choice([-1, 1])
    place = np.array(beside.translation) + direction * (beside.scale[axis] + half[axis])
    place[2] = half[2]
    if not _is_free(place, half, [other for other in others if other is not beside]):
        return None
    turn = float(np.degrees(np.arctan2(beside.world_from_block[1, 0], beside.world_from_block[0, 0])))
    return _block(generator, "box", half, turn, place, index, count)


def _stacked(generator: np.random.Generator, kind: str, below: Block, index: int, count: int) -> Block:
    half = _half(generator, kind)
    half[:2] = np.minimum(half[:2], 0.85 * min(below.scale[:2]))
    if kind == "cylinder":
        half[:2] = half[:2].min()
    place = np.array([*below.translation[:2], below.translation[2] + below.scale[2] + half[2]])
    return _block(generator, kind, half, generator.uniform(0, 180), place, index, count)


def _is_free(place: NDArray[np.float64], half: NDArray[np.float64], others: list[Block]) -> bool:
    return all(
        np.hypot(*(place - other.translation)[:2]) > np.hypot(*half[:2]) + np.hypot(*other.scale[:2]) + GAP
        for other in others
    )


def truth_blocks(scene: Scene) -> Blocks:
    """The blocks of a scene, without its ground, as a result would be: unlit colours at the middles of texels."""
    from recon.scene.superquadrics import cube_centers, surface

    parts = scene.blocks[1:]
    scales, exponents = (np.array([getattr(part, name) for part in parts]) for name in ("scale", "exponents"))
    points = surface(cube_centers(TEXELS).reshape(-1, 3), scales, exponents, np.zeros((len(parts), 2)))
    colors = [color(mine, part) for mine, part in zip(points, parts, strict=True)]
    quaternions = np.array([part.quaternion for part in parts])
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    return Blocks(
        centers=np.array([part.translation for part in parts], np.float32),
        quaternions=quaternions.astype(np.float32),
        scales=scales.astype(np.float32),
        exponents=exponents.astype(np.float32),
        tapers=np.zeros((len(parts), 2), np.float32),
        opacities=np.ones(len(parts), np.float32),
        textures=np.rint(np.stack(colors) * 255).astype(np.uint8).reshape(-1, 6, TEXELS, TEXELS, 3),
        names=tuple(part.name for part in parts),
    )


def seed_points(
    scene: Scene, pictures: list[Picture], generator: np.random.Generator, per_view: int = 200, noise: float = 0.004
) -> Points:
    """Points such as structure from motion gives: of random pixels, and off by `noise` world units along each axis."""
    positions, colors = [], []
    for camera, picture in zip(scene.cameras, pictures, strict=True):
        rows, columns = np.nonzero((picture.depth > 0) & (picture.depth < 2.2))
        kept = generator.choice(len(rows), min(per_view, len(rows)), replace=False)
        row, column = rows[kept], columns[kept]
        depth = picture.depth[row, column].astype(np.float64)
        rays = np.stack(
            [(column + 0.5 - camera.cx) / camera.fx, (row + 0.5 - camera.cy) / camera.fy, np.ones(len(kept))], 1
        )
        local = rays * depth[:, None]
        world = local @ camera.world_from_camera[:3, :3].T + camera.world_from_camera[:3, 3]
        positions.append(world + noise * generator.standard_normal(world.shape))
        colors.append(picture.image[row, column] / 255)
    return Points(np.concatenate(positions).astype(np.float32), np.concatenate(colors).astype(np.float32))
