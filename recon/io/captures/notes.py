"""What a person has said of a capture in the window: read here, so that the command line can go by it as well.

Kept in the user's own folder, for captures may lie where nobody may write; by the capture's path, and a fingerprint of
its cameras. The window writes it (`viewer.model.capture_notes`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from recon.scene import Alignment, Capture
from recon.scene.paths import up_direction


def window_folder() -> Path:
    """Where the window keeps what it remembers of this user."""
    from platformdirs import user_data_path

    return user_data_path("triptych", appauthor=False) / "window"


def notes_file(folder: Path, source: str) -> Path:
    """The file of notes on the capture at a path, below the folder of the window."""
    path = str(Path(source).absolute())
    return folder / "captures" / f"{hashlib.sha256(path.encode(errors='surrogateescape')).hexdigest()[:24]}.json"


def fingerprint(capture: Capture) -> str:
    """What tells one set of cameras from another: where they stand, to six decimals, whatever size is worked at."""
    digest = hashlib.sha256()
    for view in capture.views:
        digest.update(view.name.encode(errors="surrogateescape"))
        digest.update((np.round(view.camera.world_from_camera, 6) + 0.0).tobytes())  # no negative zeros
    return digest.hexdigest()[:24]


def alignment_of(capture: Capture, folder: Path | None = None) -> Alignment:
    """Up, scale and unit as they were set in the window.

    Parameters
    ----------
    capture : Capture
        With every view, those that were left out as well.
    folder : Path, optional
        Of the window; the user's own by default.

    Returns
    -------
    Alignment
        Where nobody said which way is up, as the cameras suggest; without a scale where nobody measured.
    """
    said = Alignment()
    try:
        document = json.loads(notes_file(folder or window_folder(), capture.source).read_text(encoding="utf-8"))
        if document["fingerprint"] == fingerprint(capture):
            said = Alignment.from_json(document["alignment"])
    except (OSError, ValueError, KeyError, TypeError):
        pass  # nothing was said, or what was said can no longer be read
    if said.up is not None:
        return said
    x, y, z = up_direction([view.camera for view in capture.views]).tolist()
    return replace(said, up=(x, y, z))
