"""Drawn pictures as files: PNG, sequences of PNG, and MP4 video.

Video is H.264 in yuv420p with BT.709 colours, which browsers, phones and slide programs all play. It is encoded by the
ffmpeg program that the package `imageio-ffmpeg` brings (or that IMAGEIO_FFMPEG_EXE names), run as a program of its own:
x264 is under the GPL, so it is neither linked into this process, as PyAV would, nor shipped with Triptych. OpenCV's
wheels bring no H.264 encoder.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError, ResourceError
from recon.io.files import atomic_write

Picture = NDArray[np.float32] | NDArray[np.uint8]
Progress = Callable[[int], None]
QUALITY = "18"  # x264's constant rate factor: hardly told from the original


def eight_bits(picture: Picture) -> NDArray[np.uint8]:
    """Round a picture in [0, 1] to 8 bits; one that has 8 bits stays as it is."""
    if picture.dtype == np.uint8:
        return np.asarray(picture, np.uint8)
    return np.asarray(np.rint(255 * np.clip(picture, 0, 1)), np.uint8)


def write_picture(path: Path, picture: Picture) -> None:
    """Write one PNG.

    Parameters
    ----------
    path : Path
        Missing folders are made; the file appears whole or not at all.
    picture : (H, W, 3) or (H, W, 4) float32 in [0, 1] or uint8
        sRGB, and straight alpha.

    Raises
    ------
    DiskFull, InputError
        If the file cannot be written.
    """
    import cv2

    order = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
    _, encoded = cv2.imencode(".png", cv2.cvtColor(eight_bits(picture), order))
    with atomic_write(path) as file:
        file.write(encoded.tobytes())


def write_jpeg(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write one JPEG, as `write_picture` does a PNG; for photographs that are worked on further."""
    import cv2

    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 97])
    with atomic_write(path) as file:
        file.write(encoded.tobytes())


def write_pictures(folder: Path, pictures: Iterable[tuple[str, Picture]], progress: Progress | None = None) -> int:
    """Write pictures one at a time as `folder`/name.png; a name's own suffix is replaced, its folders are kept.

    Parameters
    ----------
    folder : Path
    pictures : iterable of (name, picture)
        Pictures as in `write_picture`.
    progress : callable, optional
        Called with the number of pictures written.

    Returns
    -------
    int
        How many there were.
    """
    count = 0
    for count, (name, picture) in enumerate(pictures, start=1):
        write_picture(folder / Path(name).with_suffix(".png"), picture)
        if progress is not None:
            progress(count)
    return count


def write_video(path: Path, frames: Iterable[Picture], fps: float = 30, progress: Progress | None = None) -> int:
    """Encode frames, one at a time, as an MP4 that plays everywhere.

    Parameters
    ----------
    path : Path
        Missing folders are made; the file appears whole or not at all.
    frames : iterable of (H, W, 3) float32 in [0, 1] or uint8
        sRGB, all of one size. Odd sizes are made even by repeating the last row or column.
    fps : float
        Frames per second.
    progress : callable, optional
        Called with the number of frames encoded.

    Returns
    -------
    int
        How many frames there were.

    Raises
    ------
    ValueError
        If there is no frame, or they differ in size.
    ResourceError
        If no ffmpeg program is to be found, or it fails.
    DiskFull, InputError
        If the file cannot be written.
    """
    count = 0
    for count in encode_video(path, frames, fps):
        if progress is not None:
            progress(count)
    return count


def encode_video(path: Path, frames: Iterable[Picture], fps: float = 30) -> Iterator[int]:
    """Encode as `write_video` does, a frame at each pull.

    Yields
    ------
    int
        The number of frames encoded; the file appears at the end, and never if the iterator is closed before.
    """
    if path.suffix.lower() != ".mp4":
        raise InputError(f"A video must be named *.mp4, got {path.name}.")
    with TemporaryDirectory() as folder, atomic_write(path) as file:
        draft = Path(folder) / "video.mp4"
        yield from _encode(draft, frames, fps)
        with draft.open("rb") as encoded:
            shutil.copyfileobj(encoded, file)


def _encode(path: Path, frames: Iterable[Picture], fps: float) -> Iterator[int]:
    pending = iter(frames)
    first = next(pending, None)
    if first is None:
        raise ValueError("a video needs at least one frame")
    height, width, _ = size = _even(eight_bits(first)).shape
    with _encoder(path, width, height, fps) as pipe:
        for count, picture in enumerate(chain([first], pending), start=1):
            frame = _even(eight_bits(picture))
            if frame.shape != size:
                raise ValueError(f"all frames of a video must have one size, got {size} and {frame.shape}")
            pipe.write(frame.tobytes())
            yield count


def _even(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = frame.shape[:2]
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


@contextmanager
def _encoder(path: Path, width: int, height: int, fps: float) -> Iterator[IO[bytes]]:
    """Run ffmpeg: gives the pipe that takes raw RGB frames, and waits for the file at the end."""
    command = [
        *(_ffmpeg(), "-y", "-loglevel", "error"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{fps:g}", "-i", "-"),
        *("-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
        *("-c:v", "libx264", "-crf", QUALITY, "-movflags", "+faststart", str(path)),
    ]
    log = path.with_suffix(".log")
    with log.open("wb") as messages:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=messages)  # noqa: S603 - no shell
        pipe = cast("IO[bytes]", process.stdin)
        try:
            yield pipe
            pipe.close()
        except BrokenPipeError:
            pass  # ffmpeg gave up; its exit status and log tell why
        except BaseException:
            process.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                pipe.close()
            status = process.wait()
    if status != 0:
        said = log.read_text(errors="replace").strip().splitlines()
        raise ResourceError(f"ffmpeg could not encode the video: {said[-1] if said else f'it ended with {status}'}.")


def _ffmpeg() -> str:
    import imageio_ffmpeg

    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ResourceError(
            "No ffmpeg program was found, which videos need. Install ffmpeg, or set IMAGEIO_FFMPEG_EXE to its path; "
            "or write a sequence of PNG files into a folder instead."
        ) from error
