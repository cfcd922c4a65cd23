"""What is to be run, before there is a folder for it: a job, and the capture it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recon.errors import InvalidParameter
from recon.methods.base import Method
from recon.methods.parameters import with_values
from recon.methods.registry import method_named
from recon.scene import Capture

# A run's own capture, where its photographs came without cameras, and the file that is written last in it.
CAPTURE, CAMERAS = "capture", "cameras.json"
DEVICES = ("auto", "cpu", "cuda")


@dataclass(frozen=True)
class CaptureSource:
    """Where a capture lies and how it is read; what run.json stores of it.

    Parameters
    ----------
    path : str
        Absolute, so that a run can be resumed from anywhere.
    images, masks : str, optional
        Folders of photographs and masks that lie apart from the cameras.
    downscale : int
        Work at 1/downscale of the photographs' size.
    exclude : tuple of str
        Names or patterns of photographs to leave out.
    photos : str, optional
        Photographs or a video without cameras; `path` is then the capture that they are made into first.
    """

    path: str
    images: str | None = None
    masks: str | None = None
    downscale: int = 1
    exclude: tuple[str, ...] = ()
    photos: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "exclude", tuple(self.exclude))  # JSON has lists

    @property
    def has_cameras(self) -> bool:
        """Whether there is a capture to load; if not, its cameras are to be found first."""
        return self.photos is None or (Path(self.path) / CAMERAS).is_file()

    def load(self) -> Capture:
        """Read the capture; photographs are read when they are needed.

        Raises
        ------
        InputError
            If there is nothing usable at `path`.
        """
        from recon.io import CaptureOptions, load_capture

        options = CaptureOptions(
            images=Path(self.images) if self.images else None,
            masks=Path(self.masks) if self.masks and self.photos is None else None,
            downscale=self.downscale,
            exclude=self.exclude,
        )
        return load_capture(Path(self.path), options)


@dataclass(frozen=True)
class Job:
    """One reconstruction to make.

    Parameters
    ----------
    data : Path
        The capture: a folder, or a file such as transforms.json.
    out : Path, optional
        The run folder to make; absent or empty. By default a free one in runs/, named after capture and method.
    method, preset : str
    changes : mapping of str to value or text
        Parameters that differ from the preset.
    seed : int
    device : {"auto", "cpu", "cuda"}
    images, masks : Path, optional
    downscale : int
    exclude : tuple of str
        Names or patterns of photographs to leave out.
    """

    data: Path
    out: Path | None = None
    method: str = "splats"
    preset: str = "standard"
    changes: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    device: str = "auto"
    images: Path | None = None
    masks: Path | None = None
    downscale: int = 1
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.exclude, str) or not all(isinstance(name, str) for name in self.exclude):
            raise InvalidParameter(f"exclude must be a list of names or patterns, got {self.exclude!r}.")
        object.__setattr__(self, "exclude", tuple(self.exclude))
        if self.device not in DEVICES:
            raise InvalidParameter(f"device must be one of {', '.join(DEVICES)}, got {self.device!r}.")
        if self.seed < 0:
            raise InvalidParameter(f"seed must be a whole number of at least 0, got {self.seed}.")
        if self.downscale < 1:
            raise InvalidParameter(f"downscale must be at least 1, got {self.downscale}.")

    @property
    def lacks_cameras(self) -> bool:
        """Whether the data are photographs or a video, whose cameras must be found first."""
        from recon.io import lacks_cameras

        return lacks_cameras(self.data)

    def source(self, folder: Path) -> CaptureSource:
        """Where the capture of a run in a folder lies, by absolute paths."""
        data = str(Path(self.data).absolute())
        images, masks = (str(path.absolute()) if path else None for path in (self.images, self.masks))
        if self.lacks_cameras:
            made = str((folder / CAPTURE).absolute())
            return CaptureSource(made, None, masks, self.downscale, self.exclude, photos=data)
        return CaptureSource(data, images, masks, self.downscale, self.exclude)

    def folder(self, capture_name: str) -> Path:
        """The run folder to make: `out`, or the first of runs/<capture>-<method>, ...-2, ...-3 that is free."""
        if self.out is not None:
            return self.out
        folder = Path("runs") / f"{capture_name}-{self.method}"
        return folder if not folder.exists() else free_name(folder)

    def resolve(self) -> tuple[Method, Any]:
        """Look up the method and make its config.

        Raises
        ------
        InvalidParameter
            For a method, preset or parameter that does not exist, or a value out of range.
        """
        method = method_named(self.method)
        if self.preset not in method.presets:
            known = ", ".join(method.presets)
            raise InvalidParameter(f"{method.name} has no preset {self.preset!r}. The presets are: {known}.")
        return method, with_values(method.presets[self.preset], dict(self.changes))


def free_name(folder: Path) -> Path:
    """The first of <folder>-2, <folder>-3, ... that is free."""
    number = 2
    while folder.with_name(f"{folder.name}-{number}").exists():
        number += 1
    return folder.with_name(f"{folder.name}-{number}")
