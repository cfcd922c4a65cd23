"""The viewing engine is killed: the banner says so, and its button brings back what was shown."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from fake_backend import FakeBackend

import sample_scenes
from viewer.model import Engine, WindowModel, open_scene

PATIENCE = 30_000
TWO_SECONDS = 2_000

pytestmark = [pytest.mark.display, pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")]


class Paper:
    """A screen that keeps what it is shown."""

    picture_size = (64, 48)
    seen = True

    def __init__(self) -> None:
        self.shown: list[tuple] = []

    def aim(self, camera) -> None:
        pass

    def look(self, camera) -> None:
        self.shown.append((camera.world_from_camera, b""))

    def show_splats(self, camera, rgba, _) -> None:
        self.shown.append((camera.world_from_camera, rgba.tobytes()))


class Theatre:
    """All that a window needs to show splats, but for VTK."""

    def __init__(self, path: Path) -> None:
        from PySide6.QtCore import QObject, Qt, Signal

        from viewer.engine.director import Director
        from viewer.engine.engines import Engines
        from viewer.panels.status import Banner

        class Thread(QObject):
            called = Signal(object)

            def run(self, call) -> None:
                call()

        self.thread = Thread()
        self.thread.called.connect(self.thread.run, Qt.ConnectionType.QueuedConnection)
        self.model = WindowModel()
        self.engines = Engines(FakeBackend, self.thread.called.emit)
        self.director = Director(self.model, self.engines)
        self.banner = Banner(self.model)
        self.banner.restart_clicked.connect(self.director.start_engine)
        self.paper = Paper()
        self.director.start_engine()
        self.director.show_scene(open_scene([sample_scenes.path("desk"), path]))
        self.director.show_on([self.paper])


@pytest.fixture
def theatre(qtbot, tmp_path: Path):
    path = tmp_path / "some.ply"
    path.write_bytes(b"the fake renderer does not look inside")
    theatre = Theatre(path)
    qtbot.addWidget(theatre.banner)
    qtbot.waitUntil(lambda: theatre.director.settled, timeout=PATIENCE)
    yield theatre
    theatre.engines.close()


def killed(theatre: Theatre, qtbot) -> None:
    os.kill(theatre.engines.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: theatre.model.engine.condition == "stopped", timeout=TWO_SECONDS)


def test_what_was_shown_comes_back_from_where_one_stood(theatre: Theatre, qtbot) -> None:
    from PySide6.QtCore import Qt

    (result,) = theatre.model.results
    edited = []
    theatre.engines.edited.connect(edited.append)
    theatre.engines.edit(result.key, ["hide", "delete"])
    theatre.model.navigate(theatre.model.orbit.turned(0.4, 0.1))
    qtbot.waitUntil(lambda: bool(edited) and theatre.director.settled, timeout=PATIENCE)
    before, orbit = theatre.paper.shown[-1], theatre.model.orbit
    for _ in range(2):
        killed(theatre, qtbot)
        assert not theatre.banner.isHidden()
        assert "most likely for want of memory" in theatre.banner._text.text()
        assert theatre.model.results == (result,)
        edited.clear()
        qtbot.mouseClick(theatre.banner._restart, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(edited) and theatre.director.settled, timeout=PATIENCE)
        assert theatre.banner.isHidden()
        assert theatre.model.engine == Engine("ready", "", "a pencil")
        assert theatre.model.orbit == orbit
        where, picture = theatre.paper.shown[-1]
        assert np.array_equal(where, before[0])
        assert picture == before[1]
        assert edited[-1].count == 1232


def test_one_can_look_around_meanwhile(theatre: Theatre, qtbot) -> None:
    killed(theatre, qtbot)
    theatre.model.stand_at(theatre.model.views[3].name)
    where, picture = theatre.paper.shown[-1]
    assert np.allclose(where, theatre.model.views[3].camera.world_from_camera)
    assert picture == b""
    theatre.director.start_engine()
    qtbot.waitUntil(lambda: theatre.director.settled and bool(theatre.paper.shown[-1][1]), timeout=PATIENCE)
