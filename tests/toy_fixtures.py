"""Fixtures that the tests of runs and of the command line share: the toy method, and a folder to run it on."""

from __future__ import annotations

from pathlib import Path

import pytest
import toy

from recon.methods import registry
from recon.runs import files, results


@pytest.fixture(autouse=True)
def _toy_method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.METHODS, "toy", "toy")


@pytest.fixture(autouse=True)
def _no_power_cuts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for the disk takes longer than all else here."""
    monkeypatch.setattr(files, "flush_to_disk", lambda _: None)


@pytest.fixture
def capture_folder(tmp_path: Path) -> Path:
    return toy.write_capture(tmp_path / "capture")


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out drawing and measuring, which these tests are not about."""
    for name in ("measure", "write_pictures"):
        monkeypatch.setattr(results, name, getattr(results, name))  # to be put back
    toy.leave_out_measuring()
