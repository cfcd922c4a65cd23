"""All test views with the scores of every result, and where to go from there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from psygnal import Signal

from recon.scene import View
from viewer.model.scene import Result
from viewer.model.scores import Measurer, Score
from viewer.model.window import WindowModel

BY_NAME, BY_ERROR = "name", "error"


class ComparisonWriter(Protocol):
    """Who writes a comparison to a file, later."""

    def compare(self, paths: tuple[Path, ...], out: Path, capture: Path | None) -> None:
        """Write a page (.html) or a table (.csv) of these results on their test views."""
        ...


@dataclass(frozen=True, eq=False)
class ViewRow:
    """A test view, and its score in each result; None where it is not known."""

    view: View
    scores: tuple[Score | None, ...]

    @property
    def psnr(self) -> float:
        """The mean over the results that are known; infinite of none."""
        known = [score.psnr for score in self.scores if score is not None]
        return math.fsum(known) / len(known) if known else math.inf


class ViewsTable:
    """The table of test views.

    Parameters
    ----------
    model : WindowModel
    measurer : Measurer
    writer : ComparisonWriter

    Attributes
    ----------
    changed : Signal
        Emitted when rows or results have changed.
    selection_changed : Signal
        Emitted when another photograph is selected in the window.
    """

    changed = Signal()
    selection_changed = Signal()

    def __init__(self, model: WindowModel, measurer: Measurer, writer: ComparisonWriter) -> None:
        self._model = model
        self._measurer = measurer
        self._writer = writer
        self._order, self._backward = BY_ERROR, False
        for event in (model.events.scene, model.events.results, model.book.changed):
            event.connect(lambda *_: self.changed.emit())
        model.events.selected.connect(lambda *_: self.selection_changed.emit())

    @property
    def results(self) -> tuple[Result, ...]:
        """The results that can be measured, a column each."""
        return tuple(result for result in self._model.results if self._model.book.measures(result.key))

    @property
    def views(self) -> tuple[View, ...]:
        """The test views."""
        scene = self._model.scene
        return scene.capture.test if scene and scene.capture else ()

    @property
    def rows(self) -> list[ViewRow]:
        """The views in the order that was chosen, by error at first: the worst uppermost."""
        book, keys = self._model.book, [result.key for result in self.results]
        rows = [ViewRow(view, tuple(book.of(key, view.name) for key in keys)) for view in self.views]
        return sorted(rows, key=self._rank, reverse=self._backward)

    @property
    def means(self) -> tuple[Score | None, ...]:
        """The mean of each result, where all its views are known."""
        return tuple(self._model.book.mean(result.key, self.views) for result in self.results)

    @property
    def selected(self) -> str | None:
        """The photograph that is selected in the window."""
        return self._model.selected

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to measure."""
        return all(score is not None for row in self.rows for score in row.scores)

    def sort(self, order: str, *, backward: bool = False) -> None:
        """Order rows by "name", by "error", or by the PSNR of the result with this key."""
        self._order, self._backward = order, backward
        self.changed.emit()

    def go_to(self, name: str) -> None:
        """Stand in a view, in all panes."""
        self._model.stand_at(name, everywhere=True)

    def measure(self) -> None:
        """Have all measured that is not known; results that are being made are left alone."""
        for result in self.results:
            if not result.live:
                self._model.book.require(result.key, self.views, self._measurer)

    def write(self, out: Path) -> None:
        """Have the comparison written as a page (.html) or a table (.csv)."""
        paths = tuple(result.run or result.path for result in self.results if not result.live)
        scene = self._model.scene
        source = scene.capture.source if scene and scene.capture else ""
        self._writer.compare(paths, out, Path(source) if source else None)

    def _rank(self, row: ViewRow) -> tuple[float, str]:
        if self._order == BY_NAME:
            return 0.0, row.view.name
        if self._order == BY_ERROR:
            return row.psnr, row.view.name
        score = self._model.book.of(self._order, row.view.name)
        return (math.inf if score is None else score.psnr), row.view.name
