"""Menus made from the table of commands, and the shortcuts that go with it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from viewer.model.commands import Command, Commands

# Where systems have a place of their own for a command, by the last part of its id.
ROLES = {
    "quit": QAction.MenuRole.QuitRole,
    "about": QAction.MenuRole.AboutRole,
    "settings": QAction.MenuRole.PreferencesRole,
}


class Menus(QObject):
    """Keeps a window's menu bar and shortcuts as the table says.

    Whether a command can be done is asked when its menu opens, and again when it is chosen; in between, all shortcuts
    are live, so that none goes dead because nobody has looked.

    Parameters
    ----------
    window : QMainWindow
    commands : Commands
    """

    def __init__(self, window: QMainWindow, commands: Commands) -> None:
        super().__init__(window)
        self._window = window
        self._commands = commands
        self._menus: dict[str, QMenu] = {}
        self._actions: dict[str, QAction] = {}
        self._rebuilding = QTimer(self, singleShot=True, interval=0)
        self._rebuilding.timeout.connect(self._build)
        commands.changed.connect(self._on_commands_changed)
        self._build()

    def action(self, command_id: str) -> QAction:
        """What the menus show for a command; it is made anew when the table changes."""
        return self._actions[command_id]

    def menu(self, name: str) -> QMenu:
        """The menu of a name such as "View/Look from"; it is made anew when the table changes."""
        return self._menus[name]

    def _on_commands_changed(self) -> None:
        # One of these menus may be about to close over the very command that changed the table.
        self._rebuilding.start()

    def _build(self) -> None:
        self._clear()
        groups: dict[str, str] = {}
        for command in self._commands:
            action = self._actions[command.id] = self._make_action(command)
            self._window.addAction(action)  # shortcuts work wherever the menu bar is, and without a menu
            if command.menu:
                menu = self._menu(command.menu)
                if groups.setdefault(command.menu, command.group) != command.group:
                    menu.addSeparator()
                groups[command.menu] = command.group
                menu.addAction(action)

    def _clear(self) -> None:
        for action in self._actions.values():
            self._window.removeAction(action)
            action.deleteLater()
        for menu in self._menus.values():
            menu.deleteLater()
        self._window.menuBar().clear()
        self._actions, self._menus = {}, {}

    def _make_action(self, command: Command) -> QAction:
        action = QAction(_plain(command.title), self)
        action.setMenuRole(ROLES.get(command.id.rpartition(".")[2], QAction.MenuRole.NoRole))
        if command.shortcut:
            action.setShortcut(QKeySequence.fromString(command.shortcut, QKeySequence.SequenceFormat.PortableText))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        if command.checked:
            action.setCheckable(True)
            action.setChecked(command.checked())
        action.setToolTip(command.hint)
        action.triggered.connect(lambda: self._on_triggered(command, action))
        return action

    def _menu(self, name: str) -> QMenu:
        if name not in self._menus:
            above, _, title = name.rpartition("/")
            owner: QMenu | QMenuBar = self._menu(above) if above else self._window.menuBar()
            menu = owner.addMenu(_plain(title) if above else self._with_mnemonic(title))
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(lambda: self._on_about_to_show(name))
            menu.aboutToHide.connect(lambda: self._on_about_to_hide(name))
            self._menus[name] = menu
        return self._menus[name]

    def _with_mnemonic(self, title: str) -> str:
        """A title with the first letter underlined that no other menu has."""
        titles = (action.text() for action in self._window.menuBar().actions())
        taken = {text[text.index("&") + 1].lower() for text in titles if "&" in text}
        for place, letter in enumerate(title):
            if letter.isalnum() and letter.lower() not in taken:
                return f"{title[:place]}&{title[place:]}"
        return title

    def _on_about_to_show(self, name: str) -> None:
        for command in self._commands.in_menu(name):
            action, enabled = self._actions.get(command.id), command.enabled()
            if action:
                action.setEnabled(enabled)
                action.setToolTip(command.hint if enabled else command.needs or command.hint)
                self._show_checked(command, action)

    def _on_about_to_hide(self, name: str) -> None:
        for command in self._commands.in_menu(name):
            action = self._actions.get(command.id)
            if action:
                action.setEnabled(True)

    def _on_triggered(self, command: Command, action: QAction) -> None:
        self._commands.run(command.id)
        self._show_checked(command, action)  # Qt has toggled it, whatever the command did

    def _show_checked(self, command: Command, action: QAction) -> None:
        if command.checked:
            action.setChecked(command.checked())


def _plain(title: str) -> str:
    return title.replace("&", "&&")
