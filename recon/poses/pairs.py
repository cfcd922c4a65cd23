"""Which photographs are compared with which."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recon.poses.progress import Progress
from recon.poses.workspace import Matching

if TYPE_CHECKING:
    import pycolmap

Pair = tuple[int, int]

# Up to here all are compared with all: 3160 pairs, minutes on two cores.
MOST_EXHAUSTIVE = 80
SPATIAL_NEIGHBOURS = 20
SIMILAR_NEIGHBOURS = 20
LOOPS = 4
SEQUENTIAL_OVERLAP = 10
# Of the largest features of each photograph, which survive most changes of view (Wu, "Towards Linear-time Incremental
# Structure from Motion", 2013).
LARGEST_FEATURES = 256
RATIO = 0.8


def choose_matching(matching: Matching, count: int, positions: int) -> Matching:
    """What "auto" stands for, given how many photographs there are and how many know their place on earth."""
    if matching != "auto":
        return matching
    if count <= MOST_EXHAUSTIVE:
        return "exhaustive"
    return "spatial" if positions == count else "similar"


def choose_pairs(database: pycolmap.Database, matching: Matching) -> Generator[Progress, None, list[Pair]]:
    """Pairs of image numbers to be matched, in an order that keeps each photograph's pairs together.

    Parameters
    ----------
    database : pycolmap.Database
        With images and features.
    matching : {"exhaustive", "sequential", "spatial", "similar"}
    """
    images = sorted(database.read_all_images(), key=lambda image: image.name)
    numbers = [image.image_id for image in images]
    if matching == "exhaustive":
        pairs = {(first, second) for i, first in enumerate(numbers) for second in numbers[i + 1 :]}
    elif matching == "sequential":
        pairs = _sequential(numbers) | (yield from _similar(database, numbers, LOOPS))
    elif matching == "spatial":
        pairs = _spatial(database)
    else:
        pairs = yield from _similar(database, numbers, SIMILAR_NEIGHBOURS)
    place = {number: index for index, number in enumerate(numbers)}
    ordered = {(a, b) if place[a] < place[b] else (b, a) for a, b in pairs}
    return sorted(ordered, key=lambda pair: (place[pair[0]], place[pair[1]]))


def _sequential(numbers: Sequence[int]) -> set[Pair]:
    """The next few, and ever rarer ones further on."""
    steps = [*range(1, SEQUENTIAL_OVERLAP + 1), *(2**k for k in range(4, 4 + SEQUENTIAL_OVERLAP))]
    count = len(numbers)
    return {(numbers[i], numbers[i + step]) for step in steps for i in range(count - step)}


def _spatial(database: pycolmap.Database) -> set[Pair]:
    import pycolmap

    options = pycolmap.SpatialPairingOptions()
    options.max_num_neighbors = options.min_num_neighbors = SPATIAL_NEIGHBOURS
    return {(int(a), int(b)) for a, b in pycolmap.SpatialPairGenerator(options, database).all_pairs()}


def _similar(
    database: pycolmap.Database, numbers: Sequence[int], neighbours: int
) -> Generator[Progress, None, set[Pair]]:
    largest = [_largest(database, number) for number in numbers]
    votes = np.zeros((len(numbers), len(numbers)), np.int32)
    for i in range(len(numbers)):
        for j in range(i + 1, len(numbers)):
            votes[i, j] = votes[j, i] = _votes(largest[i], largest[j])
        yield Progress("Finding photographs that look alike", (i + 1) / len(numbers))
    best = np.argsort(-votes, axis=1, kind="stable")[:, :neighbours]
    return {(numbers[i], numbers[j]) for i, row in enumerate(best) for j in row if votes[i, j] > 0}


def _largest(database: pycolmap.Database, number: int) -> NDArray[np.float32]:
    """(N, 128) unit descriptors of a photograph's largest features."""
    if not (database.exists_keypoints(number) and database.exists_descriptors(number)):
        return np.zeros((0, 128), np.float32)
    keypoints = database.read_keypoints(number)
    descriptors = np.asarray(database.read_descriptors(number).data, np.float32)
    # The area of a feature, from its scale or its affine shape.
    size = keypoints[:, 2] if keypoints.shape[1] == 4 else np.abs(np.linalg.det(keypoints[:, 2:6].reshape(-1, 2, 2)))
    chosen = descriptors[np.argsort(-size, kind="stable")[:LARGEST_FEATURES]]
    return chosen / np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), 1e-9)


def _votes(first: NDArray[np.float32], second: NDArray[np.float32]) -> int:
    """How many features of one are clearly nearest to one of the other, and it to them."""
    if min(len(first), len(second)) < 2:
        return 0
    likeness = first @ second.T
    nearest = likeness.argmax(1)
    mutual = likeness.argmax(0)[nearest] == np.arange(len(first))
    best, runner_up = -np.partition(-likeness, 1, axis=1)[:, :2].T
    # Distances between unit vectors are sqrt(2 - 2 * likeness).
    clear = np.maximum(1 - best, 0) < RATIO**2 * np.maximum(1 - runner_up, 1e-9)
    return int((mutual & clear).sum())
