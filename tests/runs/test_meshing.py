"""A finished run's splats become a mesh."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import toy

from recon.errors import InputError, MethodError, RunError
from recon.io import read_mesh, write_splats
from recon.methods.base import Finished, Stage, Warned
from recon.runs import load_run, mesh_run, reconstruct
from recon.scene import Splats

SMALL = {"texture": 64, "resolution": 48, "faces": 2000, "refinement": 1}


def ball(count: int = 1500, radius: float = 0.8) -> Splats:
    """Opaque flat splats all over a ball at the origin, by Fibonacci's spiral."""
    z = 1 - 2 * (np.arange(count) + 0.5) / count
    turn = np.arange(count) * np.pi * (3 - 5**0.5)
    r = np.sqrt(1 - z**2)
    normals = np.stack([r * np.cos(turn), r * np.sin(turn), z], 1)
    half = np.stack([1 + normals[:, 2], -normals[:, 1], normals[:, 0], np.zeros(count)], 1)  # carries z to the normal
    return Splats(
        means=(radius * normals).astype(np.float32),
        quaternions=(half / np.linalg.norm(half, axis=1, keepdims=True)).astype(np.float32),
        scales=np.tile(np.array([0.05, 0.05, 0.001], np.float32), (count, 1)),
        opacities=np.full(count, 0.95, np.float32),
        sh=np.full((count, 1, 3), 0.5, np.float32),
    )


@pytest.fixture
def run(capture_folder: Path, unmeasured: None, tmp_path: Path) -> Path:
    list(reconstruct(capture_folder, tmp_path / "run", method="toy", preset="quick", device="cpu"))
    write_splats(tmp_path / "run" / "result.ply", ball())
    return tmp_path / "run"


def test_a_textured_mesh_and_its_numbers_are_written_beside_the_splats(run: Path) -> None:
    events = list(mesh_run(run, device="cpu", **SMALL))
    mesh = read_mesh(run / "mesh.glb")
    assert mesh.texture is not None
    assert mesh.texture.shape == (64, 64, 3)
    assert 100 < len(mesh) <= 2500  # closing holes adds some
    distance = np.linalg.norm(mesh.vertices, axis=1)
    assert np.median(np.abs(distance - 0.8)) < 0.15  # a pixel of these 24 x 16 ones is as wide there
    numbers = json.loads((run / "mesh.json").read_text())
    assert numbers["topology"]["faces"] == len(mesh)
    assert numbers["options"]["resolution"] == 48
    assert 0 < numbers["coverage"] <= 1
    stages = list(dict.fromkeys(event.name for event in events if isinstance(event, Stage)))
    assert stages[-6:] == [
        "Drawing depth",
        "Fusing depth",
        "Cleaning the surface",
        "Unwrapping the surface",
        "Painting the texture",
        "Fitting the light",
    ]
    assert mesh.light is not None
    assert 0 < numbers["psnr_texture"] != numbers["psnr_covered"]
    assert all(event.message.endswith(".") for event in events if isinstance(event, Warned))
    assert isinstance(events[-1], Finished)
    assert events[-1].metrics["faces"] == len(mesh)
    assert load_run(run).result().kind == "splats"  # which stays the result


def test_any_format_of_meshes_will_do_and_the_texture_can_be_left_out(run: Path, tmp_path: Path) -> None:
    list(mesh_run(run, tmp_path / "plain.ply", device="cpu", **(SMALL | {"texture": 0})))
    assert read_mesh(tmp_path / "plain.ply").texture is None
    with pytest.raises(InputError, match="mesh cannot be written"):
        list(mesh_run(run, tmp_path / "mesh.docx", device="cpu", **SMALL))


def test_what_has_no_surface_is_said(run: Path) -> None:
    faint = ball(50)
    faint.opacities[:] = 0.01
    write_splats(run / "result.ply", faint)
    with pytest.raises(MethodError, match="no opaque surface"):
        list(mesh_run(run, device="cpu", **SMALL))
    (run / "result.ply").unlink()
    with pytest.raises(RunError, match="triptych resume"):
        list(mesh_run(run, device="cpu", **SMALL))
    with pytest.raises(RunError, match="not a run folder"):
        list(mesh_run(toy.__file__))
