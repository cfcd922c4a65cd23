"""Splats and meshes in a real viewport, docked and floated, by any camera: no pixel shows the wrong surface."""

from __future__ import annotations

import queue
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recon.io import write_geometry
from recon.scene import Camera, Mesh
from viewer.model import Content, Orbit, Photos, Result, WindowModel
from viewer.model.block_editing import BlockModel
from viewer.model.mesh_shades import MeshShades
from viewer.model.meshes import Meshes

pytestmark = pytest.mark.display

RADIUS = 0.66
ORBIT = Orbit(distance=4.7, azimuth=0.6, elevation=0.4, field_of_view=0.52)
ORBITS = {
    "perspective": ORBIT,
    "parallel": replace(ORBIT, parallel=True),
    "enlarged": ORBIT.magnified(1.6, 0.2, -0.1),
    "parallel and enlarged": replace(ORBIT.magnified(1.6, 0.2, -0.1), parallel=True),
}


def cube_and_block() -> Mesh:
    """A cube around the origin, and a smaller one that sticks out of a ball of 0.66."""
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)], np.float32)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))], np.int32)
    block = corners * 0.5 + np.array([0.6, 0, 0.3], np.float32)
    colors = np.repeat(np.array([[0.9, 0.9, 0.9], [0.9, 0.3, 0.2]], np.float32), 8, axis=0)
    return Mesh(np.concatenate([corners, block]), np.concatenate([faces, faces + 8]), colors=colors)


def ball(camera: Camera, alpha: int) -> tuple[np.ndarray, np.ndarray]:
    """A shaded ball around the origin: colour times alpha and alpha, and eye depth; first row lowest."""
    x = (np.arange(camera.width) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(camera.height)[::-1] + 0.5 - camera.cy) / camera.fy
    local = np.stack(np.broadcast_arrays(x[None, :], y[:, None], 1.0), axis=-1)
    ray = local @ camera.world_from_camera[:3, :3].T
    a, b = (ray**2).sum(-1), ray @ camera.center
    nearest = camera.center - (b / a)[..., None] * ray  # of the ray to the ball's middle
    inside = RADIUS**2 - (nearest**2).sum(-1)
    hit = inside > 0
    depth = np.where(hit, -b / a - np.sqrt(np.maximum(inside, 0) / a), 1e9)
    color = np.clip(128 + 120 * (camera.center + depth[..., None] * ray) / RADIUS, 0, 255)
    rgba = np.zeros((camera.height, camera.width, 4), np.uint8)
    rgba[..., :3] = np.where(hit[..., None], color * (alpha / 255), 0).round()
    rgba[..., 3] = np.where(hit, alpha, 0)
    return rgba, depth.astype(np.float32)


