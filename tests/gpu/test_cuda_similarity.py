"""SSIM on a GPU: as exact as on the CPU, also where cuDNN would round."""

import pytest
import torch

from recon.evaluate import photometric, ssim

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("size", [(37, 53), (540, 960)])
def test_ssim_agrees_with_the_float64_twin(size):
    generator = torch.Generator().manual_seed(0)
    image = 0.9 + 0.1 * torch.rand(*size, 3, generator=generator)  # bright and flat: small variances of large means
    reference = (image + 0.01 * torch.randn(*size, 3, generator=generator)).clamp(0, 1)

    def value_and_gradient(device, dtype):
        leaf = image.to(device, dtype).requires_grad_()
        value = ssim(leaf, reference.to(device, dtype))
        value.backward()
        return value.item(), leaf.grad.double().cpu()

    value, gradient = value_and_gradient("cuda", torch.float32)
    wanted, wanted_gradient = value_and_gradient("cpu", torch.float64)
    assert value == pytest.approx(wanted, abs=1e-4)
    assert ((gradient - wanted_gradient).norm() / wanted_gradient.norm()).item() < 1e-2


def test_the_loss_is_that_of_the_cpu():
    generator = torch.Generator().manual_seed(1)
    image, reference = torch.rand(2, 64, 80, 3, generator=generator)
    on_gpu, error = photometric(image.cuda(), reference.cuda(), 0.2)
    on_cpu, wanted = photometric(image, reference, 0.2)
    assert on_gpu.item() == pytest.approx(on_cpu.item(), abs=1e-5)
    torch.testing.assert_close(error.cpu(), wanted)
