"""What a path is, opening on threads, and the list of what was opened lately."""

from __future__ import annotations

import io
import json
import queue
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sample_scenes
from recon.errors import InputError, TriptychError
from recon.io import write_splats
from recon.runs import Job, create
from recon.scene import Splats
from viewer.model.autosave import Autosave
from viewer.model.opening import Found, OpeningModel, recognise, sample_scene
from viewer.model.recent import MOST, RecentModel
from viewer.model.scene import Scene

DESK = sample_scenes.path("desk")


@pytest.fixture
def splats(tmp_path: Path) -> Path:
    one = np.ones((1, 3), np.float32)
    path = tmp_path / "some.ply"
    write_splats(path, Splats(one, np.float32([[1, 0, 0, 0]]), one, np.float32([0.5]), np.zeros((1, 1, 3), np.float32)))
    return path


def write_photos(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for i in range(count):
        Image.new("RGB", (640, 480), (20 * i, 90, 90)).save(folder / f"IMG_{i}.jpg")
    return folder


def test_a_capture_is_recognised_by_its_folder_and_by_its_file() -> None:
    for path in (DESK, DESK / "transforms.json"):
        found = recognise(path)
        assert (found.kind, found.words) == ("capture", "30 photographs")
        assert len(found.capture.views) == 30
        assert found.source.load().name == "desk"
        assert found.thumbnail.shape == (144, 192, 3)


def test_a_run_brings_all_photographs_and_says_which_it_left_out(tmp_path: Path) -> None:
    create(Job(DESK, tmp_path / "run", exclude=("images/0003.png",)))
    for path in (tmp_path / "run", tmp_path / "run" / "run.json"):
        found = recognise(path)
        assert (found.kind, found.path, found.words) == ("run", tmp_path / "run", "splats, new")
        assert len(found.capture.views) == 30
        assert found.left_out == {"images/0003.png"}
        assert found.source.exclude == ()


def test_a_run_without_its_photographs_still_opens(tmp_path: Path) -> None:
    create(Job(tmp_path / "gone", tmp_path / "run"))
    found = recognise(tmp_path / "run")
    assert found.capture is None
    assert any("without photographs" in notice for notice in found.scene.notices)


def test_a_splat_file_is_not_read_to_be_recognised(splats: Path) -> None:
    found = recognise(splats)
    assert found.kind == "splats"
    assert found.words.endswith("bytes")


def test_photographs_without_cameras_are_recognised(tmp_path: Path) -> None:
    found = recognise(write_photos(tmp_path / "holiday", 3))
    assert (found.kind, found.words) == ("photographs", "3 photographs, no cameras")
    assert found.photographs.names == ("IMG_0.jpg", "IMG_1.jpg", "IMG_2.jpg")
    assert found.photographs.size == (640, 480)
    assert not found.photographs.is_video
    assert found.thumbnail.shape == (336, 448, 3)


def test_a_video_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "walk.MP4").write_bytes(b"0" * 2500)
    found = recognise(tmp_path / "walk.MP4")
    assert (found.kind, found.words) == ("video", "Video, 2.5 KB")
    assert found.photographs.is_video


def test_real_captures_are_recognised(data) -> None:
    assert recognise(data("fox9_colmap_pinhole")).words == "9 photographs, 1,457 points"
    assert recognise(data("sceaux_castle") / "images").kind == "photographs"
    assert recognise(data("splats") / "hamburger.ply").kind == "splats"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _: None, "does not exist"),
        (lambda path: path.mkdir(), "The folder is empty"),
        (lambda path: path.write_text("hello"), "file of another kind"),
        (lambda path: (path.mkdir(), (path / "notes.txt").touch()), r"The folder holds notes\.txt"),
        (lambda path: (path.mkdir(), (path / "transforms.json").write_text("{")), r"transforms\.json"),
        (lambda path: (path.mkdir(), (path / "run.json").write_text("[]")), "run.json"),
    ],
)
def test_what_cannot_be_opened_is_said_in_a_sentence(tmp_path: Path, make, said: str) -> None:
    make(tmp_path / "thing")
    with pytest.raises(TriptychError, match=said):
        recognise(tmp_path / "thing")


def test_the_sample_scene_is_found() -> None:
    assert sample_scene() == DESK


