"""Pictures of finished geometry."""

import numpy as np
import pytest
import torch

from recon.errors import DeviceUnavailable
from recon.render.draw import WHITE, Drawer, draw
from recon.scene import SH_C0, Camera, Distortion, Splats


def ball(color=(1.0, 0.25, 0.0), depth=4.0, opacity=0.98, antialiased=False, size=0.5):
    """One round splat on the axis of a camera at the origin."""
    return Splats(
        means=np.array([[0, 0, depth]], np.float32),
        quaternions=np.array([[1, 0, 0, 0]], np.float32),
        scales=np.full((1, 3), size, np.float32),
        opacities=np.array([opacity], np.float32),
        sh=((np.array(color, np.float32) - 0.5) / SH_C0).reshape(1, 1, 3).astype(np.float32),
        antialiased=antialiased,
    )


CAMERA = Camera(width=33, height=21, fx=30, fy=30, cx=16.5, cy=10.5)


def test_a_splat_is_drawn_where_it_is_in_its_colour():
    drawing = draw(ball(), CAMERA, depth=True, device="cpu")
    assert drawing.color.shape == (21, 33, 3)
    assert drawing.color.dtype == np.float32
    np.testing.assert_allclose(drawing.color[10, 16], 0.98 * np.array([1, 0.25, 0]), atol=1e-4)
    assert drawing.alpha[10, 16] == pytest.approx(0.98, abs=1e-4)
    assert drawing.depth[10, 16] == pytest.approx(4, abs=1e-4)
    assert drawing.alpha[0, 0] == 0
    assert drawing.depth[0, 0] == 0


def test_background_fills_what_is_not_covered():
    drawing = draw(ball(), CAMERA, background=WHITE, device="cpu")
    np.testing.assert_array_equal(drawing.color[0, 0], 1)
    np.testing.assert_allclose(drawing.color[10, 16], [1, 0.25 * 0.98 + 0.02, 0.02], atol=1e-4)
    assert drawing.depth is None


def test_colours_stay_in_range():
    drawing = draw(ball(color=(3.0, -2.0, 0.5)), CAMERA, device="cpu")
    assert drawing.color.max() == 1
    assert drawing.color.min() == 0


def test_geometry_says_whether_it_is_antialiased():
    small = draw(ball(size=0.02), CAMERA, device="cpu").alpha[10, 16]
    compensated = draw(ball(size=0.02, antialiased=True), CAMERA, device="cpu").alpha[10, 16]
    variance = (0.02 * 30 / 4) ** 2
    assert small == pytest.approx(0.98, abs=1e-3)
    assert compensated == pytest.approx(0.98 * variance / (variance + 0.3), rel=1e-3)


def test_a_drawer_draws_any_size_and_the_same_again():
    drawer = Drawer(ball(), "cpu")
    first = drawer.draw(CAMERA)
    larger = drawer.draw(CAMERA.resized(66, 42))
    assert larger.color.shape == (42, 66, 3)
    np.testing.assert_allclose(larger.color[20:22, 32:34].mean((0, 1)), first.color[10, 16], atol=0.01)
    np.testing.assert_array_equal(drawer.draw(CAMERA).color, first.color)


def test_nothing_is_drawn_as_background():
    nothing = Splats(*(np.zeros((0, *shape), np.float32) for shape in ((3,), (4,), (3,), (), (1, 3))))
    drawing = draw(nothing, CAMERA, background=(0.25, 0.5, 0.75), depth=True, device="cpu")
    np.testing.assert_array_equal(drawing.color, np.broadcast_to(np.float32([0.25, 0.5, 0.75]), (21, 33, 3)))
    assert not drawing.alpha.any()
    assert not drawing.depth.any()


def test_lens_distortion_is_refused():
    bent = Camera(33, 21, 30, 30, 16.5, 10.5, distortion=Distortion("opencv", (0.1,)))
    with pytest.raises(ValueError, match="undistorted"):
        draw(ball(), bent, device="cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_an_absent_gpu_is_said_in_a_sentence():
    with pytest.raises(DeviceUnavailable, match="Choose the device cpu"):
        Drawer(ball(), "cuda")
    assert Drawer(ball(), "auto").device == "cpu"
