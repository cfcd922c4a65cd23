from __future__ import annotations

import csv
from pathlib import Path

import pytest
import toy

from recon.errors import InvalidParameter, RunError, TriptychError, UnreadableFile
from recon.runs import Outcome, fork, load_run, read_jobs, resume, run_batch
from recon.runs.batch import Ended, ranked, write_table


def jobs_file(folder: Path, text: str) -> Path:
    path = folder / "jobs.toml"
    path.write_text(text)
    return path


TWO = """
out = "results"
[defaults]
method = "toy"
device = "cpu"
set = { count = 7 }
[[job]]
data = "capture"
[[job]]
name = "second"
data = "capture"
preset = "quick"
seed = 5
set = { steps = 12 }
"""


def test_jobs_are_read_with_defaults_and_paths_from_the_files_own_folder(tmp_path: Path) -> None:
    first, second = read_jobs(jobs_file(tmp_path, TWO))
    assert (first.data, first.out) == (tmp_path / "capture", tmp_path / "results" / "capture-toy")
    assert (first.preset, first.seed, first.changes) == ("standard", 0, {"count": 7})
    assert (second.out.name, second.preset, second.seed, second.changes) == (
        "second",
        "quick",
        5,
        {"count": 7, "steps": 12},
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no run"),
        ("job = 3", "names no run"),
        ("[[job]]", "no `data`"),
        ("[[jobs]]\ndata = 'a'", "unknown jobs"),
        ("[[job]]\ndata = 'a'\nsteps = 3", "unknown steps"),
        ("[[job]]\ndata = 'a'\nseed = 'one'", "must be a"),
        ("[[job]]\ndata = 3", "must be a"),
        ("[[job]]\ndata = 'a'\nset = 3", "must be a"),
        ("[[job]]\ndata = 'a'\ndevice = 'tpu'", "device must be"),
        ("[[job]]\ndata = 'a'\nname = '../b'", "cannot be '../b'"),
        ("[[job]]\ndata = 'a'\n[[job]]\ndata = 'a'", "several jobs are called a-splats"),
    ],
)
def test_what_is_wrong_with_a_batch_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InvalidParameter, match=said):
        read_jobs(jobs_file(tmp_path, text))


def test_a_file_that_is_no_toml_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="TOML"):
        read_jobs(jobs_file(tmp_path, "[[job"))
    with pytest.raises(UnreadableFile, match="does not exist"):
        read_jobs(tmp_path / "nowhere.toml")


class Here:
    """An executor that works in this process, at once."""

    def __init__(self) -> None:
        self.worked_on: list[str] = []

    def submit(self, run_folder: Path) -> Here.Done:
        self.worked_on.append(run_folder.name)
        try:
            list(resume(run_folder))
        except TriptychError as error:
            return self.Done(Ended(error.exit_code, str(error)))
        return self.Done(Ended(0))

    class Done:
        def __init__(self, ended: Ended) -> None:
            self._ended = ended

        def result(self) -> Ended:
            return self._ended


MANY = """
defaults = { method = "toy", device = "cpu", preset = "quick" }
[[job]]
name = "fine"
data = "capture"
[[job]]
name = "fails"
data = "capture"
set = { trouble = "method" }
[[job]]
name = "no-capture"
data = "nowhere"
[[job]]
name = "no-parameter"
data = "capture"
set = { speed = 1 }
[[job]]
name = "also-fine"
data = "capture"
seed = 1
"""


@pytest.mark.usefixtures("unmeasured")
def test_a_failure_keeps_no_other_from_running(tmp_path: Path) -> None:
    toy.write_capture(tmp_path / "capture")
    outcomes = {Path(row.run).name: row for row in run_batch(read_jobs(jobs_file(tmp_path, MANY)), Here())}
    assert {name: row.status for name, row in outcomes.items()} == {
        "fine": "finished", "fails": "failed", "no-capture": "failed", "no-parameter": "failed",
        "also-fine": "finished",
    }  # fmt: skip
    assert "astray" in outcomes["fails"].message
    assert "nowhere" in outcomes["no-capture"].message
    assert "speed" in outcomes["no-parameter"].message
    assert (outcomes["fine"].psnr, outcomes["fine"].count) == (20.0, 50)


@pytest.mark.usefixtures("unmeasured")
def test_done_jobs_are_passed_over_and_partial_ones_resumed(tmp_path: Path) -> None:
    toy.write_capture(tmp_path / "capture")
    jobs = read_jobs(jobs_file(tmp_path, TWO))
    first = Here()
    list(run_batch(jobs, first))
    assert first.worked_on == ["capture-toy", "second"]
    (jobs[1].out / "events.jsonl").unlink()
    again = Here()
    rows = list(run_batch(jobs, again))
    assert again.worked_on == ["second"]
    assert [row.status for row in rows] == ["finished", "finished"]


@pytest.mark.usefixtures("unmeasured")
def test_a_folder_of_other_settings_is_not_taken_for_the_job(tmp_path: Path) -> None:
    toy.write_capture(tmp_path / "capture")
    list(run_batch(read_jobs(jobs_file(tmp_path, TWO)), Here()))
    (row, _) = run_batch(read_jobs(jobs_file(tmp_path, TWO.replace("count = 7", "count = 8"))), Here())
    assert row.status == "failed"
    assert "other settings (count)" in row.message
    assert load_run(tmp_path / "results" / "capture-toy").status() == "finished"
    with pytest.raises(RunError):
        fork(tmp_path / "results" / "second", tmp_path / "results" / "capture-toy", {"steps": 100})


def test_the_table_is_ranked_and_what_has_no_number_comes_last(tmp_path: Path) -> None:
    rows = [Outcome("a", "failed", message="x, y"), Outcome("b", "finished", 20.0), Outcome("c", "finished", 30.0)]
    assert [row.run for row in ranked(rows)] == ["c", "b", "a"]
    write_table(tmp_path / "table.csv", rows)
    with (tmp_path / "table.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["run"] for row in table] == ["c", "b", "a"]
    assert (table[0]["psnr"], table[2]["psnr"], table[2]["message"]) == ("30.0", "", "x, y")
