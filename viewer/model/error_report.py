"""What went wrong, as a text that can be copied into a bug report."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("triptych", "PySide6-Essentials", "vtk", "pyvista", "numpy", "torch", "numba", "gsplat")
LOG_LINES = 40


@dataclass(frozen=True)
class ErrorReport:
    """Something that went wrong.

    Parameters
    ----------
    message : str
        The sentence the person was shown.
    details : str
        A traceback, where there is one.
    device : str
        What drew or computed.
    log : sequence of str
        Lines of the log, the latest last.
    at : str
        When, UTC, ISO 8601; now unless told.
    """

    message: str
    details: str = ""
    device: str = ""
    log: Sequence[str] = ()
    at: str = ""

    @property
    def text(self) -> str:
        """All of it, for the clipboard."""
        versions = ", ".join(f"{name} {number}" for name, number in installed().items())
        rows = [
            self.message,
            "",
            f"When      {self.at or datetime.now(UTC).isoformat(timespec='seconds')}",
            f"System    {platform.platform()}, {platform.machine()}",
            f"Python    {sys.version.split()[0]}",
            f"Versions  {versions}",
            *([f"Device    {self.device}"] if self.device else []),
        ]
        if self.details:
            rows += ["", "Details", self.details.rstrip()]
        if self.log:
            rows += ["", "Log", *self.log[-LOG_LINES:]]
        return "\n".join(rows) + "\n"


def installed() -> dict[str, str]:
    """Versions of what matters here; nothing is imported for it."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
