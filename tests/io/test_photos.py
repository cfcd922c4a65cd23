"""Photographs as cameras and phones leave them."""

from __future__ import annotations

import base64

import numpy as np
import pytest
from PIL import Image

from recon.errors import UnreadableFile
from recon.io import describe
from recon.io.photos import find_photos, is_video, photo_facts, store_mask, store_photo, stored_name

# 24 x 32 pixels by x265, with EXIF of make, model and orientation, as phones write it.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAcdtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAAAAAERA"
    "AAIAAQAAAAAB6wABAAAAAAAAAJEAAgAAAAACfAABAAAAAAAAAGAAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQAC"
    "AABFeGlmAAAAAA5waXRtAAAAAAABAAABBmlwcnAAAADlaXBjbwAAAHVodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAA"
    "AAMAAAMAHroCQGEAAQApQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqrprm4CGgwIAAAAyAAAADAIRiAAEABkQBwXPBiQAAABNjb2xybmNseAABAA0ABoAA"
    "AAAUaXNwZQAAAAAAAABAAAAAQAAAAChjbGFwAAAAIAAAAAEAAAAYAAAAAf///+AAAAAC////2AAAAAIAAAAQcGl4aQAAAAADCAgIAAAACWlyb3QDAAAA"
    "GWlwbWEAAAAAAAAAAQABBoECAwWEhgAAABppcmVmAAAAAAAAAA5jZHNjAAIAAQABAAAA+W1kYXQAAACNKAGvCchtL1Y98rwnLwAzcBBU1Rm2ZYHCRyiY"
    "sAa0bQxKFGKW4Ery//VV0iR36xnIPF3IiZ7OC4ivLtpf9Or7AksNpJfeLfHKnNDOITczr/cnzdHz+77vuoio9lEo6pCEhsq1K0nhFh7iYg+lf8zKmkL1"
    "y7wZgsVY9sV6AAAWMDDGHf3KdjCseH+hfDvAAAAABkV4aWYAAE1NACoAAAAIAAQBDwACAAAABQAAAD4BEAACAAAABE9uZQABEgADAAAAAQAGAACHaQAE"
    "AAAAAQAAAEQAAAAAQWNtZQAAAAGkBQADAAAAAQAcAAAAAAAA"
)


