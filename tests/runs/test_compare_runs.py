"""Runs and splat files compared on one capture."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import sample_scenes
from recon.cli import main
from recon.errors import InputError
from recon.io import write_geometry, write_splats
from recon.runs import CaptureSource, Run
from recon.runs.compare import compare_runs
from recon.scene import Mesh, Splats


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of the desk with one large grey splat for its result."""
    folder = tmp_path / "grey"
    folder.mkdir()
    Run(folder, "splats", {}, 0, "cpu", CaptureSource(str(sample_scenes.path("desk")))).save()
    write_splats(folder / "result.ply", one_splat())
    (folder / "metrics.json").write_text(json.dumps({"views": [], "mean": {}, "total_seconds": 90}))
    return folder


def one_splat() -> Splats:
    row = np.zeros((1, 3), np.float32)
    quaternion, opacity = np.array([[1, 0, 0, 0]], np.float32), np.array([0.9], np.float32)
    return Splats(row, quaternion, row + 0.5, opacity, np.zeros((1, 1, 3), np.float32))


def test_a_run_and_a_file_are_compared_on_the_run_s_test_views(run: Path, tmp_path: Path) -> None:
    write_splats(tmp_path / "file.ply", one_splat())
    out = tmp_path / "table.csv"
    assert list(compare_runs([run, tmp_path / "file.ply"], out)) == [(1, 4), (2, 4), (3, 4), (4, 4)]
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["split"] for row in rows] == ["test"] * 4
    assert all(row["grey psnr"] == row["file psnr"] for row in rows)


def test_a_mesh_stands_beside_splats(run: Path, tmp_path: Path) -> None:
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0]], np.float32)
    mesh = Mesh(corners, np.array([[0, 1, 2]], np.int32), colors=np.full((3, 3), 0.5, np.float32))
    write_geometry(tmp_path / "mesh.ply", mesh)
    assert len(list(compare_runs([run, tmp_path / "mesh.ply"], tmp_path / "page.html"))) == 4
    assert "<td>1</td>" in (tmp_path / "page.html").read_text()  # one face


def test_the_command_writes_a_page(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["compare", str(run), "--out", str(tmp_path / "page.html")])
    assert end.value.code == 0
    assert "1.5 min" in (tmp_path / "page.html").read_text()
    assert "page.html" in capsys.readouterr().out


def test_what_cannot_be_compared_is_said_before_anything_is_drawn(run: Path, tmp_path: Path) -> None:
    write_splats(tmp_path / "file.ply", one_splat())
    with pytest.raises(InputError, match=r"as \.html or \.csv, not as page\.pdf"):
        compare_runs([run], tmp_path / "page.pdf")
    with pytest.raises(InputError, match="--capture"):
        compare_runs([tmp_path / "file.ply"], tmp_path / "page.html")
