"""What holds for captures of every kind."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from recon.errors import InvalidParameter, UnreadableFile, UnusableCapture
from recon.io import ImageCache, load_capture, prepare
from recon.io.captures.assemble import default_cache


def test_other_things_are_refused_with_what_was_wanted_and_found(tmp_path, options):
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "folder").mkdir()
    wanted = "transforms_train.json file, a transforms.json file, a COLMAP model"
    with pytest.raises(UnusableCapture, match=rf"{wanted}.*The folder holds folder/, notes\.txt\."):
        load_capture(tmp_path, options())
    with pytest.raises(UnusableCapture, match="The folder is empty"):
        load_capture(tmp_path / "folder", options())
    with pytest.raises(UnusableCapture, match="file of another kind"):
        load_capture(tmp_path / "notes.txt", options())
    with pytest.raises(UnusableCapture, match="nothing at that path"):
        load_capture(tmp_path / "nowhere", options())


@pytest.mark.parametrize(("k", "size"), [(1, (40, 30)), (3, (13, 10)), (7, (6, 4)), (100, (1, 1))])
def test_downscaling_scales_cameras_by_what_the_photo_is_scaled_by(
    tmp_path, cameras, options, write_transforms, k, size
):
    path = write_transforms(tmp_path, cameras(1))
    (full,) = load_capture(path, options()).views
    (view,) = load_capture(path, options(downscale=k)).views
    assert (view.camera.width, view.camera.height) == size
    ratio = np.array([size[0] / 40, size[1] / 30] * 2)
    np.testing.assert_allclose(view.camera.intrinsics, full.camera.intrinsics * ratio)
    assert view.image.read(*size).shape == (size[1], size[0], 3)


def test_downscale_must_be_a_positive_number(tmp_path, options):
    with pytest.raises(InvalidParameter, match="downscale"):
        load_capture(tmp_path, options(downscale=0))


def test_cameras_follow_photos_of_another_size(tmp_path, cameras, options, write_transforms, write_photo):
    path = write_transforms(tmp_path, cameras(3))
    write_photo(tmp_path / "images" / "0001.png", 20, 15)
    write_photo(tmp_path / "images" / "0002.png", 61, 45)  # one and a half times, rounded
    capture = load_capture(path, options())
    assert [(view.camera.width, view.camera.height) for view in capture.views] == [(40, 30), (20, 15), (61, 45)]
    np.testing.assert_allclose(capture.views[1].camera.intrinsics, np.array([50, 51, 19.5, 15.5]) / 2)
    (warning,) = capture.warnings
    assert warning.startswith("2 of 3 photos have another size than their camera (photo 20x15, camera 40x30)")


def test_photos_of_another_shape_or_none_are_left_out(tmp_path, cameras, options, write_transforms, write_photo):
    path = write_transforms(tmp_path, cameras(4))
    write_photo(tmp_path / "images" / "0001.png", 30, 40)
    (tmp_path / "images" / "0002.png").write_bytes(b"no image")
    capture = load_capture(path, options())
    assert len(capture.views) == 2
    shape, damage = capture.warnings
    assert shape.startswith("1 of 4 photos was left out, the photo has another shape than its camera")
    assert shape.endswith("images/0001.png (photo 30x40, camera 40x30).")
    assert damage == "1 of 4 photos was left out, the file cannot be read as an image: images/0002.png."


def test_a_photo_named_twice_is_taken_once(tmp_path, cameras, options, write_transforms):
    path = write_transforms(tmp_path, cameras(2), names=["images/a.png", "./images/a.png"])
    capture = load_capture(path, options())
    assert [view.name for view in capture.views] == ["images/a.png"]
    assert capture.warnings == ("1 of 2 photos was left out, the name appears twice: images/a.png.",)


@pytest.mark.parametrize("place", ["0000.png", "0000.png.png", "images/0000.png", "images/0000.png.png", "0000.jpg"])
def test_masks_are_matched_by_name(tmp_path, cameras, options, write_transforms, write_photo, place):
    path = write_transforms(tmp_path / "scene", cameras(3))
    write_photo(tmp_path / "masks" / place, color=(255,))
    capture = load_capture(path, options(masks=tmp_path / "masks"))
    assert [view.mask is not None for view in capture.views] == [True, False, False]
    assert (capture.views[0].mask.read(20, 15) == 255).all()
    assert capture.warnings == ("2 of 3 photos have no mask.",)


def test_a_folder_without_fitting_masks_is_refused(tmp_path, cameras, options, write_transforms, write_photo):
    path = write_transforms(tmp_path / "scene", cameras(1))
    write_photo(tmp_path / "masks" / "other.png", color=(255,))
    with pytest.raises(UnusableCapture, match=r"no mask.*0000\.png or 0000\.png\.png"):
        load_capture(path, options(masks=tmp_path / "masks"))
    with pytest.raises(UnusableCapture, match="not a folder"):
        load_capture(path, options(masks=tmp_path / "nowhere"))


def test_a_distorted_view_of_every_band_has_one_size(tmp_path, cameras, options, write_transforms, write_photo):
    path = write_transforms(tmp_path / "scene", cameras(1), {"k1": 0.1, "k2": -0.02})
    write_photo(tmp_path / "scene" / "images" / "0000.png", color=(1, 2, 3, 200))
    write_photo(tmp_path / "masks" / "0000.png", 80, 60, color=(255,))
    capture = load_capture(path, options(masks=tmp_path / "masks", downscale=2))
    (view,) = capture.views
    cache = ImageCache()
    assert cache.image(view, 20, 15).shape == (15, 20, 3)
    assert (cache.alpha(view, 20, 15) == 200).all()
    assert (cache.mask(view, 20, 15) == 255).all()
    assert len(list((tmp_path / "cache").iterdir())) == 2  # the photo with its alpha, and the mask


def test_a_damaged_photo_is_named_when_it_is_prepared(tmp_path, cameras, options, write_transforms):
    path = write_transforms(tmp_path, cameras(3), {"k1": 0.1})
    photo = tmp_path / "images" / "0001.png"
    photo.write_bytes(photo.read_bytes()[:60])
    capture = load_capture(path, options())
    with pytest.raises(UnreadableFile, match=r"0001\.png"):
        prepare(capture)


def test_preparing_stops_when_it_is_told_to(tmp_path, cameras, options, write_transforms):
    capture = load_capture(write_transforms(tmp_path, cameras(9), {"k1": 0.1}), options())

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(capture, stop)
    told = []
    prepare(capture, lambda done, total: told.append((done, total)))
    assert told == [(done, 9) for done in range(1, 10)]
    assert not list((tmp_path / "cache").glob("*.part"))


def test_captures_without_distortion_need_no_preparation(tmp_path, cameras, options, write_transforms):
    prepare(load_capture(write_transforms(tmp_path, cameras(2)), options()), lambda *_: pytest.fail("nothing to do"))


def test_memory_does_not_grow_with_the_number_of_photos(tmp_path, cameras, options, write_transforms):
    rng = np.random.default_rng(0)
    path = write_transforms(tmp_path, cameras(30, 400, 300), names=[f"{i}.jpg" for i in range(30)])
    for i in range(30):
        Image.fromarray(rng.integers(0, 255, (300, 400, 3), np.uint8)).save(tmp_path / f"{i}.jpg")
    tracemalloc.start()
    try:
        capture = load_capture(path, options())
        cache = ImageCache(limit_bytes=2 << 20)
        for view in capture.views * 2:
            cache.image(view, 400, 300)
        assert tracemalloc.get_traced_memory()[1] < (2 << 20) + 4 * 400 * 300 * 3 + (1 << 20)
    finally:
        tracemalloc.stop()


def test_the_disk_cache_is_the_users(monkeypatch):
    assert default_cache().name == "undistorted"
    assert "triptych" in str(default_cache())


def test_importing_loads_nothing_heavy():
    heavy = "{'torch', 'cv2', 'PIL', 'pycolmap', 'plyfile', 'scipy'}"
    code = f"import sys, recon.io; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
