"""The engine's picture and meshes hide each other pixel by pixel, as a composite made on the CPU says."""

from __future__ import annotations

import numpy as np
import pytest

from recon.scene import Camera

pytestmark = pytest.mark.display

WIDTH, HEIGHT = 480, 270
RADIUS = 0.66


@pytest.fixture
def scene(request: pytest.FixtureRequest):
    import pyvista as pv

    plotter = pv.Plotter(off_screen=True, window_size=(WIDTH, HEIGHT))
    plotter.set_background("#202428")
    plotter.render_window.SetMultiSamples(getattr(request, "param", 0))
    plotter.add_mesh(pv.Cube(), color="white")
    plotter.add_mesh(pv.Sphere(radius=0.25, center=(0.7, 0, 0.3)), color="tomato")
    plotter.camera_position = [(3, -3, 2), (0, 0, 0), (0, 0, 1)]
    plotter.show(auto_close=False, interactive=False)
    yield plotter
    plotter.close()


def camera_of(plotter) -> Camera:
    """The plotter's camera in our convention."""
    forward = np.array(plotter.camera.direction)
    right = np.cross(forward, plotter.camera.up)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = plotter.camera.position
    focal = HEIGHT / 2 / np.tan(np.radians(plotter.camera.view_angle) / 2)
    return Camera(WIDTH, HEIGHT, focal, focal, WIDTH / 2, HEIGHT / 2, pose)


def ball(camera: Camera, alpha: int) -> tuple[np.ndarray, np.ndarray]:
    """A shaded ball around the origin: colour times alpha and alpha, and eye depth; first row lowest."""
    width, height = camera.width, camera.height
    x = (np.arange(width) + 0.5 - camera.cx) / camera.fx
    y = (np.arange(height)[::-1] + 0.5 - camera.cy) / camera.fy
    local = np.stack(np.broadcast_arrays(x[None, :], y[:, None], 1.0), axis=-1)
    ray = local @ camera.world_from_camera[:3, :3].T
    a, b, c = (ray**2).sum(-1), ray @ camera.center, camera.center @ camera.center - RADIUS**2
    inside = b * b - a * c
    hit = inside > 0
    depth = np.where(hit, (-b - np.sqrt(np.maximum(inside, 0))) / a, 1e3)
    rgba = np.zeros((height, width, 4), np.uint8)
    color = np.clip(128 + 120 * (camera.center + depth[..., None] * ray) / RADIUS, 0, 255)
    rgba[..., :3] = np.where(hit[..., None], color * (alpha / 255), 0).round()
    rgba[..., 3] = np.where(hit, alpha, 0)
    return rgba, depth.astype(np.float32)


def mesh_depth(plotter) -> np.ndarray:
    """(H, W) eye depth of what VTK has drawn, first row lowest."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkFloatArray

    buffer = vtkFloatArray()
    plotter.render_window.GetZbufferData(0, 0, WIDTH - 1, HEIGHT - 1, buffer)
    z = vtk_to_numpy(buffer).reshape(HEIGHT, WIDTH).astype(np.float64)
    near, far = plotter.camera.clipping_range
    return np.where(z < 1, near * far / (far - z * (far - near)), np.inf)


def picture(plotter) -> np.ndarray:
    return plotter.screenshot(None, return_img=True).astype(float)


@pytest.mark.parametrize("scene", [0, 4], ids=["one sample", "four samples"], indirect=True)
@pytest.mark.parametrize("alpha", [255, 150])
def test_splats_and_meshes_hide_each_other(scene, alpha: int) -> None:
    from viewer.viewport.splat_layer import SplatLayer

    behind, depth_behind = picture(scene), mesh_depth(scene)
    rgba, depth = ball(camera_of(scene), alpha)
    SplatLayer(scene.renderer).show(rgba, depth)
    scene.render()

    in_front = (depth < depth_behind)[::-1, :, None]
    wanted = np.where(in_front, rgba[::-1, :, :3] + (1 - rgba[::-1, :, 3:] / 255) * behind, behind)
    hidden = (depth < 1e3) & (depth >= depth_behind)
    assert hidden.sum() > 3000
    assert ((depth < 1e3) & ~hidden).sum() > 3000
    error = np.abs(picture(scene) - wanted).max(-1)
    if scene.render_window.GetMultiSamples():
        assert (error > 1).mean() < 0.006  # outlines, whose pixels have several depths
    else:
        assert error.max() <= 1


def test_hidden_layer_leaves_the_scene_alone(scene) -> None:
    from viewer.viewport.splat_layer import SplatLayer

    before = picture(scene)
    layer = SplatLayer(scene.renderer)
    layer.show(*ball(camera_of(scene), 255))
    layer.hide()
    scene.render()
    assert np.array_equal(picture(scene), before)


def test_a_smaller_picture_is_stretched_without_dark_edges(scene) -> None:
    from viewer.viewport.splat_layer import SplatLayer

    scene.clear_actors()
    scene.set_background("white")
    rgba, depth = ball(camera_of(scene).resized(WIDTH // 3, HEIGHT // 3), 255)
    rgba[..., :3] = np.where(rgba[..., 3:] > 0, 255, 0)  # white in front of white: black texels beside it must not show
    SplatLayer(scene.renderer).show(rgba, depth)
    scene.render()
    assert picture(scene).min() >= 254
