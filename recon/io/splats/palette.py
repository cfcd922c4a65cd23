"""Tables of few values that stand for many: of numbers, and of vectors.

Lloyd's algorithm both times. For vectors it runs on two levels, so that a palette of 65536 takes as much work as two of
256: vectors are first parted into groups, then each group gets a share of the palette.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

TABLE = 256
BINS = 1 << 14
WIDE_BINS = 128
ROUNDS = 4
# Three more would take twice the time for a hundredth less error.
PALETTE_ROUNDS = 3
GROUPS = 256
ROWS_AT_ONCE = 1 << 14
SAMPLE_PER_GROUP = 256


def codebook(values: Floats) -> Floats:
    """(256,) ascending values that stand for many numbers with little error in the mean square.

    Lloyd-Max quantization on a histogram, from quantiles of the cube root of its density (Panter and Dite 1951).
    """
    if values.size == 0:
        return np.zeros(TABLE, np.float32)
    low, high = float(values.min()), float(values.max())
    few = _few(values.reshape(-1, 1), TABLE)
    if few is not None:
        return np.pad(np.sort(few[0][:, 0]), (0, TABLE - len(few[0])), mode="edge")
    counts, edges = np.histogram(values, BINS, (low, high))
    middles = (edges[:-1] + edges[1:]) / 2
    # Density over wide bins: of few values, narrow ones would count each as a peak.
    density = np.cbrt(counts.reshape(WIDE_BINS, -1).sum(axis=1))
    spread = np.concatenate([[0], np.cumsum(density)])
    table = np.interp((np.arange(TABLE) + 0.5) / TABLE * spread[-1], spread, np.linspace(low, high, WIDE_BINS + 1))
    weighted = np.concatenate([[0.0], np.cumsum(counts * middles)])
    total = np.concatenate([[0], np.cumsum(counts)])
    for _ in range(ROUNDS):
        cuts = np.searchsorted(middles, (table[:-1] + table[1:]) / 2)
        bounds = np.concatenate([[0], cuts, [BINS]])
        members = np.diff(total[bounds])
        table = np.where(members > 0, np.diff(weighted[bounds]) / np.maximum(members, 1), table)
    return np.sort(table).astype(np.float32)


def nearest(table: Floats, values: Floats) -> NDArray[np.uint8]:
    """Place of the nearest value of an ascending table."""
    return np.searchsorted((table[:-1] + table[1:]) / 2, values).astype(np.uint8)


def palette(vectors: Floats, size: int, seed: int = 0) -> tuple[Floats, NDArray[np.int64]]:
    """Entries that stand for many vectors.

    Parameters
    ----------
    vectors : (N, D) float32
    size : int
        Entries wanted, at most N.
    seed : int

    Returns
    -------
    entries : (P, D) float32
        At most `size`.
    labels : (N,) int64
        Each vector's entry: the nearest of its group.
    """
    few = _few(vectors, size)
    if few is not None:
        return few
    rng = np.random.default_rng(seed)
    if size <= 2 * GROUPS:
        return _clustered(vectors, size, rng)
    _, groups = _clustered(vectors, GROUPS, rng)
    members = np.split(np.argsort(groups, kind="stable"), np.cumsum(np.bincount(groups, minlength=GROUPS))[:-1])
    entries: list[Floats] = []
    labels = np.zeros(len(vectors), np.int64)
    count = 0
    for rows, share in zip(members, _shares(vectors, members, size), strict=True):
        if len(rows):
            found, inside = _clustered(vectors[rows], share, rng)
            entries.append(found)
            labels[rows] = inside + count
            count += len(found)
    return np.concatenate(entries), labels


def _few(rows: Floats, most: int) -> tuple[Floats, NDArray[np.int64]] | None:
    """The rows that differ and each row's place among them; None if there are more than `most`.

    What comes from a palette goes back into one as it was.
    """
    step = max(1, len(rows) // (2 * most))
    if len(rows) > most and len(_unique(rows[::step])[0]) > most:
        return None
    entries, labels = _unique(rows)
    return (entries, labels) if len(entries) <= most else None


def _unique(rows: Floats) -> tuple[Floats, NDArray[np.int64]]:
    # No negative zeros: as bytes they differ from others.
    rows = np.ascontiguousarray(rows + np.float32(0))
    keys = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1])))[:, 0]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return rows[first], inverse.astype(np.int64)


def _shares(vectors: Floats, members: list[NDArray[np.int64]], size: int) -> NDArray[np.int64]:
    """Entries of each group: more where there are more vectors and where they differ more."""
    counts = np.array([len(rows) for rows in members])
    spreads = np.array([np.sqrt(vectors[rows].var(axis=0).sum()) if len(rows) else 0 for rows in members])
    weights = np.sqrt(counts * np.maximum(spreads, 1e-12) * np.sqrt(counts))
    shares = np.floor(weights / max(weights.sum(), 1e-12) * (size - len(members))).astype(np.int64) + 1
    return np.asarray(np.minimum(shares, np.maximum(counts, 1)))


def _clustered(vectors: Floats, size: int, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """Lloyd's algorithm from random vectors; centres are moved on a sample, every vector is labelled in the end."""
    if size >= len(vectors):
        return vectors.copy(), np.arange(len(vectors))
    sample = vectors
    if len(vectors) > SAMPLE_PER_GROUP * size:
        sample = vectors[np.sort(rng.choice(len(vectors), SAMPLE_PER_GROUP * size, replace=False))]
    centers = sample[np.sort(rng.choice(len(sample), size, replace=False))].copy()
    for _ in range(PALETTE_ROUNDS):
        labels = _labels(sample, centers)
        counts = np.bincount(labels, minlength=size)
        order = np.argsort(labels, kind="stable")
        filled = np.flatnonzero(counts)
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])[filled]
        centers[filled] = np.add.reduceat(sample[order], starts, axis=0) / counts[filled, None]
    return centers, _labels(vectors, centers)


def _labels(vectors: Floats, centers: Floats) -> NDArray[np.int64]:
    # |v - c|^2 = |v|^2 - 2 v.c + |c|^2, whose first term is the same for all centres.
    half = (centers**2).sum(axis=1) / 2
    labels = np.empty(len(vectors), np.int64)
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        labels[part] = np.argmax(vectors[part] @ centers.T - half, axis=1)
    return labels
