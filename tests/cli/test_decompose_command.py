"""`triptych decompose` from the outside."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from block_samples import some_blocks
from typer.testing import CliRunner

from recon.cli.app import app
from recon.errors import InputError, InvalidParameter
from recon.io import read_blocks, write_geometry
from recon.scene import Mesh
from recon.scene.block_surfaces import mesh_of


@pytest.fixture
def decompose():
    def run(*arguments):
        return CliRunner().invoke(app, ["decompose", *map(str, arguments)])

    return run


def test_a_mesh_becomes_blocks_with_figures(decompose, tmp_path):
    write_geometry(tmp_path / "egg.ply", mesh_of(some_blocks(1, whole=False)))
    done = decompose(tmp_path / "egg.ply", "--max", 2, "--out", tmp_path / "parts")
    assert done.exit_code == 0, done.output
    assert "IoU" in done.output
    blocks = read_blocks(tmp_path / "parts" / "blocks.json")
    assert 1 <= len(blocks) <= 2
    assert np.array_equal(read_blocks(tmp_path / "parts" / "result.glb").scales, blocks.scales)


def test_a_mesh_becomes_convexes_with_a_node_each(decompose, tmp_path):
    write_geometry(tmp_path / "egg.ply", mesh_of(some_blocks(1, whole=False)))
    done = decompose(tmp_path / "egg.ply", "--into", "convexes", "--max", 1, "--out", tmp_path / "parts")
    assert done.exit_code == 0, done.output
    names = set(trimesh.load_scene(tmp_path / "parts" / "result.glb").geometry)
    assert names == {"part 1"}
    assert (tmp_path / "parts" / "parts.obj").read_text().count("\no ") == 1


def test_blocks_are_parts_already(decompose, tmp_path):
    write_geometry(tmp_path / "in.blocks.json", some_blocks())
    done = decompose(tmp_path / "in.blocks.json", "--out", tmp_path / "parts")
    assert isinstance(done.exception, InputError)
    assert "parts already" in str(done.exception)
    assert not (tmp_path / "parts").exists()


def test_an_open_mesh_is_refused(decompose, tmp_path):
    sheet = Mesh(np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0.1]]), np.int32([[0, 1, 2]]))
    write_geometry(tmp_path / "sheet.ply", sheet)
    done = decompose(tmp_path / "sheet.ply", "--out", tmp_path / "parts")
    assert isinstance(done.exception, InputError)
    assert not (tmp_path / "parts").exists()


def test_superquadrics_are_not_united(decompose, tmp_path):
    done = decompose(tmp_path / "any.ply", "--union")
    assert isinstance(done.exception, InvalidParameter)
