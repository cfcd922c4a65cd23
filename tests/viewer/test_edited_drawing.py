"""The engine shows splats as edits leave them."""

from __future__ import annotations

import numpy as np
import pytest

from recon.editing import All, Clear, Delete, Hide, Placement, SelectSphere, Transform
from recon.errors import InputError
from recon.scene import Camera, Splats
from viewer.engine.backend import SplatBackend
from viewer.engine.messages import Shot

RIGHT = SelectSphere(center=(0.5, 0, 3), radius=0.1)


@pytest.fixture
def backend() -> SplatBackend:
    """Two grey balls before the camera, left and right."""
    backend = SplatBackend()
    means = np.array([[-0.5, 0, 3], [0.5, 0, 3]], np.float32)
    turns, sizes = np.array([[1, 0, 0, 0]] * 2, np.float32), np.full((2, 3), 0.15, np.float32)
    backend.hold("balls", Splats(means, turns, sizes, np.full(2, 0.95, np.float32), np.zeros((2, 4, 3), np.float32)))
    return backend


def drawn(backend: SplatBackend) -> np.ndarray:
    rgba, depth = np.zeros((32, 64, 4), np.uint8), np.zeros((32, 64), np.float32)
    backend.draw(Shot("balls", Camera(64, 32, 60, 60, 32, 16)), rgba, depth)
    return rgba.astype(int)


def covered(picture: np.ndarray) -> tuple[bool, bool]:
    return picture[:, :32, 3].max() > 128, picture[:, 32:, 3].max() > 128


def test_what_is_selected_is_tinted_and_what_is_deleted_or_hidden_is_gone(backend: SplatBackend) -> None:
    plain = drawn(backend)
    assert covered(plain) == (True, True)
    edited = backend.edit("balls", (RIGHT,))
    assert (edited.key, edited.count, edited.selected, edited.hidden) == ("balls", 2, 1, 0)
    assert edited.center == pytest.approx((0.5, 0, 3))
    assert {"opacity", "size"} <= set(edited.histograms)
    tinted = drawn(backend)
    assert np.array_equal(tinted[:, :32], plain[:, :32])
    assert (tinted[16, 41, :3] != plain[16, 41, :3]).any()
    for gone, counts in ((Delete(), (1, 0, 0)), (Hide(), (2, 0, 1))):
        edited = backend.edit("balls", (RIGHT, gone))
        assert (edited.count, edited.selected, edited.hidden) == counts
        assert covered(drawn(backend)) == (True, False)
    assert backend.edit("balls", ()).count == 2
    assert np.array_equal(drawn(backend), plain)


def test_everything_can_be_deleted_and_moved(backend: SplatBackend) -> None:
    assert backend.edit("balls", (All(), Delete())).count == 0
    assert covered(drawn(backend)) == (False, False)
    backend.edit("balls", (RIGHT, Transform(Placement((-1.0, 0, 0))), Clear()))
    assert covered(drawn(backend)) == (True, False)


def test_what_is_not_open_is_not_edited(backend: SplatBackend) -> None:
    with pytest.raises(InputError, match="not open as splats"):
        backend.edit("house", ())
