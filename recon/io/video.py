"""Frames of a video, decoded one after the other by the FFmpeg (LGPL) that OpenCV's wheels bring."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile

Bytes = NDArray[np.uint8]


def read_frames(path: Path) -> Iterator[Bytes]:
    """Decode a video, upright.

    Yields
    ------
    (H, W, 3) uint8
        sRGB.

    Raises
    ------
    UnreadableFile
        If it is no video that can be read, or has no frame.
    """
    import cv2

    video = _opened(path)
    try:
        count = 0
        while True:
            good, frame = video.read()
            if not good:
                break
            count += 1
            yield np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), np.uint8)
        if count == 0:
            raise UnreadableFile(f"{path} has no frame that can be decoded; it is damaged, or of an unknown codec.")
    finally:
        video.release()


def frame_count(path: Path) -> int:
    """How many frames a video says it has; it may be wrong by a few, and 0 where it says nothing."""
    import cv2

    video = _opened(path)
    try:
        return max(0, int(video.get(cv2.CAP_PROP_FRAME_COUNT)))
    finally:
        video.release()


def _opened(path: Path) -> cv2.VideoCapture:  # type: ignore[name-defined]  # noqa: F821 - loaded when it is needed
    import cv2

    if not path.is_file():
        raise UnreadableFile(f"{path} is not a file; a video was wanted.")
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not video.isOpened():
        video.release()
        raise UnreadableFile(f"{path} is not a video that can be read; MP4, MOV, MKV, WebM and AVI usually are.")
    return video
