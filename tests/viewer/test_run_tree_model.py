"""The runs there are: found, told apart, renamed, thrown away."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from recon.methods.registry import method_named
from recon.runs import Job, create, fork, load_run
from recon.runs.events import EventLog
from viewer.model.run_tree import RunTree


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def make(folder: Path, data: str = "fox", **changes) -> Path:
    create(Job(Path("/data") / data, folder, preset="quick", changes=changes))
    return folder


def finish(folder: Path, psnr: float = 25.0) -> None:
    metrics = {"mean": {"psnr": psnr, "ssim": 0.9}, "views": [], "geometry": {"kind": "splats", "count": 1234}}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "events.jsonl").write_text('{"time": 1, "type": "finished", "step": 9}\n')
    (folder / "result.ply").touch()


def refusals(tree: RunTree) -> list[str]:
    heard: list[str] = []
    tree.refused.connect(heard.append)
    return heard


def look(runs: Path) -> RunTree:
    tree = RunTree([runs])
    tree.refresh()
    return tree


def test_a_run_and_its_branches(runs: Path) -> None:
    parent = make(runs / "a", cap=20_000)
    finish(parent)
    fork(parent, runs / "b", {"cap": 40_000, "antialiased": True})
    tree = look(runs)
    (root,) = tree.roots
    assert (root.name, root.status, root.psnr, root.ssim, root.count) == ("a", "finished", 25.0, 0.9, 1234)
    assert root.changes == "quick, cap 20,000"
    assert root.has_result
    (child,) = tree.children(root.path)
    assert (child.name, child.status, child.psnr) == ("b", "new", None)
    assert child.changes == "cap 40,000, antialiased on"
    assert child.created is not None


def test_a_family_that_was_moved_stays_together(runs: Path, tmp_path: Path) -> None:
    fork(make(runs / "a"), runs / "b", {"cap": 40_000})
    runs.rename(tmp_path / "elsewhere")
    tree = look(tmp_path / "elsewhere")
    assert [entry.name for entry in tree.children(tmp_path / "elsewhere" / "a")] == ["b"]


def test_only_runs_of_the_capture_are_shown(runs: Path) -> None:
    make(runs / "a", "fox")
    make(runs / "b", "desk")
    tree = look(runs)
    assert len(tree.entries) == 2
    tree.capture = str(Path("/data/desk"))
    assert [entry.name for entry in tree.entries] == ["b"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("run.json", "{", "run.json cannot be read"),
        ("run.json", "[]", "should hold a JSON object"),
        ("run.json", '{"schema": 99}', "99"),
        ("run.json", '{"schema": 1}', "run.json"),
        ("metrics.json", "nonsense", "metrics.json is damaged"),
        ("metrics.json", '{"mean": 3}', "metrics.json is damaged"),
    ],
)
def test_a_damaged_run_is_told_by_a_sentence(runs: Path, name: str, content: str, words: str) -> None:
    make(runs / "good")
    (make(runs / "bad") / name).write_text(content)
    tree = look(runs)
    entry = tree.entry(runs / "bad")
    assert entry is not None
    assert words in entry.problem
    assert (entry.status == "damaged") == (name == "run.json")
    assert tree.entry(runs / "good").problem == ""


def test_a_run_of_an_unknown_method_is_still_shown(runs: Path) -> None:
    make(runs / "a")
    document = json.loads((runs / "a" / "run.json").read_text()) | {"method": "magic", "created": "2020-01-01T00:00:00"}
    (runs / "a" / "run.json").write_text(json.dumps(document))
    (entry,) = look(runs).entries
    assert (entry.method, entry.status, entry.changes) == ("magic", "new", "")


def test_refreshing_tells_of_changes_only(runs: Path) -> None:
    make(runs / "a")
    tree = look(runs)
    heard: list[int] = []
    tree.changed.connect(lambda: heard.append(1))
    tree.refresh()
    assert heard == []
    finish(runs / "a")
    tree.refresh()
    assert tree.entries[0].status == "finished"
    make(runs / "b")
    tree.refresh()
    assert len(heard) == 2


def test_a_run_that_is_killed_is_noticed_though_no_file_changes(runs: Path) -> None:
    log = EventLog(make(runs / "a") / "events.jsonl")
    log._append("step", {"step": 1})
    tree = look(runs)
    assert tree.entries[0].status == "running"
    refused = refusals(tree)
    assert not tree.delete(runs / "a")
    assert tree.rename(runs / "a", "b") is None
    assert refused == ["a is running. Stop it first."] * 2
    log.__exit__()
    tree.refresh()
    assert tree.entries[0].status == "interrupted"


def test_watching_a_run_finds_those_beside_it(runs: Path) -> None:
    make(runs / "a")
    make(runs / "b")
    tree = RunTree()
    tree.watch(runs / "a")
    assert tree.folders == (runs,)
    assert len(tree.entries) == 2
    tree.watch(runs / "nowhere")
    assert len(tree.entries) == 2


def test_renaming_takes_the_children_along(runs: Path) -> None:
    fork(make(runs / "a"), runs / "b", {"cap": 40_000})
    tree = look(runs)
    assert tree.rename(runs / "a", "first try") == runs / "first try"
    assert load_run(runs / "b").parent == str(runs / "first try")
    assert [entry.name for entry in tree.children(runs / "first try")] == ["b"]


@pytest.mark.parametrize("name", ["", "../a", "a/b", ".hidden", "b"])
def test_a_name_that_will_not_do_is_refused(runs: Path, name: str) -> None:
    make(runs / "a")
    make(runs / "b")
    tree = look(runs)
    refused = refusals(tree)
    assert tree.rename(runs / "a", name) is None
    assert len(refused) == 1
    assert (runs / "a").exists()


def test_deleting_moves_to_the_bin(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import send2trash

    binned: list[Path] = []
    monkeypatch.setattr(send2trash, "send2trash", lambda path: binned.append(path.rename(tmp_path / path.name)))
    make(runs / "a")
    tree = look(runs)
    assert tree.delete(runs / "a")
    assert tree.entries == ()
    assert (binned[0] / "run.json").exists()


def test_a_bin_that_refuses_loses_nothing(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import send2trash

    def refuse(path: Path) -> None:
        raise PermissionError("no bin on this disk")

    monkeypatch.setattr(send2trash, "send2trash", refuse)
    make(runs / "a")
    tree = look(runs)
    refused = refusals(tree)
    assert not tree.delete(runs / "a")
    assert "no bin on this disk" in refused[0]
    assert len(tree.entries) == 1


@pytest.mark.skipif(os.name != "posix" or os.uname().sysname != "Linux", reason="the plain bin is that of Linux")
def test_the_plain_bin_works_without_a_desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from send2trash.plat_other import send2trash

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    folder = make(tmp_path / "runs" / "a")
    send2trash(str(folder))
    assert not folder.exists()


def test_many_runs_are_looked_at_quickly(runs: Path) -> None:
    make(runs / "0")
    run = load_run(runs / "0")
    for number in range(1, 60):
        replace(run, path=runs / str(number)).path.mkdir()
        replace(run, path=runs / str(number)).save()
        finish(runs / str(number))
    tree = look(runs)
    begun = time.process_time()
    tree.refresh()
    assert time.process_time() - begun < 0.5
    assert len(tree.entries) == 60


def test_presets_are_told_by_name(runs: Path) -> None:
    create(Job(Path("/data/fox"), runs / "a", preset="best"))
    (entry,) = look(runs).entries
    assert entry.changes == "best"
    assert set(entry.config) == set(vars(method_named("splats").presets["best"]))
