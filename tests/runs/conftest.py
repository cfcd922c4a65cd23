"""What the tests of runs share: the toy method, and folders to run it in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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

    def measure(*_: Any) -> dict[str, Any]:
        return {"protocol": {}, "mean": {"psnr": 20.0, "ssim": 0.5}, "views": []}

    monkeypatch.setattr(results, "measure", measure)
    monkeypatch.setattr(results, "write_pictures", lambda *_: None)
