"""How far a drawn image is from a photograph."""

from __future__ import annotations

from torch import Tensor

from recon.evaluate import ssim


def photometric_loss(image: Tensor, reference: Tensor, ssim_weight: float) -> tuple[Tensor, Tensor]:
    """(1 - w) L1 + w (1 - SSIM), as in 3DGS (Kerbl et al. 2023, eq. 7).

    Parameters
    ----------
    image, reference : (H, W, 3) float32
        sRGB in [0, 1]; gradients flow into `image`.
    ssim_weight : float

    Returns
    -------
    loss : scalar tensor
    error : (H, W) float32
        Mean absolute error over the channels, without gradient.
    """
    error = (image - reference).abs().mean(-1)
    loss = (1 - ssim_weight) * error.mean()
    if ssim_weight > 0:
        loss = loss + ssim_weight * (1 - ssim(image, reference))
    return loss, error.detach()
