from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from recon.errors import DiskFull, InputError
from recon.io import atomic_write


def test_a_file_appears_whole_and_readable(tmp_path):
    path = tmp_path / "new" / "file.bin"
    with atomic_write(path) as file:
        file.write(b"content")
        assert not path.exists()
    assert path.read_bytes() == b"content"
    (tmp_path / "other").write_bytes(b"")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)


@pytest.mark.parametrize("error", [ValueError("ours"), KeyboardInterrupt()])
def test_an_interrupted_writer_leaves_the_old_file(tmp_path, error):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    def write_half():
        with atomic_write(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up_is_told(tmp_path, monkeypatch):
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: os.write(os.open("/dev/full", os.O_WRONLY), b"x") or real(handle))
    with (
        pytest.raises(DiskFull, match=r"file\.bin could not be written: the disk is full"),
        atomic_write(tmp_path / "file.bin") as file,
    ):
        file.write(b"content")
    assert not list(tmp_path.iterdir())


def test_a_place_in_the_way_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="could not be written"), atomic_write(tmp_path / "file" / "x") as file:
        file.write(b"")
