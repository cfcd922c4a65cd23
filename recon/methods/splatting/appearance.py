"""What differs from photograph to photograph: exposure, and small errors of the camera's pose. Training views only."""

from __future__ import annotations

import torch
from torch import Tensor

from recon.methods.splatting.optimizer import EPSILON, FIRST_DECAY, SECOND_DECAY


class PerView:
    """A row of numbers per training view, learned by Adam from the steps that see the view.

    What all views have in common belongs to the scene, so the mean over the views is kept at zero.

    Parameters
    ----------
    views, width : int
        Size of the table.
    device : torch.device
    """

    def __init__(self, views: int, width: int, device: torch.device) -> None:
        self.tensors = {
            "values": torch.zeros(views, width, device=device),
            "first": torch.zeros(views, width, device=device),
            "second": torch.zeros(views, width, device=device),
            "steps": torch.zeros(views, dtype=torch.int64),
        }

    def row(self, view: int) -> Tensor:
        """A view's numbers, as a leaf whose gradient `learn` takes."""
        return self.tensors["values"][view].clone().requires_grad_()

    def learn(self, view: int, row: Tensor, rate: float) -> None:
        """Move a view's numbers by the gradient of its `row`."""
        if row.grad is None:
            return
        values, first, second, steps = self.tensors.values()
        steps[view] += 1
        count = int(steps[view])
        first[view] += (1 - FIRST_DECAY) * (row.grad - first[view])
        second[view] += (1 - SECOND_DECAY) * (row.grad**2 - second[view])
        mean = first[view] / (1 - FIRST_DECAY**count)
        deviation = (second[view] / (1 - SECOND_DECAY**count)).sqrt()
        values[view] -= rate * mean / (deviation + EPSILON)
        values -= values.mean(0)


EXPOSURE_WIDTH = 6
POSE_WIDTH = 6


def expose(image: Tensor, row: Tensor) -> Tensor:
    """Give an (H, W, 3) image a view's exposure: three logarithms of gain, then three biases."""
    return image * row[:3].exp() + row[3:]


def moved(camera_from_local: Tensor, row: Tensor) -> Tensor:
    """Refine a (4, 4) transform by a twist in the local frame: rotation vector in radians, then translation."""
    x, y, z, a, b, c = row.unbind()
    zero = torch.zeros_like(x)
    generator = [zero, -z, y, a, z, zero, -x, b, -y, x, zero, c, zero, zero, zero, zero]
    return camera_from_local @ torch.linalg.matrix_exp(torch.stack(generator).reshape(4, 4))
