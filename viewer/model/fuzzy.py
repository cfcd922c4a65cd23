"""Finding a text by a few of its letters."""

from __future__ import annotations

from dataclasses import dataclass

LETTER, WORD_START, NEXT, FIRST, SKIPPED = 1.0, 4.0, 3.0, 2.0, -1.5


@dataclass(frozen=True)
class Match:
    """How well a text is meant by what was typed.

    Parameters
    ----------
    score : float
        The higher, the better; comparable among texts, for one and the same query.
    letters : tuple of int
        Which letters of the text were meant, in order.
    """

    score: float
    letters: tuple[int, ...]


def match(query: str, text: str) -> Match | None:
    """Find the words of a query in a text: the letters of each in order, though not side by side.

    Letters at the start of a word and letters that follow one another count more, as people abbreviate that way.

    Parameters
    ----------
    query : str
        Words in any order, in any case.
    text : str

    Returns
    -------
    Match or None
        None where a word is not there.
    """
    found = [_word(word, text) for word in query.lower().split()]
    if any(one is None for one in found):
        return None
    matches = [one for one in found if one]
    letters = sorted({letter for one in matches for letter in one.letters})
    return Match(sum(one.score for one in matches), tuple(letters))


def _word(word: str, text: str) -> Match | None:
    """The best way to see a word in a text, by dynamic programming over the letters of both."""
    folded = [letter.lower() for letter in text]
    worth = [_worth(text, place) for place in range(len(text))]
    ways: list[dict[int, tuple[float, int]]] = []  # for each letter of the word: place -> (score, place before)
    for letter in word:
        ways.append(_step(ways[-1] if ways else None, letter, folded, worth))
        if not ways[-1]:
            return None
    place = max(ways[-1], key=lambda place: (ways[-1][place][0], -place))
    score = ways[-1][place][0]
    letters = [place]
    for way in reversed(ways[1:]):
        letters.append(way[letters[-1]][1])
    return Match(score, tuple(reversed(letters)))


def _step(
    before: dict[int, tuple[float, int]] | None, letter: str, folded: list[str], worth: list[float]
) -> dict[int, tuple[float, int]]:
    if before is None:
        return {place: (worth[place], -1) for place, each in enumerate(folded) if each == letter}
    reached: dict[int, tuple[float, int]] = {}
    best: tuple[float, int] | None = None  # of all places before the last one
    for place, each in enumerate(folded):
        if place >= 2 and place - 2 in before and (best is None or before[place - 2][0] > best[0]):
            best = (before[place - 2][0], place - 2)
        if each != letter:
            continue
        options = [(best[0] + SKIPPED, best[1])] if best else []
        if place - 1 in before:
            options.append((before[place - 1][0] + NEXT, place - 1))
        if options:
            score, last = max(options)
            reached[place] = (score + worth[place], last)
    return reached


def _worth(text: str, place: int) -> float:
    if place == 0:
        return LETTER + WORD_START + FIRST
    starts = text[place].isalnum() and not text[place - 1].isalnum()
    return LETTER + (WORD_START if starts else 0)
