"""`python -m viewer PATH...`: open the window."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from recon.errors import TriptychError


def main(arguments: list[str] | None = None) -> int:
    """Open the window; returns the exit code."""
    options = _parser().parse_args(arguments)
    from viewer.display import require_display

    try:
        require_display()
        from PySide6.QtCore import QSize

        from viewer.app import run

        return run(options.paths, options.screenshot, QSize(*options.size))
    except TriptychError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m viewer",
        description="Show runs, splat files and captures.",
    )
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="runs, captures, splats, meshes, photographs; without any, the window offers what was open last",
    )
    parser.add_argument(
        "--screenshot", type=Path, metavar="FILE.png", help="write a picture of the window there, and close it"
    )
    parser.add_argument(
        "--size", type=_size, default=(1280, 800), metavar="WxH", help="size of the window; 1280x800 unless told"
    )
    return parser


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit() and int(width) > 0 and int(height) > 0):
        raise argparse.ArgumentTypeError(f"want WIDTHxHEIGHT such as 1280x800, got {text!r}")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
