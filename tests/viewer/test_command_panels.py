"""Menus, palette and shortcuts: what a person does with them, and what the table hears of it."""

from __future__ import annotations

import pytest

from viewer.model.commands import Command, Commands

pytestmark = pytest.mark.display


class Desk:
    """A few commands on a plain window."""

    def __init__(self, qtbot) -> None:
        from PySide6.QtWidgets import QLineEdit, QMainWindow

        self.done: list[str] = []
        self.open = False
        self.grid = True
        self.window = QMainWindow()
        self.line = QLineEdit()
        self.window.setCentralWidget(self.line)
        self.window.resize(900, 600)
        qtbot.addWidget(self.window)
        self.commands = Commands(
            [
                self._command("file.open", "Open…", "File", shortcut="Ctrl+O", hint="Captures, runs, splats, meshes"),
                self._command("file.export", "Export…", "File", shortcut="Ctrl+E", enabled=lambda: self.open),
                self._command("file.one", "desk & chair", "File/Open recent"),
                self._command("file.quit", "Quit", "File", shortcut="Ctrl+Q", group="end"),
                Command(
                    "view.grid", "Grid", "View", self._toggle, "G", checked=lambda: self.grid, hint="Show the ground"
                ),
                self._command("find", "Find", "Frames", shortcut="Ctrl+F"),
                self._command("hidden", "Hidden", "", shortcut="F9"),
            ]
        )

    def _command(self, name: str, title: str, menu: str, **more) -> Command:
        needs = "Open a capture first." if "enabled" in more else ""
        return Command(name, title, menu, lambda: self.done.append(name), needs=needs, **more)

    def _toggle(self) -> None:
        self.done.append("view.grid")
        self.grid = not self.grid

    def show(self, qtbot) -> None:
        self.window.show()
        qtbot.waitExposed(self.window)
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow)


@pytest.fixture
def desk(qtbot, qapp) -> Desk:
    made = Desk(qtbot)
    made.show(qtbot)
    return made


@pytest.fixture
def menus(desk):
    from viewer.panels.menus import Menus

    return Menus(desk.window, desk.commands)


@pytest.fixture
def palette(desk, menus):
    from viewer.panels.palette import CommandPalette

    return CommandPalette(desk.commands, desk.window)


def press(qtbot, widget, key: str) -> None:
    from PySide6.QtGui import QKeySequence

    combination = QKeySequence(key)[0]
    qtbot.keyClick(widget, combination.key(), combination.keyboardModifiers())


def titles(menu) -> list[str]:
    return [action.text() for action in menu.actions()]


def shown(palette) -> list[str]:
    return [palette._hits.index(row).data() for row in range(palette._hits.rowCount())]


def test_menus_stand_as_in_the_table(desk, menus):
    assert titles(desk.window.menuBar()) == ["&File", "&View", "F&rames"]
    assert titles(menus.menu("File")) == ["Open…", "Export…", "Open recent", "", "Quit"]
    assert titles(menus.menu("File/Open recent")) == ["desk && chair"]
    action = menus.action("file.quit")
    assert action.menuRole() == action.MenuRole.QuitRole


def test_shortcuts_are_live_though_no_menu_was_opened(desk, menus, qtbot):
    press(qtbot, desk.window, "Ctrl+E")
    assert desk.done == []
    desk.open = True
    press(qtbot, desk.window, "Ctrl+E")
    press(qtbot, desk.window, "F9")
    assert desk.done == ["file.export", "hidden"]


def test_a_refused_shortcut_tells_why(desk, menus, qtbot):
    refused = []
    desk.commands.refused.connect(lambda name: refused.append(desk.commands[name].needs))
    press(qtbot, desk.window, "Ctrl+E")
    assert refused == ["Open a capture first."]


def test_an_open_menu_shows_what_can_be_done_now(desk, menus, qtbot):
    menu, action = menus.menu("File"), menus.action("file.export")
    menu.popup(desk.window.mapToGlobal(desk.window.rect().center()))
    assert not action.isEnabled()
    assert action.toolTip() == "Open a capture first."
    menu.hide()
    assert action.isEnabled()  # so that its shortcut is asked, not dead
    desk.open = True
    menu.popup(desk.window.mapToGlobal(desk.window.rect().center()))
    assert action.isEnabled()
    menu.hide()


