"""A run of blocks leaves its document, its scene and its numbers behind, and they are read back."""

from __future__ import annotations

import numpy as np
import pytest
import toy

from recon.io import read_mesh
from recon.methods.base import Finished
from recon.runs import evaluate_run, load_run, reconstruct
from recon.scene import Blocks
from recon.scene.block_surfaces import mesh_of


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blocks")
    data = toy.write_capture(folder / "capture")
    changes = {"steps": 8, "searches": 1, "max_blocks": 3, "initial_blocks": 3, "start": "random", "texture_size": 4}
    events = list(reconstruct(data, folder / "run", method="blocks", preset="quick", changes=changes, device="cpu"))
    assert isinstance(events[-1], Finished)
    return load_run(folder / "run")


def test_the_folder_holds_what_it_should(finished):
    names = {path.name for path in finished.path.iterdir()}
    assert {"run.json", "blocks.json", "result.glb", "metrics.json", "preview.png", "contact_sheet.png"} <= names
    assert finished.status() == "finished"


def test_the_result_is_read_back_and_the_scene_shows_the_same(finished):
    blocks = finished.result()
    assert isinstance(blocks, Blocks)
    assert blocks.ground is not None
    assert blocks.sky is not None
    assert finished.edited_result().names == blocks.names
    if len(blocks):
        shown, told = read_mesh(finished.path / "result.glb"), mesh_of(blocks)
        low = np.minimum(told.vertices.min(0), blocks.ground.grid(1, 1).reshape(-1, 3).min(0))
        np.testing.assert_allclose(shown.vertices.min(0), low, atol=1e-3)


def test_the_numbers_count_blocks_and_can_be_made_again(finished):
    metrics = finished.metrics()
    assert metrics["geometry"] == {"kind": "blocks", "count": len(finished.result())}
    assert metrics["parts"]["count"] == len(finished.result())
    assert 0 < metrics["mean"]["psnr"] < 60
    again = evaluate_run(finished.path)
    assert again["mean"]["psnr"] == pytest.approx(metrics["mean"]["psnr"])
    assert again["parts"] == metrics["parts"]
    errors = metrics["parts"]["errors"]
    assert [error["name"] for error in errors] == list(finished.result().names)
    assert all(0 < error["mean_absolute_error"] < 1 for error in errors if error["pixels"])
