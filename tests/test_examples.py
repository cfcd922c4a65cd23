"""The examples are run as they stand, on the bundled scene."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import sample_scenes
from recon.io import read_splats

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def run(name: str, *arguments: str | Path) -> str:
    command = [sys.executable, str(EXAMPLES / name), *map(str, arguments)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


def test_reconstruct_then_compare(folder: Path) -> None:
    for name, steps in (("short", "60"), ("longer", "150")):
        assert "held-out views:" in run("01_reconstruct.py", sample_scenes.path("desk"), folder / name, steps)
    table = run("03_compare_runs.py", folder / "best.ply", folder / "short", folder / "longer").splitlines()
    assert table[0].startswith("longer")
    assert table[2].split()[2] == table[0].split()[1]
    saved, best = read_splats(folder / "best.ply"), read_splats(folder / "longer" / "result.ply")
    np.testing.assert_array_equal(saved.means, best.means)
    np.testing.assert_allclose(saved.scales, best.scales, rtol=1e-6)


def test_fit_one_photograph(folder: Path) -> None:
    lines = run("02_fit_one_photograph.py", sample_scenes.path("desk"), folder / "fit.png", "80").splitlines()
    errors = [float(line.split()[-1]) for line in lines]
    assert errors[-1] < 0.6 * errors[0]
    assert (folder / "fit.png").stat().st_size > 0
