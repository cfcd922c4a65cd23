"""The engine compares blocks with photographs as edits leave them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from block_scenes import above, row

from recon.editing import Placement, altering, edits_path, save_edits
from recon.editing.blocks import DeleteBlocks, MarkBlocks, MoveBlocks, RenameBlock
from recon.errors import InputError
from recon.io import read_blocks, write_geometry
from recon.runs import load_run
from recon.runs.films import load_result
from recon.scene import View
from viewer.engine.backend import SplatBackend
from viewer.engine.render_tasks import export
from viewer.model import open_scene, result_of_run
from viewer.model.exporting import ExportModel, ExportOrder
from viewer.model.filming import Subject
from viewer.model.scores import PartScore


class Black:
    """A photograph of nothing."""

    def read(self, width: int, height: int) -> np.ndarray:
        return np.zeros((height, width, 3), np.uint8)


@pytest.fixture
def backend(tmp_path: Path) -> SplatBackend:
    path = tmp_path / "row.blocks.json"
    write_geometry(path, row())
    made = SplatBackend()
    made.open("row", str(path))
    return made


def test_scores_are_of_the_edited_blocks(backend: SplatBackend) -> None:
    view = View("black", above(), Black())
    before = backend.measure("row", view)
    edited = backend.edit("row", (DeleteBlocks((0, 1)), MarkBlocks((2,), "hidden")))
    assert (edited.key, edited.count, edited.hidden) == ("row", 2, 1)
    fewer = backend.measure("row", view)
    assert fewer.psnr > before.psnr + 2
    backend.edit("row", (DeleteBlocks((0, 1, 2, 3)),))
    assert backend.measure("row", view).psnr > fewer.psnr + 2
    backend.edit("row", ())
    assert backend.measure("row", view).psnr == before.psnr


def test_what_cannot_be_edited_is_said(backend: SplatBackend) -> None:
    with pytest.raises(InputError, match="no block number 7"):
        backend.edit("row", (DeleteBlocks((7,)),))
    backend.forget("row")
    with pytest.raises(InputError, match="not open"):
        backend.edit("row", ())


def test_a_document_without_blocks_is_refused(backend: SplatBackend, tmp_path: Path) -> None:
    write_geometry(tmp_path / "none.blocks.json", row().part(slice(0, 0)))
    with pytest.raises(InputError, match="holds no blocks"):
        backend.open("none", str(tmp_path / "none.blocks.json"))


def test_marks_and_names_leave_scores_as_they_are() -> None:
    quiet = MarkBlocks((0,), "locked"), RenameBlock(0, "roof")
    move = MoveBlocks((0,), Placement((1.0, 0.0, 0.0)))
    assert altering(quiet) == ()
    assert altering((*quiet, move, *quiet)) == (*quiet, move)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """As much of a run of blocks as opening and exporting it need, with edits beside it."""
    source = {"path": str(tmp_path), "images": None, "masks": None, "downscale": 1, "exclude": [], "photos": None}
    values = {"method": "blocks", "config": {}, "seed": 0, "device": "cpu", "capture": source, "versions": {}}
    about = {"schema": 1, "requested": None, "parent": None, "created": "2024-01-01T00:00:00+00:00"}
    (tmp_path / "run.json").write_text(json.dumps(values | about))
    write_geometry(tmp_path / "result.glb", row())
    write_geometry(tmp_path / "blocks.json", row())
    save_edits(edits_path(tmp_path), (DeleteBlocks((1, 3)), MarkBlocks((2,), "hidden")))
    return tmp_path


def test_a_run_of_blocks_is_opened_as_blocks(run: Path) -> None:
    (result,) = open_scene([run]).results
    assert (result.kind, result.path) == ("blocks", run / "blocks.json")
    assert result_of_run(load_run(run), live=True)[0].kind == "splats"  # its engine draws it meanwhile


def test_image_errors_of_blocks_are_read_where_there_are_some(run: Path) -> None:
    score = {"name": "a", "psnr": 20.0, "ssim": 0.5}
    metrics = {"views": [score], "mean": {"psnr": 20.0, "ssim": 0.5}, "geometry": {"kind": "blocks", "count": 2}}
    seen = {"name": "b0", "pixels": 12, "mean_absolute_error": 0.1, "psnr": 18.0}
    unseen = {"name": "b1", "pixels": 0, "mean_absolute_error": None, "psnr": None}
    for parts, read in (({}, ()), ({"errors": [seen, unseen]}, (PartScore(0.1, 18.0, 12), None)), (None, ())):
        (run / "metrics.json").write_text(json.dumps(metrics | ({} if parts is None else {"parts": parts})))
        result, notice = result_of_run(load_run(run))
        assert (result.parts, result.mean.psnr, notice) == (read, 20.0, "")
    (run / "metrics.json").write_text(json.dumps(metrics | {"parts": {"errors": [{"pixels": 3}]}}))
    assert "damaged" in result_of_run(load_run(run))[1]


def test_exports_write_blocks_as_they_were_left(run: Path) -> None:
    (run / "exported").mkdir()
    model = ExportModel(exporter=None)
    model.show(Subject("row", run, "blocks"))
    names = {form.name for form in model.formats}
    assert names >= {"blocks-json", "blocks-gltf", "blocks-urdf"}
    for name in ("blocks-gltf", "blocks-json", "blocks-urdf"):
        model.choose(name)
        model.set_out(run / "exported" / "row")
        for _ in export(ExportOrder(run, model.out, name, model.options)):
            pass
        assert model.out.is_file()
        if name == "blocks-json":
            assert read_blocks(model.out).names == ("b0", "b2")
    assert load_run(run).edited_result().names == ("b0", "b2")
    assert len(load_result(run)) == 1
    assert load_result(run, edited=False).names == ("b0", "b1", "b2", "b3")
