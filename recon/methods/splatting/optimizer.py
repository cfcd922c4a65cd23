"""Adam over tensors whose number of rows changes."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.optim.adam import adam

FIRST_DECAY, SECOND_DECAY = 0.9, 0.999
# Far below the gradients met, so that steps keep their size whatever the scale of the loss (3DGS uses the same).
EPSILON = 1e-15


class Adam:
    """Adam (Kingma and Ba 2015), one learning rate per named tensor.

    Parameters
    ----------
    parameters : dict of str to Tensor
        Leaf tensors of equal length N; shared with their owner, who may `replace` them.
    epsilon : float
    """

    def __init__(self, parameters: Mapping[str, Tensor], epsilon: float = EPSILON) -> None:
        self.epsilon = epsilon
        self.first = {name: torch.zeros_like(tensor) for name, tensor in parameters.items()}
        self.second = {name: torch.zeros_like(tensor) for name, tensor in parameters.items()}
        self.steps = 0

    @torch.no_grad()
    def step(self, parameters: Mapping[str, Tensor], rates: Mapping[str, float]) -> None:
        """Move every parameter by its `.grad` and clear it."""
        for name, tensor in parameters.items():
            if tensor.grad is None or not tensor.numel():
                continue
            adam(
                [tensor],
                [tensor.grad],
                [self.first[name]],
                [self.second[name]],
                [],
                [torch.tensor(float(self.steps), device=tensor.device)],
                fused=True,
                amsgrad=False,
                beta1=FIRST_DECAY,
                beta2=SECOND_DECAY,
                lr=rates[name],
                weight_decay=0.0,
                eps=self.epsilon,
                maximize=False,
            )
            tensor.grad = None
        self.steps += 1

    def forget(self, rows: Tensor) -> None:
        """Clear the moments of rows that were changed from outside."""
        for moments in (self.first, self.second):
            for tensor in moments.values():
                tensor[rows] = 0

    def rebuild(self, kept: Tensor, added: int) -> None:
        """Follow a change of rows: those `kept` in order, then `added` new ones."""
        for moments in (self.first, self.second):
            for name, tensor in moments.items():
                moments[name] = torch.cat([tensor[kept], tensor.new_zeros(added, *tensor.shape[1:])])
