"""LPIPS (Zhang 2018): how different two images look to a network; only with weights that the user brings.

Triptych ships no weights and downloads none. Who has the package `lpips` makes a weights file with two lines:

    state = lpips.LPIPS(net="alex").state_dict()  # or net="vgg"
    safetensors.torch.save_file({name: tensor.clone() for name, tensor in state.items()}, "alex.safetensors")

It must hold the convolutions of AlexNet or VGG16, as torchvision names them (`features.0.weight`, `features.0.bias`,
...) or as `lpips` does (`net.slice1.0.weight`, ...), and the linear heads (`lin0.model.1.weight` to
`lin4.model.1.weight`). Other tensors are ignored. Which network it is, is read from the first convolution's shape.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from recon.errors import UnreadableFile

# The networks' input statistics, for images in [-1, 1].
SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)


@dataclass(frozen=True)
class _Convolution:
    """One convolution and the ReLU behind it.

    Parameters
    ----------
    index : int
        Its place in torchvision's `features`.
    inputs, outputs, kernel, stride, padding : int
    pooled : bool
        Whether max pooling comes before it.
    compared : bool
        Whether its activations are compared.
    """

    index: int
    inputs: int
    outputs: int
    kernel: int = 3
    stride: int = 1
    padding: int = 1
    pooled: bool = False
    compared: bool = True

    @property
    def shape(self) -> tuple[int, int, int, int]:
        return self.outputs, self.inputs, self.kernel, self.kernel


@dataclass(frozen=True)
class _Network:
    name: str
    pooling: int  # window; the stride is 2
    smallest: int  # images smaller than this many pixels leave nothing to compare
    convolutions: tuple[_Convolution, ...]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The tensors a weights file must hold."""
        wanted: dict[str, tuple[int, ...]] = {}
        for layer in self.convolutions:
            wanted[f"features.{layer.index}.weight"] = layer.shape
            wanted[f"features.{layer.index}.bias"] = (layer.outputs,)
        compared = [layer for layer in self.convolutions if layer.compared]
        return wanted | {f"lin{k}.model.1.weight": (1, layer.outputs, 1, 1) for k, layer in enumerate(compared)}


ALEXNET = _Network(
    "alex",
    pooling=3,
    smallest=31,
    convolutions=(
        _Convolution(0, 3, 64, kernel=11, stride=4, padding=2),
        _Convolution(3, 64, 192, kernel=5, padding=2, pooled=True),
        _Convolution(6, 192, 384, pooled=True),
        _Convolution(8, 384, 256),
        _Convolution(10, 256, 256),
    ),
)
VGG16 = _Network(
    "vgg",
    pooling=2,
    smallest=16,
    convolutions=(
        _Convolution(0, 3, 64, compared=False),
        _Convolution(2, 64, 64),
        _Convolution(5, 64, 128, pooled=True, compared=False),
        _Convolution(7, 128, 128),
        _Convolution(10, 128, 256, pooled=True, compared=False),
        _Convolution(12, 256, 256, compared=False),
        _Convolution(14, 256, 256),
        _Convolution(17, 256, 512, pooled=True, compared=False),
        _Convolution(19, 512, 512, compared=False),
        _Convolution(21, 512, 512),
        _Convolution(24, 512, 512, pooled=True, compared=False),
        _Convolution(26, 512, 512, compared=False),
        _Convolution(28, 512, 512),
    ),
)


@dataclass(frozen=True, eq=False)
class Lpips:
    """A network with its weights, ready to compare.

    Parameters
    ----------
    network : ALEXNET or VGG16
    weights : mapping of str to tensor
    digest : str
        SHA-256 of the weights file, so that numbers can name it.
    """

    network: _Network
    weights: dict[str, Tensor]
    digest: str

    @classmethod
    def load(cls, path: Path, device: str = "cpu") -> Lpips:
        """Read a weights file; see the module for what it must hold.

        Raises
        ------
        UnreadableFile
            If it is not a safetensors file, or lacks a tensor, or one has another shape.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            tensors = {_torchvision_name(name): tensor for name, tensor in load_file(path).items()}
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except (OSError, SafetensorError) as error:
            raise UnreadableFile(
                f"{path} cannot be read as LPIPS weights ({error}). A safetensors file with the tensors "
                f"features.*.weight, features.*.bias and lin0.model.1.weight to lin4.model.1.weight is wanted."
            ) from error
        network = _recognise(path, tensors)
        weights = {name: tensors[name].float().to(device) for name in network.shapes}
        return cls(network, weights, digest)

    def describe(self) -> dict[str, Any]:
        """What a report says of it."""
        return {"net": self.network.name, "version": "0.1", "input": "[-1, 1]", "weights_sha256": self.digest}

    def distance(self, image: Tensor, reference: Tensor) -> float:
        """How different two images look: 0 where they are equal.

        Parameters
        ----------
        image, reference : (H, W, 3) float32
            sRGB in [0, 1].

        Raises
        ------
        ValueError
            If shapes differ, or the images are too small for the network.
        """
        if image.shape != reference.shape or min(image.shape[:2]) < self.network.smallest:
            raise ValueError(
                f"LPIPS ({self.network.name}) needs two images of one shape, at least {self.network.smallest} pixels "
                f"wide and high, got {tuple(image.shape)} and {tuple(reference.shape)}"
            )
        with torch.inference_mode():
            total = 0.0
            for k, (first, second) in enumerate(zip(*map(self._activations, (image, reference)), strict=True)):
                squared = (_unit(first) - _unit(second)) ** 2
                total += float(functional.conv2d(squared, self.weights[f"lin{k}.model.1.weight"]).mean())
            return total

    def _activations(self, image: Tensor) -> list[Tensor]:
        device = self.weights["features.0.bias"].device
        shift, scale = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (SHIFT, SCALE))
        current = (2 * image.to(device).permute(2, 0, 1)[None] - 1 - shift) / scale
        compared = []
        for layer in self.network.convolutions:
            if layer.pooled:
                current = functional.max_pool2d(current, self.network.pooling, stride=2)
            weight, bias = (self.weights[f"features.{layer.index}.{kind}"] for kind in ("weight", "bias"))
            current = functional.relu(functional.conv2d(current, weight, bias, layer.stride, layer.padding))
            if layer.compared:
                compared.append(current)
        return compared


def _unit(activations: Tensor) -> Tensor:
    """Activations of (1, C, H, W) scaled to unit length along the channels."""
    return activations / (activations.norm(dim=1, keepdim=True) + 1e-10)


def _torchvision_name(name: str) -> str:
    return re.sub(r"^net\.slice\d\.", "features.", name)


def _recognise(path: Path, tensors: dict[str, Tensor]) -> _Network:
    first = tuple(tensors["features.0.weight"].shape) if "features.0.weight" in tensors else None
    for network in (ALEXNET, VGG16):
        if network.convolutions[0].shape == first:
            break
    else:
        found = "it is missing" if first is None else f"its shape is {first}"
        raise UnreadableFile(
            f"{path} does not hold LPIPS weights: features.0.weight should have the shape "
            f"{ALEXNET.convolutions[0].shape} (AlexNet) or {VGG16.convolutions[0].shape} (VGG16), but {found}."
        )
    for name, shape in network.shapes.items():
        held = tuple(tensors[name].shape) if name in tensors else None
        if held != shape:
            problem = "is missing" if held is None else f"has the shape {held}"
            raise UnreadableFile(
                f"{path} does not hold LPIPS weights ({network.name}): {name} {problem}, and {shape} is wanted."
            )
    return network
