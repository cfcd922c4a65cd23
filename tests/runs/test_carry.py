"""Splats of one run, moved along with the blocks of another, in the API and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from block_samples import some_blocks
from typer.testing import CliRunner

from recon import carry
from recon.cli.app import app
from recon.editing import Delete, Hide, Placement, SelectSphere, edits_path, save_edits
from recon.editing.blocks import CarrySplats, DeleteBlocks, MarkBlocks, MoveBlocks, carried
from recon.errors import InputError
from recon.io import read_splats, write_geometry
from recon.runs.carrying import found_beside
from recon.scene import Geometry, Splats

MOVE = MoveBlocks((0,), Placement((0.0, 0.0, 2.0), (0.9, 0.0, 0.3, 0.0)))
ARRAYS = ("means", "quaternions", "scales", "opacities", "sh")


def some_splats(count: int = 400) -> Splats:
    random = np.random.default_rng(0)
    quaternions = random.normal(size=(count, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    arrays = random.normal(size=(count, 3)), quaternions, random.uniform(0.01, 0.1, (count, 3)), np.full(count, 0.5)
    return Splats(*(array.astype(np.float32) for array in (*arrays, random.normal(size=(count, 9, 3)))))


def make_run(folder: Path, capture: Path, geometry: Geometry, name: str) -> Path:
    """As much of a run as reading its result needs."""
    folder.mkdir(parents=True)
    source = {"path": str(capture), "images": None, "masks": None, "downscale": 1, "exclude": [], "photos": None}
    values = {"method": name, "config": {}, "seed": 0, "device": "cpu", "capture": source, "versions": {}}
    about = {"schema": 1, "requested": None, "parent": None, "created": "2024-01-01T00:00:00+00:00"}
    (folder / "run.json").write_text(json.dumps(values | about))
    write_geometry(folder / ("result.ply" if name == "splats" else "blocks.json"), geometry)
    return folder


@pytest.fixture
def blocks(tmp_path: Path) -> Path:
    return make_run(tmp_path / "runs" / "blocks", tmp_path / "fox", some_blocks(), "blocks")


@pytest.fixture
def splats(tmp_path: Path) -> Path:
    return make_run(tmp_path / "runs" / "splats", tmp_path / "fox", some_splats(), "splats")


def same(first: Splats, second: Splats) -> bool:
    return all(np.array_equal(getattr(first, name), getattr(second, name)) for name in ARRAYS)


def test_splats_go_where_the_edits_took_the_blocks(blocks: Path, splats: Path) -> None:
    made = read_splats(splats / "result.ply")
    assert same(carry(blocks, splats), made)
    save_edits(edits_path(blocks), (MOVE, MarkBlocks((1,), "hidden")))
    expected = carried(made, some_blocks(), (MOVE, MarkBlocks((1,), "hidden")))
    assert not same(expected.splats, made)
    assert same(carry(blocks, splats), expected.splats)
    assert same(carry(blocks, splats, with_hidden=False), expected.visible)
    assert same(carry(blocks, splats, edited=False), made)
    assert same(read_splats(splats / "result.ply"), made)


def test_edits_of_the_splats_are_applied_first(blocks: Path, splats: Path) -> None:
    save_edits(edits_path(splats), (SelectSphere("replace", (0.0, 0.0, 0.0), 0.5), Delete()))
    left = carry(blocks, splats)
    assert len(left) < 400
    save_edits(edits_path(splats), (SelectSphere("replace", (0.0, 0.0, 0.0), 0.5), Hide()))
    assert len(carry(blocks, splats)) == 400
    assert len(carry(blocks, splats, with_hidden=False)) == len(left)


def test_the_edits_tell_what_is_carried_and_are_followed_where_both_were_moved(
    blocks: Path, splats: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="carry no splats"):
        carry(blocks)
    save_edits(edits_path(blocks), (CarrySplats("/gone/other"), CarrySplats(str(splats)), MOVE))
    assert same(carry(blocks), carry(blocks, splats))
    expected = carry(blocks)
    moved = tmp_path / "elsewhere"
    blocks.parent.rename(moved)
    assert found_beside(moved / "blocks", str(splats)) == moved / "splats"
    assert same(carry(moved / "blocks"), expected)


def test_what_cannot_carry_or_be_carried_is_said(blocks: Path, splats: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds splats; blocks are needed"):
        carry(splats, splats)
    with pytest.raises(InputError, match="no splats but a result of the kind blocks"):
        carry(blocks, blocks)
    other = make_run(tmp_path / "other", tmp_path / "desk", some_splats(), "splats")
    with pytest.raises(InputError, match="different captures"):
        carry(blocks, other)
    write_geometry(tmp_path / "some.ply", some_splats())
    assert same(carry(blocks, tmp_path / "some.ply"), read_splats(tmp_path / "some.ply"))


def test_they_are_exported(blocks: Path, splats: Path, tmp_path: Path) -> None:
    save_edits(edits_path(blocks), (MOVE, DeleteBlocks((2,))))

    def export(*more: object) -> str:
        done = CliRunner().invoke(app, ["export", *map(str, (blocks, tmp_path / "out.ply", "--carry", splats, *more))])
        assert done.exit_code == 0, done.output
        return str(done.output)

    said = export()
    assert "Written with edits applied." in said
    assert same(read_splats(tmp_path / "out.ply"), carry(blocks, splats))
    export("--without-edits")
    assert same(read_splats(tmp_path / "out.ply"), read_splats(splats / "result.ply"))
    done = CliRunner().invoke(app, ["export", str(blocks), str(tmp_path / "out.ply"), "--carry", str(tmp_path / "no")])
    assert done.exit_code != 0
    assert "is not there" in str(done.exception)
