"""The surface of blocks: as triangles with a texture, as points, as flat Gaussians. One tessellation for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.scene import superquadrics
from recon.scene.blocks import Blocks
from recon.scene.harmonics import SH_C0
from recon.scene.mesh import Mesh
from recon.scene.rotations import quaternions_of
from recon.scene.splats import Splats

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

DETAIL = 24  # squares along each edge of a block's cube, in meshes that leave the program
ATLAS_COLUMNS, ATLAS_ROWS = 3, 2
GROUND_OPACITY = np.array([0.97])
FLATNESS = 0.01  # thickness of surfels as splats, by their longest axis
GUTTER = 1  # texels around each tile of an atlas, so that filters find its own colours there
OVERLAP = 2.0  # standard deviation of a surfel in sqrt(12)ths of its square's side: denser shows cracks, wider blurs


def vertices(blocks: Blocks, detail: int) -> Floats:
    """(B, 6, detail + 1, detail + 1, 3) float64: points of the grid on each block's surface, world coordinates."""
    cube = superquadrics.cube_grid(detail)
    local = superquadrics.surface(cube.reshape(-1, 3), *blocks.shape)
    world = local @ blocks.world_from_block.transpose(0, 2, 1) + blocks.centers[:, None]
    return np.asarray(world.reshape(-1, *cube.shape))


def local_vertices(blocks: Blocks, detail: int) -> Floats:
    """The same in the frame of each block, flat: (B, 6 (detail + 1)^2, 3) float64."""
    return superquadrics.surface(superquadrics.cube_grid(detail).reshape(-1, 3), *blocks.shape)


def faces(detail: int) -> NDArray[np.int32]:
    """(12 detail^2, 3) int32: triangles of one block's grid, counter-clockwise seen from outside."""
    side = detail + 1
    row, column = np.meshgrid(np.arange(detail), np.arange(detail), indexing="ij")
    corner = (row * side + column).ravel()
    square = [corner, corner + side, corner + side + 1, corner, corner + side + 1, corner + 1]
    one = np.stack(square, axis=1).reshape(-1, 3)
    return (one + np.arange(6)[:, None, None] * side**2).reshape(-1, 3).astype(np.int32)


