"""Opening whatever a person drops on the window: what it is, is found out on a thread beside the window's."""

from __future__ import annotations

import importlib.util
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from recon.errors import InputError, TriptychError, UnusableCapture
from recon.io import format_of, load_capture
from recon.io.captures import READERS
from recon.io.images import SUFFIXES, ImageFile, read_header
from recon.runs import CaptureSource, Run, load_run
from recon.runs.folder import PREVIEW, RUN
from recon.scene import Capture, View
from viewer.model.photographs import Photographs, find_photographs, is_video
from viewer.model.scene import Scene, open_scene, shown_kind

Kind = Literal["capture", "photographs", "video", "run", "splats", "mesh", "blocks"]
Pixels = NDArray[np.uint8]
Post = Callable[[Callable[[], None]], None]

KINDS: dict[Kind, str] = {
    "capture": "Capture",
    "photographs": "Photographs",
    "video": "Video",
    "run": "Run",
    "splats": "Splats",
    "mesh": "Mesh",
    "blocks": "Blocks",
}
THUMBNAIL = 448  # fills a card on screens with two pixels for one
COMMON_NAMES = {"images", "input", "photos", "transforms.json", "0", "sparse", "result.ply", "meta.json"}
WANTED = "A capture, a run, a splat or mesh file, a folder of photographs or a video was wanted."


@dataclass(frozen=True, eq=False)
class Found:
    """What was opened.

    Parameters
    ----------
    path : Path
        Absolute.
    kind : {"capture", "photographs", "video", "run", "splats", "mesh", "blocks"}
    words : str
        What it holds, in a few words: "50 photographs, 1,457 points".
    scene : Scene
        Its results, notices, and capture.
    capture : Capture, optional
        With all its photographs, those too that the run left out.
    source : CaptureSource, optional
        How the capture was read.
    left_out : frozenset of str
        Photographs that the run left out.
    photographs : Photographs, optional
        Where cameras are still to be found.
    thumbnail : (H, W, 3) uint8, optional
        sRGB.
    """

    path: Path
    kind: Kind
    words: str
    scene: Scene
    capture: Capture | None = None
    source: CaptureSource | None = None
    left_out: frozenset[str] = frozenset()
    photographs: Photographs | None = None
    thumbnail: Pixels | None = None


@dataclass(frozen=True)
class NotOpened:
    """What could not be opened, why, and what a bug report needs where it was our fault."""

    path: Path
    message: str
    report: str = ""


class OpeningModel:
    """Opens paths, each on a thread of its own, and tells what is being opened and what could not be.

    Parameters
    ----------
    post : callable
        Runs a function later on the window's thread.
    read : callable
        (path) -> Found; raises `TriptychError`.

    Attributes
    ----------
    found : Signal
        Emitted with what was `Found`, on the window's thread.
    changed : Signal
        Emitted when `pending` or `failures` change.
    pending : tuple of Path
    failures : tuple of NotOpened
        Kept until they are dismissed, or opened again.
    """

    found = Signal(object)
    changed = Signal()

    def __init__(self, post: Post, read: Callable[[Path], Found] | None = None) -> None:
        self._post = post
        self._read = read or recognise
        self.pending: tuple[Path, ...] = ()
        self.failures: tuple[NotOpened, ...] = ()

    def open(self, paths: Sequence[Path]) -> None:
        """Begin to open paths; photographs dropped one by one stand for their folder."""
        for path in dict.fromkeys(_meant(path.absolute()) for path in paths):
            if path not in self.pending:
                self.pending = (*self.pending, path)
                self.failures = tuple(failure for failure in self.failures if failure.path != path)
                threading.Thread(target=self._open, args=(path,), name="open", daemon=True).start()
        self.changed.emit()

    def cancel(self, path: Path) -> None:
        """Wait for a path no longer."""
        self.pending = tuple(each for each in self.pending if each != path)
        self.changed.emit()

    def dismiss(self, path: Path) -> None:
        """Speak of a failure no more."""
        self.failures = tuple(failure for failure in self.failures if failure.path != path)
        self.changed.emit()

    def _open(self, path: Path) -> None:
        answer: Found | NotOpened
        try:
            answer = self._read(path)
        except TriptychError as error:
            answer = NotOpened(path, str(error))
        except Exception as error:  # noqa: BLE001 - whatever a file does to us, the window goes on and says so
            message = f"{path.name} could not be opened: Triptych failed on it ({type(error).__name__})."
            answer = NotOpened(path, message, traceback.format_exc())
        self._post(lambda: self._deliver(path, answer))

    def _deliver(self, path: Path, answer: Found | NotOpened) -> None:
        if path not in self.pending:
            return  # nobody waits for it any more
        self.pending = tuple(each for each in self.pending if each != path)
        if isinstance(answer, NotOpened):
            self.failures = (*self.failures, answer)
        if isinstance(answer, Found):
            self.found.emit(answer)
        self.changed.emit()


