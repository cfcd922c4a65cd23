"""`triptych convert` from the outside."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
from typer.testing import CliRunner

from recon.cli.app import app
from recon.io import read_geometry, read_splats, write_geometry
from recon.scene import Mesh, Splats


@pytest.fixture
def splats():
    rng = np.random.default_rng(0)
    arrays = [
        rng.uniform(-1, 1, (30, 3)), np.tile((1.0, 0, 0, 0), (30, 1)), rng.uniform(0.1, 1, (30, 3)),
        np.linspace(0, 1, 30), rng.normal(size=(30, 16, 3)),
    ]  # fmt: skip
    return Splats(*(array.astype(np.float32) for array in arrays))


@pytest.fixture
def convert():
    def run(*arguments):
        return CliRunner().invoke(app, ["convert", *map(str, arguments)])

    return run


def test_size_and_loss_are_told_before_the_file_is_written(convert, splats, tmp_path):
    write_geometry(tmp_path / "in.ply", splats)
    done = convert(tmp_path / "in.ply", tmp_path / "out.spz", "--sh", 1, "--set", "version=4")
    assert done.exit_code == 0, done.output
    promise, written = done.output.strip().splitlines()
    assert "SPZ, Niantic, about" in promise
    assert "rounded to 1/4096" in promise
    assert written.startswith("30 splats written to")
    assert (tmp_path / "out.spz").read_bytes()[:8] == b"NGSP\4\0\0\0"
    assert read_splats(tmp_path / "out.spz").degree == 1


def test_a_mesh_is_converted(convert, tmp_path):
    mesh = Mesh(np.eye(3, dtype=np.float32), np.array([[0, 1, 2]], np.int32))
    write_geometry(tmp_path / "in.obj", mesh)
    assert convert(tmp_path / "in.obj", tmp_path / "out.stl", "--scale", 10).exit_code == 0
    assert read_geometry(tmp_path / "out.stl").vertices.max() == 10


@pytest.mark.parametrize("more", [["--set", "version=5"], ["--set", "speed=3"], ["--set", "fast"], ["--crop", "1"]])
def test_wrong_options_are_told(convert, splats, tmp_path, more):
    write_geometry(tmp_path / "in.ply", splats)
    done = convert(tmp_path / "in.ply", tmp_path / "out.spz", *more)
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    assert not (tmp_path / "out.spz").exists()


def test_names_that_are_no_utf8_can_be_told(convert, splats, tmp_path):
    source, target = (os.fsdecode(os.fsencode(tmp_path) + b"/" + name) for name in (b"in\xff.ply", b"out\xfe.glb"))
    write_geometry(source, splats)
    done = convert(source, target)
    assert done.exit_code == 0, done.output
    assert "\\udcfe" in done.output
    assert len(read_splats(target)) == 30


def test_light_that_a_format_leaves_out_is_told(convert, tmp_path):
    corners, flat = np.eye(3, dtype=np.float32), np.zeros((3, 2), np.float32)
    light, texture = np.ones((3, 4, 3), np.float32), np.zeros((2, 2, 3), np.uint8)
    mesh = Mesh(corners, np.array([[0, 1, 2]], np.int32), uv=flat, texture=texture)
    for name, shining in (("plain", mesh), ("lit", dataclasses.replace(mesh, light=light))):
        write_geometry(tmp_path / f"{name}.glb", shining)
        for suffix in ("obj", "glb"):
            done = convert(tmp_path / f"{name}.glb", tmp_path / f"{name}-2.{suffix}")
            assert done.exit_code == 0, done.output
            left_out = "Light that changes with the viewpoint is left out" in " ".join(done.output.split())
            assert left_out == (name == "lit" and suffix == "obj")
