"""PSNR exactly, and whole measurements of a scene that is known."""

import json
import math
import weakref

import numpy as np
import pytest
import torch
from evaluation_scenes import Still, changed, eight_bits, render, splats, views

from recon.evaluate import measure, psnr, ssim
from recon.scene import View


@pytest.mark.parametrize(("error", "decibels"), [(1.0, 0.0), (0.1, 20.0), (0.01, 40.0)])
def test_psnr_of_a_constant_error(error, decibels):
    image = np.zeros((5, 7, 3))
    assert psnr(image + error, image) == pytest.approx(decibels, abs=1e-5)


def test_psnr_of_equal_images_is_infinite():
    assert psnr(np.full((4, 4, 3), 0.3), np.full((4, 4, 3), 0.3)) == math.inf


def test_psnr_clamps_first():
    assert psnr(np.full((2, 2, 3), 7.0), np.full((2, 2, 3), 1.0)) == math.inf
    assert psnr(np.full((2, 2, 3), -3.0), np.full((2, 2, 3), 0.1)) == pytest.approx(20, abs=1e-5)


def test_psnr_counts_masked_pixels_not_at_all():
    image, reference = np.zeros((4, 4, 3)), np.zeros((4, 4, 3))
    image[0] = 1
    image[1] = 0.1
    mask = np.zeros((4, 4), bool)
    mask[1] = True
    assert psnr(image, reference, mask) == pytest.approx(20, abs=1e-5)
    with pytest.raises(ValueError, match="at least one pixel"):
        psnr(image, reference, np.zeros((4, 4), bool))


def test_psnr_refuses_different_shapes():
    with pytest.raises(ValueError, match="one shape"):
        psnr(np.zeros((4, 4, 3)), np.zeros((4, 5, 3)))


@pytest.mark.parametrize("antialiased", [False, True])
def test_a_scene_measured_on_its_own_renders_is_as_good_as_eight_bits(antialiased):
    geometry = splats(antialiased=antialiased)
    metrics = measure(geometry, views(geometry), device="cpu")
    rounding = -10 * math.log10(1 / 255**2 / 12)  # of a uniform error within half a step
    assert metrics.mean("psnr") > rounding - 0.5
    assert metrics.mean("ssim") > 0.999
    assert metrics.protocol["antialiased"] is antialiased


def test_a_planted_error_is_measured_exactly():
    geometry = splats()
    view = views(geometry, 1)[0]
    drawn = render(geometry, view.camera).color
    photo = view.image.pixels.copy()
    photo[10:20, 10:30] = 255 - photo[10:20, 10:30]
    found = measure(geometry, [changed(view, image=Still(photo))], device="cpu").views[0]
    error = np.mean((drawn.astype(np.float64) - photo / 255) ** 2)
    assert found.psnr == pytest.approx(-10 * math.log10(error), abs=1e-4)
    twin = ssim(torch.from_numpy(drawn).double(), torch.from_numpy(photo).double() / 255)
    assert found.ssim == pytest.approx(twin.item(), abs=1e-6)


def test_empty_geometry_against_black_photographs_is_capped():
    geometry = splats(0)
    metrics = measure(geometry, views(geometry, 2), device="cpu")
    assert [view.psnr for view in metrics.views] == [100, 100]
    assert metrics.mean("ssim") == pytest.approx(1)


def test_transparent_photographs_are_compared_on_white():
    geometry = splats()
    view = views(geometry, 1)[0]
    drawing = render(geometry, view.camera)
    alpha = drawing.alpha[..., None]
    straight = np.where(alpha > 0, drawing.color / np.maximum(alpha, 1e-6), 0.5)
    cut_out = changed(view, image=Still(eight_bits(straight.clip(0, 1))), alpha=Still(eight_bits(drawing.alpha)))
    metrics = measure(geometry, [cut_out], device="cpu")
    assert metrics.views[0].psnr > 50
    assert "white" in metrics.protocol["background"]
    assert measure(geometry, [view], device="cpu").protocol["background"] == "black"


def test_masked_pixels_do_not_count():
    geometry = splats()
    view = views(geometry, 1)[0]
    clean = measure(geometry, [view], device="cpu").views[0]
    photo, mask = view.image.pixels.copy(), np.full((36, 48), 255, np.uint8)
    photo[:, 24:], mask[:, 24:] = 77, 0
    masked = changed(view, image=Still(photo), mask=Still(mask))
    metrics = measure(geometry, [masked], device="cpu")
    assert metrics.views[0].psnr == pytest.approx(clean.psnr, abs=1)
    assert metrics.views[0].ssim > 0.999
    assert "left out of PSNR" in metrics.protocol["masks"]


def test_a_view_that_is_wholly_masked_is_left_out():
    geometry = splats()
    first, second = views(geometry, 2)
    hidden = changed(second, mask=Still(np.zeros((36, 48), np.uint8)))
    assert [view.name for view in measure(geometry, [first, hidden], device="cpu").views] == ["000.png"]


def test_metrics_are_json_of_a_fixed_shape():
    geometry = splats()
    metrics = measure(geometry, views(geometry), device="cpu")
    loaded = json.loads(json.dumps(metrics.to_json(), allow_nan=False))
    assert set(loaded) == {"protocol", "mean", "views"}
    assert set(loaded["mean"]) == {"psnr", "ssim"}
    assert [set(view) for view in loaded["views"]] == [{"name", "psnr", "ssim"}] * 3
    assert loaded["mean"]["psnr"] == pytest.approx(np.mean([view["psnr"] for view in loaded["views"]]))
    assert loaded["protocol"]["lpips"] is None
    assert loaded["protocol"]["resolution"] == "48x36"
    assert loaded["protocol"]["views"] == "test"
    assert set(loaded["protocol"]) == {
        "split", "views", "resolution", "photographs", "renders", "background", "masks", "psnr", "ssim", "lpips",
        "antialiased", "device",
    }  # fmt: skip


def test_no_views_are_no_numbers():
    metrics = measure(splats(), [], device="cpu").to_json()
    assert metrics["mean"] == {"psnr": None, "ssim": None}
    assert metrics["views"] == []


def test_progress_is_told_view_by_view():
    told = []
    geometry = splats()
    measure(geometry, views(geometry), device="cpu", progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_photographs_are_let_go_of():
    read = []

    class Watched:
        def read(self, width, height):
            assert not any(reference() is not None for reference in read)
            pixels = np.zeros((height, width, 3), np.uint8)
            read.append(weakref.ref(pixels))
            return pixels

    geometry = splats()
    watched = [View(view.name, view.camera, Watched(), split="test") for view in views(geometry)]
    assert len(measure(geometry, watched, device="cpu").views) == len(read) == 3
