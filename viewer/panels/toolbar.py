"""The commands that are at hand all the time, as buttons."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QToolBar

from viewer.model.commands import Command, Commands
from viewer.panels.seen import is_seen

SHOWN = (
    ("file.open_folder",),
    ("view.home", "view.up", "from.fly"),
    ("view.show_cameras", "view.show_points", "view.show_grid", "view.show_meshes"),
    ("pane.add", "arrange.panes", "arrange.wipe", "arrange.blink", "arrange.link"),
    ("run.start", "run.pause", "run.resume", "run.stop"),
)
TITLES = {
    "file.open_folder": "Open",
    "view.up": "Up",
    "view.show_meshes": "Meshes",
    "pane.add": "Add pane",
    "arrange.panes": "Side by side",
    "arrange.link": "Linked",
    "run.stop": "Stop",
}
GLANCE = 250  # milliseconds between looks at what can be done


class Toolbar(QToolBar):
    """Buttons for some commands; those of runs are there only while they can be used.

    Parameters
    ----------
    commands : Commands
    """

    def __init__(self, commands: Commands) -> None:
        super().__init__("Tools")
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setContextMenuPolicy(self.contextMenuPolicy().PreventContextMenu)
        self._commands = commands
        self._actions: dict[str, QAction] = {}
        for number, group in enumerate(SHOWN):
            if number:
                self.addSeparator()
            for name in group:
                self._actions[name] = self._button(commands[name])
        self._timer = QTimer(self, interval=GLANCE)
        self._timer.timeout.connect(self._glance)
        self._timer.start()
        self._glance()

    def _button(self, command: Command) -> QAction:
        action = self.addAction(TITLES.get(command.id, command.title).removesuffix(" …"))
        action.setCheckable(command.checked is not None)
        action.triggered.connect(lambda _=False: self._on_clicked(command.id))
        key = f" ({command.shortcut})" if command.shortcut else ""
        action.setToolTip(f"{command.title.removesuffix(' …')}{key}\n{command.hint}".strip())
        return action

    def _on_clicked(self, name: str) -> None:
        self._commands.run(name)
        self._glance()

    def _glance(self) -> None:
        if not is_seen(self):
            return
        for name, action in self._actions.items():
            command = self._commands[name]
            enabled = command.enabled()
            if action.isEnabled() != enabled:
                action.setEnabled(enabled)
            if name.startswith("run.") and action.isVisible() != enabled:
                action.setVisible(enabled)
            if command.checked is not None and action.isChecked() != command.checked():
                action.setChecked(command.checked())
