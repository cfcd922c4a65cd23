"""Damaged files of every format end in splats, a mesh, a capture, or a sentence that names the file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from format_seeds import seeds_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import damaged

from recon.errors import UnreadableFile
from recon.io import FORMATS, read_geometry, readable

WORKER = Path(__file__).with_name("fuzz_worker.py")
ROOT = WORKER.parents[2]
CAPTURES = ("transforms", "colmap", "colmap-text", "nerf-synthetic")
SLOW_FILES = 20_000
# Each USD file is read in a process of its own.
QUICK = [form for form in readable() if not form.name.startswith("usd")]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """Whole files of a format, and a folder to damage them in."""
    made = {}

    def make(form):
        if form.name not in made:
            folder = tmp_path_factory.mktemp(form.name)
            made[form.name] = seeds_of(form, folder), folder
        return made[form.name]

    return make


@pytest.mark.parametrize("form", QUICK, ids=lambda form: form.name)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(random=st.randoms(use_true_random=False))
def test_damage_never_escapes(form, seeds, random):
    files, folder = seeds(form)
    suffix, content = random.choice(files)
    path = folder / f"damaged{suffix}"
    path.write_bytes(damaged(content, random, [each for _, each in files]))
    said = path.name
    try:
        read_geometry(path, form.kind)
    except UnreadableFile as error:
        said = str(error)
    assert path.name in said


@pytest.mark.slow
@pytest.mark.parametrize("name", [*(form.name for form in FORMATS if form.read), *CAPTURES])
def test_twenty_thousand_damaged_files(name, tmp_path):
    done = subprocess.run(
        [sys.executable, str(WORKER), name, str(SLOW_FILES), "0", str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))},
        capture_output=True,
        text=True,
        timeout=6000,
        check=False,
    )
    assert done.returncode == 0, f"{done.returncode}: {done.stderr[-2000:]}"
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["findings"] == []
    assert told["read"] + told["refused"] == SLOW_FILES
    assert told["read"] > SLOW_FILES / 100
    assert told["peak_mb"] < 1000
    assert done.stderr == ""
