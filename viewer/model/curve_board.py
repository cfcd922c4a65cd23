"""Which runs' curves lie over one another, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from psygnal import Signal

from viewer.model.background import Post, in_background
from viewer.model.curves import Curves, Quantity, read_curves
from viewer.model.run import RunModel

COLORS = 8  # that can be told apart


@dataclass(frozen=True, eq=False)
class Line:
    """The curves of one run.

    Parameters
    ----------
    key : str
        The run folder.
    title : str
    color : int
        From 0 to 7; kept as long as it is shown.
    curves : Curves
    """

    key: str
    title: str
    color: int
    curves: Curves


class CurveBoard:
    """The curves that are shown.

    Parameters
    ----------
    run : RunModel
        Its curves are shown by themselves.
    post : callable
        Runs a function later on the window's thread.

    Attributes
    ----------
    changed : Signal
        Other runs are shown, or in another way.
    grown : Signal
        A curve got a point; emitted for every event, so listeners should not draw on each.
    refused : Signal
        Emitted with a sentence.
    lines : tuple of Line
    """

    changed = Signal()
    grown = Signal()
    refused = Signal(str)

    def __init__(self, run: RunModel, post: Post) -> None:
        self._run = run
        self._post = post
        self.lines: tuple[Line, ...] = ()
        self._smoothing = 0.0
        self._log_loss = True
        self._hidden: frozenset[str] = frozenset()
        run.changed.connect(self._on_run_changed)
        run.progressed.connect(self.grown.emit)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """What any of the runs has."""
        return tuple(dict.fromkeys(quantity for line in self.lines for quantity in line.curves.quantities))

    @property
    def smoothing(self) -> float:
        """From 0, none, to 1: means over a tenth of the run."""
        return self._smoothing

    @smoothing.setter
    def smoothing(self, smoothing: float) -> None:
        self._smoothing = smoothing
        self.changed.emit()

    @property
    def log_loss(self) -> bool:
        """Whether losses are drawn on a logarithmic axis."""
        return self._log_loss

    @log_loss.setter
    def log_loss(self, log_loss: bool) -> None:
        self._log_loss = log_loss
        self.changed.emit()

    @property
    def hidden(self) -> frozenset[str]:
        """Names of quantities that are not drawn."""
        return self._hidden

    @hidden.setter
    def hidden(self, hidden: frozenset[str]) -> None:
        self._hidden = hidden
        self.changed.emit()

    def add_run(self, path: Path) -> None:
        """Show a run folder's curves; they are read beside the window's thread."""
        if all(line.key != str(path) for line in self.lines):
            in_background(
                self._post,
                lambda: read_curves(path),
                lambda curves: self.add(str(path), path.name, curves),
                self.refused.emit,
            )

    def add(self, key: str, title: str, curves: Curves) -> None:
        """Show curves, in place of those of the same key; the eldest give way where there are too many."""
        known = next((line for line in self.lines if line.key == key), None)
        if known is not None:
            new = replace(known, title=title, curves=curves)
            self.lines = tuple(new if line is known else line for line in self.lines)
        else:
            kept = self.lines[-(COLORS - 1) :]
            color = min(set(range(COLORS)) - {line.color for line in kept})
            self.lines = (*kept, Line(key, title, color, curves))
        self.changed.emit()

    def remove(self, key: str) -> None:
        """Show a run no more."""
        self.lines = tuple(line for line in self.lines if line.key != key)
        self.changed.emit()

    def _on_run_changed(self) -> None:
        run = self._run
        if run.path is not None and all(line.curves is not run.curves for line in self.lines):
            self.add(str(run.path), run.path.name, run.curves)
