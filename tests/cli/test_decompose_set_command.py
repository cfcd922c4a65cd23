"""`triptych decompose-set` from the outside."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from typer.testing import CliRunner

from recon.cli.app import app
from recon.errors import InputError, InvalidParameter
from recon.io import write_geometry
from recon.scene import Mesh
from sample_scenes.furniture import make_furniture


@pytest.fixture
def decompose_set():
    def run(*arguments):
        return CliRunner().invoke(app, ["decompose-set", *map(str, arguments)])

    return run


@pytest.fixture(scope="module")
def shapes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shapes")
    for seed in range(3):
        write_geometry(folder / f"shape{seed}.ply", make_furniture(seed).csg.mesh())
    (folder / "notes.txt").write_text("no shape")
    return folder


def test_a_folder_becomes_a_family_and_what_was_learned_is_used_again(decompose_set, shapes, tmp_path):
    done = decompose_set(shapes, "--out", tmp_path / "out", "--steps", 30, "--max", 4)
    assert done.exit_code == 0, done.output
    assert "IoU" in done.output
    assert "of 3 shapes" in done.output
    for name in ("shape0", "shape1", "shape2"):
        assert set(trimesh.load_scene(tmp_path / "out" / name / "result.glb").geometry) <= {
            f"part {n}" for n in range(1, 5)
        }
        assert (tmp_path / "out" / name / "parts.obj").exists()
    learned = tmp_path / "out" / "family.safetensors"
    again = decompose_set(shapes / "shape1.ply", "--family", learned, "--out", tmp_path / "again")
    assert again.exit_code == 0, again.output
    assert not (tmp_path / "again" / "family.safetensors").exists()
    first, second = (trimesh.load_scene(tmp_path / out / "shape1" / "result.glb") for out in ("out", "again"))
    assert np.array_equal(first.bounds, second.bounds)


def test_what_holds_nothing_is_left_out_with_a_sentence(decompose_set, shapes, tmp_path):
    sheet = Mesh(np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0.1]]), np.int32([[0, 1, 2]]))
    write_geometry(tmp_path / "sheet.ply", sheet)
    done = decompose_set(shapes / "shape0.ply", tmp_path / "sheet.ply", "--out", tmp_path / "out")
    assert "Left out" in done.output
    assert isinstance(done.exception, InputError)
    assert "at least 2 shapes" in str(done.exception)
    assert not (tmp_path / "out").exists()


def test_two_of_one_name_are_refused(decompose_set, shapes, tmp_path):
    done = decompose_set(shapes, shapes / "shape1.ply", "--out", tmp_path / "out")
    assert isinstance(done.exception, InvalidParameter)
    assert "Two shapes are called shape1" in str(done.exception)
