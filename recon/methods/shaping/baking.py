"""From the network to numbers at vertices: opacity and first-degree harmonics.

Between vertices the network is not linear, so what it says at vertices alone is only a start for a fit to the
photographs.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from recon.methods.shaping.layers import Hits, Surface
from recon.methods.shaping.primitives import vertex_normals
from recon.methods.shaping.radiance import Background, Radiance
from recon.methods.shaping.views import center_of
from recon.render import Cameras

MOST_VIEWS = 24  # that colours are looked at from
FACING = 0.02  # weight of a vertex that faces away
OUTSIDE = 0.01  # and of one outside of the picture
STIFFNESS = (1e-6, 0.02, 0.02, 0.02)
SMALLEST_OPACITY = 0.01


class Baked(nn.Module):
    """Opacity and harmonics at vertices.

    Parameters
    ----------
    vertices, width : int
        Number of vertices; of the background's layer.
    """

    def __init__(self, vertices: int, width: int) -> None:
        super().__init__()
        self.logits = nn.Parameter(torch.zeros(vertices))
        self.harmonics = nn.Parameter(torch.zeros(vertices, 12))
        self.behind = Background(width)

    def shade(self, hits: Hits, directions: Tensor, surface: Surface) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """Opacities and colours of hits; see `recon.methods.shaping.radiance.Look`."""
        opacities = hits.blended(torch.sigmoid(self.logits)[:, None])[:, 0]
        terms = hits.blended(self.harmonics).reshape(-1, 4, 3)
        return opacities, terms[:, 0] + (terms[:, 1:] * directions[hits.rays][..., None]).sum(1)

    def background(self, directions: Tensor) -> Tensor:
        """What is behind all."""
        return self.behind(directions)


@torch.no_grad()
def baked(radiance: Radiance, surface: Surface, cameras: Sequence[Cameras]) -> Baked:
    """What the network says at vertices, seen from some of the cameras, as harmonics by least squares."""
    vertices = surface.vertices
    normals = vertex_normals(vertices, surface.faces)[0]
    coarse = torch.zeros(len(vertices), 1, device=vertices.device)
    coarse[surface.faces[surface.fine_faces :].long().reshape(-1)] = 1
    normal = torch.zeros(len(vertices), 4, 4, device=vertices.device)
    right = torch.zeros(len(vertices), 4, 3, device=vertices.device)
    total = torch.zeros(len(vertices), 1, device=vertices.device)
    opacities = torch.zeros(len(vertices), device=vertices.device)
    for camera in cameras[:: max(1, len(cameras) // MOST_VIEWS)]:
        toward = nn.functional.normalize(vertices - center_of(camera), dim=1)
        opacities, colors = radiance.at(radiance.features, coarse, normals * toward, toward)
        weight = _weight(vertices, normals, toward, camera)
        terms = torch.cat([torch.ones_like(weight), toward], 1)
        normal += weight[..., None] * terms[:, :, None] * terms[:, None]
        right += weight[..., None] * terms[:, :, None] * colors[:, None]
        total += weight
    stiff = torch.diag(torch.tensor(STIFFNESS, device=vertices.device))
    found = torch.linalg.solve(normal / total[..., None] + stiff, right / total[..., None])
    made = Baked(len(vertices), radiance.behind.layers[0].out_features).to(vertices.device)
    made.logits.copy_(torch.logit(opacities.clamp(SMALLEST_OPACITY, 1 - SMALLEST_OPACITY)))
    made.harmonics.copy_(found.reshape(-1, 12))
    made.behind.load_state_dict(radiance.behind.state_dict())
    return made


def _weight(vertices: Tensor, normals: Tensor, toward: Tensor, camera: Cameras) -> Tensor:
    """(V, 1): how well a camera sees each vertex, others in front of it left aside."""
    facing = (-(normals * toward).sum(1)).clamp(min=FACING)
    transform, (fx, fy, cx, cy) = camera.camera_from_world[0], camera.intrinsics[0]
    x, y, z = (vertices @ transform[:3, :3].T + transform[:3, 3]).unbind(1)
    u, v = x / z * fx + cx, y / z * fy + cy
    inside = (z > 0) & (u > 0) & (u < camera.width) & (v > 0) & (v < camera.height)
    return (facing * (inside.float() + OUTSIDE))[:, None]
