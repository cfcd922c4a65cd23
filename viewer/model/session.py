"""What was open and how it was looked at, kept from one start to the next, and over a crash."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from psygnal import Signal

from viewer.model.autosave import Autosave, read_document

FILE = "session.json"
SCHEMA = 1


@dataclass(frozen=True)
class Session:
    """The window at one moment.

    Parameters
    ----------
    paths : tuple of str
        What is open, in order; absolute.
    layout : mapping of str to bytes
        What Qt says of a window's geometry and docks, by name.
    panes : mapping
        Their arrangement and what each shows, as plain values.
    cameras : mapping
        Where one stands, and views that were saved, as plain values.
    selected : str, optional
        Name of the selected photograph.
    tools : mapping
        Settings of tools by name, as plain values.
    """

    paths: tuple[str, ...] = ()
    layout: Mapping[str, bytes] = field(default_factory=dict)
    panes: Mapping[str, Any] = field(default_factory=dict)
    cameras: Mapping[str, Any] = field(default_factory=dict)
    selected: str | None = None
    tools: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain values; bytes in base64."""
        return {
            "paths": list(self.paths),
            "layout": {name: base64.b64encode(value).decode() for name, value in self.layout.items()},
            "panes": dict(self.panes),
            "cameras": dict(self.cameras),
            "selected": self.selected,
            "tools": dict(self.tools),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Session:
        """Read back what `to_json` gave; parts that cannot be understood are left out."""
        paths, selected = values.get("paths"), values.get("selected")
        return cls(
            tuple(path for path in paths if isinstance(path, str)) if isinstance(paths, list) else (),
            _decoded(_mapping(values, "layout")),
            _mapping(values, "panes"),
            _mapping(values, "cameras"),
            selected if isinstance(selected, str) else None,
            _mapping(values, "tools"),
        )


class SessionModel:
    """Keeps the session of this window, and offers the one before.

    Parameters
    ----------
    folder : Path
        Where it is kept.
    autosave : Autosave

    Attributes
    ----------
    previous : Session, optional
        What was open last time; None where nothing was.
    previous_at : datetime, optional
        When it was last changed.
    crashed : bool
        Whether it ended without being closed.
    changed : Signal
        Emitted when `previous` has been taken up or dismissed.
    """

    changed = Signal()

    def __init__(self, folder: Path, autosave: Autosave) -> None:
        self._file = folder / FILE
        self._autosave = autosave
        document = read_document(self._file)
        session = Session.from_json(document) if document.get("schema") == SCHEMA else Session()
        self.previous = session if session.paths else None
        self.previous_at = _time(document.get("at"))
        self.crashed = bool(self.previous) and document.get("ended") is False and not _lives(document.get("process"))
        # Windows look alike from one day to the next, whatever is open in them.
        self._now = Session(layout=session.layout, tools=session.tools)

    @property
    def now(self) -> Session:
        """The session as it is kept."""
        return self._now

    def keep(self, **parts: Any) -> None:
        """Note parts of the session, by the names of `Session`; they are written within seconds."""
        session = replace(self._now, **parts)
        if session != self._now:
            self._now = session
            self._save(ended=False)

    def take_up(self) -> Session | None:
        """Go on where the last session ended; the caller opens what it names."""
        session, self.previous = self.previous, None
        if session:
            self._now = session
            self.changed.emit()
        return session

    def dismiss(self) -> None:
        """Offer the last session no more."""
        self.previous = None
        self.changed.emit()

    def end(self) -> None:
        """Note that the window was closed. A window in which nothing was opened leaves the last session as it was."""
        self._save(ended=True)

    def _save(self, *, ended: bool) -> None:
        session = self._now
        if not session.paths and self.previous:
            session = replace(self.previous, layout=session.layout, tools=session.tools)
        about = {"schema": SCHEMA, "at": datetime.now(UTC).isoformat(), "ended": ended, "process": os.getpid()}
        self._autosave.save(self._file, about | session.to_json())


def _mapping(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def _decoded(texts: Mapping[str, Any]) -> dict[str, bytes]:
    decoded = {}
    for name, text in texts.items():
        try:
            decoded[name] = base64.b64decode(text, validate=True)
        except (TypeError, ValueError, binascii.Error):
            continue
    return decoded


def _time(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def _lives(process: Any) -> bool:
    return isinstance(process, int) and process > 0 and process != os.getpid() and psutil.pid_exists(process)
