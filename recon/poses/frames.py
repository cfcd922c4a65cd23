"""Which frames of a video are worth keeping: sharp ones, evenly spaced in how far the picture has moved."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.errors import InvalidParameter, UnusableCapture
from recon.io.pictures import write_jpeg
from recon.io.video import frame_count, read_frames
from recon.poses.progress import Job, Progress, followed

Floats = NDArray[np.float64]

LOOKED_AT = 320  # longest side of the copies that are judged
# Of the picture's diagonal, between two kept frames: neighbours overlap by nine tenths.
STEP = 0.06
FEWEST, MOST = 20, 300
TRACKED = 200


@dataclass(frozen=True)
class Judged:
    """What is known of one frame: how sharp it is, and how far the picture moved since the one before."""

    sharpness: float
    motion: float


def extract_frames(video: Path, out: Path, count: int | None = None) -> Generator[Progress, None, tuple[str, ...]]:
    """Write the frames of a video that are worth keeping.

    A frame is the sharpest of its share of the motion: a camera that stands still gives one, one that hurries many.

    Parameters
    ----------
    video, out : Path
        The folder appears whole or not at all.
    count : int, optional
        About how many; by default one for each 6 % of the diagonal that the picture moves, from 20 to 300.

    Returns
    -------
    tuple of str
        Names of the frames, by their number in the video.

    Raises
    ------
    UnreadableFile
        If it is no video.
    UnusableCapture
        If it has fewer than two frames.
    InvalidParameter
        If there is something at `out`, or count is too small.
    """
    if count is not None and count < 2:
        raise InvalidParameter(f"count must be at least 2, got {count}.")
    if out.exists() and any(out.iterdir()):
        raise InvalidParameter(f"{out} is not empty, and nothing in it may be lost. Give another --out.")
    judged = yield from followed("Looking for sharp frames", partial(_judge, video))
    if len(judged) < 2:
        raise UnusableCapture(f"{video} has {len(judged)} frame; at least two were wanted.")
    chosen = choose_frames(judged, count)
    return (yield from followed("Taking frames", partial(_take, video, out, chosen)))


def choose_frames(judged: Sequence[Judged], count: int | None = None) -> list[int]:
    """The sharpest frame of each equal share of the motion.

    Parameters
    ----------
    judged : sequence of Judged
    count : int, optional
        As in `extract_frames`.

    Returns
    -------
    list of int
        Numbers of frames, rising; fewer than `count` where there are not so many.
    """
    travelled = np.cumsum([frame.motion for frame in judged])
    wanted = count or int(np.clip(travelled[-1] / STEP, FEWEST, MOST))
    wanted = min(wanted, len(judged))
    share = np.minimum((travelled / max(travelled[-1], 1e-12) * wanted).astype(int), wanted - 1)
    if travelled[-1] <= 0:  # nothing moves, so time has to do
        share = np.arange(len(judged)) * wanted // len(judged)
    best: dict[int, int] = {}
    for index, place in enumerate(share.tolist()):
        if place not in best or judged[index].sharpness > judged[best[place]].sharpness:
            best[place] = index
    return sorted(best.values())


def _judge(video: Path, job: Job) -> list[Judged]:
    import cv2

    expected = frame_count(video)
    judged: list[Judged] = []
    before: NDArray[np.uint8] | None = None
    for frame in read_frames(video):
        scale = min(1.0, LOOKED_AT / max(frame.shape[:2]))
        small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
        detail = cv2.Laplacian(frame[:, :, 1], cv2.CV_32F)  # of the full frame: a small copy looks sharp anyway
        judged.append(Judged(float(detail.var()), 0.0 if before is None else _motion(before, grey)))
        before = grey
        job.report(len(judged) / max(expected, len(judged) + 1))
    return judged


def _motion(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> float:
    """Median distance that features moved, as a share of the diagonal; 0 where there is nothing to hold on to."""
    import cv2

    corners = cv2.goodFeaturesToTrack(before, TRACKED, 0.01, 5)
    if corners is None:
        return 0.0
    moved, seen, _ = cv2.calcOpticalFlowPyrLK(before, now, corners, np.zeros_like(corners))
    good = seen.ravel() == 1
    if not good.any():
        return STEP  # all was lost from sight: a cut, or a very fast turn
    distances = np.linalg.norm((moved - corners).reshape(-1, 2)[good], axis=1)
    return float(np.median(distances) / np.hypot(*now.shape))


def _take(video: Path, out: Path, chosen: Sequence[int], job: Job) -> tuple[str, ...]:
    beside = out.with_name(f".{out.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    wanted, names = set(chosen), []
    for index, frame in enumerate(read_frames(video)):
        if index in wanted:
            names.append(f"frame_{index:06}.jpg")
            write_jpeg(beside / names[-1], frame)
            job.report(len(names) / len(chosen))
    if out.exists():
        out.rmdir()
    beside.rename(out)
    return tuple(names)
