"""The look: dark or light, and calm, so that the pictures are what one sees first."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from viewer.model.look import LOOK, Colors, colors
from viewer.model.settings import Settings

SHEET = """
* {{ font-size: 13px; }}
QMainWindow, QStatusBar, QToolBar {{ background: {c.ground}; border: none; }}
QToolBar {{ padding: 4px 8px; spacing: 4px; border-bottom: 1px solid {c.line}; }}
QToolButton {{ color: {c.quiet}; padding: 4px 10px; border: none; border-radius: 5px; }}
QToolButton:hover {{ background: {c.raised}; color: {c.text}; }}
QToolButton:checked {{ background: {c.line}; color: {c.text}; }}
QToolBar::separator {{ background: {c.line}; width: 1px; margin: 6px 6px; }}
QMainWindow::separator {{ background: {c.ground}; width: 5px; height: 5px; }}
QMainWindow::separator:hover {{ background: {c.accent}; }}
QTabBar {{ background: {c.ground}; }}
QTabBar::tab {{ background: transparent; color: {c.quiet}; padding: 5px 10px; margin: 0 2px; }}
QTabBar::tab {{ border: none; border-bottom: 2px solid transparent; }}
QTabBar::tab:hover {{ color: {c.text}; }}
QTabBar::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent}; }}
QDockWidget {{ color: {c.quiet}; }}
QDockWidget::title {{ background: {c.ground}; padding: 4px 8px; }}
QStatusBar {{ border-top: 1px solid {c.line}; color: {c.quiet}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {c.quiet}; padding: 2px 8px; }}
QFrame#popup {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 8px; }}
QLineEdit, QComboBox {{ border: 1px solid {c.line}; border-radius: 4px; padding: 3px 6px; }}
QLineEdit, QComboBox {{ background: {c.ground}; color: {c.text}; selection-background-color: {c.accent}; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ width: 0; height: 0; margin-right: 8px; border-top: 5px solid {c.quiet}; }}
QComboBox::down-arrow {{ border-left: 4px solid {c.ground}; border-right: 4px solid {c.ground}; }}
QComboBox:disabled, QLineEdit:disabled {{ color: {c.quiet}; }}
QComboBox QAbstractItemView {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.line}; font-size: 13px; }}
QPlainTextEdit {{ background: {c.ground}; border: 1px solid {c.line}; border-radius: 4px; }}
QToolTip {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.line}; padding: 3px 5px; }}
QToolButton::menu-indicator {{ subcontrol-origin: padding; subcontrol-position: center right; }}
QToolButton[popupMode="2"] {{ padding-right: 18px; }}
QAbstractSpinBox QLineEdit {{ border: none; padding: 0; }}
QLineEdit:focus, QComboBox:focus {{ border-color: {c.accent}; }}
QCheckBox::indicator {{ width: 13px; height: 13px; border: 1px solid {c.quiet}; border-radius: 3px; }}
QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent}; }}
QSplitter::handle {{ background: {c.line}; }}
QListView {{ background: {c.ground}; border: none; outline: none; color: {c.quiet}; font-size: 11px; }}
QListView#log {{ font-size: 12px; }}
QListView::item {{ border-radius: 5px; padding: 3px; }}
QListView::item:hover {{ background: {c.raised}; }}
QListView::item:selected {{ background: {c.line}; color: {c.text}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {c.line}; border-radius: 4px; min-height: 30px; margin: 1px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {c.line}; border-radius: 4px; min-width: 30px; margin: 1px; }}
QScrollBar::handle:hover {{ background: {c.quiet}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QLabel#quiet {{ color: {c.quiet}; }}
QLabel#warning {{ color: {c.warning}; }}
QLabel#title {{ font-weight: 600; }}
QSlider::groove:horizontal {{ height: 3px; background: {c.line}; border-radius: 1px; }}
QSlider::sub-page:horizontal {{ background: {c.accent}; border-radius: 1px; }}
QSlider::handle:horizontal {{ background: {c.text}; width: 12px; margin: -5px 0; border-radius: 6px; }}
QSlider::handle:horizontal:disabled, QSlider::sub-page:horizontal:disabled {{ background: {c.line}; }}
QFrame#banner {{ margin-bottom: 18px; background: {c.raised}; border: 1px solid {c.line}; border-radius: 8px; }}
QFrame#hint {{ background: {c.raised}; border: 1px solid {c.accent}; border-radius: 6px; }}
QFrame#paneHeader {{ background: {c.ground}; border: none; border-bottom: 1px solid {c.line}; }}
QFrame#paneHeader[active="true"] {{ border-bottom: 1px solid {c.accent}; }}
QFrame#paneHeader QComboBox {{ background: transparent; border: none; color: {c.text}; padding: 4px 2px 4px 8px; }}
QFrame#paneHeader QComboBox:hover {{ background: {c.raised}; border-radius: 5px; }}
QFrame#paneHeader QComboBox:disabled {{ color: {c.quiet}; }}
QFrame#paneHeader QToolButton {{ padding: 2px 6px; }}
QWidget#paneHandle {{ background: {c.line}; }}
QWidget#paneHandle:hover {{ background: {c.accent}; }}
QLabel#numbers {{ background: {c.scrim}; color: {c.text}; border-radius: 5px; padding: 3px 8px; }}
QPushButton {{ background: {c.line}; color: {c.text}; border: none; border-radius: 5px; padding: 5px 14px; }}
QPushButton:hover {{ background: {c.accent}; color: {c.on_accent}; }}
QPushButton:disabled {{ background: {c.dim}; color: {c.quiet}; }}
QPushButton:checked, QPushButton#primary {{ background: {c.accent}; color: {c.on_accent}; }}
QPushButton#primary:disabled {{ background: {c.dim}; color: {c.quiet}; }}
QPushButton#primary:hover {{ background: {c.text}; color: {c.ground}; }}
QLabel#display {{ font-size: 30px; font-weight: 300; }}
QLabel#heading {{ font-size: 15px; font-weight: 600; }}
QLabel#veil {{ background: {c.wash}; border: 2px dashed {c.accent}; border-radius: 10px; font-size: 20px; }}
QFrame#overlay {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 8px; }}
QFrame#overlay QListView, QFrame#overlay QScrollArea {{ background: transparent; color: {c.text}; font-size: 13px; }}
QFrame#overlay QListView::item {{ padding: 0; }}
QLineEdit#search {{ padding: 6px 8px; font-size: 14px; }}
QLabel#key {{ background: {c.ground}; color: {c.text}; padding: 1px 6px; }}
QLabel#key {{ border: 1px solid {c.line}; border-radius: 4px; }}
QMenuBar {{ background: {c.ground}; color: {c.quiet}; padding: 2px 4px; }}
QMenuBar::item {{ background: transparent; padding: 4px 9px; border-radius: 5px; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {c.line}; color: {c.text}; }}
QMenu {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.line}; padding: 4px; }}
QMenu::item {{ padding: 5px 22px 5px 26px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.line}; }}
QMenu::item:disabled {{ color: {c.quiet}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 4px 8px; }}
QMenu::indicator {{ left: 8px; width: 12px; height: 12px; }}
QFrame#drop {{ border: 2px dashed {c.line}; border-radius: 10px; }}
QFrame#card, QFrame#notice {{ background: {c.raised}; border: 1px solid {c.line}; border-radius: 8px; }}
QProgressBar {{ background: {c.line}; border: none; border-radius: 3px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 3px; }}
"""
SCHEMES = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light, "system": Qt.ColorScheme.Unknown}


def palette(c: Colors) -> QPalette:
    """Colours of what no sheet tells of, and of what is painted by hand."""
    made = QPalette(QColor(c.raised), QColor(c.ground))
    role = QPalette.ColorRole
    for roles, color in (
        ((role.Window, role.Base), c.ground),
        ((role.AlternateBase, role.Button, role.ToolTipBase), c.raised),
        ((role.Mid,), c.line),
        ((role.Highlight, role.Link), c.accent),
        ((role.HighlightedText,), c.on_accent),
    ):
        for each in roles:
            made.setColor(each, QColor(color))
    for each in (role.WindowText, role.Text, role.ButtonText, role.ToolTipText):
        made.setColor(each, QColor(c.text))
        made.setColor(QPalette.ColorGroup.Disabled, each, QColor(c.quiet))
    made.setColor(role.PlaceholderText, QColor(c.quiet))
    return made


def apply_style(app: QApplication) -> None:
    """Give an application our look, the same on every system, in the colours that hold now."""
    if app.style().name().lower() != "fusion":
        app.setStyle("Fusion")
    app.setPalette(palette(colors()))
    app.setStyleSheet(SHEET.format(c=colors()))


class Theming(QObject):
    """Keeps the colours of an application as its settings say, and as the system is where they say so.

    Parameters
    ----------
    app : QApplication
    settings : Settings
    """

    def __init__(self, app: QApplication, settings: Settings) -> None:
        super().__init__()
        self._app, self._settings = app, settings
        settings.events.theme.connect(self._on_changed)
        app.styleHints().colorSchemeChanged.connect(self._on_changed)
        self._on_changed()

    def _on_changed(self) -> None:
        theme, hints, before = self._settings.theme, self._app.styleHints(), colors()
        if theme == "system":
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(SCHEMES[theme])  # for what the system draws: frames, dialogs for files
        # A system that does not say is taken for dark, as pictures are best looked at in the dark.
        LOOK.follow(theme, system_is_dark=hints.colorScheme() != Qt.ColorScheme.Light)
        if colors() is not before:
            apply_style(self._app)


class _Recoloring(QObject):
    """Says in Qt's way that other colours hold, so that listeners end with their widgets."""

    happened = Signal()


_RECOLORING = _Recoloring()
LOOK.changed.connect(_RECOLORING.happened.emit)


class _Listener(QObject):
    def __init__(self, owner: QObject, call: Callable[[], None]) -> None:
        super().__init__(owner)
        self._call = call
        _RECOLORING.happened.connect(self._on_happened)

    def _on_happened(self) -> None:
        self._call()


def on_recolored(owner: QObject, call: Callable[[], None]) -> None:
    """Call something now and whenever other colours hold, for as long as its owner lives.

    Needed only for what is not painted anew by itself, such as icons.
    """
    _Listener(owner, call)
    call()


def dress(widget: QWidget, own_sheet: str) -> None:
    """Give a widget a sheet of its own, such as "QLabel {{ color: {c.quiet}; }}", in the colours that hold."""
    on_recolored(widget, lambda: widget.setStyleSheet(own_sheet.format(c=colors())))
