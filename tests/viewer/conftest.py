"""Fixtures of the viewer's tests.

Viewports need an X display, which `xvfb-run -a` gives; Qt's offscreen platform has no OpenGL.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator

import pytest

MUCH_GARBAGE = 20_000  # objects since the last collection

HAS_DISPLAY = bool(os.environ.get("DISPLAY")) or sys.platform != "linux"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a display where there is none."""
    if not HAS_DISPLAY:
        for item in items:
            if item.get_closest_marker("display"):
                item.add_marker(pytest.mark.skip(reason="needs a display; try xvfb-run -a"))


@pytest.fixture(scope="session")
def qapp():
    """The application as the window makes it; pytest-qt uses it for all tests."""
    from viewer.app import application

    return application()


@pytest.fixture(autouse=True)
def _garbage_is_collected_here() -> Iterator[None]:
    """Windows come and go by the hundred; what Qt and VTK own must not end on whatever thread is at work."""
    gc.disable()
    yield
    if gc.get_count()[0] > MUCH_GARBAGE:
        gc.collect()
