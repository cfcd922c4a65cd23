"""Lists of operations applied again and again, quick where they begin alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Generic, TypeVar

State = TypeVar("State")
MOST_STATES = 64


class Replay(Generic[State]):
    """Applies list after list to a start, and keeps the states on the way.

    Parameters
    ----------
    start : object
        Before any operation.
    too_many : callable, optional
        Whether so many kept states take too much memory; those used longest ago go first.

    Attributes
    ----------
    current : object
        What the last list made of the start.
    """

    def __init__(self, start: State, too_many: Callable[[Collection[State]], bool] = lambda _: False) -> None:
        self.start = self.current = start
        self._too_many = too_many
        self._states: dict[tuple[Any, ...], State] = {}  # those used last stand last

    def apply(self, operations: Sequence[Any]) -> State:
        """Apply all of a list to the start.

        Raises
        ------
        InputError
            If an operation needs what is not there.
        """
        wanted = tuple(operations)
        known = max((each for each in self._states if wanted[: len(each)] == each), key=len, default=())
        state = self._states.get(known, self.start)
        self._remember(known, state)
        for done in range(len(known), len(wanted)):
            state = wanted[done].apply(state)
            self._remember(wanted[: done + 1], state)
        self.current = state
        return state

    def _remember(self, operations: tuple[Any, ...], state: State) -> None:
        if not operations:
            return
        self._states.pop(operations, None)
        self._states[operations] = state
        while len(self._states) > MOST_STATES or self._too_many(self._states.values()):
            del self._states[next(iter(self._states))]
