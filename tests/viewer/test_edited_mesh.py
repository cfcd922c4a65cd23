"""A mesh in the engine: compared with photographs as its edits leave it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recon.editing import Placement
from recon.editing.meshes import CropMesh, RemoveSmall
from recon.errors import InputError
from recon.io import write_geometry
from recon.scene import Mesh
from viewer.engine.backend import SplatBackend


@pytest.fixture
def backend(tmp_path: Path) -> SplatBackend:
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32)
    vertices = np.concatenate([corners, 0.1 * corners + 5])
    mesh = Mesh(vertices, np.arange(6, dtype=np.int32).reshape(2, 3), colors=np.full((6, 3), 0.5, np.float32))
    write_geometry(tmp_path / "mesh.ply", mesh)
    made = SplatBackend()
    made.open("mesh", str(tmp_path / "mesh.ply"))
    return made


def test_edits_are_applied_when_it_is_compared_and_taken_back(backend: SplatBackend) -> None:
    assert backend.edit("mesh", (RemoveSmall(0.5),)).key == "mesh"
    assert len(backend._untinted("mesh").geometry) == 1
    backend.edit("mesh", ())
    assert len(backend._untinted("mesh").geometry) == 2


def test_edits_that_leave_nothing_are_refused_in_a_sentence(backend: SplatBackend) -> None:
    backend.edit("mesh", (CropMesh(Placement((50.0, 0.0, 0.0))),))
    with pytest.raises(InputError, match="nothing would be left"):
        backend._untinted("mesh")


def test_a_mesh_that_is_let_go_is_not_edited(backend: SplatBackend) -> None:
    backend.edit("mesh", (RemoveSmall(0.5),))
    backend.forget("mesh")
    with pytest.raises(InputError, match="not open"):
        backend.edit("mesh", ())
