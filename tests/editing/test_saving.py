"""Edits as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from edit_scenes import LISTS
from hypothesis import given, settings

from recon.editing import OPERATIONS, Delete, Operation, SelectSphere, edits_path, from_json, load_edits, save_edits
from recon.editing import to_json as as_json
from recon.errors import UnreadableFile

STEPS = (SelectSphere(center=(1, 2, 3), radius=0.5), Delete())


@settings(max_examples=100, deadline=None)
@given(LISTS)
def test_operations_come_back_from_json_as_they_were(operations: tuple[Operation, ...]) -> None:
    assert from_json(json.loads(json.dumps(as_json(operations)))) == operations


def test_every_operation_can_be_saved() -> None:
    everything = tuple(kind() for kind in OPERATIONS.values())
    assert from_json(json.loads(json.dumps(as_json(everything)))) == everything


def test_edits_are_kept_beside_the_result(tmp_path: Path) -> None:
    assert edits_path(tmp_path) == tmp_path / "edits.json"
    assert edits_path(tmp_path / "scene.ply") == tmp_path / "scene.ply.edits.json"
    (tmp_path / "run.json").touch()
    assert edits_path(tmp_path / "result.ply") == tmp_path / "edits.json"


def test_edits_are_saved_whole_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "edits.json"
    assert load_edits(path) == ()
    save_edits(path, STEPS)
    assert load_edits(path) == STEPS
    assert [each.name for each in tmp_path.iterdir()] == ["edits.json"]
    save_edits(path, ())
    assert not path.exists()
    save_edits(path, ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"schema": 2, "operations": []}',
        '{"schema": 1}',
        '{"schema": 1, "operations": [3]}',
        '{"schema": 1, "operations": [{"operation": "Explode"}]}',
        '{"schema": 1, "operations": [{"operation": "SelectSphere", "radius": "large"}]}',
        '{"schema": 1, "operations": [{"operation": "SelectSphere", "radius": NaN}]}',
        '{"schema": 1, "operations": [{"operation": "SelectSphere", "center": [1, 2]}]}',
        '{"schema": 1, "operations": [{"operation": "SelectSphere", "mode": "xor"}]}',
        '{"schema": 1, "operations": [{"operation": "SelectSphere", "colour": 1}]}',
        '{"schema": 1, "operations": [{"operation": "Transform", "placement": {"scale": 0}}]}',
        '{"schema": 1, "operations": [{"operation": "Transform", "placement": 3}]}',
        '{"schema": 1, "operations": [{"operation": "Grow", "neighbours": 1.5}]}',
    ],
)
def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "edits.json"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=r"edits\.json cannot be understood as edits"):
        load_edits(path)
