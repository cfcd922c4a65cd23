"""Shared fixtures."""

from __future__ import annotations

import faulthandler
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

if "PYTEST_XDIST_WORKER" in os.environ:  # one of several that share the cores; torch looks when it is loaded
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes says more of what else the machine does.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


STDERR = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep the way to the terminal, which tests capture."""
    config.stash[STDERR] = os.dup(2)


@pytest.fixture(autouse=True)
def _crashes_say_where(request: pytest.FixtureRequest) -> None:
    """Libraries (pycolmap's glog) take crashes for themselves when they are imported, and tell a captured stream."""
    faulthandler.disable()  # enabling twice would change nothing
    faulthandler.enable(request.config.stash[STDERR])


@pytest.fixture(scope="session")
def data() -> Callable[[str], Path]:
    """`data("fox_quarter")`: a folder of real, public captures beside the checkout, or a skip where it is absent."""

    def locate(name: str) -> Path:
        path = DATA / name
        if not path.exists():
            pytest.skip(f"{path} is not on this machine")
        return path

    return locate
