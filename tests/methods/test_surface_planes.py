"""Planes of flat splats, their depth, and what views must agree on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from recon.methods.splatting.model import Model
from recon.methods.surfacing.neighbours import Drawn, agreement, neighbours_of
from recon.methods.surfacing.normals import by_kernels, by_torch, normal_loss
from recon.methods.surfacing.planes import (
    plane_channels,
    plane_depth,
    planes_by_kernels,
    planes_by_torch,
    rays,
)
from recon.render import Cameras, Gaussians, Options, rasterize

WIDTH, HEIGHT = 40, 30
INTRINSICS = torch.tensor([36.0, 36.0, 20.0, 15.0])
SLOPE, DEPTH = 0.3, 3.0  # the wall z = DEPTH + SLOPE x


def wall(count=600):
    """Flat splats all over a slanted wall, opaque and overlapping."""
    generator = np.random.default_rng(0)
    x, y = generator.uniform(-3.5, 3.5, count), generator.uniform(-2.5, 2.5, count)
    angle = -np.arctan(SLOPE)
    quaternion = np.tile([np.cos(angle / 2), 0, np.sin(angle / 2), 0], (count, 1))
    values = {
        "means": np.stack([x, y, DEPTH + SLOPE * x], 1),
        "log_scales": np.log(np.tile([0.3, 0.3, 1e-4], (count, 1))),
        "quaternions": quaternion,
        "logits": np.full(count, 1.0),
        "colors": np.zeros((count, 1, 3)),
        "harmonics": np.zeros((count, 0, 3)),
    }
    return Model({name: torch.tensor(value, dtype=torch.float32) for name, value in values.items()})


def pose(x=0.0):
    transform = torch.eye(4)
    transform[0, 3] = -x
    return transform


def drawn(model, transform, texture=None):
    gaussians = model.gaussians()
    features = plane_channels(model, transform)
    plain = Gaussians(gaussians.means, gaussians.opacities, gaussians.shape, features=features)
    picture = rasterize(plain, Cameras(transform[None], INTRINSICS[None], WIDTH, HEIGHT), Options())
    grey = torch.zeros(HEIGHT, WIDTH) if texture is None else texture
    return Drawn(picture.features[0], picture.alpha[0], grey, transform, INTRINSICS)


def exact_depth(directions, x=0.0):
    """z where rays from (x, 0, 0) meet the wall."""
    return (DEPTH + SLOPE * x) / (1 - SLOPE * directions[..., 0])


def test_plane_depth_is_exact_however_splats_overlap():
    here = drawn(wall(), pose(0.4))
    seen = here.alpha > 0.3
    assert seen.float().mean() > 0.9
    directions = rays(INTRINSICS, HEIGHT, WIDTH)
    error = plane_depth(here.planes, directions) / exact_depth(directions, 0.4) - 1
    assert error[seen].abs().max() < 1e-3


def test_planes_face_the_camera():
    channels = plane_channels(wall(), pose())
    assert (channels[:, 3] < 0).all()
    assert torch.allclose(channels[:, :3].norm(dim=1), torch.ones(len(channels)), atol=1e-5)


def test_normals_agree_with_depth_on_a_wall_and_not_where_splats_are_turned():
    model = wall()
    photograph = torch.rand(HEIGHT, WIDTH, 3, generator=torch.Generator().manual_seed(0))

    def loss(of):
        here = drawn(of, pose())
        return normal_loss(here.planes, here.alpha, photograph, INTRINSICS)

    right = float(loss(model).detach())
    with torch.no_grad():
        model["quaternions"][:] = torch.tensor([1.0, 0, 0, 0])
    wrong = loss(model)
    assert right < 1e-3
    assert float(wrong.detach()) > 0.05
    wrong.backward()
    assert model["quaternions"].grad.abs().max() > 0


def stripes(x):
    """The wall's pattern as a camera at (x, 0, 0) sees it."""
    directions = rays(INTRINSICS, HEIGHT, WIDTH)
    points = directions * exact_depth(directions, x)[..., None]
    return 0.5 + 0.5 * torch.sin(6 * (points[..., 0] + x)) * torch.sin(5 * points[..., 1])


