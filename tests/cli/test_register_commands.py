"""`triptych register` and `triptych poisson` from the outside."""

from __future__ import annotations

import json

import numpy as np
import pytest
from block_samples import some_blocks
from planted_shapes import cube_splats, knobbly
from typer.testing import CliRunner

from recon.cli.app import app
from recon.editing import edits_path
from recon.editing.blocks import MoveBlocks
from recon.editing.saving import edited_geometry, load_block_edits, load_edits, load_mesh_edits
from recon.errors import InputError, InvalidParameter, MethodError, UnreadableFile
from recon.io import read_blocks, read_mesh, read_splats, write_geometry
from recon.io.points import read_points, write_points
from recon.meshes import topology
from recon.scene import Points, Similarity
from recon.scene.similarity import rotation_between
from recon.scene.transforms import transformed

TRUTH = Similarity(1.5, rotation_between((0, 0, 1), (0.3, -0.5, 0.8)), np.array([0.4, -0.2, 0.3]))
CORNERS = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0.5, 0.2]])


def pair(point):
    return "--pair=" + ":".join(",".join(f"{value:.6f}" for value in each) for each in (point, TRUTH.apply(point)))


PAIRS = [pair(point) for point in CORNERS]


@pytest.fixture
def triptych():
    def run(*arguments):
        return CliRunner().invoke(app, [*map(str, arguments)])

    return run


@pytest.fixture
def meshes(tmp_path):
    """A mesh, and the same one elsewhere."""
    write_geometry(tmp_path / "here.ply", knobbly())
    write_geometry(tmp_path / "there.ply", transformed(knobbly(), TRUTH))
    return tmp_path / "here.ply", tmp_path / "there.ply"


def test_a_mesh_is_moved_onto_another_by_pairs(triptych, meshes, tmp_path):
    done = triptych("register", *meshes, *PAIRS, "--out", tmp_path / "moved.glb")
    assert done.exit_code == 0, done.output
    assert "of the points lie on the other result" in done.output
    assert "faces written to" in done.output
    moved = read_mesh(tmp_path / "moved.glb").vertices
    assert np.abs(np.sort(moved, 0) - np.sort(read_mesh(meshes[1]).vertices, 0)).max() < 0.02


def test_a_movement_becomes_an_edit_that_can_be_taken_back(triptych, meshes):
    done = triptych("register", *meshes, *PAIRS)
    assert done.exit_code == 0, done.output
    assert "kept as an edit" in done.output
    (step,) = load_mesh_edits(edits_path(meshes[0]))
    np.testing.assert_allclose(step.placement.similarity.matrix, TRUTH.matrix, atol=0.02)
    again = triptych("register", *meshes)
    assert again.exit_code == 0, again.output
    assert len(load_mesh_edits(edits_path(meshes[0]))) == 2
    second = load_mesh_edits(edits_path(meshes[0]))[1].placement.similarity
    np.testing.assert_allclose(second.matrix, np.eye(4), atol=0.02)


def test_pairs_come_from_a_file_and_the_movement_goes_into_one(triptych, meshes, tmp_path):
    rows = np.concatenate([CORNERS, TRUTH.apply(CORNERS)], axis=1)
    (tmp_path / "pairs.txt").write_text("# corners\n" + "\n".join(" ".join(map(str, row)) for row in rows))
    done = triptych("register", *meshes, "--pairs", tmp_path / "pairs.txt", "--out", tmp_path / "movement.json")
    assert done.exit_code == 0, done.output
    told = json.loads((tmp_path / "movement.json").read_text())
    np.testing.assert_allclose(told["fixed_from_moving"], TRUTH.matrix, atol=0.02)
    assert told["fitness"] > 0.9
    assert told["iterations"] >= 3
    assert not edits_path(meshes[0]).exists()


def test_splats_are_moved_onto_a_mesh_and_keep_their_edit(triptych, tmp_path):
    write_geometry(tmp_path / "cube.ply", cube_splats())
    write_geometry(tmp_path / "there.ply", transformed(cube_splats(), TRUTH))
    done = triptych("register", tmp_path / "cube.ply", tmp_path / "there.ply", *PAIRS)
    assert done.exit_code == 0, done.output
    assert [type(step).__name__ for step in load_edits(edits_path(tmp_path / "cube.ply"))] == ["Clear", "Transform"]
    moved = edited_geometry(read_splats(tmp_path / "cube.ply"), tmp_path / "cube.ply", with_hidden=True)
    assert np.abs(moved.means - read_splats(tmp_path / "there.ply").means).max() < 0.02


