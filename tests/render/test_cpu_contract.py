"""What the CPU backend promises beyond agreeing with the twin: the same bits for any threads, and finite numbers."""

from dataclasses import replace

import numba
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import Recipe, draw_with_gradients

from recon.render import (
    Cameras,
    Covariance,
    Gaussians,
    Options,
    QuaternionScale,
    Tangents,
    cpu,
    cpu_passes,
    rasterize,
    twin,
)

ALL = Options(depth=True, antialiased=True, absolute_gradients=True)
RECIPES = {
    "splats": Recipe(1, count=700, size=(70, 45), sh_degree=3, features=2, background="one", cameras=2, options=ALL),
    "covariances": Recipe(2, count=700, shape="covariance", options=ALL),
    "tangents": Recipe(3, count=700, shape="tangents", options=replace(ALL, cull_backfaces=True)),
    "many features": Recipe(4, count=300, sh_degree=None, features=18, background="each", options=Options(depth=True)),
}


def everything(recipe):
    rendering, gradients = draw_with_gradients(recipe.scene(), rasterize, "cpu")
    return {**{name: image for name, image in vars(rendering).items() if image is not None}, **gradients}


def assert_same_bits(one, other):
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


@pytest.mark.parametrize("name", RECIPES)
def test_any_number_of_workers_gives_the_same_bits(monkeypatch, name):
    """However the work is cut into parts, whether or not there are as many cores."""
    monkeypatch.setattr(cpu_passes, "workers", lambda: 1)
    alone = everything(RECIPES[name])
    for count in (2, 5):
        monkeypatch.setattr(cpu_passes, "workers", lambda count=count: count)
        assert_same_bits(alone, everything(RECIPES[name]))


@pytest.mark.skipif(numba.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
@pytest.mark.parametrize("name", RECIPES)
def test_any_number_of_threads_gives_the_same_bits(name):
    together = everything(RECIPES[name])
    numba.set_num_threads(1)
    try:
        assert_same_bits(together, everything(RECIPES[name]))
    finally:
        numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)


def test_drawing_twice_gives_the_same_bits():
    assert_same_bits(everything(RECIPES["splats"]), everything(RECIPES["splats"]))


def test_gradient_of_every_entry_of_the_pose():
    """Not only along rotations: each entry of camera_from_world is a number of its own."""
    scene = Recipe(5, sh_degree=2, cameras=2).scene()
    gradients = []
    for draw, dtype in ((rasterize, torch.float32), (twin.rasterize, torch.float64)):
        leaves = {name: leaf.to(dtype) for name, leaf in scene.leaves.items()}
        gaussians = Gaussians(
            leaves["means"], leaves["opacities"], QuaternionScale(leaves["quaternions"], leaves["scales"]), leaves["sh"]
        )
        transform = scene.camera_from_world.to(dtype, copy=True).requires_grad_()
        cameras = Cameras(transform, scene.intrinsics.to(dtype), scene.width, scene.height)
        rendering = draw(gaussians, cameras, Options())
        weights = torch.linspace(-1, 1, rendering.features.numel(), dtype=dtype).view_as(rendering.features)
        (gradient,) = torch.autograd.grad((rendering.features * weights).sum(), transform)
        gradients.append(gradient.double())
    ours, truth = gradients
    assert (ours - truth).norm() < 1e-4 * truth.norm()
    assert (ours[:, 3] == 0).all()


def test_absolute_gradients_of_more_channels_than_a_group_has(monkeypatch):
    """They are not linear in the channels, so the channels may not be split."""
    monkeypatch.setattr(cpu_passes, "PLANES", (1,))
    recipe = Recipe(6, count=100, sh_degree=None, features=3, options=Options(absolute_gradients=True))
    ours, _ = draw_with_gradients(recipe.scene(), rasterize, "cpu")
    truth, _ = draw_with_gradients(recipe.scene(), twin.rasterize, "cpu", torch.float64)
    difference = (ours.absolute_gradients - truth.absolute_gradients).norm()
    assert difference < 1e-4 * truth.absolute_gradients.norm()


def test_opacity_beyond_the_clamp_has_no_gradient():
    one = torch.ones(1, requires_grad=True)
    gaussians = Gaussians(
        torch.tensor([[0.0, 0.0, 2.0]]), one, QuaternionScale(torch.tensor([[1.0, 0, 0, 0]]), torch.full((1, 3), 50.0)),
        features=torch.ones(1, 1),
    )  # fmt: skip
    cameras = Cameras(torch.eye(4)[None], torch.tensor([[8.0, 8.0, 4.0, 4.0]]), 8, 8)
    rendering = rasterize(gaussians, cameras)
    rendering.features.sum().backward()
    assert rendering.features.max().item() == pytest.approx(0.999)
    assert one.grad == 0


