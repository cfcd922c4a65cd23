"""`triptych poses` and what it shares with `reconstruct`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from recon.cli.console import complain, say


class Matching(StrEnum):
    """Which photographs are compared."""

    auto = "auto"
    exhaustive = "exhaustive"
    sequential = "sequential"
    spatial = "spatial"
    similar = "similar"


class Mapper(StrEnum):
    """How cameras are placed."""

    incremental = "incremental"
    global_ = "global"


class Sharing(StrEnum):
    """Which photographs share a calibration."""

    auto = "auto"
    single = "single"
    folder = "folder"
    each = "each"


def poses(
    photos: Annotated[Path, typer.Argument(help="A folder of photographs, or a video.")],
    out: Annotated[Path | None, typer.Option(help="The capture to make.  [default: captures/NAME]")] = None,
    matching: Annotated[Matching, typer.Option(help="Which photographs are compared.")] = Matching.auto,
    mapper: Annotated[Mapper, typer.Option(help="One after the other, or all at once.")] = Mapper.incremental,
    cameras: Annotated[Sharing, typer.Option(help="Which photographs share a calibration.")] = Sharing.auto,
    masks: Annotated[Path | None, typer.Option(help="Folder of masks: white counts, black is ignored.")] = None,
) -> None:
    """Find the cameras of photographs or a video, and write them as a COLMAP capture."""
    from recon.cli.progress import progress
    from recon.methods.base import Stage
    from recon.poses import CamerasFound, PosesOptions, capture_name, reconstruct_cameras

    out = out or Path("captures") / capture_name(photos)
    options = PosesOptions(matching.value, mapper.value, cameras.value, masks)
    try:
        with progress() as display:
            for event in reconstruct_cameras(photos, out, options):
                if not isinstance(event, CamerasFound):
                    display.show(Stage(event.name, event.fraction))
    except KeyboardInterrupt:
        complain(f"Stopped. Go on with the same command; what was found so far is kept in {out}.")
        raise
    for line in event.report.lines():
        say(line)
    say(f"Which photographs see the same: {out / 'pairs.png'}")
    say(f"Go on with: triptych reconstruct {out}")


def frames(
    video: Annotated[Path, typer.Argument(help="The video.")],
    out: Annotated[Path | None, typer.Option(help="The folder to make.  [default: NAME-frames]")] = None,
    count: Annotated[int | None, typer.Option(min=2, help="About how many; by default as the picture moves.")] = None,
) -> None:
    """Take the frames of a video that are worth keeping: sharp ones, evenly spaced in how far the picture moves."""
    from recon.cli.progress import progress
    from recon.methods.base import Stage
    from recon.poses import extract_frames

    out = out or Path(f"{video.stem}-frames")
    with progress() as display:
        for event in extract_frames(video, out, count):
            display.show(Stage(event.name, event.fraction))
    say(f"{len(list(out.iterdir()))} frames written to {out}. Go on with: triptych reconstruct {out}")
