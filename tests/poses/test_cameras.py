"""Photographs without cameras: a bundled scene whose cameras are known, and what people do wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from recon.errors import InputError, InvalidParameter, UnusableCapture
from recon.io import load_capture
from recon.poses import CamerasFound, PosesOptions, Progress, load_report, reconstruct_cameras
from recon.scene.alignment import align

DESK = Path(__file__).resolve().parents[2] / "sample_scenes" / "desk"


def photos_of(folder, names):
    folder.mkdir(parents=True)
    for name in names:
        shutil.copy(DESK / "images" / name, folder / name)
    return folder


def found(photos, out, options=None):
    *progress, last = reconstruct_cameras(photos, out, options)
    assert isinstance(last, CamerasFound)
    assert all(isinstance(event, Progress) for event in progress)
    return last, progress


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """Cameras found of 30 photographs: one blurred beyond use, one of something else, one that is no image."""
    folder = tmp_path_factory.mktemp("desk")
    photos = photos_of(folder / "photos", sorted(path.name for path in (DESK / "images").iterdir()))
    Image.open(photos / "0005.png").filter(ImageFilter.GaussianBlur(8)).save(photos / "0005.png")
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (18, 24, 3)).astype(np.uint8))
    noise.resize((192, 144), Image.Resampling.NEAREST).save(photos / "noise.png")
    (photos / "torn.png").write_bytes((photos / "0001.png").read_bytes()[:300])
    masks = folder / "masks"
    masks.mkdir()
    mask = np.full((144, 192), 255, np.uint8)
    mask[:, :20] = 0
    Image.fromarray(mask).save(masks / "0001.png")
    out = folder / "capture"
    return photos, out, PosesOptions(masks=masks), *found(photos, out, PosesOptions(masks=masks))


def test_cameras_are_where_they_were(desk):
    _, out, _, _, _ = desk
    views = load_capture(out).views
    truth = {Path(view.name).name: view.camera for view in load_capture(DESK).views}
    centers = np.array([view.camera.center for view in views])
    wanted = np.array([truth[view.name].center for view in views])
    off = np.linalg.norm(align(centers, wanted).apply(centers) - wanted, axis=1)
    assert off.max() < 0.02 * np.linalg.norm(np.ptp(wanted, axis=0))
    assert all(abs(view.camera.fx / truth[view.name].fx - 1) < 0.1 for view in views)


def test_the_report_says_what_became_of_each_photograph(desk):
    _, out, _, last, _ = desk
    report = last.report
    assert report.photos == 32
    assert len(report.registered) >= 27
    assert report.reprojection_error < 1
    reasons = {photo.name: photo.reason for photo in report.failed}
    assert reasons["torn.png"] == "cannot be read as an image"
    assert reasons["0005.png"] == "is blurred"
    assert "overlaps with no other" in reasons["noise.png"]
    assert load_report(out / "cameras.json") == report
    text = "\n".join(report.lines())
    assert f"{len(report.registered)} of 32 photographs have a camera" in text
    with Image.open(out / "pairs.png") as picture:
        assert picture.size[0] > 800


def test_the_world_stands_upright(desk):
    _, out, _, _, _ = desk
    downs = np.stack([view.camera.world_from_camera[:3, 1] for view in load_capture(out).views])
    assert downs.mean(0)[1] > 0.5
    assert abs(downs.mean(0)[0]) < 0.1


def test_masks_come_along(desk):
    _, out, _, _, _ = desk
    view = next(view for view in load_capture(out).views if view.name == "0001.png")
    mask = view.mask.read(view.camera.width, view.camera.height)
    assert mask[:, :10].max() == 0
    assert mask[:, 40:].min() == 255


def test_what_is_finished_is_read_and_not_made_again(desk):
    photos, out, options, last, _ = desk
    stamp = (out / "sparse" / "0" / "cameras.bin").stat().st_mtime_ns
    again, progress = found(photos, out, options)
    assert again.report == last.report
    assert progress == []
    assert (out / "sparse" / "0" / "cameras.bin").stat().st_mtime_ns == stamp


def test_stages_are_told_with_their_share(desk):
    *_, progress = desk
    names = list(dict.fromkeys(step.name for step in progress))
    assert names[:4] == ["Reading photographs", "Finding features", "Matching photographs", "Placing photographs"]
    assert all(step.fraction is None or 0 <= step.fraction <= 1 for step in progress)


def test_an_attempt_given_up_goes_on_from_its_database(tmp_path):
    photos = photos_of(tmp_path / "photos", [f"{i:04}.png" for i in range(1, 31)])
    out = tmp_path / "capture"
    events = reconstruct_cameras(photos, out)
    for event in events:
        if event.name == "Matching photographs":
            break
    events.close()
    assert not (out / "cameras.json").exists()
    features = (out / ".work" / "database.db").stat().st_size
    assert features > 0
    last, progress = found(photos, out)
    assert [step.fraction for step in progress if step.name == "Finding features"] == [1.0]
    assert len(last.report.registered) >= 28


@pytest.mark.parametrize("held", [0, 1])
def test_too_few_photographs_are_refused(tmp_path, held):
    photos = photos_of(tmp_path / "photos", ["0001.png"][:held])
    with pytest.raises(UnusableCapture, match="at least two"):
        next(reconstruct_cameras(photos, tmp_path / "capture"))


def test_photographs_of_different_things_say_so(tmp_path):
    rng = np.random.default_rng(1)
    (tmp_path / "photos").mkdir()
    for index in range(3):
        Image.fromarray(rng.integers(0, 256, (96, 128, 3)).astype(np.uint8)).save(tmp_path / "photos" / f"{index}.png")
    with pytest.raises(UnusableCapture, match="Photographs should overlap"):
        list(reconstruct_cameras(tmp_path / "photos", tmp_path / "capture"))


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    photos = photos_of(tmp_path / "photos", ["0001.png", "0002.png"])
    (tmp_path / "capture").mkdir()
    (tmp_path / "capture" / "diary.txt").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        next(reconstruct_cameras(photos, tmp_path / "capture"))
    assert [entry.name for entry in (tmp_path / "capture").iterdir()] == ["diary.txt"]


def test_options_are_checked():
    with pytest.raises(InvalidParameter, match="matching must be one of"):
        PosesOptions(matching="best")
