"""Meshes among the results: the window draws them, and the engine compares them with photographs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fake_backend import FakeBackend

import sample_scenes
from recon.io import write_geometry
from recon.scene import Mesh
from viewer.engine.messages import Opened
from viewer.model import Content

PATIENCE = 30_000

pytestmark = pytest.mark.display


class MeshBackend(FakeBackend):
    """Opens meshes as meshes; those called "grey" have no colours."""

    def open(self, key: str, path: str) -> Opened:
        opened = self.hold(key, path)
        return Opened(key, "mesh", 1, opened.sample, opened.bounds, colored="grey" not in path)


@pytest.fixture
def window(qtbot, tmp_path: Path):
    from viewer.app import Window

    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0]], np.float32)
    mesh = Mesh(corners, np.array([[0, 1, 2]], np.int32))
    paths = [tmp_path / "coloured.ply", tmp_path / "grey.ply"]
    for path in paths:
        write_geometry(path, mesh)
    made = Window(MeshBackend)
    made.resize(900, 600)
    made.show()
    made.director.start_engine()
    made.open([sample_scenes.path("desk"), *paths])
    made.build_viewport()
    qtbot.waitUntil(lambda: made.settled, timeout=PATIENCE)
    yield made
    made.close()
    made.deleteLater()


def test_a_mesh_has_numbers_and_an_error_but_no_picture_of_the_engine(window, qtbot) -> None:
    asked = []
    request = window.engines.request
    window.engines.request = lambda pane, shot: (asked.append((shot.key, shot.mode)), request(pane, shot))
    coloured, grey = window.model.results
    assert (coloured.kind, grey.kind) == ("mesh", "mesh")
    view = window.model.scene.capture.test[0]
    window.model.stand_at(view.name)
    qtbot.waitUntil(lambda: window.model.book.of(coloured.key, view.name) is not None, timeout=PATIENCE)
    assert window.model.book.of(grey.key, view.name) is None
    assert not window.model.book.measures(grey.key)
    assert asked == []
    window.model.compare.show(Content.difference(coloured.key), 0)
    qtbot.waitUntil(lambda: window.settled, timeout=PATIENCE)
    assert set(asked) == {(coloured.key, "error")}
    shown = window.panes.viewports[0].screenshot()
    assert shown[shown.shape[0] // 2, shown.shape[1] // 2].tolist() == [view.camera.width, view.camera.height, 7]