def picture(width=40, height=30):
    """Red grows to the right, green downwards."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 255 // width, y * 255 // height, np.full_like(x, 60)], axis=-1).astype(np.uint8)


def exif(orientation=1):
    record = Image.Exif()
    record[0x010F], record[0x0110], record[0x0112] = "Acme", "One", orientation
    record.get_ifd(0x8769)[0xA405] = 28
    return record


def stored(source, tmp_path):
    target = tmp_path / "work" / stored_name(source.name)
    store_photo(source, target, tmp_path / "work" / "mask.png")
    return target


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_stand_upright(tmp_path, orientation):
    upright = Image.fromarray(picture())
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # what a camera held so would have stored
    raw = upright.transpose(Image.Transpose(turns[orientation])) if orientation > 1 else upright
    source = tmp_path / "a.jpg"
    raw.save(source, quality=98, subsampling=0, exif=exif(orientation))
    facts = photo_facts(source)
    assert (facts.width, facts.height) == (40, 30)
    with Image.open(stored(source, tmp_path)) as image:
        assert image.getexif().get(0x0112, 1) == 1
        assert image.getexif()[0x010F] == "Acme"
        assert np.abs(np.asarray(image).astype(int) - picture()).mean() < 4


def test_photographs_that_are_fine_are_linked_to(tmp_path):
    Image.fromarray(picture()).save(tmp_path / "a.png")
    target = stored(tmp_path / "a.png", tmp_path)
    assert target.read_bytes() == (tmp_path / "a.png").read_bytes()


def test_heic_becomes_jpeg_with_its_lens(tmp_path):
    (tmp_path / "a.HEIC").write_bytes(HEIC)
    assert photo_facts(tmp_path / "a.HEIC").lens == "Acme One 28"
    target = stored(tmp_path / "a.HEIC", tmp_path)
    assert target.name == "a.jpg"
    assert photo_facts(target).lens == "Acme One 28"
    with Image.open(target) as image:
        assert image.size == (24, 32)
        pixels = np.asarray(image).astype(int)
        # It was stored on its side: red now grows downwards, and green to the left.
        assert pixels[-3:, :, 0].mean() > pixels[:3, :, 0].mean() + 100
        assert pixels[:, :3, 1].mean() > pixels[:, -3:, 1].mean() + 100


@pytest.mark.parametrize("suffix", [".webp", ".tiff", ".bmp"])
def test_other_formats_become_png(tmp_path, suffix):
    source = tmp_path / f"a{suffix}"
    Image.fromarray(picture()).save(source, **({"lossless": True} if suffix == ".webp" else {}))
    target = stored(source, tmp_path)
    assert target.name == "a.png"
    with Image.open(target) as image:
        np.testing.assert_array_equal(np.asarray(image), picture())


def test_sixteen_bits_are_scaled_and_not_cut(tmp_path):
    Image.fromarray((np.arange(1200).reshape(30, 40) * 54).astype(np.uint16)).save(tmp_path / "a.png")
    with Image.open(stored(tmp_path / "a.png", tmp_path)) as image:
        pixels = np.asarray(image)[..., 0].astype(int).ravel()
    assert np.abs(pixels - np.arange(1200) * 54 / 257).max() <= 1


def test_coverage_goes_to_a_mask(tmp_path):
    alpha = np.where(np.arange(40) < 10, 0, 255).astype(np.uint8)
    Image.fromarray(np.dstack([picture(), np.tile(alpha, (30, 1))])).save(tmp_path / "a.png")
    with Image.open(stored(tmp_path / "a.png", tmp_path)) as image, Image.open(tmp_path / "work" / "mask.png") as mask:
        assert image.mode == "RGB"
        np.testing.assert_array_equal(np.asarray(mask)[0], alpha)


def test_a_mask_of_stored_pixels_is_turned_with_its_photograph(tmp_path):
    Image.fromarray(picture(30, 40)).transpose(Image.Transpose.ROTATE_90).save(tmp_path / "a.jpg", exif=exif(6))
    raw = np.zeros((30, 40), np.uint8)
    raw[:, :8] = 255  # the left of the stored pixels is the top of the photograph
    Image.fromarray(raw).save(tmp_path / "m.png")
    store_mask(tmp_path / "m.png", tmp_path / "a.jpg", tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as mask:
        assert mask.size == (30, 40)
        assert np.asarray(mask)[:7].min() == 255
        assert np.asarray(mask)[9:].max() == 0


def test_photographs_are_found_where_people_put_them(tmp_path, write_photo):
    for name in ("images/b.jpg", "images/left/a.PNG", "images_4/b.jpg", "images/masks/b.png", "images/.c.jpg"):
        write_photo(tmp_path / name)
    (tmp_path / "images" / "notes.txt").write_text("")
    found = find_photos(tmp_path)
    assert found.path == tmp_path / "images"
    assert found.names == ("b.jpg", "left/a.PNG")
    assert find_photos(tmp_path / "nowhere") is None
    (tmp_path / "empty").mkdir()
    assert find_photos(tmp_path / "empty") is None


def test_a_folder_of_photographs_says_what_to_do(tmp_path, write_photo):
    write_photo(tmp_path / "a.jpg")
    write_photo(tmp_path / "b.jpg", width=60)
    told = describe(tmp_path)
    assert (told.kind, told.views, told.cameras) == ("photos", 2, 2)
    assert f"triptych reconstruct {tmp_path}" in dict(told.items())["what to do"]


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xe0 torn", b"x" * 300])
@pytest.mark.parametrize("name", ["a.jpg", "a.heic", "a.avif"])
def test_what_is_no_photograph_is_said(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match="not a photograph"):
        stored(tmp_path / name, tmp_path)


def test_videos_are_told_by_their_name(tmp_path):
    (tmp_path / "a.MOV").write_bytes(b"")
    assert is_video(tmp_path / "a.MOV")
    assert not is_video(tmp_path / "b.mov")