def recognise(path: Path) -> Found:
    """Find out what a path is, and read what the window needs of it; takes seconds for large captures.

    Raises
    ------
    TriptychError
        If it is nothing that can be opened, or is damaged.
    """
    path = path.absolute()
    if not path.exists():
        raise InputError(f"{path} does not exist. It may have been moved, renamed or deleted.")
    if path.name == RUN:
        path = path.parent
    if (path / RUN).is_file():
        return _run(load_run(path))
    form = format_of(path)
    if form is not None:
        return Found(path, shown_kind(form), f"{form.title}, {_size_of(path)}", open_scene([path]))
    if is_video(path):
        return Found(
            path, "video", f"Video, {_size_of(path)}", Scene(path.name), photographs=Photographs(path, (path.name,))
        )
    if any(reader.find(path) for reader in READERS):
        return _capture(path)
    return _photographs(path)


def _capture(path: Path) -> Found:
    capture = load_capture(path)
    scene = Scene(capture.name, capture=capture, notices=capture.warnings)
    source = CaptureSource(str(path))
    return Found(path, "capture", _capture_in_words(capture), scene, capture, source, thumbnail=_thumbnail(capture))


def _run(run: Run) -> Found:
    scene = open_scene([run.path])
    capture = scene.capture
    source = replace(run.capture, exclude=())
    left_out: frozenset[str] = frozenset()
    if capture is not None and run.capture.exclude:
        kept = {view.name for view in capture.views}
        capture = source.load()
        left_out = frozenset(view.name for view in capture.views) - kept
    picture = _picture(run.path / PREVIEW)
    if picture is None and capture is not None:
        picture = _thumbnail(capture)
    return Found(run.path, "run", _run_in_words(run), scene, capture, source, left_out, thumbnail=picture)


def _photographs(path: Path) -> Found:
    photographs = find_photographs(path)
    if photographs is None:
        raise UnusableCapture(f"{path} cannot be opened. {WANTED} {_holds(path)}")
    first = photographs.path / photographs.names[0]
    if first.suffix.lower() in SUFFIXES:
        header = read_header(first)
        photographs = replace(photographs, size=(header.width, header.height))
    count = len(photographs.names)
    words = f"{count} photograph{'s' * (count != 1)}, no cameras"
    return Found(path, "photographs", words, Scene(path.name), photographs=photographs, thumbnail=_picture(first))


def _holds(path: Path) -> str:
    if not path.is_dir():
        return f"It is a file of another kind ({path.suffix or 'without suffix'})."
    names = sorted(entry.name + "/" * entry.is_dir() for entry in path.iterdir())
    return (
        f"The folder holds {', '.join(names[:5])}{' and more' * (len(names) > 5)}." if names else "The folder is empty."
    )


def _capture_in_words(capture: Capture) -> str:
    points = f", {len(capture.points):,} points" if capture.points else ""
    return f"{len(capture.views)} photographs{points}"


def _run_in_words(run: Run) -> str:
    try:
        told = f"{run.metrics()['mean']['psnr']:.2f} dB"
    except (TriptychError, KeyError, TypeError, ValueError):
        told = run.status()
    return f"{run.method}, {told}"


def _size_of(path: Path) -> str:
    files = path.parent.iterdir() if path.name == "meta.json" else path.iterdir() if path.is_dir() else (path,)
    size = float(sum(file.stat().st_size for file in files if file.is_file()))
    for unit in ("bytes", "KB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}" if unit != "bytes" else f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.3g} GB"


def _thumbnail(capture: Capture) -> Pixels | None:
    view: View = capture.views[len(capture.views) // 2]
    scale = THUMBNAIL / max(view.camera.width, view.camera.height)
    try:
        return view.image.read(
            *(max(1, round(side * min(scale, 1))) for side in (view.camera.width, view.camera.height))
        )
    except (TriptychError, OSError):
        return None


def _picture(path: Path) -> Pixels | None:
    try:
        header = read_header(path)
        scale = min(1.0, THUMBNAIL / max(header.width, header.height))
        return ImageFile(path).read(max(1, round(header.width * scale)), max(1, round(header.height * scale)))
    except (TriptychError, OSError):
        return None


def _meant(path: Path) -> Path:
    """What a person means by dropping this; the disk is not asked, for it may be slow."""
    return path.parent if path.suffix.lower() in SUFFIXES else path


def title_of(path: Path) -> str:
    """What to call a path: its name, and its folder's where every capture has one of that name."""
    name = path.name
    return f"{path.parent.name}/{name}" if name.lower() in COMMON_NAMES and path.parent.name else name


def sample_scene() -> Path | None:
    """The capture that comes with Triptych, where it is installed; it is material, so nothing of it is imported."""
    spec = importlib.util.find_spec("sample_scenes")
    for folder in spec.submodule_search_locations or () if spec else ():
        if (Path(folder) / "desk" / "transforms.json").is_file():
            return Path(folder) / "desk"
    return None
