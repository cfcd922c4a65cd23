"""Finding floaters: planted ones are found, and the scene is kept."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from edit_scenes import looking_at_origin, ring

from recon.editing import Edited, Eye, SeenFrom, SelectFloaters, apply
from recon.scene import Splats

FLOATERS = 60


def planted(seed: int) -> Splats:
    """A solid table top with an object on it, and large faint splats near the cameras, few of which see them."""
    random = np.random.default_rng(seed)
    table = random.uniform((-1.2, -1.2, -0.02), (1.2, 1.2, 0.02), (6000, 3))
    directions = random.normal(size=(4000, 3))
    thing = 0.5 * directions / np.linalg.norm(directions, axis=1, keepdims=True) + [0, 0, 0.5]
    angle, radius = random.uniform(0, 2 * np.pi, FLOATERS), random.uniform(2.6, 3.8, FLOATERS)
    floaters = np.stack([radius * np.cos(angle), radius * np.sin(angle), random.uniform(0.2, 1.4, FLOATERS)], axis=1)
    solid = len(table) + len(thing)
    scales = random.lognormal(np.log(0.02), 0.4, (solid + FLOATERS, 3))
    scales[solid:] = random.lognormal(np.log(0.12), 0.4, (FLOATERS, 3))
    opacities = np.concatenate([random.uniform(0.3, 1, solid), random.uniform(0.02, 0.4, FLOATERS)])
    count = solid + FLOATERS
    return Splats(
        np.concatenate([table, thing, floaters]).astype(np.float32),
        np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
        scales.astype(np.float32),
        opacities.astype(np.float32),
        np.zeros((count, 1, 3), np.float32),
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("eyes", [ring(24), ()], ids=["cameras", "no cameras"])
def test_planted_floaters_are_found_and_the_scene_is_kept(seed: int, eyes: tuple) -> None:
    splats = planted(seed)
    for sensitivity, found in ((0.5, 0.75), (0.65, 0.9), (0.8, 0.95)):
        selected = apply(splats, [SeenFrom(eyes), SelectFloaters(sensitivity=sensitivity)]).selected
        assert selected[-FLOATERS:].mean() >= found
        assert selected[:-FLOATERS].mean() <= 0.001


def test_what_hangs_before_a_surface_is_told_from_the_surface() -> None:
    """Large and faint splats of a wall are no floaters; the same splats half way to the cameras are."""
    grid = np.stack(np.meshgrid(np.linspace(-1.6, 1.6, 40), [0.0], np.linspace(-1.2, 1.2, 30)), axis=-1).reshape(-1, 3)
    means = np.concatenate([grid, grid[::90] * 0.3 + np.array([0, -2.0, 0])]).astype(np.float32)
    count = len(means)
    wall = Splats(
        means,
        np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
        np.full((count, 3), 0.25, np.float32),
        np.full(count, 0.5, np.float32),
        np.zeros((count, 1, 3), np.float32),
    )
    eyes = tuple(Eye.of(looking_at_origin((x, -4.0, z))) for x in (-0.4, 0, 0.4) for z in (-0.3, 0.3))
    in_front = apply(wall, [SeenFrom(eyes)]).measures.in_front
    assert in_front[: len(grid)].max() < 0.2
    assert in_front[len(grid) :].min() > 0.8


def test_more_sensitivity_finds_more() -> None:
    edited = SeenFrom(ring(24)).apply(Edited.of(planted(0)))
    found = [SelectFloaters(sensitivity=s).apply(edited).selected for s in np.linspace(0, 1, 6)]
    assert all((less <= more).all() for less, more in pairwise(found))
    assert found[0].sum() < found[-1].sum()


def test_scores_lie_between_none_and_one() -> None:
    for eyes in (ring(24), ()):
        score = apply(planted(1), [SeenFrom(eyes)]).measures.floater_score
        assert score.min() >= 0
        assert score.max() <= 1
