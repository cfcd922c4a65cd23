"""What was opened lately, with a picture of each and what it is."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from viewer.model.autosave import Autosave, read_document
from viewer.model.opening import Found, Kind

FILE = "recent.json"
MOST = 12
QUALITY = 85


@dataclass(frozen=True)
class RecentEntry:
    """Something that was opened.

    Parameters
    ----------
    path : str
        Absolute.
    kind : {"capture", "photographs", "video", "run", "splats", "mesh", "blocks"}
    words : str
        What it holds: "50 photographs, 1,457 points".
    at : str
        When, UTC, ISO 8601.
    """

    path: str
    kind: Kind
    words: str
    at: str


class RecentModel:
    """The list of what was opened lately, the latest first.

    Parameters
    ----------
    folder : Path
        Where it is kept, with pictures.
    autosave : Autosave

    Attributes
    ----------
    changed : Signal
        Emitted when the list or a picture changes.
    """

    changed = Signal()

    def __init__(self, folder: Path, autosave: Autosave) -> None:
        self._file = folder / FILE
        self._pictures = folder / "pictures"
        self._autosave = autosave
        self._fresh: dict[str, bytes] = {}
        listed = read_document(self._file).get("entries")
        entries = map(_entry, listed) if isinstance(listed, list) else ()
        self._entries = tuple(entry for entry in entries if entry)[:MOST]

    @property
    def entries(self) -> tuple[RecentEntry, ...]:
        """At most twelve, the latest first."""
        return self._entries

    def remember(self, found: Found) -> None:
        """Put what was opened first."""
        entry = RecentEntry(str(found.path), found.kind, found.words, datetime.now(UTC).isoformat(timespec="seconds"))
        self._keep((entry, *(each for each in self._entries if each.path != entry.path))[:MOST])
        if found.thumbnail is not None:
            self.set_picture(found.path, found.thumbnail)

    def set_picture(self, path: Path, pixels: NDArray[np.uint8]) -> None:
        """Show (H, W, 3) uint8 sRGB for a path from now on: such as what the window last showed of it."""
        from PIL import Image

        written = io.BytesIO()
        Image.fromarray(pixels).save(written, "JPEG", quality=QUALITY)
        self._fresh[str(path)] = written.getvalue()
        self._autosave.write(self._picture(str(path)), written.getvalue())
        self.changed.emit()

    def picture(self, entry: RecentEntry) -> bytes | None:
        """The picture of an entry as JPEG; None where there is none."""
        if entry.path not in self._fresh:
            try:
                self._fresh[entry.path] = self._picture(entry.path).read_bytes()
            except OSError:
                return None
        return self._fresh[entry.path]

    def forget(self, path: str) -> None:
        """Take one off the list; the file itself is left alone."""
        self._keep(tuple(entry for entry in self._entries if entry.path != path))

    def clear(self) -> None:
        """Empty the list."""
        self._keep(())

    def _keep(self, entries: tuple[RecentEntry, ...]) -> None:
        self._drop([old.path for old in self._entries if all(old.path != entry.path for entry in entries)])
        self._entries = entries
        self._autosave.save(self._file, {"entries": [asdict(entry) for entry in entries]})
        self.changed.emit()

    def _drop(self, paths: list[str]) -> None:
        for path in paths:
            self._fresh.pop(path, None)
            with suppress(OSError):
                self._picture(path).unlink(missing_ok=True)

    def _picture(self, path: str) -> Path:
        return self._pictures / f"{hashlib.sha256(path.encode(errors='surrogateescape')).hexdigest()[:24]}.jpg"


def _entry(values: Any) -> RecentEntry | None:
    if not isinstance(values, Mapping):
        return None
    texts = {name: values.get(name) for name in ("path", "kind", "words", "at")}
    if texts["kind"] not in get_args(Kind) or not all(isinstance(text, str) for text in texts.values()):
        return None
    return RecentEntry(**texts)  # type: ignore[arg-type]  # they were just looked at
