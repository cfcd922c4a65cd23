from __future__ import annotations

import json

import numpy as np
import pytest

from recon.errors import UnusableCapture
from recon.io import load_capture

OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])


@pytest.fixture
def lego(tmp_path, cameras, write_photo):
    """A scene in the manner of NeRF-synthetic, its photos cut out by alpha."""
    folder, made = tmp_path / "lego", cameras(6)
    for split, part in (("train", made[:3]), ("val", made[3:4]), ("test", made[4:])):
        frames = []
        for index, camera in enumerate(part):
            write_photo(folder / split / f"r_{index}.png", color=(10, 20, 30, 128))
            matrix = (camera.world_from_camera @ OPENGL).tolist()
            frames.append({"file_path": f"./{split}/r_{index}", "rotation": 0.1, "transform_matrix": matrix})
        record = {"camera_angle_x": 0.6911112070083618, "frames": frames}
        (folder / f"transforms_{split}.json").write_text(json.dumps(record))
    return folder, made


@pytest.mark.parametrize("given", ["", "transforms_train.json", "transforms_test.json"])
def test_the_stated_split_is_kept(lego, options, given):
    folder, made = lego
    capture = load_capture(folder / given, options())
    assert [view.name for view in capture.train] == ["train/r_0", "train/r_1", "train/r_2"]
    assert [view.name for view in capture.test] == ["test/r_0", "test/r_1"]
    assert capture.warnings == ()
    np.testing.assert_allclose(capture.train[1].camera.world_from_camera, made[1].world_from_camera, atol=1e-12)
    focal = 0.5 * 40 / np.tan(0.5 * 0.6911112070083618)
    np.testing.assert_allclose(capture.test[0].camera.intrinsics, [focal, focal, 20, 15])


def test_the_subject_is_cut_out_by_alpha(lego, options):
    view = load_capture(lego[0], options()).views[0]
    np.testing.assert_array_equal(view.image.read(20, 15), np.full((15, 20, 3), [10, 20, 30]))
    np.testing.assert_array_equal(view.alpha.read(20, 15), np.full((15, 20), 128))


def test_validation_views_stand_in_for_missing_test_views(lego, options):
    folder, _ = lego
    (folder / "transforms_test.json").unlink()
    assert [view.name for view in load_capture(folder, options()).test] == ["val/r_0"]
    (folder / "transforms_val.json").unlink()
    capture = load_capture(folder, options())
    assert capture.test == ()
    assert capture.warnings == ("There is no transforms_test.json, so nothing is held out for testing.",)


def test_missing_photos_are_counted(lego, options):
    folder, _ = lego
    (folder / "train" / "r_1.png").unlink()
    capture = load_capture(folder, options())
    assert capture.warnings == ("1 of 5 photos was left out, the file is missing: train/r_1.",)
    for path in folder.glob("*/*.png"):
        path.unlink()
    with pytest.raises(UnusableCapture, match=r"no usable view\. 5 of 5 photos were left out"):
        load_capture(folder, options())
