"""Splats, eyes and operations to edit with."""

from __future__ import annotations

from typing import get_args

import numpy as np
from hypothesis import strategies as st

from recon.editing import (
    VALUES,
    All,
    Clear,
    CropToBox,
    Delete,
    Eye,
    Grow,
    Hide,
    Invert,
    Placement,
    SeenFrom,
    SelectBox,
    SelectBrush,
    SelectByValue,
    SelectFloaters,
    SelectionMode,
    SelectPolygon,
    SelectRectangle,
    SelectSphere,
    ShowAll,
    Transform,
)
from recon.scene import Camera, Splats


def ball(count: int = 400, degree: int = 3, seed: int = 0) -> Splats:
    """Splats all over a ball of radius about 1 around the origin."""
    random = np.random.default_rng(seed)
    quaternions = random.normal(size=(count, 4))
    return Splats(
        means=(0.5 * random.normal(size=(count, 3))).astype(np.float32),
        quaternions=(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).astype(np.float32),
        scales=random.uniform(0.02, 0.1, (count, 3)).astype(np.float32),
        opacities=random.uniform(0.1, 0.95, count).astype(np.float32),
        sh=random.normal(scale=0.3, size=(count, (degree + 1) ** 2, 3)).astype(np.float32),
    )


def looking_at_origin(position: tuple, width: int = 80, height: int = 60, focal: float = 70.0) -> Camera:
    forward = -np.array(position, np.float64) / np.linalg.norm(position)
    right = np.cross(forward, (0.0, 0.1, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = position
    return Camera(width, height, focal, focal, width / 2, height / 2, pose)


def ring(count: int = 12, radius: float = 4.0) -> tuple[Eye, ...]:
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return tuple(Eye.of(looking_at_origin((radius * np.cos(a), radius * np.sin(a), 1.0))) for a in angles)


EYE = Eye.of(looking_at_origin((0.0, -4.0, 0.5)))
NUMBERS = st.floats(-3, 3)
TRIPLES = st.tuples(NUMBERS, NUMBERS, NUMBERS)
ROTATIONS = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS).filter(lambda q: np.linalg.norm(q) > 0.1)
PLACEMENTS = st.builds(Placement, TRIPLES, ROTATIONS, st.floats(0.3, 3))
SIZES = st.tuples(*[st.floats(0.1, 3)] * 3)
MODES = st.sampled_from(get_args(SelectionMode))
POINTS = st.tuples(st.floats(-20, 100, width=16), st.floats(-20, 80, width=16))
PATHS = st.lists(POINTS, min_size=1, max_size=12).map(tuple)
EYES = st.sampled_from([EYE, *ring(5)])
ON_SCREEN = {"mode": MODES, "eye": EYES, "front_only": st.booleans()}
OPERATIONS = st.one_of(
    st.builds(SelectRectangle, **ON_SCREEN, start=POINTS, end=POINTS),
    st.builds(SelectPolygon, **ON_SCREEN, points=PATHS),
    st.builds(SelectBrush, **ON_SCREEN, points=PATHS, radius=st.floats(0.5, 30)),
    st.builds(SelectSphere, mode=MODES, center=TRIPLES, radius=st.floats(0, 2)),
    st.builds(SelectBox, mode=MODES, placement=PLACEMENTS, size=SIZES),
    st.builds(SelectByValue, mode=MODES, value=st.sampled_from(VALUES), low=st.none() | st.floats(0, 1)),
    st.builds(SelectFloaters, mode=MODES, sensitivity=st.floats(0, 1)),
    st.builds(Grow, neighbours=st.integers(1, 12)),
    st.builds(CropToBox, placement=PLACEMENTS, size=SIZES),
    st.builds(Transform, placement=PLACEMENTS),
    st.sampled_from([Invert(), All(), Clear(), Delete(), Hide(), ShowAll(), SeenFrom(ring(3))]),
)
LISTS = st.lists(OPERATIONS, max_size=6).map(lambda operations: (SeenFrom(ring()), *operations))
