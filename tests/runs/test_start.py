from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recon.errors import DeviceUnavailable, InputError, InvalidParameter, OutOfMemory, RunError
from recon.methods.base import Finished, Forecast, Started, Step, Warned
from recon.runs import Reconstruction, fork, load_run, reconstruct, resources, resume
from recon.runs.events import EventLog
from recon.runs.folder import EVENTS

pytestmark = pytest.mark.usefixtures("unmeasured")


def begin(capture: Path, out: Path, **changes: Any) -> Reconstruction:
    return reconstruct(capture, out, method="toy", device="cpu", seed=1, changes=changes)


def test_a_capture_that_cannot_be_read_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        begin(tmp_path / "nowhere", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_gpu_that_is_not_there_is_said(capture_folder: Path, tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(DeviceUnavailable, match="the device cpu"):
        reconstruct(capture_folder, tmp_path / "run", method="toy", device="cuda")
    assert not (tmp_path / "run").exists()


def test_it_is_made_smaller_until_it_fits(
    capture_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "free_memory", lambda _: Forecast(int(3e9)))
    run = begin(capture_folder, tmp_path / "run", gigabytes=10)
    assert run.fit is not None
    assert run.fit.memory == "About 2.5 GB of memory needed, 3.0 GB free."
    warned = [event.message for event in run if isinstance(event, Warned)]
    assert warned == ["The count is halved.", "The count is halved."]
    saved = load_run(tmp_path / "run")
    assert saved.config["count"] == 12
    assert saved.requested is not None
    assert saved.requested["count"] == 50
    assert saved.metrics()["geometry"]["count"] == 12


def test_it_is_refused_when_it_never_fits(
    capture_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "free_memory", lambda _: Forecast(int(1e9)))
    with pytest.raises(OutOfMemory, match=r"2\.5 GB of memory would be needed even at the smallest"):
        begin(capture_folder, tmp_path / "run", gigabytes=10)
    assert not (tmp_path / "run").exists()


def test_a_run_is_not_made_smaller_when_it_goes_on(
    capture_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begin(capture_folder, tmp_path / "run", gigabytes=1)
    assert isinstance(next(event for event in run if isinstance(event, Step)), Step)
    next(run)
    run.close()
    monkeypatch.setattr(resources, "free_memory", lambda _: Forecast(1))
    assert isinstance(list(resume(tmp_path / "run"))[-1], Finished)


def test_two_processes_do_not_work_on_one_run(capture_folder: Path, tmp_path: Path) -> None:
    begin(capture_folder, tmp_path / "run").close()
    with EventLog(tmp_path / "run" / EVENTS), pytest.raises(RunError, match="another process"):
        resume(tmp_path / "run")


def test_a_fork_goes_on_from_its_parents_checkpoint(capture_folder: Path, tmp_path: Path) -> None:
    list(begin(capture_folder, tmp_path / "parent"))
    child = fork(tmp_path / "parent", tmp_path / "child", {"steps": "60"})
    assert child.parent == str(tmp_path / "parent")
    events = list(resume(child.path))
    assert next(event for event in events if isinstance(event, Started)) == Started("toy", 60, 40)
    list(begin(capture_folder, tmp_path / "whole", steps=60))
    assert (child.path / "result.ply").read_bytes() == (tmp_path / "whole" / "result.ply").read_bytes()
    assert load_run(tmp_path / "parent").config["steps"] == 40


def test_a_change_that_does_not_fit_the_checkpoint_starts_anew_and_says_so(
    capture_folder: Path, tmp_path: Path
) -> None:
    parent = begin(capture_folder, tmp_path / "parent")
    next(event for event in parent if event == Step(5, getattr(event, "loss", 0), getattr(event, "values", {})))
    parent.close()
    fork(tmp_path / "parent", tmp_path / "child", {"count": 20})
    events = list(resume(tmp_path / "child"))
    assert any("starting anew" in event.message for event in events if isinstance(event, Warned))
    list(begin(capture_folder, tmp_path / "whole", count=20))
    assert (tmp_path / "child" / "result.ply").read_bytes() == (tmp_path / "whole" / "result.ply").read_bytes()


def test_a_fork_without_a_step_to_take_is_refused(capture_folder: Path, tmp_path: Path) -> None:
    list(begin(capture_folder, tmp_path / "parent"))
    with pytest.raises(RunError, match="--set steps=80"):
        fork(tmp_path / "parent", tmp_path / "child", {"rate": 0.1})
    with pytest.raises(InvalidParameter, match="no parameter"):
        fork(tmp_path / "parent", tmp_path / "child", {"speed": 0.1})
    assert not (tmp_path / "child").exists()
