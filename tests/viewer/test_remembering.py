"""What the window remembers: autosave, settings, session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from viewer.model.autosave import Autosave, read_document
from viewer.model.session import Session, SessionModel
from viewer.model.settings import Settings, kept_settings


@pytest.fixture
def autosave():
    made = Autosave(0.0)
    yield made
    made.close()


def test_only_the_newest_document_is_written_and_not_too_often(tmp_path: Path) -> None:
    autosave, file = Autosave(60.0), tmp_path / "deep" / "a.json"
    autosave.save(file, {"n": 0})
    deadline = time.monotonic() + 10
    while not file.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    first = file.stat().st_mtime_ns
    for n in range(1, 50):
        autosave.save(file, {"n": n})
    assert file.stat().st_mtime_ns == first
    autosave.flush()
    assert read_document(file) == {"n": 49}
    autosave.save(file, {"n": 50})
    autosave.close()
    assert read_document(file) == {"n": 50}


def test_a_document_is_what_it_was_when_it_was_saved(tmp_path: Path, autosave: Autosave) -> None:
    document = {"names": ["a"]}
    autosave.save(tmp_path / "a.json", document)
    document["names"].append("b")
    autosave.flush()
    assert read_document(tmp_path / "a.json") == {"names": ["a"]}


def test_a_file_that_cannot_be_written_is_said_and_keeps_no_other(tmp_path: Path) -> None:
    said: list[str] = []
    autosave = Autosave(0.0, said.append)
    (tmp_path / "file").touch()
    autosave.save(tmp_path / "file" / "a.json", {})
    autosave.save(tmp_path / "b.json", {"b": 1})
    autosave.close()
    assert len(said) == 1
    assert "could not be written" in said[0]
    assert read_document(tmp_path / "b.json") == {"b": 1}


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff\xfe"])
def test_a_damaged_document_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    assert read_document(tmp_path / "a.json") == {}


def test_settings_are_found_again(tmp_path: Path, autosave: Autosave) -> None:
    settings = kept_settings(tmp_path, autosave)
    assert settings.theme == "system"
    settings.theme = "light"
    settings.runs_folder = "/runs"
    settings.remember_folder("open", tmp_path)
    autosave.flush()
    again = kept_settings(tmp_path, autosave)
    assert (again.theme, again.runs_folder) == ("light", "/runs")
    assert again.folder_for("open") == tmp_path
    assert again.folder_for("export") == Path.home()


def test_unknown_settings_are_as_at_first() -> None:
    settings = Settings.from_json({"theme": "pink", "runs_folder": 3, "folders": {"open": 7, "export": "/x"}, "n": 1})
    assert (settings.theme, settings.runs_folder) == ("system", "")
    assert settings.folders == {"export": "/x"}


def session(tmp_path: Path, autosave: Autosave) -> SessionModel:
    autosave.flush()
    return SessionModel(tmp_path, autosave)


def test_a_session_is_found_again_whole(tmp_path: Path, autosave: Autosave) -> None:
    first = session(tmp_path, autosave)
    assert first.previous is None
    parts = {
        "paths": ("/a", "/b"),
        "layout": {"geometry": b"\x00\xff"},
        "panes": {"arrangement": "wipe", "divider": 0.25},
        "cameras": {"orbit": [1.0, 2.0]},
        "selected": "0001.jpg",
        "tools": {"brush": {"size": 12}},
    }
    first.keep(**parts)
    first.end()
    second = session(tmp_path, autosave)
    assert second.previous == Session(**parts)
    assert not second.crashed
    assert second.previous_at is not None
    assert second.take_up() == Session(**parts)
    assert second.previous is None
    assert second.now == Session(**parts)


def test_a_window_that_opened_nothing_leaves_the_last_session(tmp_path: Path, autosave: Autosave) -> None:
    first = session(tmp_path, autosave)
    first.keep(paths=("/a",))
    first.end()
    second = session(tmp_path, autosave)
    second.keep(layout={"state": b"new"})
    second.end()
    previous = session(tmp_path, autosave).previous
    assert previous == Session(paths=("/a",), layout={"state": b"new"})


def test_the_look_of_the_window_is_kept_from_the_start(tmp_path: Path, autosave: Autosave) -> None:
    first = session(tmp_path, autosave)
    first.keep(paths=("/a",), layout={"state": b"wide"})
    first.end()
    assert session(tmp_path, autosave).now == Session(layout={"state": b"wide"})


def test_a_killed_window_has_crashed_and_its_session_is_there(tmp_path: Path, autosave: Autosave) -> None:
    code = (
        "import os, sys; from pathlib import Path; from viewer.model.autosave import Autosave\n"
        "from viewer.model.session import SessionModel\n"
        "autosave = Autosave(0.0); SessionModel(Path(sys.argv[1]), autosave).keep(paths=('/a',))\n"
        "autosave.flush(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, cwd=Path(__file__).parents[2])
    found = session(tmp_path, autosave)
    assert found.crashed
    assert found.previous == Session(paths=("/a",))


def test_another_window_that_lives_has_not_crashed(tmp_path: Path, autosave: Autosave) -> None:
    document = {"schema": 1, "paths": ["/a"], "ended": False, "process": os.getppid()}
    (tmp_path / "session.json").write_text(json.dumps(document))
    assert not session(tmp_path, autosave).crashed


def test_parts_that_make_no_sense_are_left_out(tmp_path: Path, autosave: Autosave) -> None:
    document = {
        "schema": 1,
        "paths": ["/a", 3],
        "layout": {"x": "*", "y": "AA=="},
        "panes": 5,
        "selected": 1,
        "at": "?",
    }
    (tmp_path / "session.json").write_text(json.dumps(document))
    found = session(tmp_path, autosave)
    assert found.previous == Session(paths=("/a",), layout={"y": b"\x00"})
    assert found.previous_at is None
    (tmp_path / "session.json").write_text(json.dumps(document | {"schema": 2}))
    assert session(tmp_path, autosave).previous is None
