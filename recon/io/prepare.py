"""Undistortion of a whole capture ahead of its use, so that the wait can be shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed

from recon.io.undistort import UndistortedImage
from recon.scene import Capture

# Each worker holds a decoded photograph, its warp and its result.
MOST_WORKERS = 4


def prepare(capture: Capture, progress: Callable[[int, int], None] | None = None) -> None:
    """Undistort every photograph of a capture into the disk cache; those already there cost nothing.

    Parameters
    ----------
    capture : Capture
    progress : callable, optional
        Told (done, total) after each; never called where no lens bends.

    Raises
    ------
    UnreadableFile
        If a photograph is damaged.
    DiskFull
        If the cache folder's disk is.
    """
    images = {
        pixels.source.path: pixels
        for view in capture.views
        for pixels in (view.image, view.mask)
        if isinstance(pixels, UndistortedImage)
    }
    pool = ThreadPoolExecutor(min(MOST_WORKERS, os.cpu_count() or 1))
    try:
        jobs = [pool.submit(image.prepare) for image in images.values()]
        for done, job in enumerate(as_completed(jobs), 1):
            job.result()
            if progress is not None:
                progress(done, len(jobs))
    finally:
        pool.shutdown(cancel_futures=True)
