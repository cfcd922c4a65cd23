from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from recon.errors import UnreadableFile
from recon.io.depth import DepthImage


def test_values_are_scaled_and_the_unknown_is_zero(tmp_path):
    stored = np.array([[1.0, np.nan, 3.0], [np.inf, -1.0, 6.0]])
    np.save(tmp_path / "depth.npy", stored)
    depth = DepthImage(tmp_path / "depth.npy", 2.0).read(3, 2)
    np.testing.assert_array_equal(depth, np.array([[2, 0, 6], [0, 0, 12]], np.float32))
    assert depth.dtype == np.float32


def test_depth_is_taken_from_the_nearest_pixel_and_never_mixed(tmp_path):
    stored = np.random.default_rng(0).integers(1, 60000, (12, 18), np.uint16)
    Image.fromarray(stored).save(tmp_path / "depth.png")
    for width, height in ((9, 6), (7, 5), (36, 24)):
        depth = DepthImage(tmp_path / "depth.png", 1.0).read(width, height)
        assert depth.shape == (height, width)
        assert np.isin(depth, stored).all()


@pytest.mark.parametrize("name", ["depth.npy", "depth.png", "depth.tif"])
@pytest.mark.parametrize("content", [b"", b"no depth", None])
def test_damaged_depth_is_refused_by_name(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match=name.replace(".", r"\.")):
        DepthImage(tmp_path / name, 1.0).read(4, 4)


@pytest.mark.parametrize("stored", [np.zeros((4, 4, 3)), np.zeros((4, 4), complex), np.zeros(4), np.array([[None]])])
def test_arrays_that_are_no_depth_are_refused(tmp_path, stored):
    np.save(tmp_path / "depth.npy", stored, allow_pickle=True)
    with pytest.raises(UnreadableFile, match=r"depth\.npy"):
        DepthImage(tmp_path / "depth.npy", 1.0).read(4, 4)
