from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest
from PIL import Image

from recon.errors import UnreadableFile
from recon.io import ImageCache
from recon.io.images import ImageFile, decode, read_header, resize
from recon.scene import Camera, View


@pytest.fixture
def pixels():
    """A picture whose corners, axes and channels cannot be confused: 80x60 RGB."""
    y, x = np.mgrid[0:60, 0:80]
    return np.stack([x * 3, y * 4, np.full_like(x, 200)], axis=2).astype(np.uint8)


def save(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp", ".webp", ".PNG"])
def test_lossless_kinds_give_their_pixels_in_rgb(tmp_path, pixels, suffix):
    path = save(tmp_path / f"photo{suffix}", pixels, **({"lossless": True} if suffix == ".webp" else {}))
    np.testing.assert_array_equal(ImageFile(path).read(80, 60), pixels)


def test_a_name_of_any_language_is_opened(tmp_path, pixels):
    np.testing.assert_array_equal(ImageFile(save(tmp_path / "фото 写真.png", pixels)).read(80, 60), pixels)


def test_sixteen_bits_and_grey_become_eight_bit_rgb(tmp_path, pixels):
    grey = pixels[..., 0].astype(np.uint16) * 257
    path = save(tmp_path / "deep.png", grey)
    np.testing.assert_array_equal(ImageFile(path).read(80, 60), np.repeat(pixels[..., :1], 3, axis=2))
    cv2.imwrite(str(tmp_path / "colour.png"), pixels[..., ::-1].astype(np.uint16) * 257)
    np.testing.assert_array_equal(ImageFile(tmp_path / "colour.png").read(80, 60), pixels)
    path = save(tmp_path / "grey.jpg", pixels[..., 0], quality=100)
    assert np.abs(ImageFile(path).read(80, 60).astype(int) - pixels[..., :1]).max() <= 3


def test_palettes_are_looked_up(tmp_path, pixels):
    Image.fromarray(pixels).quantize(16).save(tmp_path / "palette.png")
    shown = np.asarray(Image.open(tmp_path / "palette.png").convert("RGB"))
    np.testing.assert_array_equal(ImageFile(tmp_path / "palette.png").read(80, 60), shown)


def test_orientation_in_exif_is_not_applied(tmp_path, pixels):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter
    path = save(tmp_path / "turned.jpg", pixels, exif=exif, quality=100, subsampling=0)
    header = read_header(path)
    assert (header.width, header.height) == (80, 60)
    for width, height in ((80, 60), (20, 15)):
        assert ImageFile(path).read(width, height).shape == (height, width, 3)
    assert np.abs(ImageFile(path).read(80, 60).astype(int) - pixels).max() <= 4


def test_shrinking_averages_areas(tmp_path, pixels):
    small = ImageFile(save(tmp_path / "photo.png", pixels)).read(20, 15)
    means = pixels.reshape(15, 4, 20, 4, 3).mean((1, 3))
    assert np.abs(small - means).max() <= 0.51


@pytest.mark.parametrize("size", [(40, 30), (20, 15), (10, 8), (13, 9)])
def test_a_jpeg_decoded_small_is_the_jpeg_made_small(tmp_path, pixels, size):
    path = save(tmp_path / "photo.jpg", pixels, quality=98, subsampling=0)
    reduced = ImageFile(path).read(*size)
    whole = resize(decode(path), *size)
    assert reduced.shape == whole.shape
    assert np.abs(reduced.astype(int) - whole).max() <= 4


def test_a_photo_may_have_a_wrong_suffix(tmp_path, pixels):
    save(tmp_path / "photo.png", pixels).rename(tmp_path / "photo.jpg")
    np.testing.assert_array_equal(ImageFile(tmp_path / "photo.jpg").read(80, 60), pixels)


def test_a_large_jpeg_is_not_decoded_whole_for_a_thumbnail(tmp_path):
    path = save(tmp_path / "large.jpg", np.zeros((1200, 1600, 3), np.uint8))
    assert decode(path, (200, 150)).shape == (150, 200, 3)
    assert decode(path, (201, 150)).shape == (300, 400, 3)
    assert decode(path).shape == (1200, 1600, 3)


def test_colour_is_straight_and_hidden_colour_does_not_bleed(tmp_path):
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[:, ::2] = [250, 100, 50, 255]  # every other column is black and transparent
    path = save(tmp_path / "cut.png", rgba)
    np.testing.assert_array_equal(ImageFile(path).read(2, 2), np.full((2, 2, 3), [250, 100, 50]))
    np.testing.assert_array_equal(ImageFile(path, "alpha").read(2, 2), np.full((2, 2), 128))
    np.testing.assert_array_equal(ImageFile(path, "alpha").read(4, 4), rgba[..., 3])
    assert read_header(path).has_alpha


def test_masks_take_one_channel(tmp_path):
    mask = np.zeros((6, 8), np.uint8)
    mask[2:] = 255
    for name, stored in (("grey.png", mask), ("rgb.png", np.repeat(mask[..., None], 3, 2))):
        np.testing.assert_array_equal(ImageFile(save(tmp_path / name, stored), "mask").read(8, 6), mask)
    Image.fromarray(mask).convert("1").save(tmp_path / "bits.png")
    np.testing.assert_array_equal(ImageFile(tmp_path / "bits.png", "mask").read(8, 6), mask)


@pytest.mark.parametrize("kind", ["jpg", "png"])
def test_damaged_photos_are_refused_by_name(tmp_path, kind):
    rng = np.random.default_rng(0)
    path = save(tmp_path / f"photo.{kind}", rng.integers(0, 255, (60, 80, 3), np.uint8))
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"no image"):
        path.write_bytes(content)
        with pytest.raises(UnreadableFile, match=path.name):
            ImageFile(path).read(80, 60)
    path.unlink()
    with pytest.raises(UnreadableFile, match=path.name):
        ImageFile(path).read(80, 60)


