"""The window from end to end, with a fake renderer behind the real engine process."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import numpy as np
import psutil
import pytest
import shiboken6
from fake_backend import FakeBackend, SlowStart
from PySide6.QtGui import QSurface

import sample_scenes
from recon.runs import Job
from viewer.engine.allowance import SHORTEST_INTERVAL
from viewer.model import Result
from viewer.model.compare import Content

pytestmark = pytest.mark.display

PATIENCE = 30_000


@pytest.fixture
def make_window(qtbot, tmp_path: Path):
    """Opens windows and closes them after the test."""
    from viewer.app import Window

    windows = []

    def make(paths: list[Path], make_backend=FakeBackend) -> Window:
        window = Window(make_backend, tmp_path / "memory")
        windows.append(window)
        window.resize(900, 600)
        window.show()
        window.director.start_engine()
        window.open(paths)
        window.build_viewport()
        return window

    yield make
    for window in windows:
        window.leave()
        window.deleteLater()


@pytest.fixture
def splats(tmp_path: Path) -> Path:
    path = tmp_path / "some.ply"
    path.write_bytes(b"the fake renderer does not look inside")
    return path


@pytest.fixture
def window(make_window, qtbot, splats: Path):
    """A window that shows the desk and a disc for its splats."""
    made = make_window([sample_scenes.path("desk"), splats])
    qtbot.waitUntil(lambda: made.settled, timeout=PATIENCE)
    return made


def picture_of(widget) -> np.ndarray:
    """(H, W, 3) of what a widget shows."""
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def viewport_of(window):
    return window.panes.viewports[0]


def canvas(window):
    return viewport_of(window)._interactor


def point(x: float, y: float):
    from PySide6.QtCore import QPoint

    return QPoint(round(x), round(y))


def text_of(window) -> str:
    from PySide6.QtWidgets import QLabel

    from viewer.panels.opening_strip import OpeningStrip
    from viewer.panels.status import Banner

    banner, strip = window.findChild(Banner), window.findChild(OpeningStrip)
    said = [banner._text.text()] if banner.isVisible() else []
    return "\n".join(said + [label.text() for label in strip.findChildren(QLabel) if label.isVisible()])


def test_splats_are_on_screen_in_full_resolution(window) -> None:
    window.model.show_cameras = window.model.show_grid = False
    width, height = viewport_of(window).picture_size
    shown = picture_of(viewport_of(window))
    assert shown.shape == (height, width, 3)
    assert shown[height // 2, width // 2].tolist() == [width % 256, height % 256, 7]
    assert shown[5, 5].tolist() == [0x16, 0x18, 0x1C]
    assert (window.model.picture.width, window.model.picture.height) == (width, height)


def test_the_status_line_tells_device_number_size_and_time(window) -> None:
    from PySide6.QtWidgets import QLabel

    words = " ".join(label.text() for label in window.statusBar().findChildren(QLabel))
    width, height = viewport_of(window).picture_size
    for word in ("a pencil", "1,234 splats", f"{width} × {height}", " ms"):
        assert word in words


def test_clicking_a_photo_stands_where_it_was_taken(window, qtbot) -> None:
    from PySide6.QtCore import Qt

    from viewer.panels.photo_list import PhotoList

    strip = window.findChild(PhotoList)
    where = strip.visualRect(strip.model().index(2)).center()
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE)
    view = window.model.views[2]
    assert window.model.selected == view.name
    assert window.model.standing
    assert np.allclose(viewport_of(window).camera().world_from_camera, view.camera.world_from_camera, atol=1e-6)
    aimed = canvas(window).renderer.GetActiveCamera()
    assert np.allclose(aimed.GetPosition(), view.camera.center, atol=1e-6)


def test_the_photo_covers_its_render(window, qtbot) -> None:
    view = window.model.views[3]
    window.model.stand_at(view.name)
    window.model.photo_opacity = 1.0
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE)
    shown, eye = picture_of(viewport_of(window)), viewport_of(window).camera()
    photo = view.image.read(view.camera.width, view.camera.height)
    pixels = np.array([[60, 50], [96, 72], [140, 100]])  # x, y in the photograph
    rays = np.column_stack([(pixels + 0.5 - [view.camera.cx, view.camera.cy]) / view.camera.fx, np.ones(3)])
    places, _ = eye.project(rays @ view.camera.world_from_camera[:3, :3].T + view.camera.center)
    for (x, y), (u, v) in zip(pixels, places, strict=True):
        neighbourhood = photo[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3).astype(int)
        got = shown[int(v), int(u)].astype(int)
        assert (got >= neighbourhood.min(0) - 6).all()
        assert (got <= neighbourhood.max(0) + 6).all()


def test_dragging_turns_the_camera_and_draws_in_full_at_rest(window, qtbot) -> None:
    from PySide6.QtCore import Qt

    window.model.stand_at(window.model.views[0].name)
    before = window.model.orbit
    widget = canvas(window)
    qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=point(200, 200))
    qtbot.mouseMove(widget, point(240, 210))
    qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=point(240, 210))
    assert window.model.orbit.azimuth < before.azimuth
    assert window.model.orbit.elevation > before.elevation
    assert not window.model.standing
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE)
    assert np.allclose(viewport_of(window).camera().center, window.model.orbit.world_from_camera[:3, 3])


def test_double_click_on_a_camera_stands_there(window, qtbot) -> None:
    from PySide6.QtCore import Qt

    from viewer.model.frusta import image_corners, view_at

    viewport, views = viewport_of(window), window.model.views
    camera, ratio = viewport.camera(), viewport._interactor.devicePixelRatioF()
    for view in views:
        (x, y), _ = (
            each[0] for each in camera.project(image_corners(view.camera, viewport._surroundings.frustum_depth).mean(0))
        )
        if 0 < x < camera.width and 0 < y < camera.height:
            break
    hit = view_at(views, viewport._surroundings.frustum_depth, camera, x, y)
    qtbot.mouseDClick(canvas(window), Qt.MouseButton.LeftButton, pos=point(x / ratio, y / ratio))
    assert window.model.standing
    assert window.model.selected == hit.name


def test_double_click_on_splats_turns_around_them(window, qtbot) -> None:
    from PySide6.QtCore import Qt

    window.model.show_cameras = False
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE)
    camera, widget = viewport_of(window).camera(), canvas(window)
    qtbot.mouseDClick(widget, Qt.MouseButton.LeftButton, pos=point(widget.width() / 2, widget.height() / 2))
    depth = camera.project(np.array([window.model.orbit.pivot]))[1][0]
    assert depth == pytest.approx(np.linalg.norm(camera.center), rel=1e-4)  # what the fake renderer says


def test_the_window_survives_the_engine_and_restarts_it(window, qtbot) -> None:
    from PySide6.QtCore import Qt

    from viewer.panels.status import Banner

    os.kill(window.engines.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: "for want of memory" in text_of(window), timeout=PATIENCE)
    assert window.isVisible()
    window.model.go_home()  # frusta and photographs can still be looked at
    qtbot.mouseClick(window.findChild(Banner)._restart, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.settled and window.model.engine.condition == "ready", timeout=PATIENCE)
    assert window.model.splat_count == 1234
    assert text_of(window) == ""


def test_a_slow_renderer_leaves_the_window_usable(make_window, qtbot, splats: Path) -> None:
    window = make_window([sample_scenes.path("desk"), splats], SlowStart)
    qtbot.waitUntil(
        lambda: window.model.scene is not None and len(window.workspace.photos.thumbnails) == 30, timeout=PATIENCE
    )
    assert text_of(window) == "Preparing the renderer …"
    window.model.stand_at(window.model.views[1].name)
    assert np.allclose(viewport_of(window).camera().center, window.model.views[1].camera.center)


def test_what_cannot_be_opened_is_said(make_window, qtbot, tmp_path: Path) -> None:
    window = make_window([tmp_path / "nowhere"])
    qtbot.waitUntil(lambda: "does not exist" in text_of(window), timeout=PATIENCE)


def test_what_the_engine_refuses_is_said(make_window, qtbot, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("damaged.ply").touch()
    window = make_window([Path("damaged.ply")])
    qtbot.waitUntil(lambda: text_of(window) == "damaged.ply is damaged.", timeout=PATIENCE)
    assert window.settled or window.director.settled


def test_closing_leaves_nothing_behind(make_window, qtbot, splats: Path) -> None:
    memory = set(Path("/dev/shm").glob("psm_*"))  # where Linux keeps shared memory
    window = make_window([sample_scenes.path("desk"), splats])
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE)
    engine = psutil.Process(window.engines.pid)
    window.close()
    assert not engine.is_running()
    assert set(Path("/dev/shm").glob("psm_*")) <= memory
    assert not [thread.name for thread in threading.enumerate() if thread.name in ("engine", "photos")]


def test_no_surface_is_remembered_that_closing_destroys(make_window, qtbot, splats: Path) -> None:
    """PySide would take what comes to lie at its address for the surface, and crash, perhaps much later."""

    def surfaces() -> int:
        return sum(isinstance(known, QSurface) for known in shiboken6.getAllValidWrappers())

    window = make_window([sample_scenes.path("desk"), splats])
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE)
    shown = surfaces()
    window.close()
    assert surfaces() == shown - 1


def test_closing_while_a_run_goes_on_asks_in_a_line(window, qtbot) -> None:
    from PySide6.QtCore import Qt

    from viewer.panels.question import QuestionLine

    window.workspace.run.state = "running"
    window.close()
    asked = window.findChild(QuestionLine)
    assert window.isVisible()
    assert asked.isVisible()
    qtbot.mouseClick(asked._no, Qt.MouseButton.LeftButton)
    assert not asked.isVisible()
    window.close()
    qtbot.mouseClick(asked._yes, Qt.MouseButton.LeftButton)
    assert not window.isVisible()


def test_a_run_is_not_drawn_while_the_window_is_minimised(window, qtbot, tmp_path: Path) -> None:
    drawn: list[str] = []
    window.engines.drawn.connect(lambda _, frame: drawn.append(frame.key))
    run = str(tmp_path / "run")
    live = Result(run, "run", "splats", tmp_path / "run" / "result.ply", live=True)
    window.engines.run_started.connect(lambda _: window.model.add_result(live))
    window.engines.run_started.connect(lambda _: window.model.compare.show(Content.result(run)))
    window.engines.reconstruct(Job(sample_scenes.path("desk"), tmp_path / "run"))
    qtbot.waitUntil(lambda: drawn.count(run) > 1, timeout=PATIENCE)
    window.showMinimized()
    qtbot.wait(round(1500 * SHORTEST_INTERVAL))  # a picture may have been under way
    before = drawn.count(run)
    qtbot.wait(round(2500 * SHORTEST_INTERVAL))
    assert drawn.count(run) == before
    window.showNormal()
    qtbot.waitUntil(lambda: drawn.count(run) > before + 1, timeout=PATIENCE)


def test_a_file_opened_later_is_shown_beside(window, qtbot, tmp_path: Path) -> None:
    other = tmp_path / "other.ply"
    other.write_bytes(b"nor into this")
    window.open([other])
    qtbot.waitUntil(lambda: len(window.model.results) == 2 and window.settled, timeout=PATIENCE)
    assert [window.model.result(pane.content.key).title for pane in window.model.compare.panes] == ["some", "other"]
    assert window.workspace.capture.capture is not None


def test_every_command_has_its_place_and_the_palette_runs_it(window, qtbot) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QLineEdit

    assert all(command.menu for command in window.commands)
    window.show_palette()
    palette = window._palette
    line = palette.findChild(QLineEdit)
    qtbot.keyClicks(line, "grid")
    shown = window.model.show_grid
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.model.show_grid is not shown, timeout=PATIENCE)


def test_panels_can_be_hidden_and_come_back(window) -> None:
    assert window.docks.is_shown("tune")
    window.commands.run("panel.none")
    assert not window.docks.is_shown("tune")
    window.commands.run("panel.none")
    assert window.docks.is_shown("tune")


def test_the_look_changes_while_it_runs(window) -> None:
    from viewer.model.look import colors

    window.commands.run("theme.light")
    light = colors().ground
    window.commands.run("theme.dark")
    assert colors().ground != light
