"""Similarities, and geometry moved by them."""

from __future__ import annotations

import dataclasses
from typing import Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from recon.scene.blocks import Blocks, Ground
from recon.scene.harmonics import rotation_of_harmonics
from recon.scene.mesh import Mesh
from recon.scene.rotations import matrices_of, quaternions_of
from recon.scene.similarity import Similarity
from recon.scene.splats import Splats
from recon.scene.superquadrics import cube_centers

Floats = NDArray[np.float64]
Axis = Literal["x", "y", "z", "-x", "-y", "-z"]
GeometryT = TypeVar("GeometryT", Splats, Mesh, Blocks)

# Splats moved at once: temporaries in float64 stay small beside the scene itself.
ROWS_AT_ONCE = 1 << 16


def turn(source_up: Axis, target_up: Axis) -> Similarity:
    """The rotation that carries one axis of the frame onto another.

    Between opposite axes it is half a turn about x (about y for the x axis itself), between others a quarter turn about
    the axis that is neither.
    """
    source, target = _unit_vector(source_up), _unit_vector(target_up)
    if np.array_equal(source, -target):
        return Similarity(rotation=np.diag([1.0, -1, -1] if source[0] == 0 else [-1.0, 1, -1]))
    axis = np.cross(source, target)
    # A turn about `axis` by an angle with cosine source . target and sine |axis| (Rodrigues).
    skew = np.cross(np.eye(3), axis)
    return Similarity(rotation=np.eye(3) * (source @ target) + (1 - source @ target) * np.outer(axis, axis) + skew)


def _unit_vector(axis: Axis) -> Floats:
    vector = np.zeros(3)
    vector["xyz".index(axis[-1])] = -1.0 if axis.startswith("-") else 1.0
    return vector


def quaternion_of(rotation: NDArray[np.floating]) -> Floats:
    """The unit quaternion w, x, y, z of a rotation matrix, w >= 0.

    Taken from the column of largest length of the outer product q q', which is linear in the matrix (Shepperd 1978).
    """
    (xx, xy, xz), (yx, yy, yz), (zx, zy, zz) = np.asarray(rotation, np.float64)
    outer = np.array(
        [
            [1 + xx + yy + zz, zy - yz, xz - zx, yx - xy],
            [zy - yz, 1 + xx - yy - zz, xy + yx, xz + zx],
            [xz - zx, xy + yx, 1 - xx + yy - zz, yz + zy],
            [yx - xy, xz + zx, yz + zy, 1 - xx - yy + zz],
        ]
    )
    column = outer[:, int(np.argmax(np.diag(outer)))]
    quaternion = column / np.linalg.norm(column)
    return cast("Floats", -quaternion if quaternion[0] < 0 else quaternion)


def multiplied(left: NDArray[np.floating], right: NDArray[np.floating]) -> Floats:
    """The Hamilton product of quaternions w, x, y, z along the last axis: the rotation `left` after `right`."""
    w1, x1, y1, z1 = np.moveaxis(np.asarray(left, np.float64), -1, 0)
    w2, x2, y2, z2 = np.moveaxis(np.asarray(right, np.float64), -1, 0)
    product = [
        w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
        w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
        w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
        w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
    ]
    return np.stack(product, axis=-1)


def transformed(geometry: GeometryT, target_from_source: Similarity) -> GeometryT:
    """Geometry moved, turned and scaled as a whole: centres, orientations, sizes, normals and the harmonics' frame.

    Turns by quarter and half circles are exact but for the rounding of float32.
    """
    if isinstance(geometry, Mesh):
        return _transformed_mesh(geometry, target_from_source)
    if isinstance(geometry, Blocks):
        return _transformed_blocks(geometry, target_from_source)
    return _transformed_splats(geometry, target_from_source)


