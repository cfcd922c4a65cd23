"""The colours of the window, dark and light, and which of the two holds now."""

from __future__ import annotations

from dataclasses import dataclass

from psygnal import Signal

from viewer.model.settings import Theme

AXIS_X, AXIS_Y, AXIS_Z = "#e0626a", "#7fbf6b", "#5b9fd6"


@dataclass(frozen=True)
class Colors:
    """One set of colours, each "#rrggbb", or "#aarrggbb" where something shines through, as Qt reads them.

    Parameters
    ----------
    ground, raised, line : str
        Behind everything; of what lies on it; of edges and of what is chosen.
    dim : str
        Of buttons that do nothing now.
    text, quiet : str
        Of words, and of words that can wait.
    accent, on_accent : str
        Of what is asked to be seen first, and of words upon it.
    wash : str
        The accent, thin enough to lay over a picture.
    train, test : str
        Of photographs to learn from and to be tested by.
    warning, danger : str
        Of words that tell of trouble, and of what went wrong.
    scrim : str
        Behind words that lie on a picture.
    stage : str
        Behind what is shown in a pane.
    grid : str
        Of the lines on the ground of a scene.
    selected : str
        Of the pyramid of the photograph one has selected.
    axes : (3,) tuple of str
        Of x, y and z in the corner of a pane.
    curves : tuple of str
        Of lines that are to be told apart.
    """

    ground: str
    raised: str
    line: str
    dim: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    wash: str
    train: str
    test: str
    warning: str
    danger: str
    scrim: str
    stage: str
    grid: str
    selected: str
    axes: tuple[str, str, str]
    curves: tuple[str, ...]


# Calm, so that the pictures are the brightest thing on screen.
DARK = Colors(
    ground="#1b1d21",
    raised="#24272c",
    line="#33373e",
    dim="#24272c",
    text="#d7dae0",
    quiet="#8d939e",
    accent="#60a5d8",
    on_accent="#1b1d21",
    wash="#2860a5d8",
    train="#60a5d8",
    test="#f0a854",
    warning="#f0a854",
    danger="#e8777e",
    scrim="#c816181c",
    stage="#16181c",
    grid="#3e434b",
    selected="#ffffff",
    axes=(AXIS_X, AXIS_Y, AXIS_Z),
    curves=("#60a5d8", "#f0a854", "#7fc97f", "#e377a2", "#b39ddb", "#d8c660", "#5fd3c4", "#e07b5d"),
)
# As calm: off-white, so that white in a picture is still the brightest thing on screen.
LIGHT = Colors(
    ground="#f1f2f4",
    raised="#fafbfc",
    line="#d3d7dd",
    dim="#e7e9ec",
    text="#1f2329",
    quiet="#5c646f",
    accent="#1f76b4",
    on_accent="#ffffff",
    wash="#281f76b4",
    train="#1f76b4",
    test="#c77400",
    warning="#945300",
    danger="#b3262e",
    scrim="#d8f8f9fa",
    stage="#dde0e4",
    grid="#b3b9c2",
    selected="#000000",
    axes=("#c23b45", "#3d8b2f", "#2368a8"),
    curves=("#1f76b4", "#c77400", "#2f8f3a", "#bf3e78", "#7656b8", "#8f7a00", "#0f8f80", "#b84d2a"),
)


class Look:
    """Which colours hold: those that were asked for, or those of the system.

    Attributes
    ----------
    changed : Signal
        Emitted when other colours hold.
    """

    changed = Signal()

    def __init__(self) -> None:
        self._theme: Theme = "dark"
        self._system_is_dark = True

    @property
    def colors(self) -> Colors:
        """Those that hold now."""
        return DARK if self.is_dark else LIGHT

    @property
    def is_dark(self) -> bool:
        """Whether the dark ones do."""
        return self._system_is_dark if self._theme == "system" else self._theme == "dark"

    def follow(self, theme: Theme, *, system_is_dark: bool) -> None:
        """Take what a person has asked for, and what the system is now."""
        before = self.colors
        self._theme, self._system_is_dark = theme, system_is_dark
        if self.colors != before:
            self.changed.emit()


# One, as there is one application: widgets ask for colours when they paint, too deep for handing a look down to them.
LOOK = Look()


def colors() -> Colors:
    """The colours that hold now; not to be kept."""
    return LOOK.colors