def test_two_views_of_one_wall_agree_and_of_another_do_not():
    model = wall()
    generator = np.random.default_rng(0)

    def loss(of, weights):
        return agreement(drawn(of, pose(), stripes(0.0)), drawn(of, pose(0.5), stripes(0.5)), weights, generator)

    assert float(loss(model, (1.0, 0.0)).detach()) < 0.05
    likeness = float(loss(model, (0.0, 1.0)).detach())
    assert likeness < 0.1
    with torch.no_grad():
        model["means"][:, 2] += 0.4
    moved = loss(model, (0.0, 1.0))
    assert float(moved.detach()) > 2 * likeness
    moved.backward()
    # Moving the wall back makes the views more alike.
    assert model["means"].grad[:, 2].sum() > 0


def test_neighbours_are_near_and_look_the_same_way():
    turned = torch.eye(4)
    turned[:3, :3] = torch.tensor([[-1.0, 0, 0], [0, 1, 0], [0, 0, -1]])
    poses = [pose(0.0), pose(1.0), pose(0.2), turned @ pose(0.1), pose(0.0)]
    found = neighbours_of(poses)
    assert found[0] == [2, 1]  # not the turned one, and not the one at the same place
    assert found[3] == []


@pytest.mark.parametrize("count", [1, 2])
def test_a_wall_seen_from_its_edge_breaks_nothing(count):
    model = wall(count)
    with torch.no_grad():
        model["quaternions"][:] = torch.tensor([np.sqrt(0.5), 0, np.sqrt(0.5), 0])
    here = drawn(model, pose())
    loss = normal_loss(here.planes, here.alpha, torch.zeros(HEIGHT, WIDTH, 3), INTRINSICS)
    assert torch.isfinite(loss)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_kernels_draw_and_learn_what_float64_does(axis):
    generator = torch.Generator().manual_seed(axis)
    means, quaternions = torch.randn(500, 3, generator=generator), torch.randn(500, 4, generator=generator)
    axes = torch.full((500,), axis)
    transform = torch.eye(4)
    transform[:3, :3] = torch.linalg.qr(torch.randn(3, 3, generator=generator))[0]
    transform[:3, 3] = torch.tensor([0.3, -0.2, 4.0])
    weights = torch.randn(500, 4, generator=generator)

    def outcome(draw, dtype):
        inputs = [tensor.to(dtype).requires_grad_() for tensor in (means, quaternions)]
        planes = draw(*inputs, axes, transform.to(dtype))
        return planes.detach(), *torch.autograd.grad((planes * weights.to(dtype)).sum(), inputs)

    exact = outcome(planes_by_torch, torch.float64)
    for ours, theirs in zip(outcome(planes_by_kernels, torch.float32), exact, strict=True):
        scale = theirs.abs().amax(1, keepdim=True).clamp(min=1)
        assert ((ours - theirs).abs() / scale).max() < 1e-5


def test_normals_of_depth_are_what_float64_says_and_so_are_their_gradients():
    generator = torch.Generator().manual_seed(3)
    here = drawn(wall(), pose(0.2))
    planes = here.planes.detach() + 0.05 * torch.randn(HEIGHT, WIDTH, 4, generator=generator)
    planes[5, 7] = torch.tensor([0.0, 0.0, 1.0, -2.0])  # seen from behind
    weight = torch.rand(HEIGHT - 2, WIDTH - 2, generator=generator)

    def outcome(differences, dtype):
        leaf = planes.to(dtype).requires_grad_()
        total = differences(leaf, *(tensor.detach().to(dtype) for tensor in (here.alpha, weight, INTRINSICS)))
        return total.item(), torch.autograd.grad(total, leaf)[0]

    total, exact = outcome(by_torch, torch.float64)
    ours, gradient = outcome(by_kernels, torch.float32)
    assert ours == pytest.approx(total, rel=1e-5)
    off = (gradient - exact).abs() / exact.abs().clamp(min=1)
    assert off.median() < 1e-5
    assert (off > 1e-3).float().mean() < 0.005  # where float32 rounds a difference of normals to the other sign
