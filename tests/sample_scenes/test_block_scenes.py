"""Generated scenes of blocks: the same from the same seed, nothing inside anything else, some stacked or touching."""

from dataclasses import replace

import numpy as np
import pytest

from recon.evaluate.parts import overlap
from sample_scenes import as_capture, draw
from sample_scenes.blocks import make_blocks, seed_points, truth_blocks


def test_a_seed_gives_one_scene():
    first, second = make_blocks(4), make_blocks(4)
    assert first.truth() == second.truth()
    assert first.truth() != make_blocks(5).truth()


def test_scenes_have_three_to_six_blocks_and_some_are_stacked_or_touch():
    scenes = [make_blocks(seed) for seed in range(20)]
    assert {len(scene.blocks) - 1 for scene in scenes} == {3, 4, 5, 6}
    raised = [block for scene in scenes for block in scene.blocks[1:] if block.translation[2] > block.scale[2] + 0.01]
    assert 10 < len(raised) < 50
    assert all(len(scene.cameras) == 24 for scene in scenes)
    assert {(camera.width, camera.height) for camera in scenes[0].cameras} == {(128, 96)}


@pytest.mark.parametrize("seed", range(5))
def test_no_block_stands_inside_another_or_in_the_ground(seed):
    scene = make_blocks(seed)
    assert overlap(truth_blocks(scene)) < 0.002
    assert all(block.translation[2] >= block.scale[2] - 1e-9 for block in scene.blocks[1:])


def test_points_lie_on_surfaces_and_the_truth_holds_what_is_drawn():
    scene = replace(make_blocks(3), cameras=make_blocks(3, width=64, height=48).cameras[:3])
    pictures = draw(scene, 1)
    points = seed_points(scene, pictures, np.random.default_rng(0), noise=0.0).positions
    near_ground = np.abs(points[:, 2]) < 2e-3
    on_blocks = np.abs(truth_blocks(scene).norm(points) - 1).min(0) < 0.02
    assert (near_ground | on_blocks).all()
    assert near_ground.any()
    assert on_blocks.any()
    assert len(as_capture(scene, pictures).views) == 3
