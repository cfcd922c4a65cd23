"""Seed points: what the training photographs themselves say about the scene, their cameras being known."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile
from recon.io import atomic_write
from recon.io.images import ImageFile
from recon.io.undistort import UndistortedImage
from recon.poses.features import Features, detect, fundamental_matrix, match, working_size
from recon.poses.tracks import Pair, choose_pairs, stars, without_repeats
from recon.poses.triangulation import Observations, Rig, triangulate, vote
from recon.scene import Camera, Capture, Pixels, Points, View

# To be raised whenever other points would be found: what is cached under an older one is no longer used.
VERSION = 1
FEWEST_POINTS = 100
SURE_SIMILARITY = 0.95
MOST_THREADS = 4

Progress = Callable[[str, float], None]
Job = TypeVar("Job")
Result = TypeVar("Result")


def seed_points(capture: Capture, cache: Path, progress: Progress | None = None) -> Points | None:
    """Triangulate points from a capture's training views; test views are never looked at.

    Parameters
    ----------
    capture : Capture
        Its cameras are taken as they are.
    cache : Path
        Folder in which the points are kept; a capture that has not changed costs nothing the second time.
    progress : callable, optional
        Told what is being done and the share of it that is done, in [0, 1]. An error it raises ends the work.

    Returns
    -------
    Points or None
        None where the photographs share too little.
    """
    steps = seeding(capture, cache)
    while True:
        try:
            stage, fraction = next(steps)
        except StopIteration as end:
            return end.value
        if progress is not None:
            progress(stage, fraction)


def seeding(capture: Capture, cache: Path) -> Generator[tuple[str, float], None, Points | None]:
    """`seed_points` in small steps: yields (what is done, share of it), returns its result; closing it ends it."""
    if len(capture.train) < 2:
        return None
    place = cache / f"points-{_digest(capture)[:24]}.npz"
    points = _load(place)
    if points is None:
        points = yield from _find(capture.train)
        _save(place, points)
    return points if len(points) >= FEWEST_POINTS else None


def _find(views: Sequence[View]) -> Generator[tuple[str, float], None, Points]:
    sizes = [working_size(view.camera) for view in views]
    cameras = [view.camera.resized(*size) for view, size in zip(views, sizes, strict=True)]
    features: list[Features] = []
    for found in _in_threads(_features_of, list(zip(views, sizes, strict=True))):
        features.append(found)
        yield "Finding features", len(features) / len(views)
    pairs = choose_pairs(cameras)
    matches: dict[Pair, NDArray[np.int64]] = {}
    jobs = [(features[i], features[j], fundamental_matrix(cameras[i], cameras[j])) for i, j in pairs]
    for pair, matched in zip(pairs, _in_threads(lambda job: match(*job), jobs), strict=True):
        matches[pair] = matched
        yield "Matching photographs", len(matches) / len(pairs)
    yield "Triangulating", 0.0
    return _points_of(cameras, features, matches)


def _features_of(job: tuple[View, tuple[int, int]]) -> Features:
    view, (width, height) = job
    allowed = None
    for band in (view.mask, view.alpha):
        if band is not None:
            opaque = np.where(band.read(width, height) > 127, 255, 0).astype(np.uint8)
            allowed = opaque if allowed is None else np.minimum(allowed, opaque)
    return detect(view.image.read(width, height), allowed)


def _in_threads(work: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
    """Results in the order of the jobs; what has not begun is dropped when the caller stops asking."""
    pool = ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1))
    try:
        yield from pool.map(work, jobs)
    finally:
        pool.shutdown(cancel_futures=True)


def _points_of(
    cameras: Sequence[Camera], features: Sequence[Features], matches: dict[Pair, NDArray[np.int64]]
) -> Points:
    rig, seen = Rig(cameras), stars(features, matches)
    seen, _ = seen.kept(vote(rig, seen))
    positions, seen = triangulate(rig, without_repeats(seen))
    if not len(positions):
        return Points(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32))
    sure = np.flatnonzero(_trusted(features, seen) & _distinct(rig, seen, positions))
    colors = np.concatenate([found.colors for found in features])[seen.feature]
    means = np.add.reduceat(colors, seen.starts) / seen.sizes[:, None]
    return Points(positions[sure].astype(np.float32), means[sure].astype(np.float32))


def _trusted(features: Sequence[Features], seen: Observations) -> NDArray[np.bool_]:
    """Tracks that a third view confirms, or whose two features are almost equal."""
    descriptors = np.concatenate([found.descriptors for found in features])
    first, second = descriptors[seen.feature[seen.starts]], descriptors[seen.feature[seen.starts + 1]]
    similarity = np.einsum("ij,ij->i", first.astype(np.float32), second.astype(np.float32)) / 255**2
    return (seen.sizes > 2) | (similarity >= SURE_SIMILARITY)


def _distinct(rig: Rig, seen: Observations, positions: NDArray[np.float64]) -> NDArray[np.bool_]:
    """One point, that with most views, of each cell about as wide as a pixel there."""
    _, depth = rig.project(seen.view, positions[seen.track])
    footprint = np.minimum.reduceat(depth / rig.focal[seen.view, 0], seen.starts)
    width = 2.0 ** np.ceil(np.log2(footprint))
    cells = np.c_[width, np.floor(positions / width[:, None])]
    order = np.argsort(-seen.sizes, kind="stable")
    _, first = np.unique(cells[order], axis=0, return_index=True)
    result = np.zeros(len(positions), bool)
    result[order[first]] = True
    return result


def _identity(pixels: Pixels | None, camera: Camera) -> Any:
    """What tells whether a view's pixels are the same as before: its file's path, size and time, or all its bytes."""
    source = pixels.source if isinstance(pixels, UndistortedImage) else pixels
    if isinstance(source, ImageFile):
        try:
            stat = source.path.stat()
        except OSError as error:
            raise UnreadableFile(f"{source.path} could not be read: {error.strerror or error}.") from error
        return str(source.path.resolve()), source.band, stat.st_size, stat.st_mtime_ns
    return source and hashlib.sha256(source.read(camera.width, camera.height).tobytes()).hexdigest()


def _digest(capture: Capture) -> str:
    """Name of everything the points depend on."""
    identity: list[Any] = [VERSION]
    for view in capture.train:
        camera = view.camera
        images = [_identity(pixels, camera) for pixels in (view.image, view.mask, view.alpha)]
        numbers = (camera.width, camera.height, *camera.intrinsics.tolist(), *camera.world_from_camera.ravel().tolist())
        identity.append((images, numbers))
    return hashlib.sha256(repr(identity).encode()).hexdigest()


def _load(place: Path) -> Points | None:
    try:
        with place.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return Points(arrays["positions"], arrays["colors"])
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _save(place: Path, points: Points) -> None:
    with atomic_write(place) as file:
        np.savez(file, positions=points.positions, colors=points.colors)
