"""The float64 twin against closed forms and finite differences: it measures the backends, and only this measures it."""

import math

import numpy as np
import pytest
import torch
from scenes import SHAPES, Recipe, draw

from recon.render import Cameras, Covariance, Gaussians, Options, QuaternionScale, Tangents, twin

IDENTITY = torch.eye(4)[None]
PINHOLE = Cameras(IDENTITY, torch.tensor([[20.0, 20.0, 4.5, 3.5]]), 9, 7)


def balls(depths, opacities, radius=0.2, **others):
    """Round Gaussians on the optical axis, whose centres fall on the middle of pixel (4, 3)."""
    means = torch.tensor([[0.0, 0.0, depth] for depth in depths])
    shape = Covariance(radius**2 * torch.eye(3).repeat(len(depths), 1, 1))
    return Gaussians(means, torch.tensor(opacities), shape, **others)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("antialiased", [False, True])
def test_gradients_equal_finite_differences(shape, antialiased):
    options = Options(antialiased=antialiased, depth=True)
    scene = Recipe(3, 7, (7, 5), shape, sh_degree=2, features=1, cameras=2, background="each", options=options).scene()
    names = list(scene.leaves)

    def images(*values):
        rendering = draw(scene, twin.rasterize, dict(zip(names, values, strict=True)))
        return rendering.features, rendering.alpha, rendering.depth

    leaves = [leaf.double().requires_grad_() for leaf in scene.leaves.values()]
    assert torch.autograd.gradcheck(images, leaves, eps=1e-7, atol=1e-5, rtol=1e-4, fast_mode=True)


def test_one_gaussian_in_closed_form():
    rendering = twin.rasterize(balls([2.0], [0.8], features=torch.tensor([[3.0]])), PINHOLE, Options(depth=True))
    variance = (20 * 0.2 / 2) ** 2 + 0.3
    assert rendering.alpha[0, 3, 4].item() == pytest.approx(0.8, abs=1e-7)
    assert rendering.alpha[0, 3, 6].item() == pytest.approx(0.8 * math.exp(-(2**2) / 2 / variance), abs=1e-7)
    assert rendering.features[0, 3, 4, 0].item() == pytest.approx(2.4, abs=1e-6)
    assert rendering.depth[0, 3, 4].item() == pytest.approx(2)
    assert rendering.radii.item() == pytest.approx(math.sqrt(2 * math.log(0.8 * 255) * variance), rel=1e-6)


def test_the_nearer_covers_the_farther_and_the_background():
    gaussians = balls([3.0, 2.0], [0.5, 0.25], features=torch.tensor([[1.0], [10.0]]))
    rendering = twin.rasterize(gaussians, PINHOLE, Options(depth=True, background=torch.tensor([100.0])))
    assert rendering.features[0, 3, 4, 0].item() == pytest.approx(0.25 * 10 + 0.75 * 0.5 * 1 + 0.375 * 100)
    assert rendering.alpha[0, 3, 4].item() == pytest.approx(0.625)
    assert rendering.depth[0, 3, 4].item() == pytest.approx((0.25 * 2 + 0.375 * 3) / 0.625)
    assert rendering.median_depth[0, 3, 4].item() == pytest.approx(3)
    assert rendering.median_depth[0, 0, 0].item() == 0


def test_a_pixel_ends_before_its_transmittance_does():
    # 0.001 remains behind the first; the second would leave 1e-6, so it and what is behind it are not drawn.
    gaussians = balls([1.0, 2.0, 3.0], [1.0, 1.0, 0.5], features=torch.tensor([[0.0], [1.0], [1.0]]))
    rendering = twin.rasterize(gaussians, PINHOLE)
    assert rendering.alpha[0, 3, 4].item() == pytest.approx(0.999)
    assert rendering.features[0, 3, 4, 0].item() == 0


def test_what_is_fainter_than_one_in_255_is_skipped():
    rendering = twin.rasterize(balls([2.0, 2.0], [0.0039, 1.0], radius=0.01), PINHOLE)
    assert rendering.radii[0, 0] == 0
    assert (rendering.alpha[rendering.alpha > 0] >= 1 / 255).all()
    assert rendering.alpha[0, 0, 0] == 0


def test_near_plane_is_inclusive():
    rendering = twin.rasterize(balls([0.5, 0.4999], [0.5, 0.5]), PINHOLE, Options(near=0.5))
    assert (rendering.radii > 0).tolist() == [[True, False]]


def test_antialiasing_weakens_what_is_smaller_than_a_pixel():
    rendering = twin.rasterize(balls([2.0], [0.8], radius=0.02), PINHOLE, Options(antialiased=True, blur=0.5))
    assert rendering.alpha[0, 3, 4].item() == pytest.approx(0.8 * 0.2**2 / (0.2**2 + 0.5), rel=1e-6)


def test_backfaces_are_culled_by_tangents_and_by_the_shortest_axis():
    u, v = torch.tensor([[0.3, 0, 0], [0.3, 0, 0]]), torch.tensor([[0, -0.3, 0], [0, 0.3, 0]])  # u x v: -z, +z
    means = torch.tensor([[0.0, 0, 2], [0, 0, 2]])
    options = Options(cull_backfaces=True)
    radii = twin.rasterize(Gaussians(means, torch.ones(2), Tangents(u, v)), PINHOLE, options).radii
    assert (radii > 0).tolist() == [[True, False]]
    half_turn, none = [0.0, 1, 0, 0], [1.0, 0, 0, 0]
    shape = QuaternionScale(torch.tensor([half_turn, none]), torch.tensor([[0.3, 0.3, 0.01]]).repeat(2, 1))
    assert (twin.rasterize(Gaussians(means, torch.ones(2), shape), PINHOLE, options).radii > 0).tolist() == [
        [True, False]
    ]


def test_harmonics_are_orthonormal_and_signed_as_in_3dgs():
    cosines, weights = (torch.from_numpy(array) for array in np.polynomial.legendre.leggauss(8))
    angles = torch.arange(16, dtype=torch.float64) * (2 * math.pi / 16)
    cosine, angle = (grid.flatten() for grid in torch.meshgrid(cosines, angles, indexing="ij"))
    sine = (1 - cosine**2).sqrt()
    basis = twin.harmonics(torch.stack([sine * angle.cos(), sine * angle.sin(), cosine], dim=-1))
    area = weights.repeat_interleave(16) * (2 * math.pi / 16)
    torch.testing.assert_close(basis.T @ (area[:, None] * basis), torch.eye(16, dtype=torch.float64))
    x, y, z = torch.eye(3, dtype=torch.float64)
    first_degree = torch.stack([twin.harmonics(axis[None])[0, 1:4] for axis in (x, y, z)])
    assert first_degree.sign().tolist() == [[0, 0, -1], [-1, 0, 0], [0, 1, 0]]


def test_absolute_gradients_are_summed_after_the_modulus():
    gaussians = balls([2.0], [0.8])
    gaussians.means.requires_grad_()
    rendering = twin.rasterize(gaussians, PINHOLE, Options(absolute_gradients=True))
    rendering.alpha[0, 3, (2, 6)].sum().backward()  # one pixel on each side pulls the centre its way
    variance = (20 * 0.2 / 2) ** 2 + 0.3
    slope = 0.8 * math.exp(-4 / 2 / variance) * 2 / variance
    assert rendering.absolute_gradients[0, 0].tolist() == pytest.approx([2 * slope, 0], rel=1e-6)
    assert gaussians.means.grad[0, 0].item() == pytest.approx(0, abs=1e-6)
