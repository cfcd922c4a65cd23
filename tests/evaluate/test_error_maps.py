"""The error against a photograph, from where it was taken and from elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from evaluation_scenes import Still, camera, changed, splats, views

from recon.evaluate.comparison import compare
from recon.evaluate.error_maps import UNSEEN, ErrorMap
from recon.evaluate.sheets import error_colors
from recon.render.draw import Drawer
from recon.scene import Camera


@pytest.fixture
def scene():
    """A drawer, and a view whose photograph lacks the geometry's right half."""
    geometry = splats()
    view = views(geometry, 1)[0]
    photo = view.image.pixels.copy()
    photo[:, 24:] = 0
    return Drawer(geometry, "cpu"), changed(view, image=Still(photo))


def test_from_where_it_was_taken_it_is_the_error_itself(scene) -> None:
    drawer, view = scene
    drawing = ErrorMap(drawer, view, 1000).draw(view.camera)
    wanted = error_colors(compare(drawer, view).error) / np.float32(255)
    assert np.abs(drawing.color - wanted).max() < 0.02
    assert (drawing.alpha == 1).all()
    assert (drawing.depth > 0).all()
    assert drawing.color[:, :20].max() < 0.1 < drawing.color[:, 26:].mean()


def test_beside_the_photograph_geometry_is_dimmed(scene) -> None:
    drawer, view = scene
    wide = Camera(96, 36, 48, 48, 48, 18, view.camera.world_from_camera)
    drawing = ErrorMap(drawer, view, 1000).draw(wide)
    plain = drawer.draw(wide)
    assert np.abs(drawing.color[:, :23] - UNSEEN * plain.color[:, :23]).max() < 1e-6
    inner = ErrorMap(drawer, view, 1000).draw(view.camera)
    assert np.abs(drawing.color[:, 26:70] - inner.color[:, 2:46]).max() < 0.02


def test_from_elsewhere_it_lies_on_the_geometry(scene) -> None:
    drawer, view = scene
    error_map = ErrorMap(drawer, view, 1000)
    drawing = error_map.draw(camera(shift=0.3))
    assert np.array_equal(drawing.alpha, drawer.draw(camera(shift=0.3)).alpha)
    # At a depth of about 4 the scene moves by 0.3 * 48 / 4, not quite 4, pixels to the left.
    assert drawing.color[10:26, 26:36].mean() > 4 * drawing.color[10:26, 4:16].mean()


def test_from_behind_nothing_is_seen_of_the_photograph(scene) -> None:
    drawer, view = scene
    pose = np.diag([-1.0, 1, -1, 1])
    pose[2, 3] = 8
    behind = Camera(48, 36, 48, 48, 24, 18, pose)
    drawing, plain = ErrorMap(drawer, view, 1000).draw(behind), drawer.draw(behind, depth=True)
    dimmed = np.abs(drawing.color - UNSEEN * plain.color).max(2) < 1e-5
    assert dimmed.mean() > 0.5
