"""What one pane asks of the engine."""

from __future__ import annotations

import numpy as np
import pytest

import sample_scenes
from viewer.engine.seat import Seat
from viewer.engine.session import Frame
from viewer.model import WindowModel, open_scene


class Screen:
    picture_size = (64, 48)
    seen = True

    def aim(self, camera) -> None:
        pass

    def look(self, camera) -> None:
        pass

    def show_splats(self, camera, rgba, depth) -> None:
        pass


@pytest.fixture
def seat(tmp_path) -> Seat:
    (tmp_path / "a.ply").write_bytes(b"nobody looks inside")
    model = WindowModel()
    model.show_scene(open_scene([sample_scenes.path("desk"), tmp_path / "a.ply"]))
    return Seat(model, 0, Screen())


def frame(seat: Seat, part: int) -> Frame:
    """A picture of what is wanted, so many times smaller."""
    shot = seat.next_shot({seat.key}, coarse=False)
    camera = shot.camera.resized(shot.camera.width // part, shot.camera.height // part)
    size = camera.height, camera.width
    return Frame(camera, np.zeros((*size, 4), np.uint8), np.ones(size, np.float32), 0.01, shot.mode, shot.key)


def test_what_is_asked_for_while_a_coarse_picture_waits_is_the_full_one(seat: Seat) -> None:
    full, coarse = frame(seat, 1), frame(seat, 2)
    seat.hold(full)
    seat.show()
    assert seat.is_settled({seat.key})
    seat.hold(coarse)  # asked for before, and late
    assert seat.next_shot({seat.key}, coarse=False).camera.width == full.camera.width
    seat.show()
    assert not seat.is_settled({seat.key})
