"""The light of a mesh in a viewport: what the graphics card adds is what comparisons draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recon.meshes import with_normals
from recon.render.draw_mesh import MeshDrawer
from recon.scene import Mesh
from viewer.model import Orbit
from viewer.model.surface import Surface

pytestmark = pytest.mark.display

SIZE = 240, 200
ORBITS = [
    Orbit(distance=4.0, azimuth=azimuth, elevation=elevation, field_of_view=0.6, up=(0.0, 0.0, 1.0), pivot=(50.0, 0, 0))
    for azimuth, elevation in ((0.3, 0.7), (2.0, 0.4), (4.0, 1.0))
]


@pytest.fixture
def shining() -> Mesh:
    """A square far from the origin, of 32 x 32 smaller ones, whose light differs from one vertex to the next."""
    steps = np.linspace(-1, 1, 33, dtype=np.float32)
    x, y = np.meshgrid(steps, steps)
    grid = np.arange(33 * 33).reshape(33, 33)
    a, b, c, d = (part.ravel() for part in (grid[:-1, :-1], grid[:-1, 1:], grid[1:, :-1], grid[1:, 1:]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)]).astype(np.int32)
    random = np.random.default_rng(3)
    light = np.zeros((33 * 33, 4, 3), np.float32)
    light[:] = random.uniform(-0.3, 0.3, (4, 3))
    light += 0.1 * np.stack([x.ravel(), y.ravel(), x.ravel() * y.ravel()], 1)[:, None]
    vertices = np.stack([x.ravel() + 50, y.ravel(), 0 * x.ravel()], 1)
    uv = (np.stack([x.ravel(), y.ravel()], 1) + 1) / 2
    texture = np.full((8, 8, 3), (90, 120, 150), np.uint8)
    return with_normals(Mesh(vertices, faces, uv=uv, texture=texture, light=light))


class Pane:
    def __init__(self, mesh: Mesh) -> None:
        import pyvista as pv

        from viewer.viewport.mesh_layer import MeshLayer

        self.plotter = pv.Plotter(off_screen=True, window_size=list(SIZE), lighting="light kit")
        self.plotter.set_background("black")
        self.plotter.camera_set = True  # or its first picture would be of the whole scene
        self.layer = MeshLayer(self.plotter, Surface.of(mesh))

    def draw(self, orbit: Orbit, style: str = "colors") -> np.ndarray:
        from viewer.viewport.aim import aim

        self.layer.set_style(style)
        aim(self.plotter.renderer, orbit.camera(*SIZE))
        self.plotter.render()
        return np.asarray(self.plotter.screenshot(return_img=True), np.float64)


@pytest.fixture
def pane(shining: Mesh, qapp):
    made = Pane(shining)
    yield made
    made.plotter.close()


@pytest.mark.parametrize("parallel", [False, True])
def test_the_card_draws_what_comparisons_draw(pane: Pane, shining: Mesh, parallel: bool) -> None:
    middles = []
    for orbit in ORBITS:
        picture = pane.draw(replace(orbit, parallel=parallel))
        drawing = MeshDrawer(shining, "cpu").draw(replace(orbit, parallel=parallel).camera(*SIZE))
        inside = drawing.alpha == 1
        assert inside.sum() > 3000
        error = np.abs(picture / 255 - drawing.color)[inside]
        assert np.percentile(error, 99) < 0.012  # eight bits, and straight lines between vertices
        middles.append(picture[SIZE[1] // 2, SIZE[0] // 2])
    assert np.ptp(middles, axis=0).max() > 20


def test_lamps_shine_on_light_too_and_clay_has_none(pane: Pane, shining: Mesh) -> None:
    plain = Pane(replace(shining, light=None))
    darkness = np.zeros_like(shining.light)
    darkness[:, 0] = -9
    dark = Pane(replace(shining, light=darkness))
    orbit = ORBITS[0]
    assert (pane.draw(orbit, "shaded") != plain.draw(orbit, "shaded")).any()
    assert dark.draw(orbit, "shaded").max() == 0
    for style in ("clay", "normals"):
        np.testing.assert_array_equal(pane.draw(orbit, style), plain.draw(orbit, style))
    np.testing.assert_array_equal(pane.draw(orbit), pane.draw(orbit))
    for each in (plain, dark):
        each.plotter.close()


def test_a_layer_that_is_gone_follows_no_eye(pane: Pane) -> None:
    renderer = pane.plotter.renderer
    before = renderer.HasObserver("StartEvent")
    pane.layer.remove()
    assert before
    assert not renderer.HasObserver("StartEvent")


def test_backs_of_a_one_sided_mesh_are_looked_through_where_it_is_painted(shining: Mesh, qapp) -> None:
    above, below = (replace(ORBITS[0], elevation=each) for each in (0.7, -0.7))
    pane = Pane(replace(shining, one_sided=True))
    both = Pane(shining)
    np.testing.assert_array_equal(pane.draw(above), both.draw(above))
    for style in ("colors", "shaded"):
        assert pane.draw(below, style).max() == 0
        assert both.draw(below, style).max() > 20
    assert pane.layer.depth_at(below.camera(*SIZE), SIZE[0] / 2, SIZE[1] / 2) is None
    for style in ("clay", "normals"):
        assert pane.draw(below, style).max() > 20
    for each in (pane, both):
        found = each.layer.depth_at(below.camera(*SIZE), SIZE[0] / 2, SIZE[1] / 2)
        assert found == pytest.approx(4, abs=0.01)
        each.plotter.close()
