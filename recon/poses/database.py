"""COLMAP's database, opened and closed; and pycolmap kept silent, for what it has to say is said in our words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pycolmap

from recon.poses.workspace import Workspace


@contextmanager
def opened(workspace: Workspace) -> Iterator[Any]:
    """The database, closed again afterwards."""
    silence()
    database = pycolmap.Database.open(str(workspace.database))
    try:
        yield database
    finally:
        database.close()


def silence() -> None:
    """Let pycolmap write nothing to the terminal; some of its functions undo this."""
    pycolmap.logging.logtostderr = False
    pycolmap.logging.alsologtostderr = False
    pycolmap.logging.minloglevel = pycolmap.logging.FATAL.value
    pycolmap.logging.stderrthreshold = pycolmap.logging.FATAL.value


def image_numbers(pair: Any) -> tuple[int, int]:
    """The two images of a pair, which COLMAP may give as one number."""
    first, second = pycolmap.pair_id_to_image_pair(pair) if isinstance(pair, int) else pair
    return int(first), int(second)
