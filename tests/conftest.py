"""Shared fixtures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Callable[[str], Path]:
    """`data("fox_quarter")`: a folder of real, public captures beside the checkout, or a skip where it is absent."""

    def locate(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"{path} is not on this machine")
        return path

    return locate
