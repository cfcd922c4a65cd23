"""`python -m sample_scenes desk OUT`, or a number instead of "desk" for a random scene of that seed."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.progress import Progress

from recon.errors import TriptychError
from sample_scenes.generator import write
from sample_scenes.recipes import desk, make_scene


def main() -> int:
    """Make one scene; the exit code says how it went."""
    parser = argparse.ArgumentParser(prog="python -m sample_scenes", description="Draw a scene with exact truth.")
    parser.add_argument("scene", help='"desk", or the seed of a random scene')
    parser.add_argument("folder", type=Path, help="a new or empty folder")
    arguments = parser.parse_args()
    if arguments.scene != "desk" and not arguments.scene.isdecimal():
        parser.error(f'scene must be "desk" or a whole number, got {arguments.scene!r}')
    scene = desk() if arguments.scene == "desk" else make_scene(int(arguments.scene))
    try:
        with Progress() as bar:
            task = bar.add_task(f"Drawing {scene.name}", total=1.0)
            write(scene, arguments.folder, progress=lambda done: bar.update(task, completed=done))
    except TriptychError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
