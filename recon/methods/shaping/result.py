"""From what is fitted to geometry in the capture's frame: flat Gaussians to look at meanwhile, and an opaque mesh."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from torch import Tensor

from recon.methods.shaping.baking import Baked
from recon.methods.shaping.icosphere import VERTICES
from recon.methods.shaping.primitives import vertex_normals
from recon.methods.shaping.scene import Scene
from recon.scene import Mesh, Splats
from recon.scene.harmonics import SH_C0, SH_C1

REACH = 0.8  # standard deviation of a Gaussian by the radius of its vertex's share of the surface
THICKNESS = 0.05  # of its width
SMALLEST = 1e-4  # fine voxels
COVERED_FROM = 4  # fine primitives in a coarse voxel that can stand for it, of the eight it has room for


@torch.no_grad()
def surfels(scene: Scene, vertices: Tensor, look: Baked | None = None) -> Splats:
    """One flat Gaussian for each vertex; in the colours of the nearest points as long as there is no look."""
    shown = _shown(scene)
    normals, areas = (tensor.cpu().numpy()[shown] for tensor in vertex_normals(vertices, scene.faces))
    places = vertices.cpu().numpy()[shown]
    widths = np.maximum(REACH * np.sqrt(areas / np.pi), SMALLEST) * scene.frame.radius
    scales = np.stack([widths, widths, THICKNESS * widths], 1).astype(np.float32)
    if look is None:
        nearest = cKDTree(scene.positions).query(places)[1]
        harmonics = ((scene.colors[nearest] - 0.5) / SH_C0)[:, None]
        opacities = np.full(len(places), 0.9, np.float32)
    else:
        harmonics = _harmonics(look.harmonics.cpu().numpy()[shown])
        opacities = torch.sigmoid(look.logits).cpu().numpy()[shown]
    return Splats(
        means=scene.frame.world_from_local(places),
        quaternions=_turned_to(normals),
        scales=scales,
        opacities=opacities.astype(np.float32),
        sh=harmonics.astype(np.float32),
    )


def opaque_mesh(scene: Scene, kept: Tensor, colors: NDArray[np.float32]) -> Mesh:
    """The faces that are kept, with colours at vertices; seen from outside alone, as the network sees them."""
    faces = scene.faces[kept].cpu().numpy()
    used, renamed = np.unique(faces.reshape(-1), return_inverse=True)
    return Mesh(
        vertices=scene.frame.world_from_local(scene.vertices.cpu().numpy()[used]),
        faces=renamed.reshape(-1, 3).astype(np.int32),
        colors=colors[used],
        one_sided=True,
        name="primitives",
    )


def _shown(scene: Scene) -> NDArray[np.int64]:
    """Vertices of all fine primitives, and of coarse ones where there are hardly any fine ones."""
    primitives = scene.primitives
    centers, sizes = primitives.centers.cpu().numpy(), primitives.sizes.cpu().numpy()
    chosen = np.ones(len(centers), np.bool_)
    if 0 < primitives.fine < len(centers):
        tree, coarse = cKDTree(centers[: primitives.fine]), slice(primitives.fine, None)
        within = tree.query_ball_point(centers[coarse], sizes[coarse] / 2, p=np.inf, return_length=True)
        chosen[coarse] = within < COVERED_FROM
    return np.flatnonzero(np.repeat(chosen, VERTICES))


def _harmonics(terms: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 4, 3) of the 3DGS basis, from a colour and its slope along x, y and z (N, 12)."""
    constant, x, y, z = terms.reshape(-1, 4, 3).transpose(1, 0, 2)
    return np.stack([(constant - 0.5) / SH_C0, -y / SH_C1, z / SH_C1, -x / SH_C1], 1)


def _turned_to(normals: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, 4): quaternions that turn z to each normal."""
    turned = np.concatenate([1 + normals[:, 2:], -normals[:, 1:2], normals[:, :1], np.zeros_like(normals[:, :1])], 1)
    turned[np.linalg.norm(turned, axis=1) < 1e-6] = (0, 1, 0, 0)
    return (turned / np.linalg.norm(turned, axis=1, keepdims=True)).astype(np.float32)
