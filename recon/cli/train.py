"""`triptych reconstruct` and `triptych resume`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from recon.cli.console import clock, complain, say
from recon.errors import InvalidParameter

INTERRUPTED = 130
WORTH_TELLING = 0.05  # seconds
COUNTED = {"mesh": "triangles"}  # what a geometry is counted in, where its kind does not say


class Device(StrEnum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Change one parameter; may be given often. See `methods`."),
]


def reconstruct(  # noqa: PLR0913 - one parameter per flag
    data: Annotated[Path, typer.Argument(help="A capture; or photographs without cameras, or a video.")],
    method: Annotated[str, typer.Option(help="What to make of it. See `methods`.")] = "splats",
    out: Annotated[Path | None, typer.Option(help="The run folder to make.  [default: runs/NAME-METHOD]")] = None,
    preset: Annotated[str, typer.Option(help="quick, standard or best.")] = "standard",
    steps: Annotated[int | None, typer.Option(min=1, help="Optimisation steps, instead of the preset's.")] = None,
    device: Annotated[Device, typer.Option(help="Where to compute.")] = Device.auto,
    seed: Annotated[int, typer.Option(min=0, help="Of the random numbers; recorded in the run.")] = 0,
    downscale: Annotated[int, typer.Option(min=1, help="Work on photographs this many times smaller.")] = 1,
    images: Annotated[Path | None, typer.Option(help="Folder of photographs, where they lie apart.")] = None,
    masks: Annotated[Path | None, typer.Option(help="Folder of masks: white counts, black is ignored.")] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help='Leave a photograph out, or all of a pattern ("left/*"); may be given often.'
        ),
    ] = None,
    set_: SetOption = None,
) -> None:
    """Reconstruct a capture into a new run folder."""
    from recon.runs import Job, start

    changes = parse_changes(set_) | ({"steps": steps} if steps is not None else {})
    job = Job(
        data=data,
        out=out,
        method=method,
        preset=preset,
        changes=changes,
        seed=seed,
        device=device.value,
        images=images,
        masks=masks,
        downscale=downscale,
        exclude=tuple(exclude or ()),
    )
    drive(lambda commands: start(job, commands))


def resume(
    run: Annotated[Path, typer.Argument(help="The run folder.")],
    set_: SetOption = None,
    out: Annotated[
        Path | None, typer.Option(help="With --set: the new run's folder.  [default: RUN-2, -3, ...]")
    ] = None,
) -> None:
    """Go on with a run as if it had never stopped; with --set, in a new run that branches off."""
    from recon import runs

    if set_:
        changes = parse_changes(set_)
        run = runs.fork(run, out or runs.free_name(run), changes).path
        say(f"A new run branches off: {run}")
    elif out is not None:
        raise InvalidParameter(
            "--out only goes with --set, which makes a new run; without it the run goes on in place."
        )
    elif runs.load_run(run).status() == "finished":
        say(f"The run in {run} is finished. Branch off with --set, or look at it: triptych view {run}")
        return
    drive(lambda commands: runs.resume(run, commands))


def fit_on(
    run: Annotated[Path, typer.Argument(help="The folder of a run of blocks, edited in the window.")],
    steps: Annotated[int | None, typer.Option(min=1, help="Optimisation steps.  [default: 200]")] = None,
    set_: SetOption = None,
    out: Annotated[Path | None, typer.Option(help="The new run's folder.  [default: RUN-2, -3, ...]")] = None,
) -> None:
    """Go on fitting blocks from where they were left in the window, in a new run; locked ones stay as they are."""
    from recon import runs

    changes = parse_changes(set_) | ({"steps": steps} if steps is not None else {})
    child = runs.fit_on(run, out or runs.free_name(run), changes).path
    say(f"A new run goes on from the edited blocks: {child}")
    drive(lambda commands: runs.resume(child, commands))


def drive(begin: Any) -> None:
    """Drive a reconstruction to its end, showing its progress."""
    from recon.cli.interrupt import Interrupt
    from recon.cli.progress import progress
    from recon.methods.base import Cancelled, Finished

    with Interrupt() as interrupt:
        reconstruction = begin(interrupt)
        run = reconstruction.run
        say(f"Run {run.path}: {run.method} on {run.device}, seed {run.seed}")
        if reconstruction.fit:
            say(reconstruction.fit.memory)
        with progress() as display:
            for event in reconstruction:
                display.show(event)
    if isinstance(event, Finished):
        say(summary(run))
    if isinstance(event, Cancelled):
        complain(f"Stopped at step {event.step:,}. Go on with: triptych resume {run.path}")
        raise typer.Exit(INTERRUPTED)


def summary(run: Any) -> str:
    """What a finished run has come to, in a few lines."""
    metrics = run.metrics()
    mean, views, kind = metrics["mean"], len(metrics["views"]), metrics["geometry"]["kind"]
    quality = (
        f"Test PSNR {mean['psnr']:.2f} dB, SSIM {mean['ssim']:.3f} over {views} view{'s' * (views > 1)}"
        if views
        else "No test views"
    )
    long = {name: seconds for name, seconds in metrics["stage_seconds"].items() if seconds >= WORTH_TELLING}
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in long.items()) or "at once"
    return (
        f"Finished in {clock(metrics['total_seconds'])}: {stages}.\n"
        f"{quality}; {metrics['geometry']['count']:,} {COUNTED.get(kind, kind)}, "
        f"peak memory {metrics['peak_memory_mb']:,.0f} MB.\n"
        f"Look at it: triptych view {run.path}"
    )


def parse_changes(items: list[str] | None) -> dict[str, str]:
    """Read name=value texts.

    Raises
    ------
    InvalidParameter
        For a text without "=".
    """
    changes = {}
    for item in items or ():
        name, equals, value = item.partition("=")
        if not equals:
            raise InvalidParameter(f"--set wants name=value, got {item!r}.")
        changes[name.strip()] = value.strip()
    return changes
