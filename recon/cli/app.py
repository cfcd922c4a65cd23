"""The commands there are, and what becomes of an error."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from recon.cli import batch, compare, convert, decompose, decompose_set, look, mesh, poses, register, results, train
from recon.cli.console import complain, say
from recon.errors import TriptychError

app = typer.Typer(
    name="triptych",
    help="Photographs become splats, blocks and meshes, with honest numbers.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    train.reconstruct,
    train.resume,
    train.fit_on,
    poses.poses,
    poses.frames,
    mesh.mesh,
    decompose.decompose,
    decompose_set.decompose_set,
    register.register,
    register.poisson,
    results.evaluate,
    results.render,
    compare.compare,
    convert.export,
    convert.convert,
    look.view,
    look.info,
    look.methods,
    batch.batch,
):
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        from recon import __version__

        say(f"triptych {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _triptych(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001  its callback is all there is to it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Photographs become splats, blocks and meshes, with honest numbers. Without a command, the window opens."""
    if context.invoked_subcommand is None:
        look.open_window([])


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0 done, 2 input, 3 run, 4 resources, 5 method, 130 interrupted, 1 a bug."""
    try:
        app(arguments, prog_name="triptych")
    except Exception as error:
        if os.environ.get("TRIPTYCH_DEBUG"):
            raise
        sys.exit(_explain(error))
    sys.exit(0)


def _explain(error: Exception) -> int:
    from recon.runs.resources import as_triptych_error

    known = as_triptych_error(error)
    if isinstance(known, TriptychError):
        complain(str(known))
        return known.exit_code
    complain(f"This is a bug in Triptych: {error!r}. TRIPTYCH_DEBUG=1 shows where; please report it.")
    return 1