def test_a_toggle_shows_the_model_and_not_what_was_clicked(desk, menus, qtbot):
    action = menus.action("view.grid")
    assert action.isChecked()
    action.trigger()
    assert desk.grid is action.isChecked() is False
    desk.grid = True
    menus.menu("View").aboutToShow.emit()
    assert action.isChecked()


def test_letters_typed_into_a_line_are_no_shortcuts(desk, menus, qtbot):
    desk.line.setFocus()
    press(qtbot, desk.line, "G")
    assert desk.line.text().lower() == "g"
    assert desk.done == []


def test_menus_follow_the_table(desk, menus, qtbot):
    desk.commands.replace_menu("File/Open recent", [])
    desk.commands.add(Command("file.new", "New", "File", lambda: desk.done.append("new"), "Ctrl+N"))
    qtbot.waitUntil(lambda: "New" in titles(menus.menu("File")))
    assert "Open recent" not in titles(menus.menu("File"))
    press(qtbot, desk.window, "Ctrl+N")
    press(qtbot, desk.window, "Ctrl+O")
    assert desk.done == ["new", "file.open"]


def test_the_palette_finds_and_runs(desk, palette, qtbot):
    desk.line.setFocus()
    palette.open()
    assert len(shown(palette)) == len(desk.commands)
    qtbot.keyClicks(palette._line, "op")
    assert shown(palette)[0] == "File: Open…"
    press(qtbot, palette._line, "Return")
    qtbot.waitUntil(lambda: desk.done == ["file.open"])
    assert not palette.isVisible()
    assert desk.line.hasFocus()
    palette.open()
    assert shown(palette)[0] == "File: Open…"  # it was used lately


def test_the_palette_does_not_run_what_cannot_be_done(desk, palette, qtbot):
    from PySide6.QtCore import Qt

    palette.open()
    qtbot.keyClicks(palette._line, "export")
    press(qtbot, palette._line, "Return")
    assert palette.isVisible()
    assert palette._hits.index(0).data(Qt.ItemDataRole.ToolTipRole) == "Open a capture first."
    assert desk.done == []


def test_the_palette_is_walked_by_keys_and_closed_by_escape(desk, palette, qtbot):
    palette.open()
    rows = len(shown(palette))
    for key, row in (("Down", 1), ("Up", 0), ("Up", rows - 1), ("Down", 0), ("PgDown", min(rows - 1, 10)), ("PgUp", 0)):
        press(qtbot, palette._line, key)
        assert palette._list.currentIndex().row() == row, key
    press(qtbot, palette._line, "Esc")
    assert not palette.isVisible()


def test_the_palette_says_that_nothing_was_found(desk, palette, qtbot):
    palette.open()
    qtbot.keyClicks(palette._line, "qqqq")
    assert palette._nothing.isVisible()
    press(qtbot, palette._line, "Down")
    press(qtbot, palette._line, "Return")
    assert palette.isVisible()


def test_a_click_beside_the_palette_closes_it(desk, palette, qtbot):
    from PySide6.QtCore import QPoint, Qt

    palette.open()
    qtbot.mouseClick(palette._list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(50, 3000))
    palette.open()
    qtbot.mouseClick(desk.line, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not palette.isVisible()


def test_the_palette_fits_small_windows(desk, palette, qtbot):
    palette.open()
    desk.window.resize(400, 200)
    qtbot.waitUntil(lambda: palette._overlay.width() < 400)
    assert desk.window.rect().contains(palette._overlay.geometry())


def test_the_sheet_of_shortcuts_lists_and_finds(desk, menus, qtbot):
    from PySide6.QtWidgets import QLabel

    from viewer.panels.shortcuts import ShortcutSheet

    sheet = ShortcutSheet(desk.commands, desk.window)
    sheet.open()

    def words() -> list[str]:
        return [label.text() for label in sheet._scroll.widget().findChildren(QLabel)]

    assert {"Open…", "Ctrl+O", "Grid", "G", "Turn around the pivot"} <= set(words())
    assert "desk & chair" not in words()
    qtbot.keyClicks(sheet._line, "ctrl+e")
    assert words() == ["File", "Export…", "Ctrl+E"]
    sheet._line.setText("xyzw")
    assert words() == ["No shortcut has these letters."]
    press(qtbot, sheet._line, "Esc")
    assert not sheet.isVisible()
