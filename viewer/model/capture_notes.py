"""What a person has said of a capture: kept in the user's own folder, for captures may lie where nobody may write."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from recon.io.captures.notes import fingerprint, notes_file
from recon.scene import Alignment, Capture
from viewer.model.autosave import Autosave, read_document

CAMERAS_CHANGED = (
    "The cameras of this capture have changed since up and scale were set, so both are unset. Set them anew."
)


@dataclass(frozen=True)
class CaptureNotes:
    """What was said of a capture: names of disabled photographs; up, scale and unit."""

    disabled: frozenset[str] = frozenset()
    alignment: Alignment = field(default_factory=Alignment)


class CaptureStore:
    """Keeps notes by a capture's path, and by a fingerprint of its cameras.

    Parameters
    ----------
    folder : Path
    autosave : Autosave
    """

    def __init__(self, folder: Path, autosave: Autosave) -> None:
        self._folder = folder
        self._autosave = autosave
        self._saved: dict[Path, dict[str, Any]] = {}

    def read(self, capture: Capture) -> tuple[CaptureNotes | None, str]:
        """Notes on a capture, None where there are none; and a sentence where some no longer hold."""
        file = self._file(capture)
        document = self._saved.get(file) or read_document(file)
        if not document:
            return None, ""
        notes = _notes(document)
        names = {view.name for view in capture.views}
        notes = replace(notes, disabled=notes.disabled & names)
        if document.get("fingerprint") == fingerprint(capture) or notes.alignment == Alignment():
            return notes, ""
        return replace(notes, alignment=Alignment()), CAMERAS_CHANGED

    def save(self, capture: Capture, notes: CaptureNotes) -> None:
        """Keep notes on a capture."""
        file = self._file(capture)
        document = {
            "path": capture.source,
            "fingerprint": fingerprint(capture),
            "disabled": sorted(notes.disabled),
            "alignment": notes.alignment.to_json(),
        }
        self._saved[file] = document
        self._autosave.save(file, document)

    def _file(self, capture: Capture) -> Path:
        return notes_file(self._folder, capture.source)


def _notes(document: dict[str, Any]) -> CaptureNotes:
    disabled = document.get("disabled")
    names = frozenset(name for name in disabled if isinstance(name, str)) if isinstance(disabled, list) else frozenset()
    try:
        return CaptureNotes(names, Alignment.from_json(document.get("alignment")))
    except ValueError:
        return CaptureNotes(names)
