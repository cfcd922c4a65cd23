"""Depth images of splats, and the box that holds what they show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recon.errors import MethodError
from recon.fields import DepthImage
from recon.fields.tsdf import EMPTY, UNKNOWN
from recon.methods.splatting.model import rotation_matrices
from recon.methods.surfacing.options import MeshOptions
from recon.methods.surfacing.planes import OPAQUE
from recon.render import Cameras, Gaussians, Options, rasterize
from recon.scene import Camera, Splats, View

LONGEST = 1000  # pixels; more would be finer than voxels are
FLATTEST_COSINE = 0.1
STRIDE = 4  # pixels between those that the box is made from
REACH = 1.2  # times the mean distance of cameras from their focus
OUTLIERS = 0.1  # per cent of points on each side that may lie outside the box
PADDING = 0.03  # of the box's longest side


def depth_images(splats: Splats, views: Sequence[View], options: MeshOptions, device: str) -> Iterator[DepthImage]:
    """Draw the depth of splats into views, one at a time.

    Pixels weigh as much as the cosine between their ray and the splats' mean normal there. What a photograph's alpha
    says is not the subject is empty; what its mask leaves out is unknown.
    """
    gaussians = Gaussians.from_splats(splats, device)
    rotations = rotation_matrices(torch.from_numpy(splats.quaternions))
    shortest = torch.from_numpy(splats.scales).argmin(1)
    normals = rotations[torch.arange(len(splats)), :, shortest].to(device)
    for view in views:
        yield _depth_image(gaussians, normals, view, options, splats.antialiased)


@torch.inference_mode()
def _depth_image(
    gaussians: Gaussians, normals: Tensor, view: View, options: MeshOptions, antialiased: bool
) -> DepthImage:
    camera = working_camera(view.camera)
    cameras = Cameras.of([camera], gaussians.means.device)
    transform = cameras.camera_from_world[0]
    local = gaussians.means @ transform[:3, :3].T + transform[:3, 3]
    facing = normals @ transform[:3, :3].T
    facing = torch.where((facing * local).sum(1, keepdim=True) > 0, -facing, facing)
    plain = Gaussians(gaussians.means, gaussians.opacities, gaussians.shape, features=facing)
    drawn = rasterize(plain, cameras, Options(depth=True, antialiased=antialiased))
    chosen = drawn.median_depth if options.depth == "median" else drawn.depth
    depth, alpha = chosen[0].cpu().numpy(), drawn.alpha[0].cpu().numpy()
    normal = torch.nn.functional.normalize(drawn.features[0], dim=2).cpu().numpy()
    cosine = -(normal * _directions(camera)).sum(2)
    depth = np.where(cosine > FLATTEST_COSINE, depth, np.float32(UNKNOWN))
    depth = np.where(alpha < OPAQUE, np.float32(EMPTY), depth)
    return DepthImage(camera, _masked(depth, view), np.clip(cosine, FLATTEST_COSINE, 1).astype(np.float32))


def working_camera(camera: Camera) -> Camera:
    """The camera at a size that is fine enough for fusion."""
    factor = min(1.0, LONGEST / max(camera.width, camera.height))
    return camera if factor == 1 else camera.resized(round(camera.width * factor), round(camera.height * factor))


def _masked(depth: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    height, width = depth.shape
    if view.alpha is not None:
        depth = np.where(view.alpha.read(width, height) < 128, np.float32(EMPTY), depth)
    if view.mask is not None:
        depth = np.where(view.mask.read(width, height) < 128, np.float32(UNKNOWN), depth)
    return depth.astype(np.float32)


def _directions(camera: Camera) -> NDArray[np.float32]:
    rays = _rays(camera)
    return rays / np.linalg.norm(rays, axis=2, keepdims=True)


def _rays(camera: Camera) -> NDArray[np.float32]:
    x = (np.arange(camera.width) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(camera.height) + 0.5 - camera.cy) / camera.fy
    return np.stack([*np.meshgrid(x, y), np.ones((camera.height, camera.width))], axis=2).astype(np.float32)


def scene_box(images: Sequence[DepthImage], focus: NDArray[np.float64], bounded: bool) -> NDArray[np.float64]:
    """(2, 3) float64: corners of a box around what the images show.

    Raises
    ------
    MethodError
        If they show nothing.
    """
    points = np.concatenate([_points(image) for image in images])
    if bounded:
        centers = np.stack([image.camera.center for image in images])
        reach = REACH * np.linalg.norm(centers - focus, axis=1).mean()
        points = points[np.linalg.norm(points - focus, axis=1) < reach]
    if len(points) < 10:
        raise MethodError(
            "The splats show no opaque surface near the cameras' focus, so there is nothing to make a mesh of. Train "
            "longer, or make the mesh unbounded if the subject lies farther away than the cameras are from each other."
        )
    box = np.percentile(points, [OUTLIERS, 100 - OUTLIERS], axis=0)
    padding = PADDING * (box[1] - box[0]).max()
    return np.stack([box[0] - padding, box[1] + padding])


def pixel_width(image: DepthImage) -> float:
    """Median width of an image's pixels on the surface that it shows, in world units; 0 where it shows none."""
    seen = image.depth[image.depth > 0]
    return float(np.median(seen)) / image.camera.fx if len(seen) else 0.0


def _points(image: DepthImage) -> NDArray[np.float64]:
    rays = _rays(image.camera)[::STRIDE, ::STRIDE]
    depth = image.depth[::STRIDE, ::STRIDE]
    local = (rays * depth[..., None])[depth > 0].astype(np.float64)
    pose = image.camera.world_from_camera
    return np.asarray(local @ pose[:3, :3].T + pose[:3, 3])
