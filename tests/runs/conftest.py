"""What the tests of runs share: the toy method, and folders to run it in."""

from __future__ import annotations

from pathlib import Path

import pytest
import toy

from recon.methods import registry
from recon.scene import Capture


@pytest.fixture(autouse=True)
def _toy_method(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(registry.METHODS, "toy", "toy")
    monkeypatch.setenv("TRIPTYCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def capture_folder(tmp_path: Path) -> Path:
    return toy.write_capture(tmp_path / "capture")


@pytest.fixture
def empty_capture() -> Capture:
    return Capture("empty", ())
