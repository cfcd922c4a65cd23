"""Films along camera paths, and single pictures, of a run's result or of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recon.errors import InputError
from recon.runs.folder import RUN, load_run
from recon.runs.resources import resolve_device
from recon.runs.telling import Report
from recon.scene import Camera, Geometry, Mesh

if TYPE_CHECKING:
    from recon.render.draw import Drawer, Drawing
    from recon.scene.camera_path import Film, Mode

Picture = NDArray[np.float32]
Background = tuple[float, float, float] | None

GLANCES = 12  # frames looked at to choose the range of depths
GLANCE = 160  # longest side of such a look, in pixels


def render_film(
    source: str | Path, path: Film | Path, out: str | Path, report: Report | None = None, device: str = "auto"
) -> int:
    """Draw a run's result, or the splats of a file, along a camera path, as its edits show it.

    Parameters
    ----------
    source : path
        A run folder or a splat file.
    path : Film or Path
        The camera path, or the JSON file that holds it.
    out : path
        A file *.mp4, or a folder for PNG files, which appear together at the end.
    report : callable, optional
        Told (done, total) after each frame.
    device : {"auto", "cpu", "cuda"}

    Returns
    -------
    int
        How many frames were drawn.

    Raises
    ------
    InputError
        If the path has no keyframe, or `out` cannot be written.
    RunError
        If the run has no result yet.
    """
    from recon.io.camera_paths import read_film

    film = read_film(path) if isinstance(path, Path) else path
    done = 0
    for done in film_steps(load_result(source), film, Path(out), device):
        if report is not None:
            report(done, film.frame_count)
    return done


def film_steps(geometry: Geometry, film: Film, out: Path, device: str = "auto") -> Iterator[int]:
    """Draw a film a frame at each pull, as `render_film` does.

    Yields
    ------
    int
        The number of frames drawn. What was asked for appears at the end, and not at all if it is closed before.
    """
    if not film.path.keyframes:
        raise InputError("The camera path has no keyframe. Add one where you stand, or choose a preset.")
    video = out.suffix.lower() == ".mp4"
    if video and film.background is None:
        raise InputError("A video cannot be transparent. Choose a background, or PNG files.")
    from recon.io.pictures import encode_video

    frames = Photographer(geometry, film.mode, film.background, device).frames(film)
    steps = encode_video(out, frames, film.frames_per_second) if video else _sequence(out, frames)
    yield from steps


def _sequence(folder: Path, frames: Iterable[Picture]) -> Iterator[int]:
    """Write numbered PNG files beside the folder, and move them there once all are drawn."""
    from recon.io.pictures import write_picture

    if folder.is_file():
        raise InputError(f"{folder} is a file; a folder for pictures, or a file *.mp4, was wanted.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name[:100]}.", suffix=".part")
    except OSError as error:
        raise InputError(f"{folder} could not be written: {error.strerror or error}. Choose another place.") from error
    with draft as name:
        for count, frame in enumerate(frames, start=1):
            write_picture(Path(name) / f"frame_{count:05d}.png", frame)
            yield count
        folder.mkdir(exist_ok=True)
        for file in Path(name).iterdir():
            file.replace(folder / file.name)


def load_result(source: str | Path, *, edited: bool = True, with_hidden: bool = False) -> Geometry:
    """What a run has made, or a file holds.

    Parameters
    ----------
    source : path
        A run folder, or a file of splats or a mesh.
    edited : bool
        Whether the edits that are kept beside it are applied.
    with_hidden : bool
        Whether what edits only hide is there.

    Raises
    ------
    InputError
        If it is not there.
    RunError, UnreadableFile
        If there is nothing in it yet, or it cannot be read.
    """
    from recon.editing import edited_geometry
    from recon.io.registry import read_geometry

    source = Path(source)
    if not source.exists():
        raise InputError(f"{source} is not there.")
    geometry: Geometry = load_run(source).result() if (source / RUN).is_file() else read_geometry(source)
    return edited_geometry(geometry, source, with_hidden=with_hidden) if edited else geometry


class Photographer:
    """Takes pictures of one geometry in one mode.

    Parameters
    ----------
    geometry : Splats or Blocks
        A mesh is refused.
    mode : {"color", "depth", "normals", "alpha", "ellipsoids", "centers"}
    background : tuple of float, optional
        sRGB in [0, 1]; None leaves it transparent.
    device : {"auto", "cpu", "cuda"}

    Raises
    ------
    InputError
        If it is a mesh.
    """

    def __init__(self, geometry: Geometry, mode: Mode, background: Background, device: str = "auto") -> None:
        from recon.render.draw import Drawer

        if isinstance(geometry, Mesh):
            raise InputError(f"Only splats and blocks can be filmed, and this is a {geometry.kind}.")
        from recon.render.modes import MODES

        self._drawer = Drawer(geometry, resolve_device(device))
        self._mode = mode
        self._background = background
        self._draw: Callable[[Drawer, Camera], Drawing] = MODES[mode]

    def frames(self, film: Film) -> Iterator[Picture]:
        """The frames of a film, one after the other; depths have one scale in all of them."""
        if self._mode == "depth":
            glances = np.linspace(0, film.frame_count - 1, min(GLANCES, film.frame_count)).astype(int)
            self._share_depths([film.camera(frame) for frame in glances])
        for frame in range(film.frame_count):
            yield self.take(film.camera(frame))

    def take(self, camera: Camera) -> Picture:
        """Take one picture: (H, W, 3) float32 sRGB, or (H, W, 4) with straight alpha where it is transparent."""
        drawing = self._draw(self._drawer, camera)
        if self._mode == "alpha":
            return drawing.color  # a matte: what is not covered is black, whatever the background
        alpha = drawing.alpha[..., None]
        if self._background is not None:
            return np.asarray(drawing.color + (1 - alpha) * np.array(self._background, np.float32), np.float32)
        straight = np.clip(drawing.color / np.maximum(alpha, 1e-6), 0, 1)
        return np.concatenate([straight, alpha], axis=2, dtype=np.float32)

    def _share_depths(self, cameras: list[Camera]) -> None:
        """Give the same colour to the same depth from all these cameras; small pictures tell the range."""
        from recon.render.modes import depth, depth_limits

        glances = []
        for camera in cameras:
            scale = min(1.0, GLANCE / max(camera.width, camera.height))
            small = camera.resized(max(1, round(camera.width * scale)), max(1, round(camera.height * scale)))
            glances.append(self._drawer.draw(small, depth=True))
        limits = depth_limits(glances)
        self._draw = lambda drawer, camera: depth(drawer, camera, limits)
