"""Pairs of points of two results, as a person writes them down."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.errors import InvalidParameter, UnreadableFile

Floats = NDArray[np.float64]


def read_pairs(path: Path) -> list[str]:
    """The lines of a file of pairs: six numbers each, x y z of what is moved and X Y Z of what stays; # opens a remark.

    Raises
    ------
    UnreadableFile
        If it cannot be read, or holds no pair.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError) as error:
        raise UnreadableFile(f"{path} could not be read as pairs of points: {error}.") from error
    pairs = [line for line in (line.partition("#")[0].strip() for line in lines) if line]
    if not pairs:
        raise UnreadableFile(f"{path} holds no pair of points. Each line is x y z X Y Z.")
    return pairs


def parse_pairs(texts: Iterable[str]) -> tuple[Floats, Floats]:
    """Points on what is moved and on what stays, (N, 3) float64 each.

    Parameters
    ----------
    texts : iterable of str
        Six numbers each, apart by commas, colons or spaces.

    Raises
    ------
    InvalidParameter
        If one is anything else.
    """
    rows = [_numbers(text) for text in texts]
    both = np.array(rows, np.float64).reshape(-1, 6)
    return both[:, :3], both[:, 3:]


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(word) for word in text.replace(",", " ").replace(":", " ").split()]
    except ValueError:
        numbers = []
    if len(numbers) != 6 or not np.isfinite(numbers).all():
        raise InvalidParameter(f"A pair of points is six numbers, x,y,z:X,Y,Z, got {text!r}.")
    return numbers
