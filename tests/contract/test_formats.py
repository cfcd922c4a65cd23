"""Every registered format keeps the same promises."""

from __future__ import annotations

import errno
import os
from contextlib import suppress

import numpy as np
import pytest

from recon.errors import DiskFull, InputError, UnreadableFile
from recon.io import FORMATS, read_splats, write_splats
from recon.scene import Splats

SPLAT_FORMATS = [form for form in FORMATS if form.kind == "splats"]


@pytest.fixture(params=SPLAT_FORMATS, ids=lambda form: form.name)
def form(request):
    return request.param


@pytest.fixture
def splats():
    rng = np.random.default_rng(0)
    quaternions = rng.normal(size=(20, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    arrays = [
        rng.normal(size=(20, 3)), quaternions, rng.uniform(0.01, 1, (20, 3)), rng.uniform(0.01, 0.99, 20),
        rng.normal(size=(20, 16, 3)),
    ]  # fmt: skip
    return Splats(*(array.astype(np.float32) for array in arrays))


def test_names_and_suffixes_are_unique():
    assert len({form.name for form in FORMATS}) == len(FORMATS)
    suffixes = [suffix for form in FORMATS for suffix in form.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in suffixes)


def test_a_round_trip_keeps_the_splats(form, splats, tmp_path):
    path = tmp_path / "new" / "folder" / f"Splats{form.suffixes[0].upper()}"
    write_splats(path, splats)
    again = read_splats(path)
    np.testing.assert_allclose(again.means, splats.means, atol=1e-3)
    np.testing.assert_allclose(again.scales, splats.scales, rtol=0.05)
    np.testing.assert_allclose(again.opacities, splats.opacities, atol=0.01)
    turned = np.sign((again.quaternions * splats.quaternions).sum(1, keepdims=True))
    np.testing.assert_allclose(again.quaternions * turned, splats.quaternions, atol=0.02)
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_file_cut_short_is_refused_with_its_name(form, splats, tmp_path):
    path = tmp_path / f"splats{form.suffixes[0]}"
    write_splats(path, splats)
    whole = path.read_bytes()
    for size in [0, 1, 3, 10, *np.linspace(11, len(whole) - 1, 25, dtype=int)]:
        path.write_bytes(whole[:size])
        with pytest.raises(UnreadableFile, match=path.name):
            read_splats(path)


def test_damage_is_refused_or_read_but_never_escapes(form, splats, tmp_path):
    path = tmp_path / f"splats{form.suffixes[0]}"
    write_splats(path, splats)
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    rng = np.random.default_rng(1)
    for _ in range(200):
        damaged = whole.copy()
        places = rng.integers(0, min(len(whole), 2000), 5)
        damaged[places] = rng.integers(0, 256, 5)
        path.write_bytes(damaged.tobytes())
        with suppress(UnreadableFile):
            read_splats(path)


@pytest.mark.parametrize("content", [b"", b"\0" * 1000, b"hello", b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_another_kind_of_file_is_refused(form, tmp_path, content):
    path = tmp_path / f"splats{form.suffixes[0]}"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=path.name):
        read_splats(path)


def test_a_folder_and_nothing_are_refused(form, tmp_path):
    (tmp_path / f"folder{form.suffixes[0]}").mkdir()
    for name in ("folder", "nothing"):
        with pytest.raises(UnreadableFile, match=name):
            read_splats(tmp_path / f"{name}{form.suffixes[0]}")


def test_a_full_disk_leaves_the_old_file_and_no_other(form, splats, tmp_path, monkeypatch):
    path = tmp_path / f"splats{form.suffixes[0]}"
    path.write_bytes(b"old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match=r"the disk is full"):
        write_splats(path, splats)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_said(form, splats, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="could not be written"):
        write_splats(tmp_path / "file" / f"splats{form.suffixes[0]}", splats)
    (tmp_path / f"folder{form.suffixes[0]}").mkdir()
    with pytest.raises(InputError, match="could not be written"):
        write_splats(tmp_path / f"folder{form.suffixes[0]}", splats)


def test_an_unknown_suffix_lists_what_is_supported(splats, tmp_path):
    with pytest.raises(InputError, match=r"Supported: \.ply"):
        write_splats(tmp_path / "splats.doc", splats)
    with pytest.raises(UnreadableFile, match=r"Supported: \.ply"):
        read_splats(tmp_path / "splats.doc")