class Desk:
    """Opens what it is told, and runs what is posted."""

    def __init__(self, read) -> None:
        self.posted: queue.Queue = queue.Queue()
        self.model = OpeningModel(self.posted.put, read)
        self.found: list[Found] = []
        self.model.found.connect(self.found.append)

    def wait(self, count: int = 1) -> None:
        for _ in range(count):
            self.posted.get(timeout=10)()


def plain(path: Path) -> Found:
    if "bad" in path.name:
        raise InputError(f"{path.name} is bad.")
    if "bug" in path.name:
        raise KeyError(path.name)
    return Found(path, "capture", "words", Scene(path.name))


def test_paths_are_opened_and_told_of_on_the_way(tmp_path: Path) -> None:
    desk = Desk(plain)
    desk.model.open([tmp_path / "a", tmp_path / "b", tmp_path / "a"])
    assert set(desk.model.pending) == {tmp_path / "a", tmp_path / "b"}
    desk.wait(2)
    assert {found.path for found in desk.found} == {tmp_path / "a", tmp_path / "b"}
    assert desk.model.pending == ()


def test_failures_are_kept_until_dismissed_or_tried_again(tmp_path: Path) -> None:
    desk = Desk(plain)
    desk.model.open([tmp_path / "bad"])
    desk.wait()
    (failure,) = desk.model.failures
    assert (failure.message, failure.report) == ("bad is bad.", "")
    desk.model.open([tmp_path / "bad"])
    assert desk.model.failures == ()
    desk.wait()
    desk.model.dismiss(tmp_path / "bad")
    assert desk.model.failures == ()


def test_our_own_faults_bring_a_report(tmp_path: Path) -> None:
    desk = Desk(plain)
    desk.model.open([tmp_path / "bug"])
    desk.wait()
    (failure,) = desk.model.failures
    assert "Triptych failed on it (KeyError)" in failure.message
    assert "Traceback" in failure.report


def test_what_is_cancelled_never_arrives(tmp_path: Path) -> None:
    desk = Desk(plain)
    desk.model.open([tmp_path / "a"])
    desk.model.cancel(tmp_path / "a")
    desk.wait()
    assert desk.found == []
    assert desk.model.pending == ()


def test_photographs_dropped_one_by_one_mean_their_folder(tmp_path: Path) -> None:
    desk = Desk(plain)
    desk.model.open([tmp_path / "IMG_1.JPG", tmp_path / "IMG_2.JPG"])
    assert desk.model.pending == (tmp_path,)
    desk.wait()


@pytest.fixture
def autosave():
    made = Autosave(0.0)
    yield made
    made.close()


def found(name: str, shade: int | None = None) -> Found:
    pixels = None if shade is None else np.full((60, 80, 3), shade, np.uint8)
    return Found(Path("/somewhere") / name, "capture", f"{name} words", Scene(name), thumbnail=pixels)


def test_the_latest_comes_first_and_once(tmp_path: Path, autosave: Autosave) -> None:
    recent = RecentModel(tmp_path, autosave)
    for name in ("a", "b", "a"):
        recent.remember(found(name))
    assert [entry.path for entry in recent.entries] == ["/somewhere/a", "/somewhere/b"]
    autosave.flush()
    again = RecentModel(tmp_path, autosave)
    assert again.entries == recent.entries
    again.forget("/somewhere/a")
    assert [entry.words for entry in again.entries] == ["b words"]
    again.clear()
    autosave.flush()
    assert RecentModel(tmp_path, autosave).entries == ()


def test_pictures_are_kept_and_go_with_their_entries(tmp_path: Path, autosave: Autosave) -> None:
    recent = RecentModel(tmp_path, autosave)
    recent.remember(found("a", 200))
    autosave.flush()
    again = RecentModel(tmp_path, autosave)
    with Image.open(io.BytesIO(again.picture(again.entries[0]))) as picture:
        assert picture.size == (80, 60)
        assert abs(picture.getpixel((40, 30))[0] - 200) < 3
    for i in range(MOST):
        again.remember(found(f"other{i}"))
    assert len(again.entries) == MOST
    assert list((tmp_path / "pictures").iterdir()) == []
    assert again.picture(again.entries[0]) is None


@pytest.mark.parametrize("entries", [None, 3, [3], [{"path": 1}], [{"path": "/a", "kind": "x", "words": "", "at": ""}]])
def test_a_damaged_list_is_an_empty_one(tmp_path: Path, autosave: Autosave, entries) -> None:
    (tmp_path / "recent.json").write_text(json.dumps({"entries": entries}))
    assert RecentModel(tmp_path, autosave).entries == ()
