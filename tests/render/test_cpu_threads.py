"""Where compiled kernels are kept, and which threads run them."""

import importlib
import sys
from pathlib import Path

import pytest

from recon.render import threads


def test_openmp_comes_first(monkeypatch):
    monkeypatch.setattr(importlib, "import_module", lambda _: sys)
    assert threads._choose_layer() == "omp"


def test_without_openmp_and_tbb_the_layer_that_is_always_there_is_taken(monkeypatch):
    def refuse(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    assert threads._choose_layer() == "workqueue"


def test_without_openmp_tbb_is_taken(monkeypatch):
    def only_tbb(name):
        if name.endswith("omppool"):
            raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", only_tbb)
    assert threads._choose_layer() == "tbb"


def test_kernels_are_kept_in_the_users_cache(monkeypatch, tmp_path):
    monkeypatch.setattr(threads.platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
    folder = threads._cache_folder()
    assert folder.is_relative_to(tmp_path)
    assert folder.is_dir()


def test_a_home_that_cannot_be_written_is_no_obstacle(monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setattr(threads.platformdirs, "user_cache_path", lambda *_, **__: blocked)
    monkeypatch.setattr(threads.tempfile, "tempdir", str(tmp_path))
    folder = threads._cache_folder()
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o077 == 0


def test_changed_sources_have_a_cache_of_their_own(monkeypatch):
    before = threads._sources_digest()
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"# changed")
    assert threads._sources_digest() != before


@pytest.mark.parametrize("name", ["NUMBA_THREADING_LAYER", "NUMBA_CACHE_DIR"])
def test_what_the_user_set_stays(monkeypatch, name):
    monkeypatch.setenv(name, "mine")
    attribute = name.removeprefix("NUMBA_")
    monkeypatch.setattr(threads.numba.config, attribute, "as it was")
    threads._prepare()
    assert getattr(threads.numba.config, attribute) == "as it was"
