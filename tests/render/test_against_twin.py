"""Every backend against the float64 twin: values and gradients over random scenes, and the corners of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import torch
from scenes import Recipe, Scene, draw, draw_with_gradients
from torch import Tensor

from recon.render import Options, Rendering, rasterize, twin


@dataclass(frozen=True)
class Backend:
    """A device, and how near to float64 its float32 can come.

    CUDA's exponentials and divisions are the fast, less exact ones, and gsplat's backward pass recovers transmittance
    from 1 - alpha, which has lost up to three digits where a pixel is full.
    """

    device: str
    value: float  # largest difference allowed, relative to the largest value
    gradient: float  # |difference| / |gradient|


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def backend(request) -> Backend:
    return {"cpu": Backend("cpu", 1e-5, 5e-5), "cuda": Backend("cuda", 2e-5, 1e-3)}[request.param]


ALL = Options(depth=True, absolute_gradients=True)
CASES = {
    "plain": Recipe(),
    "degree 0": Recipe(1, sh_degree=0),
    "degree 2": Recipe(2, sh_degree=2, cameras=2),
    "degree 3 and features": Recipe(3, sh_degree=3, features=2, background="one"),
    "fewer bands than there are": Recipe(4, sh_degree=3, options=replace(ALL, sh_degree=1)),
    "more bands than there are": Recipe(4, sh_degree=1, options=replace(ALL, sh_degree=3)),
    "features only": Recipe(5, sh_degree=None, features=1, background="each", cameras=3),
    "many features": Recipe(6, count=150, sh_degree=0, features=40, background="each", options=Options(depth=True)),
    "no channels": Recipe(7, sh_degree=None),
    "antialiased": Recipe(8, count=500, options=replace(ALL, antialiased=True)),
    "antialiased, little blur": Recipe(9, options=replace(ALL, antialiased=True, blur=0.1)),
    "more blur": Recipe(10, options=replace(ALL, blur=2.0)),
    "covariances": Recipe(11, shape="covariance", features=3, background="one"),
    "covariances, antialiased": Recipe(12, shape="covariance", options=replace(ALL, antialiased=True)),
    "tangents": Recipe(13, shape="tangents", features=1),
    "tangents as blocks use them": Recipe(
        14, shape="tangents", cameras=2, options=replace(ALL, antialiased=True, blur=0.1, cull_backfaces=True)
    ),
    "culled by the shortest axis": Recipe(15, options=replace(ALL, cull_backfaces=True)),
    "far near plane": Recipe(16, options=replace(ALL, near=3.5)),
    "larger than the image": Recipe(17, size=(9, 7)),
    "one pixel": Recipe(18, size=(1, 1)),
    "exactly two tiles": Recipe(19, size=(32, 16), cameras=2),
    "wide and ragged": Recipe(20, count=500, size=(131, 21), background="one"),
    "tall and ragged": Recipe(21, count=500, size=(17, 113), background="one"),
    "one Gaussian": Recipe(22, count=1, background="one"),
    "crowded": Recipe(23, count=1500, size=(24, 24)),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(backend, name):
    recipe = CASES[name]
    scene = replace(recipe, options=ALL if recipe.options == Options() else recipe.options).scene()
    truth, true_gradients = draw_with_gradients(scene, twin.rasterize, "cpu", torch.float64)
    rendering, gradients = draw_with_gradients(scene, rasterize, backend.device)

    for image in ("features", "alpha", "depth"):
        assert _largest_difference(getattr(rendering, image), getattr(truth, image)) < backend.value, image
    # Flat Gaussians seen from the edge are needles, whose covariance is hard to invert in float32.
    allowed = backend.gradient * (4 if recipe.shape == "tangents" else 1)
    for leaf, gradient in gradients.items():
        assert _relative_difference(gradient, true_gradients[leaf]) < allowed, leaf
    assert _relative_difference(rendering.radii, truth.radii) < backend.value
    if scene.options.absolute_gradients:
        assert _relative_difference(rendering.absolute_gradients, truth.absolute_gradients) < allowed
    _assert_same_median(rendering, truth)


def _largest_difference(image: Tensor, truth: Tensor) -> float:
    assert image.shape == truth.shape
    assert image.dtype == torch.float32
    if truth.numel() == 0:
        return 0.0
    return ((image.detach().cpu() - truth).abs().max() / truth.abs().max().clamp(min=1)).item()


def _relative_difference(tensor: Tensor, truth: Tensor) -> float:
    assert tensor.shape == truth.shape
    return ((tensor.detach().cpu() - truth).norm() / truth.norm().clamp(min=1e-9)).item()


def _assert_same_median(rendering: Rendering, truth: Rendering) -> None:
    """The same Gaussian in every pixel, but for those whose transmittance falls to one half almost exactly."""
    median = rendering.median_depth.cpu().double()
    assert median.shape == truth.median_depth.shape
    assert not rendering.median_depth.requires_grad
    same = torch.isclose(median, truth.median_depth, rtol=1e-5, atol=0)
    assert (~same).sum() <= max(1, 0.001 * same.numel())


def test_an_empty_scene_shows_the_background(backend):
    scene = Recipe(count=0, features=2, background="one", cameras=2, options=ALL).scene()
    rendering, gradients = draw_with_gradients(scene, rasterize, backend.device)
    assert (rendering.features.cpu() == scene.leaves["background"]).all()
    assert rendering.features.shape == (2, 37, 50, 5)
    for image in (rendering.alpha, rendering.depth, rendering.median_depth):
        assert image.shape == (2, 37, 50)
        assert (image == 0).all()
    assert rendering.radii.shape == (2, 0)
    assert rendering.absolute_gradients.shape == (2, 0, 2)
    assert gradients["background"].abs().max() > 0
    assert gradients["means"].shape == (0, 3)


def test_what_is_behind_the_camera_is_not_drawn(backend):
    scene = Recipe(background="one", options=ALL).scene()
    scene = scene.with_leaves(means=scene.leaves["means"] * 0.3 - torch.tensor([0, 0, 12.0]))
    rendering, gradients = draw_with_gradients(scene, rasterize, backend.device)
    assert (rendering.features.cpu() == scene.leaves["background"]).all()
    for tensor in (rendering.alpha, rendering.depth, rendering.radii, rendering.absolute_gradients):
        assert (tensor == 0).all()
    for name, gradient in gradients.items():
        assert (gradient == 0).all() or name == "background", name


def _invalid_scenes() -> Iterator[tuple[str, Scene]]:
    for shape, names in (
        ("quaternion", ("means", "opacities", "quaternions", "scales", "sh", "features")),
        ("covariance", ("means", "factors")),
        ("tangents", ("means", "u", "v")),
    ):
        scene = Recipe(30, shape=shape, features=1, options=replace(ALL, antialiased=True)).scene()
        for name in names:
            for value in (float("nan"), float("inf"), 0.0) if name == "quaternions" else (float("nan"), float("inf")):
                leaf = scene.leaves[name].clone()
                leaf[::7] = value
                yield f"{name} {value}", scene.with_leaves(**{name: leaf})


INVALID = dict(_invalid_scenes())


@pytest.mark.parametrize("name", INVALID)
def test_what_is_not_a_number_is_left_out(backend, name):
    scene = INVALID[name]
    rest = torch.arange(len(scene.leaves["means"])) % 7 != 0
    sound = scene.with_leaves(
        **{n: leaf[rest] for n, leaf in scene.leaves.items() if n not in ("background", "twists")}
    )
    truth, true_gradients = draw_with_gradients(sound, twin.rasterize, "cpu", torch.float64)
    rendering, gradients = draw_with_gradients(scene, rasterize, backend.device)
    assert _largest_difference(rendering.features, truth.features) < backend.value
    assert (rendering.radii[:, ~rest] == 0).all()
    for leaf, gradient in gradients.items():
        if leaf == "twists":
            kept = gradient
        else:
            # A covariance is made from its factor out here, where 0 * inf is not a number.
            assert leaf == "factors" or (gradient[~rest] == 0).all(), leaf
            kept = gradient[rest]
        assert _relative_difference(kept, true_gradients[leaf]) < backend.gradient, leaf


def test_equal_depths_are_drawn_in_the_order_given(backend):
    scene = Recipe(31, count=40, sh_degree=None, features=2).scene()
    means = scene.leaves["means"] * torch.tensor([0.3, 0.3, 0])
    flat = replace(scene, camera_from_world=torch.eye(4)[None] + torch.tensor([0, 0, 4.0, 0]).diag().roll(1, 1))
    flat = flat.with_leaves(means=means)
    truth = draw(flat, twin.rasterize)
    assert truth.alpha.max() > 0.9
    leaves = {name: leaf.to(backend.device) for name, leaf in flat.leaves.items()}
    assert _largest_difference(draw(flat, rasterize, leaves).features, truth.features) < backend.value


def test_inputs_may_be_views_of_other_tensors(backend):
    scene = Recipe(32, features=2, options=ALL).scene()
    leaves = {name: leaf.to(backend.device) for name, leaf in scene.leaves.items()}
    strided = {name: leaf.mT.contiguous().mT if leaf.ndim > 1 else leaf for name, leaf in leaves.items()}
    assert not strided["means"].is_contiguous()
    assert torch.equal(draw(scene, rasterize, strided).features, draw(scene, rasterize, leaves).features)


def test_gradients_of_one_input_need_no_other(backend):
    scene = Recipe(33, features=2, background="one", options=ALL).scene()
    _, together = draw_with_gradients(scene, rasterize, backend.device)
    for name in scene.leaves:
        _, alone = draw_with_gradients(scene, rasterize, backend.device, only=name)
        assert _relative_difference(alone[name], together[name]) < 1e-5, name


def test_without_gradients_the_picture_is_the_same(backend):
    scene = Recipe(34, features=2, options=ALL).scene()
    with_gradients, _ = draw_with_gradients(scene, rasterize, backend.device)
    with torch.no_grad():
        rendering = draw(scene, rasterize, {name: leaf.to(backend.device) for name, leaf in scene.leaves.items()})
    assert torch.equal(rendering.features, with_gradients.features)
    assert torch.equal(rendering.depth, with_gradients.depth)
    assert not rendering.features.requires_grad
    assert (rendering.absolute_gradients == 0).all()
