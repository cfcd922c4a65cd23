from __future__ import annotations

import numpy as np
import pytest

from recon.errors import InputError
from recon.io import describe, read_splats, write_splats
from recon.scene import Splats


def test_a_real_capture_is_described(data, options):
    told = describe(data("sceaux_castle/colmap/not_shared_txt"), options())
    assert (told.kind, told.title) == ("capture", "COLMAP model, text")
    assert (told.views, told.train, told.test, told.cameras, told.points) == (11, 9, 2, 11, 8024)
    assert told.sizes == ("1416x1064",)
    assert told.lenses == ("radial-tangential, 2832x2128, focal length 2953.1 to 2986.2 px, 11 views",)
    for box in (told.camera_box, told.points_box):
        assert (np.array(box.low) < box.high).all()
    labels = [label for label, _ in told.items()]
    assert labels == ["path", "kind", "views", "size", "cameras", "points", "camera extent", "point extent", "warning"]
    assert dict(told.items())["views"] == "11: 9 to train, 2 held out"


def test_missing_photos_are_a_warning(data, options):
    told = describe(data("fox"), options(downscale=4))
    assert told.views == 50
    assert told.sizes == ("270x480",)
    assert told.points_box is None
    assert "17 of 67" in dict(told.items())["warning"]


def test_alpha_and_masks_are_counted(tmp_path, cameras, options, write_transforms, write_photo):
    path = write_transforms(tmp_path, cameras(2))
    write_photo(tmp_path / "images" / "0001.png", color=(1, 2, 3, 4))
    write_photo(tmp_path / "masks" / "0000.png", color=(255,))
    told = describe(path, options(masks=tmp_path / "masks"))
    assert (told.alphas, told.masks, told.depths) == (1, 1, 0)
    assert dict(told.items())["views"] == "2: 2 to train, 0 held out, 1 with alpha, 1 with a mask"


def test_splats_are_described(tmp_path):
    count = 101
    means = np.linspace([0, 0, 0], [1, 2, 4], count, dtype=np.float32)
    rotations = np.tile(np.float32([1, 0, 0, 0]), (count, 1))
    splats = Splats(means, rotations, means + 0.1, np.full(count, 0.5, np.float32), np.zeros((count, 4, 3), np.float32))
    write_splats(tmp_path / "splats.ply", splats)
    told = describe(tmp_path / "splats.ply")
    assert (told.kind, told.splats, told.sh_degree, told.antialiased) == ("splats", 101, 1, False)
    np.testing.assert_allclose([told.points_box.low, told.points_box.high], [[0.01, 0.02, 0.04], [0.99, 1.98, 3.96]])
    assert dict(told.items())["extent"].startswith("0.98 x 1.96 x 3.92 from (0.01, 0.02, 0.04)")


def test_other_things_are_refused(tmp_path):
    (tmp_path / "file.doc").write_text("hello")
    for path in (tmp_path, tmp_path / "file.doc", tmp_path / "nowhere.ply"):
        with pytest.raises(InputError, match=path.name):
            describe(path)


def test_a_page_is_told_to_be_for_looking_at(tmp_path):
    (tmp_path / "scene.html").write_text("<html></html>")
    for ask in (describe, read_splats):
        with pytest.raises(InputError, match=r"scene\.html is a file of the kind Web page .* not read back"):
            ask(tmp_path / "scene.html")
