"""The image error of every block, over the pixels in which it is seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recon.evaluate.block_errors import part_errors, rows_seen
from recon.evaluate.metrics import measure
from recon.render.draw import Drawer
from recon.scene import Blocks, Camera, Ground, View

WIDTH, HEIGHT = 96, 48


class Picture:
    """A photograph that is at hand."""

    def __init__(self, pixels: np.ndarray) -> None:
        self._pixels = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)

    def read(self, width: int, height: int) -> np.ndarray:
        assert self._pixels.shape[:2] == (height, width)
        return self._pixels


def boxes(*centers: tuple[float, float, float]) -> Blocks:
    """Upright boxes one wide, on a ground at z = 0."""
    count = len(centers)
    arrays = np.tile(np.float32([1, 0, 0, 0]), (count, 1)), np.full((count, 3), 0.5, np.float32)
    shapes = np.full((count, 2), 0.1, np.float32), np.zeros((count, 2), np.float32), np.ones(count, np.float32)
    textures, names = np.full((count, 6, 16, 16, 3), 150, np.uint8), tuple(f"b{index}" for index in range(count))
    ground = Ground(np.zeros(3, np.float32), np.float32([[9, 0, 0], [0, 9, 0]]), np.full((64, 64, 3), 90, np.uint8))
    return Blocks(np.float32(centers), *arrays, *shapes, textures, names, ground)


def above() -> Camera:
    """Looks straight down from ten units above on x = -2 to 2: a box from z = 0 to 1 is some 26 pixels wide."""
    pose = np.diag([1.0, -1, -1, 1])
    pose[2, 3] = 10
    return Camera(WIDTH, HEIGHT, 240, 240, WIDTH / 2, HEIGHT / 2, pose)


def test_every_pixel_is_the_blocks_that_is_seen_in_it() -> None:
    seen = rows_seen(boxes((-1, 0, 0.5), (1, 0, 0.5), (1, 0, 0.4)), above())
    assert seen.shape == (HEIGHT, WIDTH)
    assert seen[HEIGHT // 2, [20, 48, 74]].tolist() == [0, -1, 1]
    assert (seen == 0).sum() == pytest.approx((240 / 9) ** 2, rel=0.05)
    assert set(np.unique(seen)) <= {-1, 0, 1, 2}
    assert (rows_seen(boxes((0, 0, -2.0)), above()) == -1).all()  # below the ground


def test_an_error_is_counted_where_it_is() -> None:
    blocks = boxes((-1, 0, 0.5), (1, 0, 0.5), (9, 0, 0.5))
    picture = Drawer(blocks, "cpu").draw(above()).color
    picture = np.rint(picture * 255) / 255
    seen = rows_seen(blocks, above())
    wrong = picture.copy()
    wrong[seen == 1] += np.float32(0.2)
    right, brighter, unseen = part_errors(blocks, [View("a", above(), Picture(wrong))], "cpu")
    assert right.mean_absolute_error < 1 / 255
    assert right.psnr > 48
    assert brighter.mean_absolute_error == pytest.approx(0.2, abs=0.005)
    assert brighter.psnr == pytest.approx(-20 * np.log10(0.2), abs=0.2)
    assert (right.pixels, brighter.pixels) == ((seen == 0).sum(), (seen == 1).sum())
    assert (unseen.pixels, unseen.mean_absolute_error, unseen.psnr) == (0, None, None)
    twice = part_errors(blocks, [View(name, above(), Picture(wrong)) for name in "ab"], "cpu")
    assert twice[1].pixels == 2 * brighter.pixels
    assert twice[1].mean_absolute_error == pytest.approx(brighter.mean_absolute_error)


def test_masked_pixels_do_not_count() -> None:
    blocks = boxes((-1, 0, 0.5), (1, 0, 0.5))
    mask = np.ones((HEIGHT, WIDTH))
    mask[:, : WIDTH // 2] = 0

    view = replace(View("a", above(), Picture(np.zeros((HEIGHT, WIDTH, 3)))), mask=Picture(mask))
    left, right = part_errors(blocks, [view], "cpu")
    assert left.pixels == 0
    assert right.mean_absolute_error == pytest.approx(150 / 255, abs=0.02)


def test_a_block_that_fills_the_picture_has_the_pictures_psnr() -> None:
    block = replace(boxes((0, 0, 4.0)), scales=np.full((1, 3), 4, np.float32))
    view = View("a", above(), Picture(np.random.default_rng(0).uniform(size=(HEIGHT, WIDTH, 3))))
    (only,) = part_errors(block, [view], "cpu")
    assert only.pixels == WIDTH * HEIGHT
    assert only.psnr == pytest.approx(measure(block, [view], device="cpu").views[0].psnr, abs=1e-3)


def test_without_blocks_or_views_there_is_nothing_to_say() -> None:
    assert part_errors(boxes((0, 0, 1)).part(slice(0, 0)), [], "cpu") == ()
    assert part_errors(boxes((0, 0, 1)), [], "cpu")[0].psnr is None
