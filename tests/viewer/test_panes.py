"""Panes in the real window, with a fake renderer behind the real engine process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake_backend import FakeBackend

import sample_scenes
from viewer.model import PHOTO, Content, Score
from viewer.model.look import LOOK
from viewer.model.pane_layout import rectangles

PATIENCE = 30_000


class CountingBackend(FakeBackend):
    """Paints the number of the result into its disc."""

    def third(self, shot) -> int:
        return 50 + 100 * (shot.key.endswith("b.ply"))


@pytest.fixture
def window(qtbot, tmp_path: Path):
    from viewer.app import Window

    paths = [tmp_path / name for name in ("a.ply", "b.ply")]
    for path in paths:
        path.write_bytes(b"the fake renderer does not look inside")
    made = Window(CountingBackend, tmp_path / "memory")
    made.resize(1000, 640)
    made.show()
    made.director.start_engine()
    made.open([sample_scenes.path("desk"), *paths])
    made.build_viewport()
    qtbot.waitUntil(lambda: made.settled, timeout=PATIENCE)
    made.model.show_cameras = made.model.show_grid = False
    yield made
    made.leave()
    made.deleteLater()


@pytest.fixture
def settle(qtbot, window):
    return lambda: qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE)


def middle(viewport) -> list[int]:
    shown = viewport.screenshot()
    return shown[shown.shape[0] // 2, shown.shape[1] // 2].tolist()


def contents(window) -> tuple[Content, Content]:
    first, second = (Content.result(result.key) for result in window.model.results)
    return first, second


def numbers_of(window) -> list[str]:
    return [place.numbers.text() if place.numbers.isVisible() else "" for place in window.panes._places]


@pytest.mark.display
class TestPanes:
    def test_what_lies_behind_the_pictures_follows_the_look(self, window, settle) -> None:
        corners = []
        for theme in ("light", "dark"):
            LOOK.follow(theme, system_is_dark=True)
            settle()
            corners.append([viewport.screenshot()[1, -1].tolist() for viewport in window.panes.viewports])
        assert corners == [[[0xDD, 0xE0, 0xE4]] * 2, [[0x16, 0x18, 0x1C]] * 2]

    def test_lines_are_as_wide_on_sharp_screens(self, window) -> None:
        around = window.panes.viewports[0]._surroundings
        plain = around._frusta._actors[0].prop.line_width, around._grid.prop.line_width
        around.set_pixel_ratio(2)
        assert (around._frusta._actors[0].prop.line_width, around._grid.prop.line_width) == tuple(2 * w for w in plain)
        window.model.turn_up()  # which makes the grid anew
        assert around._grid.prop.line_width == 2 * plain[1]

    def test_each_shows_its_result_in_full_from_one_place(self, window, settle) -> None:
        window.model.navigate(window.model.orbit.turned(0.4, 0.1))
        settle()
        for viewport, blue in zip(window.panes.viewports, (50, 150), strict=True):
            width, height = viewport.picture_size
            assert middle(viewport) == [width % 256, height % 256, blue]
        first, second = (viewport.camera() for viewport in window.panes.viewports)
        assert np.array_equal(first.world_from_camera, second.world_from_camera)

    def test_linked_panes_are_never_seen_apart(self, window, qtbot, settle) -> None:
        seen = []
        for viewport in window.panes.viewports:
            aim = viewport.aim

            def note(camera, aim=aim, viewport=viewport):
                aim(camera)
                seen.append((viewport, camera.world_from_camera.tobytes()))

            viewport.aim = note
        for _ in range(12):
            window.model.navigate(window.model.orbit.turned(0.1, 0))
            qtbot.wait(15)
        settle()
        places = [{where for who, where in seen if who is viewport} for viewport in window.panes.viewports]
        assert places[0] == places[1]
        assert len(places[0]) > 3

    def test_only_a_pane_that_moved_is_drawn_again(self, window, settle) -> None:
        window.model.compare.link(False)
        asked = []
        request = window.engines.request
        window.engines.request = lambda pane, shot: (asked.append(pane), request(pane, shot))
        window.model.compare.navigate(window.model.orbit.turned(0.4, 0.1), 1)
        settle()
        assert {pane.split("/")[0] for pane in asked} == {"1"}

    def test_a_window_nobody_sees_asks_nothing(self, window, qtbot) -> None:
        asked, left = [], []
        window.engines.request = lambda pane, _: asked.append(pane)
        window.engines.leave = left.append
        window.hide()
        window.model.navigate(window.model.orbit.turned(0.4, 0.1))
        qtbot.wait(200)
        assert asked == []
        assert len(left) == 2

    def test_a_wipe_shows_both_from_one_place_and_parts_at_its_divider(self, window, settle) -> None:
        compare = window.model.compare
        compare.arrange("wipe")
        compare.move_divider(0.25)
        settle()
        first, second = window.panes.viewports
        assert first.picture_size == second.picture_size
        assert first.width() == window.panes.width()
        shown = window.panes.picture()
        row, width = shown.shape[0] // 2, shown.shape[1]
        assert shown[row, width // 2, 2] == 150
        compare.move_divider(0.75)
        settle()
        assert window.panes.picture()[row, width // 2, 2] == 50

    def test_a_blink_has_both_at_hand(self, window, settle) -> None:
        window.model.compare.arrange("blink")
        settle()
        row, column = (side // 2 for side in window.panes.picture().shape[:2])
        assert window.panes.picture()[row, column, 2] == 50
        window.model.compare.flip()
        assert window.director.settled  # without a new picture
        assert window.panes.picture()[row, column, 2] == 150

    def test_dragging_between_panes_gives_one_more_room(self, window, qtbot, settle) -> None:
        from PySide6.QtCore import QPoint, Qt

        handle = window.panes._columns
        qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(1, 50))
        qtbot.mouseMove(handle, QPoint(-100, 50))
        qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(-100, 50))
        settle()
        widths = [viewport.width() for viewport in window.panes.viewports]
        assert widths[1] - widths[0] > 150

    def test_closing_and_opening_panes(self, window, settle) -> None:
        compare = window.model.compare
        compare.close(0)
        settle()
        assert middle(window.panes.viewports[0])[2] == 150
        assert not window.panes.viewports[1].isVisible()
        for _ in range(3):
            compare.add(contents(window)[0])
        settle()
        assert [middle(viewport)[2] for viewport in window.panes.viewports] == [150, 50, 50, 50]

    def test_numbers_stand_in_the_corner_of_test_views_only(self, window, qtbot) -> None:
        capture = window.model.scene.capture
        window.model.stand_at(capture.test[1].name)
        qtbot.waitUntil(lambda: all(numbers_of(window)), timeout=PATIENCE)
        for text, result in zip(numbers_of(window), window.model.results, strict=True):
            score: Score = window.model.book.of(result.key, capture.test[1].name)
            assert text == f"{score.psnr:.2f} dB  ·  SSIM {score.ssim:.4f}"
        window.model.stand_at(capture.train[0].name)
        assert numbers_of(window) == ["", ""]

    def test_the_photograph_is_shown_as_the_camera_sees_it_and_enlarged_with_the_others(self, window, settle) -> None:
        window.model.compare.show(PHOTO, 1)
        view = window.model.scene.capture.test[0]
        window.model.stand_at(view.name)
        window.model.compare.look_closer(window.model.orbit.magnified(2, 0.1, 0.1))
        settle()
        _, second = window.panes.viewports
        beside, eye = (viewport.camera() for viewport in window.panes.viewports)
        assert beside.height == eye.height
        assert abs(beside.width - eye.width) <= 1
        # Panes this narrow hold the photograph's whole width, so that a pixel of theirs makes all of it larger.
        larger = eye.width / beside.width
        ours, theirs = ((each.fx, each.fy, each.cx, each.cy - each.height / 2) for each in (eye, beside))
        assert np.allclose(ours, larger * np.array(theirs))
        shown = second.screenshot()
        photo = view.image.read(view.camera.width, view.camera.height)
        for x, y in ((110, 70), (96, 72), (120, 90)):
            ray = [(x + 0.5 - view.camera.cx) / view.camera.fx, (y + 0.5 - view.camera.cy) / view.camera.fy, 1]
            (u, v), _ = (
                each[0] for each in eye.project([view.camera.world_from_camera[:3, :3] @ ray + view.camera.center])
            )
            around = photo[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3).astype(int)
            assert (shown[int(v), int(u)] >= around.min(0) - 6).all()
            assert (shown[int(v), int(u)] <= around.max(0) + 6).all()

    def test_an_error_lies_in_the_photograph_wherever_one_stands(self, window, settle) -> None:
        window.model.compare.show(Content.difference(window.model.results[0].key), 1)
        window.model.go_home()
        settle()
        view = window.model.selected_view
        assert np.allclose(window.panes.viewports[1].camera().center, view.camera.center)
        assert middle(window.panes.viewports[1]) == [view.camera.width, view.camera.height, 50]

    def test_pickers_say_and_set_what_is_shown(self, window, settle) -> None:
        header = window.panes._places[0].header
        assert header.contents.currentText() == "a"
        header.contents.activated.emit(header.contents.findText("b"))
        header.modes.activated.emit(header.modes.findText("Depth"))
        assert window.model.compare.panes[0].content == contents(window)[1]
        assert window.model.compare.panes[0].mode == "depth"
        settle()


@pytest.mark.display
class TestMoving:
    def test_a_click_sets_what_is_turned_around_and_leaves_the_picture(self, window, qtbot, settle) -> None:
        from PySide6.QtCore import QPoint, Qt

        viewport = window.panes.viewports[0]
        before = viewport.camera()
        place = QPoint(viewport.width() * 55 // 100, viewport.height() // 2)
        qtbot.mouseClick(viewport._interactor, Qt.MouseButton.LeftButton, pos=place)
        settle()
        assert np.array_equal(viewport.camera().world_from_camera, before.world_from_camera)
        (x, y), depth = (each[0] for each in before.project([window.model.orbit.center]))
        assert (round(x), round(y)) == (place.x(), place.y())
        assert depth == pytest.approx(np.linalg.norm(before.center), rel=1e-4)  # what the fake renderer says

    def test_flying_by_keys_and_wheel(self, window, qtbot) -> None:
        from PySide6.QtCore import Qt

        canvas = window.panes.viewports[0]._interactor
        canvas.setFocus()
        before, forward = window.model.orbit.eye, window.model.orbit.world_from_camera[:3, 2]
        qtbot.keyPress(canvas, Qt.Key.Key_W)
        qtbot.wait(60)
        qtbot.keyRelease(canvas, Qt.Key.Key_W)
        assert np.array_equal(window.model.orbit.eye, before)  # on the turntable it is no key
        window.model.toggle_steering()
        qtbot.keyPress(canvas, Qt.Key.Key_W)
        qtbot.wait(100)
        qtbot.keyRelease(canvas, Qt.Key.Key_W)
        moved = window.model.orbit.eye - before
        assert moved @ forward > 0
        assert np.allclose(moved, (moved @ forward) * forward)
        landed = window.model.orbit
        qtbot.wait(60)
        assert window.model.orbit == landed

    def test_the_wheel_enlarges_the_photograph_one_stands_in(self, window) -> None:
        from PySide6.QtCore import QPoint, QPointF, Qt
        from PySide6.QtGui import QWheelEvent
        from PySide6.QtWidgets import QApplication

        window.model.stand_at(window.model.views[0].name)
        canvas = window.panes.viewports[0]._interactor
        place = QPointF(canvas.width() / 2, canvas.height() / 2)
        nothing, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        wheel = QWheelEvent(place, place, QPoint(), QPoint(0, 240), nothing, keys, Qt.ScrollPhase.NoScrollPhase, False)
        QApplication.sendEvent(canvas, wheel)
        assert window.model.standing
        assert window.model.orbit.magnification > 1.3


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_panes_fill_their_place_and_do_not_overlap(count: int) -> None:
    covered = np.zeros((300, 400), int)
    for x, y, width, height in rectangles(count, 400, 300, (0.3, 0.6), 4):
        covered[y : y + height, x : x + width] += 1
    assert covered.max() == 1
    assert (covered == 0).mean() < 0.03


def test_a_place_too_small_for_gaps_still_has_panes() -> None:
    assert all(min(rectangle[2:]) >= 1 for rectangle in rectangles(4, 5, 3, (0.95, 0.05), 4))