def drawn(viewport) -> tuple[np.ndarray, np.ndarray]:
    """What the viewport shows, first row uppermost, and the eye depth of VTK's own things, first row lowest."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkFloatArray

    (width, height), buffer = viewport.picture_size, vtkFloatArray()

    def read(*_) -> None:  # at once: the renderer above the scene's clears the buffer
        viewport._interactor.ren_win.GetZbufferData(0, 0, width - 1, height - 1, buffer)

    observer = viewport._renderer.AddObserver("EndEvent", read)
    shown = viewport.screenshot().astype(float)
    viewport._renderer.RemoveObserver(observer)
    z = vtk_to_numpy(buffer).reshape(height, width).astype(np.float64)
    near, far = viewport._renderer.GetActiveCamera().GetClippingRange()
    return shown, np.where(z < 1, near * far / (far - z * (far - near)), np.inf)


@pytest.fixture
def meshes_and_model(tmp_path: Path):
    posted: queue.Queue = queue.Queue()
    model, photos = WindowModel(), Photos(posted.put)
    meshes = Meshes(model, posted.put)
    path = tmp_path / "mesh.ply"
    write_geometry(path, cube_and_block())
    model.show_grid = False
    model.add_result(Result("mesh", "Mesh", "mesh", path))
    while meshes.pending:
        posted.get(timeout=10)()
    yield model, photos, meshes, MeshShades(model, meshes, tasks=None, work=None), BlockModel(editor=None)
    photos.close()
    meshes.close()


@pytest.fixture
def dock(meshes_and_model, qapp, qtbot):
    """A dock of a window that holds the panes."""
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QDockWidget, QMainWindow

    from viewer.viewport.pane_grid import PaneGrid

    window = QMainWindow()
    made = QDockWidget(window)
    made.setWidget(PaneGrid(*meshes_and_model))
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, made)
    window.resize(500, 360)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield made
    made.widget().shut_down()


@pytest.mark.parametrize("floating", [False, True], ids=["docked", "floated"])
@pytest.mark.parametrize("orbit", ORBITS.values(), ids=ORBITS)
@pytest.mark.parametrize("alpha", [255, 150])
def test_no_pixel_shows_the_wrong_surface(dock, qtbot, floating: bool, orbit: Orbit, alpha: int) -> None:
    viewport = dock.widget().viewports[0]
    dock.setFloating(floating)
    qtbot.wait(50)
    viewport._interactor.hide_axes()
    camera = orbit.camera(*viewport.picture_size)
    viewport.look(camera)
    behind, depth_behind = drawn(viewport)
    rgba, depth = ball(camera, alpha)
    viewport.show_splats(camera, rgba, depth)
    got, _ = drawn(viewport)

    in_front = (depth < depth_behind)[::-1, :, None]
    blended = rgba[::-1, :, :3] + (1 - rgba[::-1, :, 3:] / 255) * behind
    wrong = np.abs(got - np.where(in_front, blended, behind)).max(-1) > 1
    equal = (np.abs(depth - depth_behind) <= np.spacing(depth))[::-1]  # neither is before the other
    wrong &= ~(equal & ((np.abs(got - blended).max(-1) <= 1) | (np.abs(got - behind).max(-1) <= 1)))
    hidden = (rgba[..., 3] > 0) & (depth >= depth_behind)
    assert hidden.sum() > 1000
    assert ((rgba[..., 3] > 0) & ~hidden).sum() > 1000
    assert equal.mean() < 1e-3
    assert wrong.sum() == 0


def test_splats_are_seen_where_the_origin_of_the_world_is_not(dock) -> None:
    viewport = dock.widget().viewports[0]
    viewport._interactor.hide_axes()
    camera = replace(ORBIT, pivot=(30.0, -20.0, 40.0)).camera(*viewport.picture_size)
    viewport.look(camera)
    empty = viewport.screenshot()
    rgba, depth = ball(ORBIT.camera(*viewport.picture_size), 255)
    viewport.show_splats(camera, rgba, depth)
    assert ((viewport.screenshot() != empty).any(-1) == (rgba[::-1, :, 3] > 0)).mean() > 0.999


def test_meshes_lie_where_the_camera_says(dock) -> None:
    viewport = dock.widget().viewports[0]
    viewport._interactor.hide_axes()
    for orbit in ORBITS.values():
        camera = orbit.camera(*viewport.picture_size)
        viewport.look(camera)
        depth = drawn(viewport)[1][::-1]
        for corner in cube_and_block().vertices:
            (x, y), z = (each[0] for each in camera.project([corner]))
            if 0 < x < camera.width and 0 < y < camera.height:
                around = depth[max(int(y) - 1, 0) : int(y) + 2, max(int(x) - 1, 0) : int(x) + 2]
                assert around.min() <= z + 0.02
        point = viewport.point_at(camera.cx, camera.cy)
        met = depth[int(camera.cy), int(camera.cx)]
        assert np.linalg.norm(point - camera.center) == pytest.approx(met, abs=0.02)


def test_wires_and_hidden_meshes(dock, meshes_and_model) -> None:
    model, *_ = meshes_and_model
    viewport = dock.widget().viewports[0]
    viewport._interactor.hide_axes()
    viewport.look(ORBIT.camera(*viewport.picture_size))
    ground = viewport.screenshot()[2, 2]

    def covered() -> int:
        return int((viewport.screenshot() != ground).any(-1).sum())

    whole = covered()
    model.compare.set_style("wireframe")
    assert 0 < covered() < whole / 3
    model.compare.set_style("colors")
    assert len(np.unique(viewport.screenshot().reshape(-1, 3), axis=0)) < 20  # no shading
    model.compare.show(Content())
    assert covered() == 0
    model.show_meshes = True
    assert covered() == whole
