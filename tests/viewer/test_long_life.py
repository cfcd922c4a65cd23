"""The window outlives any number of calls into Qt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CALLS = """
import viewer

from PySide6.QtCore import QObject
thing = QObject()
for _ in range(100_000):
    thing.setObjectName("a")
    thing.signalsBlocked()
    thing.inherits("QObject")
print("alive")
"""


def test_a_hundred_thousand_calls_into_qt_are_survived() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", CALLS], capture_output=True, text=True, check=False, cwd=root)
    assert done.stdout.strip() == "alive", done.stderr
