"""What is inside a shape and how far its surface is: a grid of signed distances, from a mesh, splats or points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recon.errors import InputError
from recon.meshes import close_holes, repair, topology
from recon.scene import Mesh, Points, Splats
from recon.shapes.voxels import Floats, Grid, Mask, flooded, wound

GRID_POINTS = 500_000
SURFACE_POINTS = 300_000
EXACT_CELLS = 3  # farther from the surface, distances are those between grid points
LEAST_OPACITY = 0.5  # of splats that make a surface
CLOSED_CELLS = (1.0, 1.5, 2.0, 3.0, 4.5, 6.0, 8.0)  # half widths of gaps that are closed, tried in turn
LEAST_BACKED = 0.4  # of a surface that has solid behind it; where it is less, the air has got in
THIN, FINER = 0.8, 4  # what is backed less gets so many times the grid points


@dataclass(frozen=True, eq=False)
class Solid:
    """A shape that fills space.

    Parameters
    ----------
    grid : Grid
    distances : (X, Y, Z) float64
        From every grid point to the surface, world units; negative inside.
    surface : (S, 3) float64
        Points of the outer surface, evenly spread; world coordinates.
    notices : tuple of str
        Sentences on what had to be mended or guessed.
    """

    grid: Grid
    distances: Floats
    surface: Floats
    notices: tuple[str, ...] = ()

    @property
    def inside(self) -> Mask:
        """(X, Y, Z) bool."""
        return np.asarray(self.distances < 0)

    @property
    def volume(self) -> float:
        """World units cubed; cells that the surface cuts count in part."""
        shares = np.clip(0.5 - self.distances / self.grid.spacing, 0, 1)
        return float(shares.sum()) * self.grid.spacing**3


def solid_of(shape: Mesh | Splats | Points, count: int = GRID_POINTS, seed: int = 0) -> Solid:
    """Find out what a shape holds.

    A watertight mesh is taken as it is, and so is one that `recon.meshes.repair` makes watertight. Of other meshes, of
    splats and of points the surface is taken to be closed but for narrow gaps.

    Parameters
    ----------
    shape : Mesh, Splats or Points
    count : int
        About how many grid points.
    seed : int
        Of the points drawn on the surface.

    Raises
    ------
    InputError
        If the shape has no surface, or one that holds nothing because it is open.
    """
    generator = np.random.default_rng(seed)
    if isinstance(shape, Mesh):
        return _solid_of_mesh(shape, count, generator)
    points = _surface_of_splats(shape, generator) if isinstance(shape, Splats) else shape.positions
    return _solid_of_points(points.astype(np.float64), count, ())


def _solid_of_mesh(mesh: Mesh, count: int, generator: np.random.Generator) -> Solid:
    notices: tuple[str, ...] = ()
    if not topology(mesh).watertight:
        mesh, notices = _mended(mesh)
    corners = mesh.vertices.astype(np.float64)[mesh.faces]
    points = _drawn(corners, generator)
    if not topology(mesh).watertight:
        return _solid_of_points(points, count, notices)
    grid = Grid.around(corners.min((0, 1)), corners.max((0, 1)), count)
    inside = wound(corners, grid)
    backed = _backed(inside, points, grid)
    if notices and backed < LEAST_BACKED:
        raise InputError(f"{' '.join(notices)} What is left holds next to no volume: give a closed shape.")
    if backed < THIN:
        grid = Grid.around(corners.min((0, 1)), corners.max((0, 1)), FINER * count)
        inside = wound(corners, grid)
    return _solid(grid, inside, points, notices)


def _mended(mesh: Mesh) -> tuple[Mesh, tuple[str, ...]]:
    mended = repair(mesh)
    edges = topology(mended.mesh).boundary_edges
    told = (f"{edges:,} edges bordered on holes, which were closed by caps.",) if edges else ()
    return close_holes(mended.mesh), (*mended.notices, *told)


def _backed(inside: Mask, points: Floats, grid: Grid) -> float:
    """Share of surface points that have solid behind them, two cells deep."""
    from scipy import ndimage

    core = ndimage.binary_erosion(inside, iterations=2)
    return float(ndimage.binary_dilation(core, iterations=4)[grid.cells(points)].mean())


def _solid_of_points(points: Floats, count: int, notices: tuple[str, ...]) -> Solid:
    if len(points) < 4 or not (np.ptp(points, axis=0) > 0).all():
        raise InputError(
            f"The shape has a surface of {len(points):,} points that span no volume, so there is nothing to take "
            "apart. Give a closed mesh, or splats or points of one."
        )
    grid = Grid.around(points.min(0), points.max(0), count)
    closest = max(grid.spacing, _gap(points))
    for cells in CLOSED_CELLS:
        inside = flooded(points, grid, cells * closest)
        backed = _backed(inside, points, grid)
        if backed > LEAST_BACKED:
            if backed < THIN:
                grid = Grid.around(points.min(0), points.max(0), FINER * count)
                inside = flooded(points, grid, cells * closest)
            told = f"The surface is not watertight; gaps of up to {2 * cells * closest:.3g} units were taken as closed."
            return _solid(grid, inside, points, (*notices, told))
    raise InputError(
        f"The surface is open: air gets in through gaps wider than {2 * CLOSED_CELLS[-1] * closest:.3g} units, so "
        "there is no solid to take apart. Give a closed shape."
    )


def _gap(points: Floats) -> float:
    """How far points lie apart: what all but a few have another within."""
    from scipy.spatial import KDTree

    some = points[:: max(1, len(points) // 5000)]
    return float(np.percentile(KDTree(points).query(some, k=5)[0][:, -1], 90))


def _solid(grid: Grid, inside: Mask, points: Floats, notices: tuple[str, ...]) -> Solid:
    """Distances to what of the surface borders on air: parts that reach into each other hide the rest."""
    from scipy import ndimage
    from scipy.spatial import KDTree

    if not inside.any():
        raise InputError(
            "The surface holds no volume that a grid of its extent could show: it is open, or thinner than "
            f"{grid.spacing:.3g} units. Give a closed shape."
        )
    near_air = ndimage.binary_dilation(~inside, iterations=2)
    outer = points[near_air[grid.cells(points)]]
    away = ndimage.distance_transform_edt(inside) + ndimage.distance_transform_edt(~inside) - 0.5
    away *= grid.spacing
    near = away < EXACT_CELLS * grid.spacing
    away[near] = KDTree(outer).query(grid.points(near))[0]
    return Solid(grid, np.where(inside, -away, away), outer, notices)


def _drawn(corners: Floats, generator: np.random.Generator) -> Floats:
    """Points on triangles (F, 3, 3), evenly by area."""
    from trimesh import Trimesh
    from trimesh.sample import sample_surface

    soup = Trimesh(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3), process=False)
    return np.asarray(sample_surface(soup, SURFACE_POINTS, seed=generator)[0])


def _surface_of_splats(splats: Splats, generator: np.random.Generator) -> Floats:
    """Points (N, 3) on the discs that opaque splats are, out to one standard deviation, evenly by area."""
    from scipy.spatial.transform import Rotation

    kept = splats.opacities >= LEAST_OPACITY
    if not kept.any():
        raise InputError(f"No splat is at least {LEAST_OPACITY:.0%} opaque, so there is no surface to take apart.")
    means, scales = splats.means[kept].astype(np.float64), splats.scales[kept].astype(np.float64)
    flat = np.argsort(-scales, axis=1)[:, :2]
    sizes = np.take_along_axis(scales, flat, axis=1)
    area = sizes.prod(1)
    chosen = np.concatenate([np.arange(len(means)), generator.choice(len(means), SURFACE_POINTS, p=area / area.sum())])
    angle, radius = generator.uniform(0, 2 * np.pi, len(chosen)), np.sqrt(generator.random(len(chosen)))
    local = np.zeros((len(chosen), 3))
    disc = np.stack([np.cos(angle), np.sin(angle)], axis=1) * radius[:, None] * sizes[chosen]
    np.put_along_axis(local, flat[chosen], disc, axis=1)
    turns = Rotation.from_quat(splats.quaternions[kept][chosen].astype(np.float64), scalar_first=True)
    return np.asarray(means[chosen] + turns.apply(local))
