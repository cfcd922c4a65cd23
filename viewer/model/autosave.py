"""What the window remembers, written on a thread of its own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recon.errors import TriptychError
from recon.io import atomic_write

EVERY = 3.0  # seconds


class Autosave:
    """Writes JSON documents, each file at most every few seconds and always whole.

    Of what waits for a file only the newest is written, so that saving after every change costs nothing.

    Parameters
    ----------
    seconds : float
        Between two writings of all that waits.
    failed : callable, optional
        Told the sentence when a file cannot be written; on the writing thread.
    """

    def __init__(self, seconds: float = EVERY, failed: Callable[[str], None] | None = None) -> None:
        self._seconds = seconds
        self._failed = failed
        self._waiting: dict[Path, bytes] = {}
        self._changed = threading.Condition()
        self._hurry = self._closed = self._writing = False
        self._thread = threading.Thread(target=self._work, name="autosave", daemon=True)
        self._thread.start()

    def save(self, path: Path, document: Any) -> None:
        """Write a JSON document soon; what it holds now is what is written."""
        # In one line: with an indent, Python takes its slow way, and this is done at every turn of the camera.
        self.write(path, (json.dumps(document) + "\n").encode())

    def write(self, path: Path, content: bytes) -> None:
        """Write a file soon."""
        with self._changed:
            self._waiting[path] = content
            self._changed.notify_all()

    def flush(self) -> None:
        """Write what waits now, and come back when it is written."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._waiting and not self._writing)
            self._hurry = False

    def close(self) -> None:
        """Write what waits, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        written = float("-inf")
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                rest = written + self._seconds - time.monotonic()
                self._changed.wait_for(lambda: self._hurry or self._closed, max(rest, 0.0))
                waiting, self._waiting = self._waiting, {}
                self._writing = True
            for path, content in waiting.items():
                self._put(path, content)
            written = time.monotonic()
            with self._changed:
                self._writing = False
                self._changed.notify_all()
                if self._closed and not self._waiting:
                    return

    def _put(self, path: Path, content: bytes) -> None:
        try:
            with atomic_write(path) as file:
                file.write(content)
        except TriptychError as error:
            if self._failed:
                self._failed(str(error))


def read_document(path: Path) -> dict[str, Any]:
    """Read what was saved; empty where nothing was, or it cannot be read: what is remembered is a convenience."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


def user_folder() -> Path:
    """Where the window keeps what it remembers of this user."""
    from recon.io.captures.notes import window_folder

    return window_folder()
