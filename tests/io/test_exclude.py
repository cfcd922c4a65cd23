"""Photographs that are left out when a capture is read."""

from __future__ import annotations

import json

import pytest

from recon.errors import InvalidParameter, UnusableCapture
from recon.io import load_capture
from recon.runs import CaptureSource, Job, create, load_run


def names(views) -> list[str]:
    return [view.name for view in views]


def test_names_and_patterns_are_left_out_and_said(tmp_path, cameras, options, write_transforms) -> None:
    path = write_transforms(tmp_path, cameras(12))
    every = names(load_capture(path, options()).views)
    capture = load_capture(path, options(exclude=(every[0], every[3])))
    assert names(capture.views) == [name for name in every if name not in {every[0], every[3]}]
    assert any(warning.startswith("2 of 12 photos were left out, as asked: ") for warning in capture.warnings)
    folder = every[0].rpartition("/")[0]
    few = load_capture(path, options(exclude=(f"{folder}/*1*".lstrip("/"),)))
    assert names(few.views) == [name for name in every if "1" not in name.rpartition("/")[2]]


def test_every_eighth_of_the_rest_is_held_out_as_without(tmp_path, cameras, options, write_transforms) -> None:
    path = write_transforms(tmp_path, cameras(20))
    whole = load_capture(path, options())
    gone = names(whole.test)[:1]
    read, cut = load_capture(path, options(exclude=tuple(gone))), whole.without(gone)
    assert names(read.test) == names(cut.test) == [names(read.views)[i] for i in (0, 8, 16)]


def test_a_name_with_brackets_is_a_name(tmp_path, cameras, options, write_transforms) -> None:
    path = write_transforms(tmp_path, cameras(3), names=["IMG[1].png", "b.png", "c.png"])
    capture = load_capture(path, options(exclude=("IMG[1].png",)))
    assert names(capture.views) == ["b.png", "c.png"]


def test_a_pattern_of_nothing_is_warned_of(tmp_path, cameras, options, write_transforms) -> None:
    capture = load_capture(write_transforms(tmp_path, cameras(3)), options(exclude=("nope.jpg",)))
    assert len(capture.views) == 3
    assert "No photo is called 'nope.jpg', so none was left out for it." in capture.warnings


def test_leaving_out_everything_is_refused(tmp_path, cameras, options, write_transforms) -> None:
    with pytest.raises(UnusableCapture, match="as asked"):
        load_capture(write_transforms(tmp_path, cameras(3)), options(exclude=("*",)))


def test_a_run_remembers_what_was_left_out(tmp_path) -> None:
    create(Job(tmp_path / "capture", tmp_path / "run", exclude=["a.jpg", "left/*"]))
    assert load_run(tmp_path / "run").capture.exclude == ("a.jpg", "left/*")


def test_a_run_made_before_is_still_read(tmp_path) -> None:
    create(Job(tmp_path / "capture", tmp_path / "run"))
    file = tmp_path / "run" / "run.json"
    document = json.loads(file.read_text())
    del document["capture"]["exclude"]
    file.write_text(json.dumps(document))
    assert load_run(tmp_path / "run").capture == CaptureSource(str(tmp_path / "capture"))


@pytest.mark.parametrize("exclude", ["0001.jpg", [1]])
def test_what_is_no_list_of_names_is_refused(tmp_path, exclude) -> None:
    with pytest.raises(InvalidParameter, match="list of names"):
        Job(tmp_path, exclude=exclude)
