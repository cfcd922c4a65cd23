"""How well results match the photographs: read from runs or measured by the engine, and kept in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from psygnal import Signal

from recon.scene import View


@dataclass(frozen=True)
class Score:
    """How well a render matches its photograph: PSNR in dB, SSIM in [0, 1]."""

    psnr: float
    ssim: float


@dataclass(frozen=True)
class PartScore:
    """How far a part is from the photographs, over all pixels in which it is seen.

    Parameters
    ----------
    mean_absolute_error : float
        Of colours, in [0, 1].
    psnr : float
        Decibels.
    pixels : int
    """

    mean_absolute_error: float
    psnr: float
    pixels: int


class Measurer(Protocol):
    """Who measures; what it finds is to be given to `ScoreBook.enter`."""

    def measure(self, key: str, views: tuple[View, ...]) -> None:
        """Compare a result with photographs, later."""
        ...


class ScoreBook:
    """The scores of all results, by key and view.

    Attributes
    ----------
    changed : Signal
        Emitted with the key of the result whose scores have changed.
    """

    changed = Signal(str)

    def __init__(self) -> None:
        self._scores: dict[str, dict[str, Score]] = {}
        self._asked: set[tuple[str, str]] = set()
        self._left_out: set[str] = set()

    def of(self, key: str, view: str) -> Score | None:
        """The score of a result in a view, if it is known."""
        return self._scores.get(key, {}).get(view)

    def mean(self, key: str, views: Sequence[View]) -> Score | None:
        """The mean over some views, if all of them are known."""
        scores = [self.of(key, view.name) for view in views]
        known = [score for score in scores if score is not None]
        if not known or len(known) < len(scores):
            return None
        psnr, ssim = (math.fsum(getattr(score, name) for score in known) / len(known) for name in ("psnr", "ssim"))
        return Score(psnr, ssim)

    def enter(self, key: str, scores: Mapping[str, Score]) -> None:
        """Note scores by view name."""
        if scores:
            self._scores.setdefault(key, {}).update(scores)
            self._asked -= {(key, name) for name in scores}
            self.changed.emit(key)

    def measures(self, key: str) -> bool:
        """Whether a result can be compared with photographs, as far as is known."""
        return key not in self._left_out

    def leave_out(self, key: str) -> None:
        """Measure a result no more: it has nothing to compare with photographs."""
        self._left_out.add(key)
        self.changed.emit(key)

    def forget(self, key: str) -> None:
        """Let go of the scores of a result that has changed or is gone."""
        self._left_out.discard(key)
        self._asked = {asked for asked in self._asked if asked[0] != key}
        if self._scores.pop(key, None):
            self.changed.emit(key)

    def require(self, key: str, views: Sequence[View], measurer: Measurer) -> None:
        """Have those views measured whose scores are neither known nor on their way."""
        if key in self._left_out:
            return
        known = self._scores.get(key, {})
        wanted = tuple(view for view in views if view.name not in known and (key, view.name) not in self._asked)
        if wanted:
            self._asked |= {(key, view.name) for view in wanted}
            measurer.measure(key, wanted)
