"""The look: dark and calm, so that the pictures are the brightest thing on screen."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

GROUND, RAISED, LINE = "#1b1d21", "#24272c", "#33373e"
TEXT, QUIET, ACCENT = "#d7dae0", "#8d939e", "#60a5d8"
TRAIN, TEST = "#60a5d8", "#f0a854"
CURVES = ("#60a5d8", "#f0a854", "#7fc97f", "#e377a2", "#b39ddb", "#d8c660", "#5fd3c4", "#e07b5d")

SHEET = f"""
* {{ font-size: 13px; }}
QMainWindow, QStatusBar, QToolBar {{ background: {GROUND}; border: none; }}
QToolBar {{ padding: 4px 8px; spacing: 4px; border-bottom: 1px solid {LINE}; }}
QToolButton {{ color: {QUIET}; padding: 4px 10px; border: none; border-radius: 5px; }}
QToolButton:hover {{ background: {RAISED}; color: {TEXT}; }}
QToolButton:checked {{ background: {LINE}; color: {TEXT}; }}
QStatusBar {{ border-top: 1px solid {LINE}; color: {QUIET}; }}
QStatusBar::item {{ border: none; }}
QStatusBar QLabel {{ color: {QUIET}; padding: 2px 8px; }}
QFrame#popup {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 8px; }}
QLineEdit, QComboBox {{ border: 1px solid {LINE}; border-radius: 4px; padding: 3px 6px; }}
QLineEdit, QComboBox {{ background: {GROUND}; color: {TEXT}; selection-background-color: {ACCENT}; }}
QAbstractSpinBox QLineEdit {{ border: none; padding: 0; }}
QLineEdit:focus, QComboBox:focus {{ border-color: {ACCENT}; }}
QCheckBox::indicator {{ width: 13px; height: 13px; border: 1px solid {QUIET}; border-radius: 3px; }}
QCheckBox::indicator:checked {{ background: {ACCENT}; border-color: {ACCENT}; }}
QSplitter::handle {{ background: {LINE}; }}
QListView {{ background: {GROUND}; border: none; outline: none; color: {QUIET}; font-size: 11px; }}
QListView#log {{ font-size: 12px; }}
QListView::item {{ border-radius: 5px; padding: 3px; }}
QListView::item:hover {{ background: {RAISED}; }}
QListView::item:selected {{ background: {LINE}; color: {TEXT}; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {LINE}; border-radius: 4px; min-height: 30px; margin: 1px; }}
QScrollBar::handle:vertical:hover {{ background: {QUIET}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: none; }}
QLabel#quiet {{ color: {QUIET}; }}
QLabel#warning {{ color: {TEST}; }}
QLabel#title {{ font-weight: 600; }}
QSlider::groove:horizontal {{ height: 3px; background: {LINE}; border-radius: 1px; }}
QSlider::sub-page:horizontal {{ background: {ACCENT}; border-radius: 1px; }}
QSlider::handle:horizontal {{ background: {TEXT}; width: 12px; margin: -5px 0; border-radius: 6px; }}
QSlider::handle:horizontal:disabled, QSlider::sub-page:horizontal:disabled {{ background: {LINE}; }}
QFrame#banner {{ margin-bottom: 18px; background: {RAISED}; border: 1px solid {LINE}; border-radius: 8px; }}
QFrame#hint {{ background: {RAISED}; border: 1px solid {ACCENT}; border-radius: 6px; }}
QFrame#paneHeader {{ background: {GROUND}; border: none; border-bottom: 1px solid {LINE}; }}
QFrame#paneHeader[active="true"] {{ border-bottom: 1px solid {ACCENT}; }}
QFrame#paneHeader QComboBox {{ background: transparent; border: none; color: {TEXT}; padding: 4px 2px 4px 8px; }}
QFrame#paneHeader QComboBox:hover {{ background: {RAISED}; border-radius: 5px; }}
QFrame#paneHeader QComboBox:disabled {{ color: {QUIET}; }}
QFrame#paneHeader QToolButton {{ padding: 2px 6px; }}
QWidget#paneHandle {{ background: {LINE}; }}
QWidget#paneHandle:hover {{ background: {ACCENT}; }}
QLabel#numbers {{ background: rgba(22, 24, 28, 200); color: {TEXT}; border-radius: 5px; padding: 3px 8px; }}
QPushButton {{ background: {LINE}; color: {TEXT}; border: none; border-radius: 5px; padding: 5px 14px; }}
QPushButton:hover {{ background: {ACCENT}; color: {GROUND}; }}
QPushButton:disabled {{ background: {RAISED}; color: {QUIET}; }}
QPushButton:checked, QPushButton#primary {{ background: {ACCENT}; color: {GROUND}; }}
QPushButton#primary:hover {{ background: {TEXT}; }}
QLabel#display {{ font-size: 30px; font-weight: 300; }}
QLabel#heading {{ font-size: 15px; font-weight: 600; }}
QLabel#veil {{ background: rgba(96, 165, 216, 40); border: 2px dashed {ACCENT}; border-radius: 10px; font-size: 20px; }}
QFrame#overlay {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 8px; }}
QFrame#overlay QListView, QFrame#overlay QScrollArea {{ background: transparent; color: {TEXT}; font-size: 13px; }}
QFrame#overlay QListView::item {{ padding: 0; }}
QLineEdit#search {{ padding: 6px 8px; font-size: 14px; }}
QLabel#key {{ background: {GROUND}; color: {TEXT}; border: 1px solid {LINE}; border-radius: 4px; padding: 1px 6px; }}
QMenuBar {{ background: {GROUND}; color: {QUIET}; padding: 2px 4px; }}
QMenuBar::item {{ background: transparent; padding: 4px 9px; border-radius: 5px; }}
QMenuBar::item:selected, QMenuBar::item:pressed {{ background: {LINE}; color: {TEXT}; }}
QMenu {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px; }}
QMenu::item {{ padding: 5px 22px 5px 26px; border-radius: 4px; }}
QMenu::item:selected {{ background: {LINE}; }}
QMenu::item:disabled {{ color: {QUIET}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 4px 8px; }}
QMenu::indicator {{ left: 8px; width: 12px; height: 12px; }}
QFrame#drop {{ border: 2px dashed {LINE}; border-radius: 10px; }}
QFrame#card, QFrame#notice {{ background: {RAISED}; border: 1px solid {LINE}; border-radius: 8px; }}
QProgressBar {{ background: {LINE}; border: none; border-radius: 3px; }}
QProgressBar::chunk {{ background: {ACCENT}; border-radius: 3px; }}
"""


def apply_style(app: QApplication) -> None:
    """Give an application our look, the same on every system."""
    app.setStyle("Fusion")
    palette = QPalette()
    colors = {
        QPalette.ColorRole.Window: GROUND,
        QPalette.ColorRole.Base: GROUND,
        QPalette.ColorRole.AlternateBase: RAISED,
        QPalette.ColorRole.Button: RAISED,
        QPalette.ColorRole.Mid: LINE,
        QPalette.ColorRole.ToolTipBase: RAISED,
        QPalette.ColorRole.Highlight: ACCENT,
        QPalette.ColorRole.HighlightedText: GROUND,
    }
    for role, color in colors.items():
        palette.setColor(role, QColor(color))
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.ToolTipText,
    ):
        palette.setColor(role, QColor(TEXT))
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(QUIET))
    app.setPalette(palette)
    app.setStyleSheet(SHEET)