def test_blocks_are_moved_all_together(triptych, tmp_path):
    blocks = some_blocks(3, whole=False)
    write_geometry(tmp_path / "in.blocks.json", blocks)
    write_geometry(tmp_path / "there.blocks.json", transformed(blocks, TRUTH))
    done = triptych("register", tmp_path / "in.blocks.json", tmp_path / "there.blocks.json", *PAIRS)
    assert done.exit_code == 0, done.output
    (step,) = load_block_edits(edits_path(tmp_path / "in.blocks.json"))
    assert isinstance(step, MoveBlocks)
    assert step.numbers == (0, 1, 2)
    written = triptych(
        "register", tmp_path / "in.blocks.json", tmp_path / "there.blocks.json", "--out", tmp_path / "out.blocks.json"
    )
    assert written.exit_code == 0, written.output
    wanted = transformed(blocks, TRUTH)
    assert np.abs(read_blocks(tmp_path / "out.blocks.json").centers - wanted.centers).max() < 0.02


def test_points_are_written_as_points(triptych, meshes, tmp_path):
    vertices = knobbly().vertices
    write_points(tmp_path / "points.ply", Points(vertices, np.full(vertices.shape, 0.2, np.float32)))
    done = triptych("register", tmp_path / "points.ply", meshes[1], *PAIRS, "--out", tmp_path / "moved.ply")
    assert done.exit_code == 0, done.output
    moved = read_points(tmp_path / "moved.ply", [])
    assert np.abs(moved.positions - TRUTH.apply(vertices)).max() < 0.02
    np.testing.assert_allclose(moved.colors, 0.2, atol=1e-6)
    kept = triptych("register", tmp_path / "points.ply", meshes[1])
    assert isinstance(kept.exception, InputError)
    assert "keep no edits" in str(kept.exception)


def test_what_does_not_fit_is_refused_and_nothing_is_written(triptych, meshes, tmp_path):
    write_geometry(tmp_path / "cube.ply", cube_splats())
    done = triptych(
        "register", meshes[0], tmp_path / "cube.ply", "--no-scale", "--least", 0.9, "--out", tmp_path / "moved.ply"
    )
    assert isinstance(done.exception, MethodError)
    assert "do not fit together" in str(done.exception)
    assert not (tmp_path / "moved.ply").exists()


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        (["--pair", "1,2,3"], InvalidParameter, "six numbers"),
        (["--pair", "1,2,3:x,5,6"], InvalidParameter, "six numbers"),
        (PAIRS[:2], InputError, "At least 3 pairs"),
        (["--pair", "0,0,0:0,0,0", "--pair", "1,1,1:1,1,1", "--pair", "2,2,2:2,2,2"], InputError, "one line"),
        (["--pairs", "absent.txt"], UnreadableFile, "absent.txt could not be read"),
        (["--out", "moved.xyz"], InputError, "cannot be written as moved.xyz"),
    ],
)
def test_bad_input_ends_in_a_sentence(triptych, meshes, arguments, error, sentence):
    done = triptych("register", *meshes, *arguments)
    assert isinstance(done.exception, error)
    assert sentence in str(done.exception)


def test_what_is_not_there_is_said(triptych, meshes, tmp_path):
    done = triptych("register", tmp_path / "absent.glb", meshes[1])
    assert isinstance(done.exception, UnreadableFile)


def test_points_become_a_closed_colored_mesh(triptych, tmp_path):
    points = np.random.default_rng(0).normal(size=(5000, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    write_points(
        tmp_path / "ball.ply", Points(points.astype(np.float32), np.full((5000, 3), [0.8, 0.4, 0.2], np.float32))
    )
    done = triptych("poisson", tmp_path / "ball.ply", tmp_path / "ball.glb", "--depth", 6)
    assert done.exit_code == 0, done.output
    assert "faces through" in done.output
    mesh = read_mesh(tmp_path / "ball.glb")
    assert topology(mesh).watertight
    np.testing.assert_allclose(np.linalg.norm(mesh.vertices, axis=1), 1, atol=0.015)
    np.testing.assert_allclose(mesh.colors.mean(0), [0.8, 0.4, 0.2], atol=0.01)


def test_splats_become_a_mesh(triptych, tmp_path):
    write_geometry(tmp_path / "cube.ply", cube_splats())
    done = triptych("poisson", tmp_path / "cube.ply", tmp_path / "cube.obj", "--depth", 6)
    assert done.exit_code == 0, done.output
    assert topology(read_mesh(tmp_path / "cube.obj")).volume == pytest.approx(8, rel=0.1)


def test_a_mesh_cannot_be_written_as_anything(triptych, tmp_path):
    write_geometry(tmp_path / "cube.ply", cube_splats())
    done = triptych("poisson", tmp_path / "cube.ply", tmp_path / "cube.spz")
    assert isinstance(done.exception, InputError)
