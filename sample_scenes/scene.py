"""What a sample scene is: superquadric blocks with textures, one light, and the cameras that look at them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.scene import Camera

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Texture:
    """A solid texture: a colour for every point of a block, in the block's own frame.

    Parameters
    ----------
    pattern : str
        A name in `sample_scenes.textures.PATTERNS`.
    colors : tuple of Vector
        sRGB in [0, 1]; what each is for depends on the pattern.
    period : float
        Size of the pattern, world units.
    seed : int
        Of its noise.
    """

    pattern: str
    colors: tuple[Vector, ...]
    period: float
    seed: int = 0


@dataclass(frozen=True)
class Block:
    """A textured superquadric (Barr 1981), the truth a block method is measured against.

    Its surface is ((|x/a|^(2/e2) + |y/b|^(2/e2))^(e2/e1) + |z/c|^(2/e1)) = 1 in its own frame.

    Parameters
    ----------
    name : str
    scale : Vector
        Half sizes a, b, c, world units.
    exponents : (float, float)
        e1 (towards the poles, z) and e2 (around z), in (0, 2], where the shape is convex: 0.1 is a box,
        1 an ellipsoid.
    quaternion : (float, float, float, float)
        Rotation world_from_block as w, x, y, z.
    translation : Vector
        Centre, world coordinates.
    texture : Texture
    """

    name: str
    scale: Vector
    exponents: tuple[float, float]
    quaternion: tuple[float, float, float, float]
    translation: Vector
    texture: Texture

    @property
    def world_from_block(self) -> NDArray[np.float64]:
        """(3, 3) float64: the rotation."""
        w, x, y, z = np.asarray(self.quaternion) / np.linalg.norm(self.quaternion)
        return np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        )

    def to_local(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """World points (N, 3) in the block's frame, still in world units."""
        return (points - self.translation) @ self.world_from_block


@dataclass(frozen=True, eq=False)
class Scene:
    """A scene that can be drawn exactly from anywhere.

    Parameters
    ----------
    name : str
    seed : int
    blocks : tuple of Block
        The first one is the ground; the others stand on it. z is up.
    cameras : tuple of Camera
        Without distortion.
    """

    name: str
    seed: int
    blocks: tuple[Block, ...]
    cameras: tuple[Camera, ...]

    def truth(self) -> list[dict[str, Any]]:
        """The blocks as JSON-compatible values."""
        return [asdict(block) for block in self.blocks]


def yaw(degrees: float) -> tuple[float, float, float, float]:
    """Quaternion w, x, y, z of a turn about z."""
    half = np.radians(degrees) / 2
    return float(np.cos(half)), 0.0, 0.0, float(np.sin(half))


def look_at(eye: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pose of a camera that stands upright at `eye`.

    Returns
    -------
    (4, 4) float64
        world_from_camera, x right, y down, z forward, rounded so that it is the same on every machine.
    """
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3] = np.stack([right, np.cross(forward, right), forward, eye], axis=1)
    return np.round(pose, 12)


def orbit(
    count: int, elevation: float, radius: float, target: Vector, generator: np.random.Generator
) -> list[NDArray[np.float64]]:
    """Poses (4, 4) on a ring around `target`, slightly uneven as a hand would do it.

    Parameters
    ----------
    count : int
    elevation : float
        Degrees above the horizon.
    radius : float
        Distance to the target, world units.
    target : Vector
    generator : numpy.random.Generator
    """
    poses = []
    for index in range(count):
        azimuth = 2 * np.pi * (index + generator.uniform(-0.15, 0.15)) / count
        height = np.radians(elevation + generator.uniform(-2, 2))
        direction = [np.cos(height) * np.cos(azimuth), np.cos(height) * np.sin(azimuth), np.sin(height)]
        eye = np.array(target) + radius * generator.uniform(0.96, 1.04) * np.array(direction)
        poses.append(look_at(eye, np.array(target) + generator.uniform(-0.02, 0.02, 3) * radius))
    return poses
