"""The renderer by itself: fit a few hundred Gaussians to one photograph by gradient descent.

python examples/02_fit_one_photograph.py CAPTURE OUT.png [STEPS]
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from PIL import Image

import recon
from recon.render import Cameras, Gaussians, QuaternionScale
from recon.scene import View


def start(view: View, count: int) -> dict[str, torch.Tensor]:
    """Gaussians spread over the picture at depth 1, grey."""
    generator = torch.Generator().manual_seed(0)
    camera = view.camera
    pixels = torch.rand(count, 2, generator=generator) * torch.tensor([camera.width, camera.height])
    slopes = (pixels - torch.tensor([camera.cx, camera.cy])) / torch.tensor([camera.fx, camera.fy])
    local = torch.cat([slopes, torch.ones(count, 1)], dim=1).double()
    world_from_camera = torch.from_numpy(camera.world_from_camera.copy())
    return {
        "means": (local @ world_from_camera[:3, :3].T + world_from_camera[:3, 3]).float(),
        "log_scales": torch.full((count, 3), -3.0),
        "quaternions": torch.randn(count, 4, generator=generator),
        "logits": torch.zeros(count),
        "colors": torch.full((count, 3), 0.5),
    }


def main(capture: Path, out: Path, steps: int) -> None:
    view = recon.load_capture(capture).train[0]
    width, height = view.camera.width, view.camera.height
    photograph = torch.from_numpy(view.image.read(width, height)).float() / 255
    parameters = {name: value.requires_grad_() for name, value in start(view, 400).items()}
    optimizer = torch.optim.Adam([{"params": [value]} for value in parameters.values()], lr=1e-2)

    for step in range(steps):
        gaussians = Gaussians(
            means=parameters["means"],
            opacities=parameters["logits"].sigmoid(),
            shape=QuaternionScale(parameters["quaternions"], parameters["log_scales"].exp()),
            features=parameters["colors"],
        )
        picture = recon.rasterize(gaussians, Cameras.of([view.camera])).features[0]
        loss = (picture - photograph).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 0 or step == steps - 1:
            print(f"step {step}: mean error {loss.item():.4f}")

    Image.fromarray((picture.detach().clamp(0, 1) * 255).byte().numpy()).save(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 300)
