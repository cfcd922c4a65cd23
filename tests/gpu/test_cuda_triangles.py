"""Triangles on a real device: the same bits as on the CPU, and the same gradients but for the order of sums."""

import numpy as np
import pytest
import torch

from recon.render import Cameras
from recon.render.triangles import interpolate, rasterize_triangles

pytestmark = pytest.mark.gpu


def soup(count):
    """Triangles of all sizes around the camera, some behind it."""
    generator = torch.Generator().manual_seed(0)
    centers = torch.randn(count, 1, 3, generator=generator) * 3
    sizes = 10 ** (torch.rand(count, 1, 1, generator=generator) * 3 - 2)
    corners = centers + sizes * torch.randn(count, 3, 3, generator=generator)
    return corners.reshape(-1, 3), torch.arange(3 * count, dtype=torch.int32).reshape(-1, 3)


def cameras(device):
    transforms = torch.eye(4).repeat(2, 1, 1)
    transforms[1, 2, 3] = 2.0
    intrinsics = torch.tensor([[200.0, 210.0, 157.0, 122.0]] * 2)
    return Cameras(transforms.to(device), intrinsics.to(device), 320, 240)


def drawn(device):
    vertices, faces = soup(3000)
    vertices = vertices.to(device).requires_grad_()
    attributes = torch.sin(torch.arange(4 * len(vertices)).reshape(-1, 4).float()).to(device).requires_grad_()
    fragments = rasterize_triangles(vertices, faces.to(device), cameras(device), layers=3)
    values = interpolate(attributes, faces.to(device), fragments)
    (values.square().sum() + fragments.depth.sum()).backward()
    return fragments, values, vertices.grad, attributes.grad


def test_both_devices_agree():
    (ours, *ours_rest), (theirs, *theirs_rest) = drawn("cpu"), drawn("cuda")
    for name in ("faces", "barycentrics", "depth"):
        cpu, cuda = (getattr(f, name).detach().cpu().numpy() for f in (ours, theirs))
        np.testing.assert_array_equal(cpu, cuda, err_msg=name)
    assert ours.hit.float().mean() > 0.5
    for cpu, cuda in zip(ours_rest, theirs_rest, strict=True):
        scale = float(cpu.detach().abs().max())
        np.testing.assert_allclose(cpu.detach(), cuda.detach().cpu(), atol=1e-5 * scale)


def test_many_faces_fit_into_memory():
    vertices, faces = (t.cuda() for t in soup(400_000))
    torch.cuda.reset_peak_memory_stats()
    fragments = rasterize_triangles(vertices * 0.1, faces, cameras("cuda"))
    assert fragments.hit.any()
    assert torch.cuda.max_memory_allocated() < 8 << 30
