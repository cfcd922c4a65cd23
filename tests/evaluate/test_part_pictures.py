"""Pictures of parts."""

from dataclasses import replace

import numpy as np
import pytest
from block_samples import some_blocks
from PIL import Image

from recon.evaluate.part_pictures import parts_picture, shaded
from recon.scene import Camera, View


class Grey:
    def read(self, width, height):
        return np.full((height, width, 3), 128, np.uint8)


def test_each_block_has_a_colour_of_its_own_and_is_brightest_on_top():
    parts = shaded(replace(some_blocks(4), quaternions=np.tile(np.float32([1, 0, 0, 0]), (4, 1))))
    assert len({tuple(texture.reshape(-1, 3).max(0)) for texture in parts.textures}) == 4
    brightness = parts.textures.astype(float).mean((2, 3, 4))
    assert (brightness[:, 4] > brightness[:, 5]).all()
    assert parts.sky is None


def test_a_row_holds_photograph_blocks_and_parts(tmp_path):
    view = View("a", Camera(40, 30, 40, 40, 20, 15), Grey())
    path = tmp_path / "parts.png"
    parts_picture(path, some_blocks(2), [view, view])
    with Image.open(path) as picture:
        assert picture.size == (3 * 40 + 8, 2 * 30 + 4)
    with pytest.raises(ValueError, match="one view"):
        parts_picture(path, some_blocks(2), [])
