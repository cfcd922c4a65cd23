"""A job in the making: chosen, forecast, started, changed while it runs, branched off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import toy
from toy_fixtures import _no_power_cuts, _toy_method, capture_folder, unmeasured
from trainers import Clock, FakeTrainer, WindowThread

from recon.editing.blocks import MarkBlocks
from recon.methods.base import Finished, Set, Started, Step
from recon.runs import CaptureSource, Job, load_run, resume, start
from viewer.model.run import RunModel
from viewer.model.tune import NO_CAPTURE, Machine, TuneModel, default_runs_folder

__all__ = ["_no_power_cuts", "_toy_method", "capture_folder", "unmeasured"]


@pytest.fixture
def thread() -> WindowThread:
    return WindowThread()


@pytest.fixture
def trainer() -> FakeTrainer:
    return FakeTrainer()


@pytest.fixture
def tune(trainer: FakeTrainer, thread: WindowThread, capture_folder: Path, tmp_path: Path) -> TuneModel:
    """The toy, about to be run on the toy capture."""
    model = TuneModel(RunModel(trainer, Clock()), thread.post, tmp_path / "runs")
    source = CaptureSource(str(capture_folder))
    model.show_capture(source, source.load())
    model.choose_method("toy")
    model.choose_preset("quick")
    return model


def refusals(tune: TuneModel) -> list[str]:
    heard: list[str] = []
    tune.refused.connect(heard.append)
    return heard


def begin(tune: TuneModel) -> None:
    tune.start()
    tune.run.on_started(tune.out)
    tune.run.on_event(Started("toy", 10))
    tune.run.on_event(Step(1, 0.5))


def finished_run(capture_folder: Path, out: Path, **changes) -> Path:
    for _ in start(Job(capture_folder, out, "toy", "quick", changes)):
        pass
    return out


def test_what_is_chosen_becomes_the_job(tune: TuneModel, trainer: FakeTrainer, tmp_path: Path) -> None:
    tune.form.set("count", "70")
    tune.change(seed=3, device="cpu", downscale=2)
    tune.start()
    (job,) = trainer.asked
    assert job == replace(
        tune.job, out=tmp_path / "runs" / "capture-toy", method="toy", preset="quick", changes={"count": 70}
    )
    assert (job.seed, job.device, job.downscale) == (3, "cpu", 2)


def test_a_preset_takes_all_values(tune: TuneModel) -> None:
    tune.form.set("count", 70)
    tune.choose_preset("best")
    assert tune.form.config == toy.METHOD.presets["best"]
    assert not tune.form.changes


def test_every_method_can_be_chosen(tune: TuneModel) -> None:
    for method in tune.methods:
        tune.choose_method(method.name)
        assert tune.form.config == method.presets["quick"]


def test_leaving_photographs_out_keeps_what_was_chosen(tune: TuneModel, capture_folder: Path) -> None:
    tune.form.set("count", 70)
    tune.show_capture(CaptureSource(str(capture_folder), exclude=("view_1.png",)), tune.capture)
    assert tune.job.exclude == ("view_1.png",)
    assert tune.form.changes == {"count": 70}
    tune.show_capture(CaptureSource("/elsewhere"), tune.capture)
    assert tune.form.changes == {}


def test_nothing_starts_without_a_capture_or_with_a_wrong_value(tune: TuneModel, trainer: FakeTrainer) -> None:
    refused = refusals(tune)
    tune.form.set("count", -1)
    assert not tune.can_start
    tune.start()
    tune.show_capture(None)
    tune.start()
    assert refused == ["count must be a whole number from 1 to 1e+06, got -1.", NO_CAPTURE]
    assert trainer.asked == []


def test_a_value_of_the_job_that_will_not_do_is_refused(tune: TuneModel) -> None:
    refused = refusals(tune)
    tune.change(downscale=0)
    assert "downscale must be at least 1" in refused[0]
    assert tune.job.downscale == 1


def test_the_folder_is_free_and_can_be_chosen(tune: TuneModel, tmp_path: Path) -> None:
    (tmp_path / "runs" / "capture-toy").mkdir(parents=True)
    assert tune.out == tmp_path / "runs" / "capture-toy-2"
    tune.change(out=tmp_path / "mine")
    assert tune.out == tmp_path / "mine"
    begin(tune)
    tune.run.on_event(Finished(10))
    assert tune.out == tmp_path / "runs" / "capture-toy-2"  # the next run does not go into the same folder


def test_the_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_runs_folder().name == "Triptych"
    (tmp_path / "runs").mkdir()
    assert default_runs_folder() == tmp_path / "runs"


def test_memory_is_forecast(tune: TuneModel) -> None:
    assert tune.outlook.fits
    assert "of memory needed" in tune.outlook.text
    tune.form.set("gigabytes", 1e6)
    assert not tune.outlook.fits
    assert "even at the smallest" in tune.outlook.text
    tune.form.set("gigabytes", 1)
    tune.form.set("count", 0)
    assert tune.outlook.text == ""


def test_what_will_be_lowered_is_said(tune: TuneModel, monkeypatch: pytest.MonkeyPatch) -> None:
    from recon.methods.base import Forecast
    from viewer.model import tune as module

    monkeypatch.setattr(module, "free_memory", lambda _: Forecast(4 * 10**9))
    tune.form.set("gigabytes", 10)
    assert tune.outlook.lowered == ("The count is halved.", "The count is halved.")
    assert "2.5 GB of memory needed, 4.0 GB free" in tune.outlook.text


def test_on_a_gpu_the_forecast_is_the_gpus(tune: TuneModel) -> None:
    tune.choose_method("splats")
    tune.machine = Machine("cuda", 10**12)
    assert "on the GPU" in tune.outlook.text
    tune.machine = Machine("cuda")
    assert "free" not in tune.outlook.text
    tune.change(device="cpu")
    assert "on the GPU" not in tune.outlook.text


def test_a_downscale_needs_less(tune: TuneModel) -> None:
    tune.choose_method("splats")
    needed = [tune.method.forecast(tune._capture(tune.capture), tune.form.config, "cpu").host_bytes]
    tune.change(downscale=4)
    needed += [tune.method.forecast(tune._capture(tune.capture), tune.form.config, "cpu").host_bytes]
    assert needed[1] < needed[0]


def test_live_parameters_go_to_the_run(tune: TuneModel, trainer: FakeTrainer) -> None:
    tune.start()
    assert tune.form.access == "none"
    tune.run.on_event(Step(1, 0.5))
    assert tune.form.access == "live"
    tune.form.set("rate", 0.5)
    tune.form.set("rate", 9)  # wrong: stays in the form
    tune.form.set("rate", 0.5)
    tune.form.set("rate", 0.25)
    assert trainer.asked[1:] == [Set("rate", 0.5), Set("rate", 0.25)]
    assert [mark.text for mark in tune.run.curves.marks] == ["rate = 0.5", "rate = 0.25"]
    tune.run.on_event(Finished(10))
    assert tune.form.access == "all"
    tune.form.set("rate", 0.125)
    assert len(trainer.asked) == 3


def test_the_form_of_a_run_stays_when_another_capture_is_opened(tune: TuneModel) -> None:
    tune.form.set("count", 70)
    begin(tune)
    tune.show_capture(None)
    assert tune.form.values["count"] == 70


@pytest.mark.usefixtures("unmeasured")
def test_a_finished_run_is_branched_off(
    tune: TuneModel, trainer: FakeTrainer, thread: WindowThread, capture_folder: Path, tmp_path: Path
) -> None:
    parent = finished_run(capture_folder, tmp_path / "runs" / "a", rate=0.5)
    tune.branch_off(parent)
    assert tune.parent.path == parent
    assert tune.form.values["rate"] == 0.5
    assert tune.form.changes == {"steps": 20}  # those of the parent are done
    assert tune.out == tmp_path / "runs" / "a-2"
    tune.form.set("steps", 10)
    assert tune.problem == "a is at step 10 already. Ask for more steps than that."
    tune.form.set("steps", 12)
    tune.start()
    assert not tune.can_start
    thread.run_next()
    assert trainer.asked == [tmp_path / "runs" / "a-2"]
    assert load_run(tmp_path / "runs" / "a-2").parent == str(parent)
    assert tune.parent is None
    assert [type(event) for event in resume(tmp_path / "runs" / "a-2")][-1] is Finished


@pytest.mark.usefixtures("unmeasured")
def test_a_branch_that_cannot_be_made_is_refused(
    tune: TuneModel, trainer: FakeTrainer, thread: WindowThread, capture_folder: Path, tmp_path: Path
) -> None:
    refused = refusals(tune)
    tune.branch_off(tmp_path / "nowhere")
    tune.branch_off(finished_run(capture_folder, tmp_path / "runs" / "a"))
    tune.change(out=capture_folder)  # holds photographs
    tune.start()
    thread.run_next()
    assert len(refused) == 2
    assert "is not empty" in refused[1]
    assert trainer.asked == []
    assert tune.can_start
    tune.leave_parent()
    assert not tune.form.changes


@pytest.mark.usefixtures("unmeasured")
def test_a_resumed_run_shows_its_parameters_as_they_are(
    tune: TuneModel, trainer: FakeTrainer, thread: WindowThread, capture_folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "runs" / "a"
    given = iter([None] * 6 + [Set("rate", 0.5)])
    run = start(Job(capture_folder, out, "toy", "best"), lambda: next(given, None))
    for event in run:
        if isinstance(event, Step) and event.step == 20:
            run.close()
    tune.resume(out)
    thread.run_next()
    assert trainer.asked == [out]
    assert (tune.job.method, tune.job.preset) == ("toy", "best")
    assert tune.form.changes == {"rate": 0.5}
    assert len(tune.run.curves.points("loss")[0]) == 20
    refused = refusals(tune)
    tune.run.on_died("gone")
    tune.resume(tmp_path)
    thread.run_next()
    assert len(refused) == 1


@pytest.mark.usefixtures("unmeasured")
def test_a_fit_goes_on_from_edited_blocks(
    tune: TuneModel, trainer: FakeTrainer, thread: WindowThread, capture_folder: Path, tmp_path: Path, monkeypatch
) -> None:
    made = load_run(finished_run(capture_folder, tmp_path / "runs" / "a-2", rate=0.5))
    asked = []
    monkeypatch.setattr("viewer.model.tune.fit_on", lambda *given: asked.append(given) or made)
    edits = (MarkBlocks((0,), "locked"),)
    tune.fit_on(tmp_path / "runs" / "a", edits)
    assert not tune.can_start
    thread.run_next()
    thread.run_next()
    assert asked == [(tmp_path / "runs" / "a", tmp_path / "runs" / "a-3", None, edits)]
    assert trainer.asked == [made.path]
    assert tune.form.values["rate"] == 0.5


@pytest.mark.usefixtures("unmeasured")
def test_a_fit_that_cannot_go_on_says_why(
    tune: TuneModel, trainer: FakeTrainer, thread: WindowThread, capture_folder: Path, tmp_path: Path
) -> None:
    refused = refusals(tune)
    tune.fit_on(finished_run(capture_folder, tmp_path / "runs" / "a"), ())
    thread.run_next()
    assert "only blocks can" in refused[0]
    assert trainer.asked == []
    assert tune.can_start