def atlas(tiles: Bytes) -> Bytes:
    """One picture of six tiles (6, n, n, 3), three beside each other and two below, each with a gutter."""
    padded = np.pad(tiles, ((0, 0), (GUTTER, GUTTER), (GUTTER, GUTTER), (0, 0)), mode="edge")
    side = padded.shape[1]
    grid = padded.reshape(ATLAS_ROWS, ATLAS_COLUMNS, side, side, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(grid.reshape(ATLAS_ROWS * side, ATLAS_COLUMNS * side, 3))


def tiles_of(picture: Bytes) -> Bytes:
    """The six tiles (6, n, n, 3) of an atlas.

    Raises
    ------
    ValueError
        If the picture is none.
    """
    side, rest = divmod(picture.shape[0], ATLAS_ROWS)
    if rest or picture.shape[1] != ATLAS_COLUMNS * side or side <= 2 * GUTTER:
        raise ValueError(f"a texture of six tiles was wanted, got a picture of {picture.shape[1]}x{picture.shape[0]}")
    grid = picture[..., :3].reshape(ATLAS_ROWS, side, ATLAS_COLUMNS, side, 3).transpose(0, 2, 1, 3, 4)
    tiles = grid.reshape(6, side, side, 3)[:, GUTTER:-GUTTER, GUTTER:-GUTTER]
    return np.ascontiguousarray(tiles)


def atlas_uv(detail: int, side: int) -> Floats:
    """(6 (detail + 1)^2, 2) float64: where the grid's points lie in an atlas of tiles with `side` texels; v upwards."""
    place = GUTTER + np.linspace(0, side, detail + 1)
    row, column = np.meshgrid(place, place, indexing="ij")
    face = np.arange(6)[:, None, None]
    width = side + 2 * GUTTER
    u = (face % ATLAS_COLUMNS * width + column) / (ATLAS_COLUMNS * width)
    v = 1 - (face // ATLAS_COLUMNS * width + row) / (ATLAS_ROWS * width)
    return np.stack([u, v], axis=-1).reshape(-1, 2)


def smooth_normals(positions: Floats, detail: int) -> Floats:
    """(B, 6 (detail + 1)^2, 3) float64: unit normals of the grid's points, means over the triangles around."""
    triangles = faces(detail)
    corners = positions[:, triangles]
    flat = np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    normals = np.zeros_like(positions)
    for index in range(3):
        for block, mine in enumerate(flat):
            np.add.at(normals[block], triangles[:, index], mine)
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    return np.where(length > 0, normals / np.where(length > 0, length, 1), [0.0, 0.0, 1.0])


def mesh_of(blocks: Blocks, detail: int = DETAIL) -> Mesh:
    """All blocks as one mesh with one texture, without the ground; each is closed, and they may overlap.

    Raises
    ------
    ValueError
        If there is no block.
    """
    if not len(blocks):
        raise ValueError("there is no block to make a mesh of")
    points = vertices(blocks, detail).reshape(len(blocks), -1, 3)
    stacked = np.concatenate([atlas(tiles) for tiles in blocks.textures])
    uv = np.repeat(atlas_uv(detail, blocks.textures.shape[2])[None], len(blocks), axis=0)
    uv[..., 1] = (uv[..., 1] + np.arange(len(blocks))[::-1, None]) / len(blocks)
    triangles = faces(detail)[None] + np.arange(len(blocks), dtype=np.int32)[:, None, None] * points.shape[1]
    return Mesh(
        vertices=points.reshape(-1, 3).astype(np.float32),
        faces=np.ascontiguousarray(triangles.reshape(-1, 3)),
        normals=smooth_normals(points, detail).reshape(-1, 3).astype(np.float32),
        uv=uv.reshape(-1, 2).astype(np.float32),
        texture=stacked,
        name="blocks",
    )


def sample(blocks: Blocks, count: int, generator: np.random.Generator, detail: int = DETAIL) -> Floats:
    """(count, 3) float64: points evenly spread over all surfaces, those inside other blocks included."""
    corners = vertices(blocks, detail).reshape(len(blocks), -1, 3)[:, faces(detail)].reshape(-1, 3, 3)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    chosen = corners[generator.choice(len(corners), count, p=area / area.sum())]
    weights = np.sort(generator.random((count, 2)), axis=1)
    shares = np.stack([weights[:, 0], weights[:, 1] - weights[:, 0], 1 - weights[:, 1]], axis=1)
    return np.asarray(np.einsum("nk,nki->ni", shares, chosen))


@dataclass(frozen=True, eq=False)
class Surfels:
    """Flat Gaussians, one for each square of the surfaces.

    Parameters
    ----------
    means, u, v : (N, 3) float32
        World coordinates; the covariance is u u' + v v', and u x v points outwards.
    colors : (N, 3) float32
        sRGB in [0, 1].
    opacities : (N,) float32
    """

    means: NDArray[np.float32]
    u: NDArray[np.float32]
    v: NDArray[np.float32]
    colors: NDArray[np.float32]
    opacities: NDArray[np.float32]


def surfel_opacity(opacity: NDArray[np.floating]) -> NDArray[np.floating]:
    """What surfels need for a surface of a given opacity: about 1.7 of them overlap everywhere."""
    return np.asarray(1 - (1 - np.clip(opacity, 0, 0.995)) ** 0.6)


def surfels_of(blocks: Blocks) -> Surfels:
    """Surfels of blocks, one for each texel, and of the ground."""
    side = blocks.textures.shape[2]
    parts = [_squares(vertices(blocks, side), blocks.textures, surfel_opacity(blocks.opacities))]
    if blocks.ground is not None:
        texture = blocks.ground.texture
        parts.append(_squares(blocks.ground.grid(*texture.shape[:2])[None, None], texture[None, None], GROUND_OPACITY))
    return Surfels(*(np.concatenate(arrays).astype(np.float32) for arrays in zip(*parts, strict=True)))


def painted_as(blocks: Blocks, shown: Blocks) -> Bytes:
    """Textures (B, 6, n, n, 3) of blocks that are to look like others, as large: each texel as the nearest there."""
    from scipy.spatial import KDTree

    source, target = surfels_of(shown.bare()), surfels_of(blocks.bare())
    colors = source.colors[KDTree(source.means).query(target.means)[1]]
    return np.asarray(np.rint(colors * 255), np.uint8).reshape(blocks.textures.shape)


def splats_of(blocks: Blocks) -> Splats:
    """The same surfels as splats, for all that knows only those: axes made orthogonal, and a thickness."""
    surfels = surfels_of(blocks)
    tangents = np.stack([surfels.u, surfels.v], axis=-1).astype(np.float64)
    axes, spread, _ = np.linalg.svd(tangents, full_matrices=False)
    rotations = np.concatenate([axes, np.cross(axes[..., 0], axes[..., 1])[..., None]], axis=-1)
    scales = np.concatenate([spread, FLATNESS * spread[:, :1]], axis=1)
    return Splats(
        means=surfels.means,
        quaternions=quaternions_of(rotations).astype(np.float32),
        scales=np.maximum(scales, 1e-12).astype(np.float32),
        opacities=surfels.opacities,
        sh=((surfels.colors - 0.5) / SH_C0)[:, None].astype(np.float32),
        antialiased=True,
    )


def _squares(grid: Floats, texture: Bytes, opacities: NDArray[np.floating]) -> tuple[NDArray[np.floating], ...]:
    """Means, u, v, colours and opacities of grids (B, F, H + 1, W + 1, 3) with textures (B, F, H, W, 3)."""
    low, high = grid[:, :, :-1], grid[:, :, 1:]
    corners = low[:, :, :, :-1], low[:, :, :, 1:], high[:, :, :, :-1], high[:, :, :, 1:]
    width = OVERLAP / np.sqrt(12) / 2
    u = (corners[2] + corners[3] - corners[0] - corners[1]) * width
    v = (corners[1] + corners[3] - corners[0] - corners[2]) * width
    opacity = np.broadcast_to(opacities[:, None, None, None], u.shape[:-1])
    flat = [array.reshape(-1, 3) for array in (np.mean(corners, axis=0), u, v, texture / 255.0)]
    return *flat, opacity.ravel()
