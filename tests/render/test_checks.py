from dataclasses import replace

import pytest
import torch
from scenes import Recipe, draw

from recon.render import Covariance, Options, QuaternionScale, rasterize


def call(scene=None, change=lambda gaussians, cameras, options: (gaussians, cameras, options)):
    scene = scene or Recipe(count=5, features=2).scene()
    return draw(scene, lambda *arguments: rasterize(*change(*arguments)))


WRONG = {
    r"gaussians.opacities must have shape \(5,\), got \(4,\)": lambda g, c, o: (
        replace(g, opacities=g.opacities[:4]), c, o),
    r"gaussians.shape.quaternions must have shape \(5, 4\), got \(5, 3\)": lambda g, c, o: (
        replace(g, shape=QuaternionScale(g.shape.scales, g.shape.scales)), c, o),
    r"gaussians.shape.matrices must have shape \(5, 3, 3\)": lambda g, c, o: (
        replace(g, shape=Covariance(g.shape.scales)), c, o),
    r"gaussians.sh must have 1, 4, 9 or 16 bands in all, got 5": lambda g, c, o: (
        replace(g, sh=torch.zeros(5, 5, 3)), c, o),
    r"gaussians.sh must have shape \(5, 4, 3\), got \(5, 4, 2\)": lambda g, c, o: (
        replace(g, sh=g.sh[..., :2]), c, o),
    r"gaussians.features must have shape \(5, 2\), got \(2,\)": lambda g, c, o: (
        replace(g, features=g.features[0]), c, o),
    r"cameras.camera_from_world must have shape \(1, 4, 4\)": lambda g, c, o: (
        g, replace(c, camera_from_world=c.camera_from_world[0]), o),
    r"options.background must have shape \(5,\), got \(3,\)": lambda g, c, o: (
        g, c, replace(o, background=torch.zeros(3))),
    r"options.background must have shape \(1, 5\), got \(2, 5\)": lambda g, c, o: (
        g, c, replace(o, background=torch.zeros(2, 5))),
    r"gaussians.opacities must be of type torch.float32, got torch.float64": lambda g, c, o: (
        replace(g, opacities=g.opacities.double()), c, o),
    r"cameras.intrinsics is on meta, but gaussians.means on cpu": lambda g, c, o: (
        g, replace(c, intrinsics=c.intrinsics.to("meta")), o),
    r"at least one pixel, got 0 x 37": lambda g, c, o: (g, replace(c, width=0), o),
}  # fmt: skip


@pytest.mark.parametrize("message", WRONG)
def test_what_does_not_fit_together_is_named(message):
    with pytest.raises(ValueError, match=message):
        call(change=WRONG[message])


def test_a_covariance_has_no_backface():
    scene = Recipe(count=5, shape="covariance", options=Options(cull_backfaces=True)).scene()
    with pytest.raises(ValueError, match="no normal"):
        call(scene)
