"""One camera's forward and backward pass: which kernels run in which order, over which arrays.

Owns scratch memory and the grouping of channels. Refuses tensors: `recon.render.cpu` turns them into arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recon.render.kernels.binning import Bins, bin_gaussians
from recon.render.kernels.gathering import SPARE_SLOTS, background_rows, copy_drawn, gather
from recon.render.kernels.harmonics import leave_out_infinite, shade
from recon.render.kernels.harmonics_backward import Targets as ColourTargets
from recon.render.kernels.harmonics_backward import shade_backward
from recon.render.kernels.packing import depth_order, pack, pack_channels
from recon.render.kernels.projection import project_covariances, project_quaternions, project_tangents
from recon.render.kernels.projection_backward import (
    Common,
    covariances_backward,
    quaternions_backward,
    tangents_backward,
)
from recon.render.kernels.rows import columns_of_sums, variant_of
from recon.render.kernels.rules import ABSOLUTE_X, CHUNK, GRADIENT_CHANNELS, PACKED, Array, View, view_of
from recon.render.kernels.tiles import Image, draw_tiles
from recon.render.kernels.tiles_backward import ImageGradient, sum_tiles
from recon.render.threads import workers
from recon.render.types import Covariance, QuaternionScale, Tangents

PLANES = (1, 3, 4, 5, 8, 16)
"""Numbers of channels that kernels are compiled for; others are filled up with zeros or split into groups.

