"""Every registered format keeps the same promises."""

from __future__ import annotations

import errno
import os
from contextlib import suppress

import numpy as np
import pytest

from recon.errors import DiskFull, InputError, UnreadableFile
from recon.io import FORMATS, read_splats, writable, write_splats
from recon.parameters import parameters_of
from recon.scene import Splats

SPLAT_FORMATS = [form for form in writable("splats") if form.read]
# How far values may be off; those of lossy formats are twice what independent programs were measured to lose.
EXACT = {"means": 1e-6, "scales": 1e-5, "opacities": 1e-6, "degrees": 0.01, "dc": 1e-6}
TOLERANCES = {
    "ply": EXACT,
    "gltf-splats": EXACT,
    "usd-splats": EXACT,
    "compressed-ply": {"means": 4e-3, "scales": 0.004, "opacities": 0.004, "degrees": 0.4, "dc": 0.02},
    "spz": {"means": 2.5e-4, "scales": 0.064, "opacities": 0.004, "degrees": 0.4, "dc": 0.03},
    "sog": {"means": 2e-4, "scales": 0.02, "opacities": 0.004, "degrees": 1.6, "dc": 0.03},
    "splat": {"means": 1e-6, "scales": 1e-6, "opacities": 0.004, "degrees": 1.0, "dc": 0.02},
}
NAMES = ("means", "quaternions", "scales", "opacities", "sh")


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


def is_slow(form):
    """Whether a format is read in a process of its own, which takes a second."""
    return form.name.startswith("usd")


def matched(found, wanted):
    """The found splats in the order of the wanted ones: some formats sort them."""
    assert len(found) == len(wanted)
    distances = np.linalg.norm(found.means[None] - wanted.means[:, None], axis=2)
    nearest = distances.argmin(axis=1)
    assert len(set(nearest)) == len(nearest)
    return found.part(nearest)


def degrees_between(one, other):
    apart = np.minimum(np.linalg.norm(one - other, axis=1), np.linalg.norm(one + other, axis=1))
    return np.degrees(4 * np.arcsin((apart / 2).clip(0, 1)))


def test_a_forecast_is_near_the_size_of_the_file(form, splats, tmp_path):
    many = Splats(*(np.repeat(getattr(splats, name), 500, axis=0) for name in NAMES))
    path = tmp_path / f"splats{form.suffixes[0]}"
    write_splats(path, many)
    size = path.stat().st_size
    if form.name in {"spz", "sog"}:
        assert size < 3 * form.forecast_bytes(many)
    else:
        assert size == pytest.approx(form.forecast_bytes(many), rel=0.03)


def test_no_splats_at_all_are_written_and_read(form, splats, tmp_path):
    path = tmp_path / f"splats{form.suffixes[0]}"
    write_splats(path, splats.part(slice(0, 0)))
    if form.name == "splat":
        with pytest.raises(UnreadableFile, match="0 bytes"):
            read_splats(path)
    else:
        assert len(read_splats(path)) == 0


def test_names_and_suffixes_are_unique():
    assert len({form.name for form in FORMATS}) == len(FORMATS)
    suffixes = [suffix for form in FORMATS for suffix in form.suffixes]
    assert all(suffix == suffix.lower() for suffix in suffixes)
    for kind in ("splats", "mesh"):
        usual = [form.suffixes[0] for form in FORMATS if form.kind == kind]
        assert len(set(usual)) == len(usual)
        assert all(suffix.startswith(".") for suffix in usual)


def test_every_format_says_what_a_dialog_needs():
    for form in FORMATS:
        assert form.title
        assert form.read or form.write
        assert (form.write is None) == (form.forecast is None)
        assert form.lossless == (form.loses == "")
        assert not form.loses or form.loses.endswith(".")
        for spec in parameters_of(form.options) if form.options else ():
            assert spec.info.help.endswith(".")


def test_a_round_trip_keeps_the_splats(form, splats, tmp_path):
    path = tmp_path / "new" / "folder" / f"Splats{form.suffixes[0].upper()}"
    write_splats(path, splats)
    again = matched(read_splats(path), splats)
    allowed = TOLERANCES[form.name]
    np.testing.assert_allclose(again.means, splats.means, atol=allowed["means"])
    np.testing.assert_allclose(np.log(again.scales), np.log(splats.scales), atol=allowed["scales"])
    np.testing.assert_allclose(again.opacities, splats.opacities, atol=allowed["opacities"])
    np.testing.assert_allclose(again.sh[:, 0], splats.sh[:, 0], atol=allowed["dc"] if form.name != "splat" else 10)
    assert degrees_between(again.quaternions, splats.quaternions).max() < allowed["degrees"]
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_file_cut_short_is_refused_with_its_name(form, splats, tmp_path):
    path = tmp_path / f"splats{form.suffixes[0]}"
    write_splats(path, splats)
    whole = path.read_bytes()
    for size in [0, 1, 3, 10, *np.linspace(11, len(whole) - 1, 2 if is_slow(form) else 25, dtype=int)]:
        if form.name == "splat" and size and size % 32 == 0:
            continue  # without a header, fewer rows are a whole file
        path.write_bytes(whole[:size])
        with pytest.raises(UnreadableFile, match=path.name):
            read_splats(path)


def test_damage_is_refused_or_read_but_never_escapes(form, splats, tmp_path):
    path = tmp_path / f"splats{form.suffixes[0]}"
    write_splats(path, splats)
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    rng = np.random.default_rng(1)
    for _ in range(5 if is_slow(form) else 200):
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