def stretched(splats: Splats, center: Floats, axes: Floats, factors: Floats) -> Splats:
    """Splats resized along three axes, each by a factor of its own.

    Colours stay as they are: harmonics cannot say how a stretch bends directions.

    Parameters
    ----------
    splats : Splats
    center : (3,) float64
        Stays where it is, world coordinates.
    axes : (3, 3) float64
        Columns are orthonormal, world coordinates.
    factors : (3,) float64
        Above 0.
    """
    affine = (axes * factors) @ axes.T
    means, quaternions, scales = (np.empty_like(each) for each in (splats.means, splats.quaternions, splats.scales))
    for start in range(0, len(splats), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        means[part] = (splats.means[part] - center) @ affine.T + center
        # The covariance A R S S' R' A' has the left singular vectors of A R S for axes.
        shaped = affine @ (matrices_of(splats.quaternions[part]) * splats.scales[part, None, :])
        turned, scales[part], _ = np.linalg.svd(shaped)
        turned[:, :, 2] *= np.linalg.det(turned)[:, None]
        quaternions[part] = quaternions_of(turned)
    return dataclasses.replace(splats, means=means, quaternions=quaternions, scales=scales)


def _transformed_mesh(mesh: Mesh, similarity: Similarity) -> Mesh:
    normals = None if mesh.normals is None else (mesh.normals @ similarity.rotation.T).astype(np.float32)
    vertices = similarity.apply(mesh.vertices).astype(np.float32)
    light = None if mesh.light is None else _turned_light(mesh.light, similarity.rotation)
    return dataclasses.replace(mesh, vertices=vertices, normals=normals, light=light)


def _turned_light(light: NDArray[np.float32], rotation: Floats) -> NDArray[np.float32]:
    turned = light.copy()
    _turn_band(rotation_of_harmonics(rotation)[1].astype(np.float32), light[:, 1:], turned[:, 1:])
    return turned


def _transformed_blocks(blocks: Blocks, similarity: Similarity) -> Blocks:
    turned = multiplied(quaternion_of(similarity.rotation), blocks.quaternions)
    merges = blocks.merges
    if merges is not None:
        merges = dataclasses.replace(merges, blocks=_transformed_blocks(merges.blocks, similarity))
    return dataclasses.replace(
        blocks,
        centers=similarity.apply(blocks.centers).astype(np.float32),
        quaternions=turned.astype(np.float32),
        scales=blocks.scales * np.float32(similarity.scale),
        ground=None if blocks.ground is None else _transformed_ground(blocks.ground, similarity),
        sky=None if blocks.sky is None else _turned_sky(blocks, similarity.rotation),
        merges=merges,
    )


def _transformed_ground(ground: Ground, similarity: Similarity) -> Ground:
    axes = (similarity.scale * ground.axes.astype(np.float64) @ similarity.rotation.T).astype(np.float32)
    return dataclasses.replace(ground, center=similarity.apply(ground.center).astype(np.float32), axes=axes)


def _turned_sky(blocks: Blocks, rotation: Floats) -> NDArray[np.uint8]:
    """The sky seen along axes that were turned; quarter and half turns are exact."""
    side = 0 if blocks.sky is None else blocks.sky.shape[1]
    colors = blocks.sky_toward(cube_centers(side) @ rotation)
    return np.rint(colors * 255).astype(np.uint8)


def _transformed_splats(splats: Splats, similarity: Similarity) -> Splats:
    means, quaternions, sh = (np.empty_like(each) for each in (splats.means, splats.quaternions, splats.sh))
    bands = [each.astype(np.float32) for each in rotation_of_harmonics(similarity.rotation)]
    sh[:, :1] = splats.sh[:, :1]
    for start in range(0, len(splats), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        means[part] = similarity.apply(splats.means[part])
        quaternions[part] = _turned(similarity.rotation, splats.quaternions[part])
        for degree in range(1, splats.degree + 1):
            band = slice(degree**2, (degree + 1) ** 2)
            _turn_band(bands[degree], splats.sh[part, band], sh[part, band])
    scales = splats.scales * np.float32(similarity.scale)
    return dataclasses.replace(splats, means=means, quaternions=quaternions, scales=scales, sh=sh)


def _turned(rotation: Floats, quaternions: NDArray[np.float32]) -> Floats:
    """Orientations after a rotation; one by half a turn about an axis also turns each splat's own axes.

    Gaussians are the same whichever way their axes point, and so half a turn there and back gives the same bits.
    """
    flips = np.diag(rotation)
    if np.array_equal(rotation, np.diag(flips)):
        return np.asarray(quaternions * np.concatenate([[1.0], flips]))
    return multiplied(quaternion_of(rotation), quaternions)


def _turn_band(matrix: NDArray[np.float32], old: NDArray[np.float32], new: NDArray[np.float32]) -> None:
    flips = np.diag(matrix)
    if np.array_equal(matrix, np.diag(flips)):
        np.multiply(old, flips[:, None], out=new)
    else:
        np.matmul(matrix, old, out=new)