Blending is linear in the channels, and so are the gradients, so groups can be drawn one after the other.
"""

PROJECT: dict[type, Any] = {
    QuaternionScale: project_quaternions,
    Tangents: project_tangents,
    Covariance: project_covariances,
}
PROJECT_BACKWARD: dict[type, Any] = {
    QuaternionScale: quaternions_backward,
    Tangents: tangents_backward,
    Covariance: covariances_backward,
}


@dataclass(frozen=True)
class Scene:
    """Gaussians as arrays; see `recon.render.types.Gaussians`.

    Parameters
    ----------
    kind : type
        Of the shape.
    shape : tuple of arrays
        The shape's fields, in order, each (N, columns).
    bands : int
        Number of harmonics in use: 1, 4, 9 or 16.
    """

    means: Array
    opacities: Array
    kind: type
    shape: tuple[Array, ...]
    sh: Array | None
    features: Array | None
    bands: int


class Group(NamedTuple):
    """Channels [first, last) of the image, drawn together in `planes` planes; with `depth`, z is in the last plane."""

    first: int
    last: int
    planes: int
    depth: bool


@dataclass(frozen=True)
class Drawn:
    """What the backward pass needs of one camera's forward pass.

    Parameters
    ----------
    depths : (N,) float32
        0 where not drawn.
    colours : (N, 3) float32, or (N, 0) without harmonics
        Defined where drawn.
    order : (M,) int32
    packed : (M, 9) float32
    groups : list of Group
    channels : list of (M, P) float32
        One per group.
    bins : Bins
    ends : (tiles,) int64
    """

    depths: Array
    colours: Array
    order: NDArray[np.int32]
    packed: Array
    groups: list[Group]
    channels: list[Array]
    bins: Bins
    ends: NDArray[np.int64]


@dataclass(frozen=True)
class Targets:
    """Where one camera's backward pass puts gradients.

    Parameters
    ----------
    means, opacities, shape, sh, features
        As in `Scene`; shared by all cameras.
    accumulate : bool
        Whether to add to those instead of filling them: from the second camera on.
    absolute : (N, 2) float32, optional
        Filled with the absolute screen-space gradients.
    pose : (4, 4) float32, optional
        Filled with the gradient of camera_from_world; its last row is left alone.
    background : (D,) float32, optional
        Filled.
    """

    means: Array
    opacities: Array
    shape: tuple[Array, ...]
    sh: Array | None
    features: Array | None
    accumulate: bool
    absolute: Array | None
    pose: Array | None
    background: Array | None


def group_channels(count: int, depth: bool, whole: bool) -> list[Group]:
    """Split channels into groups for which there are kernels; depth goes with the last one if there is room.

    `whole` makes it one group whatever the number, for absolute gradients: they are not linear.
    """
    limit = PLANES[-1]
    if whole and count + depth > limit:
        return [Group(0, count, (count + depth + limit - 1) // limit * limit, depth)]
    spans = [(first, min(first + limit, count)) for first in range(0, max(count, 1), limit)]
    if depth and spans[-1][1] - spans[-1][0] == limit:
        spans.append((count, count))
    groups = []
    for index, (first, last) in enumerate(spans):
        with_depth = depth and index == len(spans) - 1
        needed = last - first + with_depth
        groups.append(Group(first, last, next(p for p in PLANES if p >= needed), with_depth))
    return groups


def draw(scene: Scene, camera: Array, background: Array, image: Image, radii: Array, whole: bool) -> Drawn:
    """Draw one camera.

    Parameters
    ----------
    scene : Scene
    camera : (29,) float32
        See `kernels.rules.view_of`.
    background : (D,) float32
    image : Image
        Filled.
    radii : (N,) float32
        Zero; filled where drawn.
    whole : bool
        Whether all channels must be drawn as one group, as absolute gradients need.
    """
    count = len(scene.means)
    screen, depths = np.empty((count, PACKED), np.float32), np.empty(count, np.float32)
    PROJECT[scene.kind](camera, scene.means, scene.opacities, scene.shape, screen, depths)
    colours = _colours(scene, camera, depths)
    if scene.features is not None:
        leave_out_infinite(scene.features, depths)
    sources = [colours] if scene.features is None else [colours, scene.features]
    order = depth_order(depths)
    packed = np.empty((len(order), PACKED), np.float32)
    pack(order, screen, packed, radii)
    height, width = image.alpha.shape
    bins = bin_gaussians(packed, width, height, workers())
    groups = group_channels(len(background), image.depth.size > 0, whole)
    ends = np.empty(len(bins.offsets) - 1, np.int64)
    channels = [_pack_group(group, sources, depths, order) for group in groups]
    for group, values in zip(groups, channels, strict=True):
        variant = variant_of(group.planes, group.depth)
        draw_tiles((packed, values), bins, background, image, group[:2], ends, workers(), variant)
    return Drawn(depths, colours, order, packed, groups, channels, bins, ends)


def draw_backward(
    scene: Scene, camera: Array, drawn: Drawn, image: Image, gradient: ImageGradient, targets: Targets
) -> None:
    """Gradients of one camera: from the image's to those of everything in it.

    Parameters
    ----------
    scene, camera
        As `draw` had them.
    drawn : Drawn
    image : Image
        As it was drawn.
    gradient : ImageGradient
    targets : Targets
        Filled.
    """
    gradients = _image_to_gaussians(drawn, image, gradient, targets.absolute is not None)
    if targets.absolute is not None:
        copy_drawn(drawn.depths, gradients, ABSOLUTE_X, targets.absolute, False)
    if targets.background is not None:
        rows = np.empty((image.alpha.shape[0], len(targets.background)), np.float64)
        background_rows(image.alpha, gradient.features, rows)
        targets.background[:] = rows.sum(0)
    if targets.features is not None:
        first = GRADIENT_CHANNELS + (3 if scene.sh is not None else 0)
        copy_drawn(drawn.depths, gradients, first, targets.features, targets.accumulate)
    _gaussians_to_world(scene, camera, drawn, gradients, targets)


def _image_to_gaussians(drawn: Drawn, image: Image, gradient: ImageGradient, absolute: bool) -> Array:
    """Gradients (N, 9 + D) of what is drawn as seen in the image; rows of what is not drawn are undefined."""
    gradients = np.empty((len(drawn.depths), GRADIENT_CHANNELS + image.features.shape[2]), np.float32)
    nothing = np.empty((0, 0), np.float32)
    for index, (group, channels) in enumerate(zip(drawn.groups, drawn.channels, strict=True)):
        part = ImageGradient(
            gradient.features, nothing if index else gradient.alpha, gradient.depth if group.depth else nothing
        )
        variant = variant_of(group.planes, absolute)
        sums = np.empty((len(drawn.bins.ids) + SPARE_SLOTS, columns_of_sums(len(variant))), np.float32)
        sum_tiles((drawn.packed, channels), drawn.bins, image, part, group[:2], drawn.ends, sums, workers(), variant)
        columns = (group.first, group.last, absolute, group.depth)
        gather(drawn.packed, drawn.order, drawn.bins.first_slots, sums, columns, gradients, index > 0)
    return gradients


def _gaussians_to_world(scene: Scene, camera: Array, drawn: Drawn, gradients: Array, targets: Targets) -> None:
    """Gradients of means, opacities, shape, harmonics and pose."""
    chunks = 0 if targets.pose is None else (len(drawn.depths) + CHUNK - 1) // CHUNK
    poses, centers = np.zeros((chunks, 12)), np.zeros((chunks, 3))
    common = Common(
        scene.means, scene.opacities, drawn.depths, gradients, targets.means, targets.opacities.reshape(-1, 1), poses,
        targets.accumulate,
    )  # fmt: skip
    PROJECT_BACKWARD[scene.kind](camera, common, scene.shape, targets.shape)
    if scene.sh is not None and targets.sh is not None:
        colour_targets = ColourTargets(targets.means, targets.sh, centers, targets.accumulate)
        sources = (scene.means, scene.sh, drawn.colours, gradients)
        shade_backward(camera, scene.bands, drawn.depths, sources, colour_targets)
    if targets.pose is not None:
        _write_pose(view_of.py_func(camera), poses.sum(0), centers.sum(0), targets.pose)


def _write_pose(view: View, pose: NDArray[np.float64], center: NDArray[np.float64], target: Array) -> None:
    """Gradient of camera_from_world, whose entries also move the centre c = -R' t that colours are seen from."""
    rotation = np.array(view.rotation, np.float64).reshape(3, 3)
    translation = np.array(view.translation, np.float64)
    target[:3, :3] = pose[:9].reshape(3, 3) - np.outer(translation, center)
    target[:3, 3] = pose[9:] - rotation @ center


def _colours(scene: Scene, camera: Array, depths: Array) -> Array:
    """Colours (N, 3), or (N, 0) without harmonics; sets the depth of what is not finite to 0."""
    if scene.sh is None:
        return np.empty((len(depths), 0), np.float32)
    colours = np.empty((len(depths), 3), np.float32)
    shade(scene.means, camera, scene.sh, scene.bands, depths, colours)
    return colours


def _pack_group(group: Group, sources: list[Array], depths: Array, order: NDArray[np.int32]) -> Array:
    """Channels (M, P) of a group in depth order."""
    filled = group.last - group.first + group.depth == group.planes
    values = (np.empty if filled else np.zeros)((len(order), group.planes), np.float32)
    begin = 0
    for source in sources:
        end = begin + source.shape[1]
        first, last = max(group.first, begin), min(group.last, end)
        if first < last:
            pack_channels(order, source, (first - begin, last - begin), values, first - group.first)
        begin = end
    if group.depth:
        pack_channels(order, depths.reshape(-1, 1), (0, 1), values, group.planes - 1)
    return values
