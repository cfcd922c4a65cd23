"""`triptych mesh`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from recon.cli.console import say


class Depth(StrEnum):
    """Which depth is fused."""

    median = "median"
    expected = "expected"


def mesh(  # noqa: PLR0913 - one parameter per flag
    run: Annotated[Path, typer.Argument(help="The folder of a run that made splats.")],
    out: Annotated[Path | None, typer.Option(help="The mesh to write.  [default: RUN/mesh.glb]")] = None,
    faces: Annotated[int, typer.Option(min=4, help="Triangles at most.")] = 60_000,
    texture: Annotated[int, typer.Option(min=0, max=16384, help="Side of the texture; 0 makes none.")] = 1024,
    resolution: Annotated[int, typer.Option(min=16, max=2048, help="Voxels along the longest side.")] = 256,
    depth: Annotated[Depth, typer.Option(help="median is sharper, expected is smoother.")] = Depth.median,
    unbounded: Annotated[bool, typer.Option("--unbounded", help="Also what lies far behind the subject.")] = False,
    close_holes: Annotated[int, typer.Option(min=0, help="Close holes of at most so many edges.")] = 60,
    light: Annotated[bool, typer.Option(help="Light that changes with the viewpoint, beside the texture.")] = True,
) -> None:
    """Make a textured mesh of a run's splats, without training anew."""
    from recon.cli.progress import progress
    from recon.methods.base import Finished
    from recon.runs import mesh_run

    events = mesh_run(
        run,
        out,
        faces=faces,
        texture=texture,
        resolution=resolution,
        depth=depth.value,
        bounded=not unbounded,
        close_holes=close_holes,
        light=light,
    )
    with progress() as display:
        for event in events:
            display.show(event)
    if not isinstance(event, Finished):
        return
    numbers = event.metrics
    where = out if out is not None else run / "mesh.glb"
    say(f"{where}: {numbers['faces']:,.0f} triangles.")
    if "psnr_covered" in numbers:
        alone = f", its texture alone at {numbers['psnr_texture']:.2f} dB" if "psnr_texture" in numbers else ""
        say(f"On test views it covers {numbers['coverage']:.0%}, at {numbers['psnr_covered']:.2f} dB there{alone}.")
