"""The engine with its real renderer: pictures, numbers and a short run on the bundled scene."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
from engine_desk import Desk

import sample_scenes
from recon.errors import InputError, OutOfMemory
from recon.evaluate import measure
from recon.io import load_capture, read_geometry, write_geometry, write_splats
from recon.methods.base import Pause, Set, Stage, Step
from recon.runs import Job, load_run
from recon.scene import Mesh
from viewer.engine.backend import SplatBackend
from viewer.engine.engines import Engines
from viewer.engine.messages import Shot

COMPILING = 240.0  # seconds of patience: where kernels have changed, they are compiled first
CHANGES = {"steps": 40, "cap": 2000}


@pytest.fixture(scope="module")
def desk():
    desk = Desk(SplatBackend, Engines, COMPILING)
    desk.client.start()
    yield desk
    desk.client.close()


@pytest.fixture(scope="module")
def run(desk: Desk, tmp_path_factory) -> Path:
    """A short run in an engine, looked at while it goes on."""
    out = tmp_path_factory.mktemp("runs") / "desk"
    desk.client.reconstruct(Job(sample_scenes.path("desk"), out, preset="quick", changes=CHANGES))
    assert desk.wait_for("run_started", 1) == str(out)
    desk.client.request("left", Shot(str(out), load_capture(sample_scenes.path("desk")).views[0].camera))
    desk.wait_for("run_ended")
    assert desk.of("run_ended") == [(str(out), "")]
    return out


@pytest.fixture(scope="module")
def capture():
    return load_capture(sample_scenes.path("desk"))


def test_a_run_is_shown_live_and_leaves_its_result(desk: Desk, run: Path) -> None:
    assert load_run(run).status() == "finished"
    assert desk.events(Step)[-1].step == 40
    assert desk.of("drawn")[0].key == str(run)
    desk.wait_until(lambda: [opened.key for opened in desk.of("opened")].count(str(run)) >= 2)


def test_numbers_are_those_of_the_run(desk: Desk, run: Path, capture) -> None:
    desk.client.measure(str(run), capture.test)
    desk.wait_until(lambda: len(desk.of("measured")) == len(capture.test))
    wanted = {view["name"]: (view["psnr"], view["ssim"]) for view in load_run(run).metrics()["views"]}
    got = {name: (score.psnr, score.ssim) for each in desk.of("measured") for name, score in each.scores.items()}
    assert got == wanted


@pytest.mark.parametrize("mode", ["color", "depth", "normals", "alpha", "ellipsoids", "centers", "error"])
def test_every_mode_arrives(desk: Desk, run: Path, capture, mode: str) -> None:
    view = capture.test[1]
    desk.client.request(mode, Shot(str(run), view.camera, mode, view))
    desk.wait_until(lambda: mode in desk.panes)
    frame = desk.of("drawn")[desk.panes.index(mode)]
    assert (frame.mode, frame.rgba.shape) == (mode, (view.camera.height, view.camera.width, 4))
    assert (frame.rgba[..., 3] > 200).mean() > (0.02 if mode == "centers" else 0.5)
    assert frame.rgba[..., :3].std() > (0.5 if mode == "alpha" else 5)


def test_the_error_needs_a_photograph(desk: Desk, run: Path, capture) -> None:
    desk.client.request("left", Shot(str(run), capture.views[0].camera, "error"))
    assert "Choose a photograph" in desk.wait_for("refused").message


@pytest.mark.parametrize(
    "words", ["CUDA out of memory. Tried to allocate", "DefaultCPUAllocator: can't allocate memory"]
)
def test_too_little_memory_is_a_sentence(monkeypatch, words: str) -> None:
    backend = SplatBackend()

    def fail(*_: object) -> None:
        raise RuntimeError(words)

    monkeypatch.setattr("recon.render.draw.Gaussians.from_splats", fail)
    from viewer.engine.backend import _one_splat

    with pytest.raises(OutOfMemory, match=r"does not fit into memory\. Close other programs"):
        backend.hold("big", _one_splat())
    with pytest.raises(InputError, match="big is not open"):
        backend.draw(Shot("big", load_capture(sample_scenes.path("desk")).views[0].camera), None, None)


class NarrowBackend(SplatBackend):
    """Has little more memory than it needs to be ready."""

    def prepare(self) -> str:
        import resource

        device = super().prepare()
        resource.setrlimit(resource.RLIMIT_AS, (psutil.Process().memory_info().vms + 2**29, -1))
        return device


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process are told otherwise")
def test_memory_that_really_runs_out_is_a_sentence_and_smaller_pictures_follow(tmp_path: Path) -> None:
    from viewer.engine.backend import _one_splat

    write_splats(tmp_path / "one.ply", _one_splat())
    desk = Desk(NarrowBackend, patience=COMPILING)
    desk.client.start()
    desk.client.open("a", tmp_path / "one.ply")
    desk.ask(3600, 3600)
    assert "This picture does not fit into memory" in desk.wait_for("refused").message
    desk.ask(64, 48)
    assert desk.wait_for("drawn").camera.width == 64
    desk.client.close()
    assert desk.of("died") == []


CORNERS = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
BOARD = Mesh(CORNERS, np.array([[0, 1, 2], [0, 2, 3]], np.int32), colors=np.full((4, 3), 0.5, np.float32))


def test_a_mesh_is_compared_with_photographs_and_drawn_by_the_window(desk: Desk, capture, tmp_path: Path) -> None:
    write_geometry(tmp_path / "board.ply", BOARD)
    view = capture.test[0]
    desk.client.open("board", tmp_path / "board.ply")
    desk.wait_until(lambda: desk.of("opened")[-1].key == "board")
    opened = desk.of("opened")[-1]
    assert (opened.kind, opened.count, opened.colored) == ("mesh", 2, True)
    desk.client.measure("board", (view,))
    desk.wait_until(lambda: desk.of("measured")[-1].key == "board")
    wanted = measure(read_geometry(tmp_path / "board.ply"), [view], device="cpu").views[0]
    score = desk.of("measured")[-1].scores[view.name]
    assert (score.psnr, score.ssim) == (wanted.psnr, wanted.ssim)
    desk.client.request("error of board", Shot("board", view.camera, "error", view))
    desk.wait_until(lambda: "error of board" in desk.panes)
    assert (desk.of("drawn")[desk.panes.index("error of board")].rgba[..., 3] == 255).all()
    refused = len(desk.of("refused"))
    desk.client.request("left", Shot("board", view.camera))
    assert "not open" in desk.wait_for("refused", refused + 1).message
    desk.client.forget("board")


def test_a_mesh_without_colours_has_no_numbers(capture, tmp_path: Path) -> None:
    write_geometry(tmp_path / "grey.ply", Mesh(CORNERS, BOARD.faces))
    backend = SplatBackend()
    assert not backend.open("grey", str(tmp_path / "grey.ply")).colored
    assert backend.measure("grey", capture.test[0]) is None
    with pytest.raises(InputError, match="no colours"):
        backend.draw(Shot("grey", capture.test[0].camera, "error", capture.test[0]), None, None)


def test_a_live_parameter_changes_in_a_paused_run_and_closing_keeps_it(tmp_path: Path) -> None:
    desk = Desk(SplatBackend, patience=COMPILING)
    desk.client.start()
    desk.client.reconstruct(Job(sample_scenes.path("desk"), tmp_path / "run", preset="quick", changes={"steps": 5000}))
    desk.wait_until(lambda: bool(desk.events(Step)))
    desk.client.tell(Pause())
    desk.client.tell(Set("opacity_penalty", 0.02))
    desk.work(0.5)
    desk.client.close()
    run = load_run(tmp_path / "run")
    assert run.status() == "interrupted"
    assert run.progress().step >= desk.events(Step)[-1].step
    assert [record["value"] for record in run.records() if record["type"] == "set"] == [0.02]
    assert not [event for event in desk.events(Stage) if event.name == "Writing the result"]