def test_a_flat_gaussian_seen_from_its_edge_fades_out():
    """As it turns away, its compensated opacity goes to zero with its image, with finite gradients."""
    cameras = Cameras(torch.eye(4)[None], torch.tensor([[100.0, 100.0, 20.0, 20.0]]), 40, 40)
    sums = []
    for angle in (0.0, 1.2, 1.5, np.pi / 2):
        u = torch.tensor([[0.1 * np.cos(angle), 0, 0.1 * np.sin(angle)]], dtype=torch.float32, requires_grad=True)
        shape = Tangents(u, torch.tensor([[0.0, 0.1, 0.0]]))
        gaussians = Gaussians(torch.tensor([[0.0, 0.0, 2.0]]), torch.ones(1), shape, features=torch.ones(1, 1))
        rendering = rasterize(gaussians, cameras, Options(antialiased=True))
        rendering.features.sum().backward()
        assert torch.isfinite(u.grad).all()
        sums.append(rendering.alpha.sum().item())
    assert sums[0] > sums[1] > sums[2] > sums[3]
    assert sums[3] < 0.01 * sums[0]


def test_the_graph_can_be_walked_twice():
    scene = Recipe(7, features=1).scene()
    means = scene.leaves["means"].requires_grad_()
    gaussians = Gaussians(
        means, scene.leaves["opacities"], QuaternionScale(scene.leaves["quaternions"], scene.leaves["scales"]),
        features=scene.leaves["features"],
    )  # fmt: skip
    image = rasterize(gaussians, Cameras(scene.camera_from_world, scene.intrinsics, 50, 37)).features.sum()
    first, second = (torch.autograd.grad(image, means, retain_graph=True)[0] for _ in range(2))
    assert torch.equal(first, second)
    assert first.abs().max() > 0


def test_an_input_changed_before_the_backward_pass_is_noticed():
    gaussians = Gaussians(
        torch.zeros(1, 3).requires_grad_(), torch.ones(1), Covariance(torch.eye(3)[None]), features=torch.ones(1, 1)
    )
    image = rasterize(gaussians, Cameras(torch.eye(4)[None], torch.ones(1, 4), 4, 4)).features.sum()
    with torch.no_grad():
        gaussians.means.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        image.backward()


def test_without_a_camera_nothing_can_be_drawn():
    gaussians = Gaussians(torch.zeros(1, 3), torch.ones(1), Covariance(torch.eye(3)[None]))
    with pytest.raises(ValueError, match="at least one camera"):
        rasterize(gaussians, Cameras(torch.empty(0, 4, 4), torch.empty(0, 4), 4, 4))


SPECIAL = [float("nan"), float("inf"), -float("inf"), 0.0, -1.0, 1e-45, 1e-30, -1e-10, 1e10, 1e19, -1e30]


@st.composite
def spiced(draw, *shape, center=0.0, scale=1.0):
    """Reasonable numbers, with up to eight that are not."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    array = (center + scale * random.normal(size=shape)).astype(np.float32)
    if array.size:
        for _ in range(draw(st.integers(0, 8))):
            array.flat[draw(st.integers(0, array.size - 1))] = draw(st.sampled_from(SPECIAL))
    return torch.from_numpy(array).requires_grad_()


@st.composite
def scenes(draw):
    count, kind = draw(st.integers(0, 12)), draw(st.sampled_from([QuaternionScale, Tangents, Covariance]))
    if kind is QuaternionScale:
        shape = QuaternionScale(draw(spiced(count, 4)), draw(spiced(count, 3, center=0.3, scale=0.2)))
    elif kind is Tangents:
        shape = Tangents(draw(spiced(count, 3, scale=0.3)), draw(spiced(count, 3, scale=0.3)))
    else:
        factors = draw(spiced(count, 3, 3, scale=0.4)).detach()
        shape = Covariance((factors @ factors.mT).requires_grad_())
    means = draw(spiced(count, 3, center=1.5))
    opacities = draw(spiced(count, center=0.5, scale=0.4))
    return Gaussians(means, opacities, shape, draw(spiced(count, 4, 3)), draw(spiced(count, 1)))


@given(
    scenes(),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.booleans(),
    st.sampled_from([0.0, 1e-8, 0.3]),
    st.sampled_from([0.0, 0.01]),
)
@settings(deadline=None, max_examples=150, derandomize=True)
def test_whatever_goes_in_what_comes_out_is_finite(gaussians, size, antialiased, blur, near):
    width, height = size
    transform = torch.eye(4)[None].requires_grad_()
    cameras = Cameras(transform, torch.tensor([[20.0, 22.0, width / 2, height / 2]]), width, height)
    options = Options(depth=True, antialiased=antialiased, blur=blur, near=near, absolute_gradients=True)
    rendering = rasterize(gaussians, cameras, options)
    (rendering.features.sum() + rendering.alpha.sum() + rendering.depth.sum()).backward()
    shape = vars(gaussians.shape).values()
    gradients = [
        t.grad for t in (gaussians.means, gaussians.opacities, gaussians.sh, gaussians.features, transform, *shape)
    ]
    for tensor in (*vars(rendering).values(), *gradients):
        assert torch.isfinite(tensor).all()
    assert (rendering.alpha >= 0).all()
    assert (rendering.alpha < 1).all()


def test_warming_up_tells_what_it_does():
    told = []
    cpu.warm_up(told.append)
    assert len(told) == 6
    assert all("CPU renderer" in line for line in told)
