"""The window's thread, for those who are on another."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal

Call = Callable[[], None]


class WindowThread(QObject):
    """Runs functions on the window's thread, whichever thread they come from."""

    _called = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._stopped = False
        self._called.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def post(self, call: Call) -> None:
        """Run a function there, later."""
        self._called.emit(call)

    def stop(self) -> None:
        """Run nothing from now on: what the calls would touch is gone."""
        self._stopped = True

    def _run(self, call: Call) -> None:
        if not self._stopped:
            call()
