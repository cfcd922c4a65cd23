"""What a fit achieves: it learns, in any unit, with masks, transparency, exposure and wrong poses."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted import HEIGHT, WIDTH, Drawn, photograph, planted_capture, planted_splats, psnr, run, to_bytes, with_views

from recon.methods.base import Context, Step
from recon.methods.splatting import appearance
from recon.scene import Capture, Points


def test_the_loss_falls_and_unseen_views_are_drawn_well(capture, small_config, context):
    losses = [event.loss for event in run(capture, small_config, context) if isinstance(event, Step)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:5])
    assert psnr(context.live.geometry(), capture.test) > 20


@pytest.mark.parametrize("growth", ["error", "mcmc"])
def test_growth_helps_and_keeps_to_the_cap(capture, small_config, context, growth):
    config = replace(small_config, growth=growth, initial_points=30, cap=150)
    counts = [event.values["gaussians"] for event in run(capture, config, context) if isinstance(event, Step)]
    grown = psnr(context.live.geometry(), capture.test)
    run(capture, replace(config, growth="none"), context)
    assert max(counts) <= 150
    assert counts[-1] >= 100
    assert grown > psnr(context.live.geometry(), capture.test)


@pytest.mark.parametrize("scale", [1024.0, 1 / 1024])
def test_the_unit_of_the_world_does_not_matter(capture, small_config, tmp_path, scale):
    config = replace(small_config, steps=40)
    contexts = [Context(0, "cpu", tmp_path) for _ in range(2)]
    run(capture, config, contexts[0])
    run(rescaled(capture, scale), config, contexts[1])
    plain, other = (context.live.geometry() for context in contexts)
    np.testing.assert_allclose(other.means, plain.means * scale, rtol=1e-5, atol=1e-5 * scale)
    np.testing.assert_allclose(other.scales, plain.scales * scale, rtol=1e-5)
    np.testing.assert_allclose(other.sh, plain.sh, atol=1e-5)


def test_the_origin_of_the_world_may_be_far_away(capture, small_config, context):
    offset = np.array([5000.0, -3000.0, 100.0])
    run(moved(capture, offset), small_config, context)
    splats = context.live.geometry()
    near = replace(splats, means=(splats.means.astype(np.float64) - offset).astype(np.float32))
    assert psnr(near, capture.test) > 20


def test_masked_pixels_teach_nothing(capture, small_config, tmp_path):
    painted = np.zeros((HEIGHT, WIDTH), np.uint8)
    painted[:, WIDTH // 2 :] = 255

    def spoil(color):
        def change(_, view):
            pixels = view.image.array.copy()
            pixels[painted == 0] = color
            return replace(view, image=Drawn(pixels), mask=Drawn(painted)) if view.split == "train" else view

        return with_views(capture, change)

    results = []
    for color in (0, 255):
        context = Context(0, "cpu", tmp_path)
        run(spoil(color), replace(small_config, steps=30, coarse_factor=1), context)
        results.append(context.live.geometry())
    np.testing.assert_array_equal(results[0].sh, results[1].sh)
    np.testing.assert_array_equal(results[0].means, results[1].means)


def test_transparent_surroundings_stay_empty(capture, small_config, context):
    truth = planted_splats()

    def cut_out(_, view):
        colors, alpha = photograph(truth, view.camera)
        straight = colors / np.maximum(alpha, 1e-3)[..., None]
        return replace(view, image=Drawn(to_bytes(straight)), alpha=Drawn(to_bytes(alpha)))

    run(with_views(capture, cut_out), small_config, context)
    errors = []
    for view in capture.test:
        alpha = photograph(context.live.geometry(), view.camera)[1]
        errors.append(np.abs(alpha - photograph(truth, view.camera)[1]).mean())
    assert np.mean(errors) < 0.05
    assert psnr(context.live.geometry(), capture.test) > 19


def test_exposure_finds_a_planted_gain(capture, small_config, context):
    gains = {view.name: 1.3 if index % 2 else 0.75 for index, view in enumerate(capture.train)}

    def expose(_, view):
        pixels = view.image.array * gains.get(view.name, 1.0)
        return replace(view, image=Drawn(to_bytes(pixels / 255)))

    varied = with_views(capture, expose)
    config = replace(small_config, steps=200, exposure_rate=0.02)
    run(varied, config, context)
    without = psnr(context.live.geometry(), capture.test)
    run(varied, replace(config, exposure=True), context)
    found = context.live.exposures.tensors["values"][:, :3].exp().mean(1).numpy()
    planted = np.array(list(gains.values()))
    assert np.corrcoef(found, planted)[0, 1] > 0.95
    assert psnr(context.live.geometry(), capture.test) > without


def test_pose_refinement_undoes_part_of_a_planted_error(small_config, context):
    capture = planted_capture(views=16)
    generator = np.random.default_rng(3)
    shifts = {view.name: generator.normal(0, 0.05, 3) for view in capture.train}

    def shake(_, view):
        if view.name not in shifts:
            return view
        pose = view.camera.world_from_camera.copy()
        pose[:3, 3] += shifts[view.name]
        return replace(view, camera=replace(view.camera, world_from_camera=pose))

    shaken = with_views(capture, shake)
    config = replace(small_config, steps=400, pose_rate=2e-3)
    run(shaken, config, context)
    trusting = psnr(context.live.geometry(), capture.test)
    run(shaken, replace(config, pose_refinement=True), context)
    errors = remaining_errors(shaken, capture, context.live)
    assert np.mean(errors) < 0.85 * np.mean(np.linalg.norm(list(shifts.values()), axis=1))
    assert psnr(context.live.geometry(), capture.test) > trusting + 0.7


def remaining_errors(shaken, capture, trainer):
    """How far each refined camera is from the true one, in world units."""
    frame, twists = trainer.frame, trainer.poses.tensors["values"]
    errors = []
    for view, truth, twist in zip(shaken.train, capture.train, twists, strict=True):
        camera = torch.from_numpy(frame.camera_from_local(view.camera)).float()
        transform = appearance.moved(camera, twist).numpy()
        center = -transform[:3, :3].T @ transform[:3, 3] * frame.radius + frame.center
        errors.append(np.linalg.norm(center - truth.camera.center))
    return errors


def rescaled(capture: Capture, scale: float) -> Capture:
    def change(_, view):
        pose = view.camera.world_from_camera.copy()
        pose[:3, 3] *= scale
        return replace(view, camera=replace(view.camera, world_from_camera=pose))

    points = Points((capture.points.positions * scale).astype(np.float32), capture.points.colors)
    return replace(with_views(capture, change), points=points)


def moved(capture: Capture, offset: np.ndarray) -> Capture:
    def change(_, view):
        pose = view.camera.world_from_camera.copy()
        pose[:3, 3] += offset
        return replace(view, camera=replace(view.camera, world_from_camera=pose))

    points = Points((capture.points.positions + offset).astype(np.float32), capture.points.colors)
    return replace(with_views(capture, change), points=points)
