from __future__ import annotations

from collections.abc import Callable

import pytest

from recon.methods.base import Stage
from recon.runs.telling import told


def test_reports_become_events_and_the_answer_comes_back() -> None:
    def work(report: Callable[[int, int], None]) -> str:
        for done in range(1, 5):
            report(done, 4)
        return "done"

    events = told("Working", work)
    seen = [next(events) for _ in range(4)]
    assert seen == [Stage("Working", done / 4) for done in range(1, 5)]
    with pytest.raises(StopIteration) as end:
        next(events)
    assert end.value.value == "done"


def test_an_error_comes_out_where_it_is_waited_for() -> None:
    def work(report: Callable[[int, int], None]) -> None:
        report(1, 2)
        raise OSError("broken")

    events = told("Working", work)
    assert next(events).fraction == 0.5
    with pytest.raises(OSError, match="broken"):
        next(events)


def test_leaving_ends_the_work() -> None:
    done = 0

    def work(report: Callable[[int, int], None]) -> None:
        nonlocal done
        while True:
            done += 1
            report(done, 10)

    events = told("Working", work)
    next(events)
    events.close()
    at_close = done
    assert done == at_close
