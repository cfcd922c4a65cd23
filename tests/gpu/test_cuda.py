"""The CUDA renderer on a real device, beyond what tests/render holds against the twin."""

import gc

import pytest
import torch

from recon.render import Cameras, Gaussians, Options, QuaternionScale, rasterize
from recon.render.cuda_build import warm_up

pytestmark = pytest.mark.gpu


def splats(count, size, cameras=1):
    generator = torch.Generator().manual_seed(0)
    means = torch.randn(count, 3, generator=generator).cuda()
    shape = QuaternionScale(
        torch.randn(count, 4, generator=generator).cuda(), torch.full((count, 3), 3 / count**0.5).cuda()
    )
    sh = torch.randn(count, 16, 3, generator=generator).cuda() * 0.3
    opacities = torch.rand(count, generator=generator).cuda()
    transforms = torch.eye(4).repeat(cameras, 1, 1)
    transforms[:, 2, 3] = torch.linspace(4, 5, cameras)
    width, height = size
    intrinsics = torch.tensor([width, width, width / 2, height / 2]).float().repeat(cameras, 1)
    return Gaussians(means, opacities, shape, sh), Cameras(transforms.cuda(), intrinsics.cuda(), width, height)


def test_warm_up_says_what_it_does_and_is_then_done():
    said = []
    warm_up(said.append)
    assert len(said) == 1
    warm_up(said.append)
    assert said[1] == "Loading the CUDA kernels"


def test_a_full_size_picture():
    gaussians, cameras = splats(200_000, (1920, 1080), cameras=2)
    gaussians.means.requires_grad_()
    rendering = rasterize(gaussians, cameras, Options(depth=True, absolute_gradients=True))
    (rendering.features.mean() + rendering.depth.mean()).backward()
    assert gaussians.means.grad.isfinite().all()
    assert rendering.alpha.max() > 0.99
    # The median lies among the depths that are blended, and is there wherever the picture is more than half full.
    assert ((rendering.median_depth > 0) == (rendering.alpha >= 0.5)).all()
    assert rendering.median_depth[rendering.median_depth > 0].min() > 0.01
    assert rendering.absolute_gradients.max() > 0


def test_pictures_without_a_backward_pass_leave_no_memory_behind():
    gaussians, cameras = splats(20_000, (640, 480))
    gaussians.means.requires_grad_()

    def picture():
        rasterize(gaussians, cameras, Options(absolute_gradients=True, depth=True))

    picture()
    gc.collect()
    before = torch.cuda.memory_allocated()
    for _ in range(3):
        picture()
    gc.collect()
    assert torch.cuda.memory_allocated() <= before