def test_floating_point_photos_are_refused(tmp_path):
    Image.fromarray(np.zeros((4, 4), np.float32)).save(tmp_path / "float.tif")
    with pytest.raises(UnreadableFile, match="8 or 16 bits"):
        decode(tmp_path / "float.tif")


class Counting:
    """Pixels that count how often they were read."""

    def __init__(self):
        self.reads = 0

    def read(self, width, height):
        self.reads += 1
        return np.zeros((height, width, 3), np.uint8)


def view_of(pixels, name="view"):
    return View(name, Camera(10, 10, 10, 10, 5, 5), pixels, mask=pixels)


def test_the_cache_reads_each_size_once():
    cache, source = ImageCache(), Counting()
    view = view_of(source)
    first = cache.image(view, 4, 3)
    assert cache.image(view, 4, 3) is first
    assert source.reads == 1
    assert cache.image(view, 8, 6).shape == (6, 8, 3)
    assert source.reads == 2
    assert cache.alpha(view, 4, 3) is None
    assert cache.used_bytes == 4 * 3 * 3 + 8 * 6 * 3


def test_the_cache_forgets_what_was_not_used_longest():
    size = 10 * 10 * 3
    cache, sources = ImageCache(limit_bytes=2 * size), [Counting() for _ in range(3)]
    views = [view_of(source, str(i)) for i, source in enumerate(sources)]
    for i in (0, 1, 0, 2, 0, 1):
        cache.image(views[i], 10, 10)
        assert cache.used_bytes <= 2 * size
    assert [source.reads for source in sources] == [1, 2, 1]


def test_an_image_larger_than_the_limit_is_still_given():
    cache = ImageCache(limit_bytes=1)
    assert cache.image(view_of(Counting()), 10, 10).shape == (10, 10, 3)


def test_the_cache_may_be_asked_from_many_threads():
    cache = ImageCache(limit_bytes=5000)
    views = [view_of(Counting(), str(i)) for i in range(20)]
    wrong = []

    def ask(seed):
        rng = np.random.default_rng(seed)
        for _ in range(300):
            width, height = rng.integers(1, 20, 2)
            if cache.image(views[rng.integers(20)], int(width), int(height)).shape != (height, width, 3):
                wrong.append((width, height))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert cache.used_bytes == sum(pixels.nbytes for _, pixels in cache._entries.values()) <= 5000
