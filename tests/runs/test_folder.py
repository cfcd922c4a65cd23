from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from recon.errors import InvalidParameter, RunError
from recon.runs import CaptureSource, Job, Run, create, load_run
from recon.runs.folder import create_folder


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path / "capture", tmp_path / "run", "toy", "quick", {"count": "7"}, seed=3, device="cpu")


def test_a_run_is_read_back_as_it_was_made(job: Job) -> None:
    run = create(job)
    assert load_run(job.out) == run
    assert run.config["steps"] == 10
    assert run.config["count"] == 7
    assert (run.seed, run.device, run.parent, run.status()) == (3, "cpu", None, "new")
    assert run.versions["python"].startswith("3.")


def test_paths_are_kept_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = create(Job(Path("capture"), Path("run"), "toy", images=Path("photos")))
    assert run.capture == CaptureSource(str(tmp_path / "capture"), str(tmp_path / "photos"))


@pytest.mark.parametrize("content", ["notes.txt", "run.json"])
def test_nothing_that_is_there_is_touched(job: Job, content: str) -> None:
    job.out.mkdir()
    (job.out / content).write_text("precious")
    with pytest.raises(RunError, match=re.escape(str(job.out))):
        create(job)
    assert [file.name for file in job.out.iterdir()] == [content]
    assert (job.out / content).read_text() == "precious"


def test_a_file_in_the_way_is_named(job: Job) -> None:
    job.out.write_text("precious")
    with pytest.raises(RunError, match="is a file"):
        create(job)


def test_an_empty_folder_may_be_used(job: Job) -> None:
    job.out.mkdir()
    create(job)
    assert load_run(job.out).status() == "new"


def test_what_a_killed_creation_left_is_not_in_the_way(job: Job) -> None:
    half = job.out.with_name(".run.part")
    half.mkdir()
    (half / "run.json").write_text("{")
    create(job)
    assert not half.exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"method": "magic"}, "no method 'magic'"),
        ({"preset": "slow"}, "no preset 'slow'"),
        ({"changes": {"speed": "1"}}, "no parameter 'speed'"),
        ({"changes": {"steps": "many"}}, "steps must be"),
        ({"changes": {"steps": "0"}}, "steps must be"),
        ({"changes": {"trouble": "all"}}, "trouble must be one of"),
        ({"device": "tpu"}, "device must be"),
        ({"seed": -1}, "seed must be"),
        ({"downscale": 0}, "downscale must be"),
    ],
)
def test_what_cannot_be_used_is_said_before_a_folder_is_made(job: Job, changes: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidParameter, match=said):
        create(dataclasses.replace(job, **changes))
    assert not job.out.exists()


@pytest.mark.parametrize(
    ("document", "said"),
    [("{", "cannot be read"), ("{}", "another version"), ('{"schema": 1}', "damaged"), ('{"schema": 2}', "schema 2")],
)
def test_a_damaged_run_is_told_in_a_sentence(tmp_path: Path, document: str, said: str) -> None:
    (tmp_path / "run.json").write_text(document)
    with pytest.raises(RunError, match=said):
        load_run(tmp_path)


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run folder"):
        load_run(tmp_path)
    with pytest.raises(RunError, match="does not exist"):
        load_run(tmp_path / "nowhere")


def test_a_run_of_a_parameter_we_do_not_know_is_refused(job: Job) -> None:
    run = create(job)
    run.config["speed"] = 1
    run.save()
    with pytest.raises(RunError, match="another version of Triptych"):
        load_run(job.out).resolve()


@pytest.mark.parametrize("ask", [Run.metrics, Run.result])
def test_what_is_not_there_yet_is_told_with_the_way_to_it(job: Job, ask: object) -> None:
    with pytest.raises(RunError, match="triptych resume"):
        ask(create(job))


def test_run_json_is_one_readable_document(job: Job) -> None:
    create(job)
    document = json.loads((job.out / "run.json").read_text())
    assert document["schema"] == 1
    wanted = {"method", "config", "seed", "versions", "device", "capture", "parent", "created"}
    assert wanted <= document.keys()


def test_a_folder_without_a_parents_checkpoint_has_none(job: Job, tmp_path: Path) -> None:
    parent = create(job)
    child = create_folder(dataclasses.replace(parent, path=tmp_path / "child", parent=str(parent.path)), parent)
    assert not child.checkpoint_folder.exists()
    assert load_run(child.path).parent == str(parent.path)
