from __future__ import annotations

import dataclasses
import math
import typing
from pathlib import Path

import pytest

from recon.errors import RunError
from recon.methods import base
from recon.runs.events import LONGEST_LINES, EventLog, as_event, is_locked, read_last_record, read_records

SAMPLES = (
    base.Started("toy", 40, 3),
    base.Stage("Looking", 0.5),
    base.Step(4, 0.25, {"gaussians": 50.0}),
    base.Evaluated(4, 20.5, 0.5),
    base.Warned("Mind the gap."),
    base.Saved(4),
    base.Finished(4, {"psnr": 20.5}),
    base.Failed("It broke."),
    base.Cancelled(4),
)


def test_every_kind_of_event_is_read_back_as_it_was(tmp_path: Path) -> None:
    assert {type(event) for event in SAMPLES} == set(typing.get_args(base.Event))
    with EventLog(tmp_path / "events.jsonl") as log:
        for event in SAMPLES:
            log.write(event)
    assert tuple(as_event(record) for record in read_records(tmp_path / "events.jsonl")) == SAMPLES


def test_times_do_not_go_back(tmp_path: Path) -> None:
    with EventLog(tmp_path / "events.jsonl") as log:
        log.write(base.Saved(1))
        log.write(base.Saved(2))
    first, second = read_records(tmp_path / "events.jsonl")
    assert first["time"] <= second["time"]


def test_numbers_json_has_no_word_for_become_null(tmp_path: Path) -> None:
    with EventLog(tmp_path / "events.jsonl") as log:
        log.write(base.Step(1, math.nan, {"psnr": math.inf}))
    (record,) = read_records(tmp_path / "events.jsonl")
    assert record["loss"] is None
    assert record["values"] == {"psnr": None}


def test_a_line_torn_by_a_kill_is_passed_over_and_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"time": 1, "type": "saved", "step": 1}\n{"time": 2, "type": "sa')
    with EventLog(path) as log:
        log.write(base.Saved(3))
    assert [record["step"] for record in read_records(path)] == [1, 3]


def test_the_last_record_is_found_in_a_long_log_behind_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert read_last_record(path) is None
    with EventLog(path) as log:
        for step in range(3000):
            log.write(base.Step(step, 0.5, {"gaussians": 50.0}))
        log.write(base.Warned("x" * 5000))
    with path.open("ab") as file:
        file.write(b'{"time": 2, "type": "sa')
    assert path.stat().st_size > 2 * LONGEST_LINES
    record = read_last_record(path)
    assert record is not None
    assert record["type"] == "warned"
    assert len(list(read_records(path))) == 3001


def test_events_are_on_disk_at_once(tmp_path: Path) -> None:
    with EventLog(tmp_path / "events.jsonl") as log:
        log.write(base.Saved(1))
        assert len(list(read_records(tmp_path / "events.jsonl"))) == 1


def test_a_run_is_driven_by_one_process_only(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventLog(path):
        assert is_locked(path)
        with pytest.raises(RunError, match="another process"):
            EventLog(path)
    assert not is_locked(path)


def test_parameters_set_by_the_user_are_records_but_not_events(tmp_path: Path) -> None:
    with EventLog(tmp_path / "events.jsonl") as log:
        log.write_set(base.Set("rate", 0.5), 7)
    (record,) = read_records(tmp_path / "events.jsonl")
    assert as_event(record) is None
    assert {name: record[name] for name in ("type", "step", *dataclasses.asdict(base.Set("", 0)))} == {
        "type": "set", "step": 7, "name": "rate", "value": 0.5,
    }  # fmt: skip
