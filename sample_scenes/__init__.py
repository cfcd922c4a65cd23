"""Small scenes whose truth is known exactly: a seeded generator, and the one the demo rebuilds.

Owns superquadrics with solid textures, drawn by exact ray casting, and their files.
Refuses to be imported by `recon` or `viewer`: it is material, not machinery.

    sample_scenes.path("desk")                 the committed capture
    python -m sample_scenes desk OUT           the same, made anew
    make_scene(3), draw, as_capture, write     another one, for tests
"""

from __future__ import annotations

from pathlib import Path

from recon.errors import InputError
from sample_scenes.generator import Truth, as_capture, draw, load_truth, view_name, write
from sample_scenes.recipes import desk, make_scene

__all__ = ["NAMES", "Truth", "as_capture", "desk", "draw", "load_truth", "make_scene", "path", "view_name", "write"]

NAMES = ("desk",)


def path(name: str) -> Path:
    """Folder of a committed scene, inside the installed package.

    Raises
    ------
    InputError
        If there is no such scene.
    """
    if name not in NAMES:
        raise InputError(f"There is no sample scene {name!r}; there is {', '.join(NAMES)}.")
    return Path(__file__).parent / name
