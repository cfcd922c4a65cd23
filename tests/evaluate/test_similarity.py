"""SSIM and the photometric loss: against their float64 twin, finite differences and scipy."""

import numba
import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from recon.evaluate import photometric, ssim
from recon.evaluate.similarity import separable_ssim

SIZES = [(1, 1), (3, 5), (23, 37), (64, 9), (40, 64)]


def pair(height, width, seed=0):
    generator = torch.Generator().manual_seed(seed)
    image = torch.rand(height, width, 3, generator=generator)
    reference = (image + 0.1 * torch.randn(height, width, 3, generator=generator)).clamp(0, 1)
    return image, reference


def value_and_gradient(function, image, reference):
    image = image.clone().requires_grad_()
    value = function(image, reference)
    value.backward()
    return value.item(), image.grad


def reference_loss(image, reference, weight):
    return (1 - weight) * (image - reference).abs().mean() + weight * (1 - separable_ssim(image, reference))


def relative(found, wanted):
    return ((found.double() - wanted).norm() / wanted.norm()).item()


@pytest.mark.parametrize("size", SIZES)
def test_kernels_agree_with_the_float64_twin(size):
    image, reference = pair(*size)
    value, gradient = value_and_gradient(ssim, image, reference)
    wanted, wanted_gradient = value_and_gradient(ssim, image.double(), reference.double())
    assert value == pytest.approx(wanted, abs=3e-7)
    assert relative(gradient, wanted_gradient) < 5e-6


@pytest.mark.parametrize("weight", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("size", SIZES)
def test_photometric_loss_agrees_with_the_float64_twin(size, weight):
    image, reference = pair(*size)
    value, gradient = value_and_gradient(lambda x, y: photometric(x, y, weight)[0], image, reference)
    wanted, wanted_gradient = value_and_gradient(
        lambda x, y: reference_loss(x, y, weight), image.double(), reference.double()
    )
    assert value == pytest.approx(wanted, abs=3e-7)
    assert relative(gradient, wanted_gradient) < 5e-6
    torch.testing.assert_close(photometric(image, reference, weight)[1], (image - reference).abs().mean(-1))


def test_photometric_loss_has_a_torch_twin_for_other_precisions():
    image, reference = pair(12, 17)
    loss, error = photometric(image, reference, 0.3)
    twin_loss, twin_error = photometric(image.double(), reference.double(), 0.3)
    assert loss.item() == pytest.approx(twin_loss.item(), abs=3e-7)
    torch.testing.assert_close(error.double(), twin_error, atol=1e-6, rtol=0)


def test_gradient_is_the_finite_difference():
    image, reference = (tensor.double() for tensor in pair(9, 14))
    assert torch.autograd.gradcheck(ssim, (image.requires_grad_(), reference))


def test_scipy_finds_the_same_value():
    image, reference = (tensor.numpy().astype(np.float64) for tensor in pair(30, 41))

    def mean(array):  # radius 5 = truncate 3.4 x sigma 1.5, rounded
        return gaussian_filter(array, (1.5, 1.5, 0), truncate=3.4, mode="constant")

    mean_x, mean_y = mean(image), mean(reference)
    variance_x, variance_y = mean(image**2) - mean_x**2, mean(reference**2) - mean_y**2
    covariance = mean(image * reference) - mean_x * mean_y
    wanted = (
        (2 * mean_x * mean_y + 1e-4)
        * (2 * covariance + 9e-4)
        / ((mean_x**2 + mean_y**2 + 1e-4) * (variance_x + variance_y + 9e-4))
    ).mean()
    found = ssim(torch.from_numpy(image).float(), torch.from_numpy(reference).float())
    assert found.item() == pytest.approx(wanted, abs=3e-7)


def test_equal_images_are_wholly_similar_and_at_rest():
    image, _ = pair(20, 30)
    value, gradient = value_and_gradient(ssim, image, image)
    assert value == pytest.approx(1.0, abs=1e-6)
    assert gradient.abs().max() < 1e-6


def test_images_need_not_be_contiguous():
    image, reference = pair(16, 24)
    turned = image.permute(2, 0, 1).contiguous().permute(1, 2, 0)
    assert not turned.is_contiguous()
    assert ssim(turned, reference).item() == ssim(image, reference).item()


def test_upstream_gradients_are_passed_on():
    image, reference = pair(11, 12)
    _, gradient = value_and_gradient(ssim, image, reference)
    _, tripled = value_and_gradient(lambda x, y: 3 * ssim(x, y), image, reference)
    torch.testing.assert_close(tripled, 3 * gradient)


def test_threads_do_not_change_a_bit():
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("this process may use one thread only")
    image, reference = pair(45, 33)
    results = []
    for count in (1, 2, min(3, numba.config.NUMBA_NUM_THREADS)):
        numba.set_num_threads(count)
        results.append(value_and_gradient(lambda x, y: photometric(x, y, 0.2)[0], image, reference))
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    for value, gradient in results[1:]:
        assert value == results[0][0]
        assert torch.equal(gradient, results[0][1])


@pytest.mark.parametrize(
    ("image", "reference", "message"),
    [
        (torch.zeros(4, 5, 3), torch.zeros(5, 4, 3), "one shape"),
        (torch.zeros(4, 5, 4), torch.zeros(4, 5, 4), "one shape"),
        (torch.zeros(0, 5, 3), torch.zeros(0, 5, 3), "one shape"),
        (torch.zeros(4, 5, 3), torch.zeros(4, 5, 3).double(), "one type"),
    ],
)
def test_images_that_cannot_be_compared_are_refused(image, reference, message):
    with pytest.raises(ValueError, match=message):
        ssim(image, reference)
