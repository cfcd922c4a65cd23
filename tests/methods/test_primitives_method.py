"""Method `primitives` on a small generated street, whole: what it ends with, and what that looks like."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from recon.errors import MethodError, RunError
from recon.evaluate import measure_drawn
from recon.evaluate import psnr as psnr_of
from recon.methods.base import Context, Step
from recon.methods.primitives import METHOD, Config
from recon.methods.shaping import drawing
from recon.methods.shaping.drawing import drawer_of_state
from recon.methods.shaping.fit import train
from recon.render.draw import draw
from recon.scene import Capture, Mesh, Splats
from sample_scenes.streets import make_street, photograph

SMALL = Config(
    steps=160, geometry_part=0.15, bake_part=0.3, rays=2048, features=8, width=24, most_primitives=500, evaluations=0
)


@pytest.fixture(scope="module")
def street():
    return photograph(make_street(1), views=18, width=80, height=48)


def run(capture: Capture, config: Config, cache, seed: int = 0) -> Context:
    context = Context(seed=seed, device="cpu", cache=cache)
    for _ in train(capture, config, context):
        pass
    return context


@pytest.fixture(scope="module")
def finished(street, tmp_path_factory):
    return run(street.capture, SMALL, tmp_path_factory.mktemp("cache"))


def psnr(context: Context, config: Config, capture: Capture, kind: str = "network") -> float:
    drawer = drawer_of_state(context.live.state(), config, "cpu", kind)
    return measure_drawn(drawer, capture.test).mean("psnr")


def test_held_out_views_come_out_by_network_and_by_bake(street, finished):
    network, bake = (psnr(finished, SMALL, street.capture, kind) for kind in ("network", "baked"))
    assert network > 20
    assert bake > network - 1.5


def test_depth_is_close_to_the_truth(street, finished):
    state = finished.live.state()
    drawer = drawer_of_state(state, SMALL, "cpu")
    errors = []
    for view in street.capture.test:
        drawn, exact = drawer.draw(view.camera, depth=True).depth, street.depth[view.name]
        both = (drawn > 0) & (exact > 0) & (exact < 15)
        errors.append(np.abs(drawn - exact)[both] / state.values["frame"]["radius"])
    assert np.median(np.concatenate(errors)) < 0.06


def test_it_ends_with_an_opaque_mesh_in_the_captures_frame_and_with_splats(street, finished):
    mesh, splats = finished.result, finished.live.geometry()
    assert isinstance(mesh, Mesh)
    assert isinstance(splats, Splats)
    assert mesh.colors is not None
    assert set(np.unique(mesh.faces)) == set(range(len(mesh.vertices)))
    points = street.capture.points.positions
    low, high = np.percentile(points, [1, 99], axis=0)
    assert np.abs(np.median(mesh.vertices, 0) - np.median(points, 0)).max() < 0.3 * (high - low).max()
    view = street.capture.test[0]
    drawn = draw(splats, view.camera, device="cpu")
    inside = (drawn.alpha > 0.9) & (street.depth[view.name] > 0)
    assert inside.sum() > 0.3 * (street.depth[view.name] > 0).sum()
    assert psnr_of(drawn.color, view.image.read(80, 48) / np.float32(255), inside) > 13


@pytest.mark.slow
def test_learned_shapes_beat_spheres_and_two_sets_beat_one(street, finished, tmp_path):
    network = psnr(finished, SMALL, street.capture)
    spheres = replace(SMALL, shape="sphere")
    assert network > psnr(run(street.capture, spheres, tmp_path), spheres, street.capture) + 2
    alone = replace(SMALL, coarse=False)
    assert network > psnr(run(street.capture, alone, tmp_path), alone, street.capture)


@pytest.mark.slow
def test_points_alone_are_enough_and_so_is_depth(street, finished, tmp_path):
    network = psnr(finished, SMALL, street.capture)
    views = tuple(replace(view, depth=None) for view in street.capture.views)
    for spoilt in (replace(street.capture, views=views), replace(street.capture, points=None)):
        assert psnr(run(spoilt, SMALL, tmp_path), SMALL, street.capture) > network - 2


def test_without_points_or_depth_or_photographs_that_share_any_it_says_so(street, tmp_path):
    views = tuple(replace(view, depth=None) for view in street.capture.views[:2])
    with pytest.raises(MethodError, match="too few points"):
        run(Capture("bare", views), SMALL, tmp_path)


@pytest.mark.slow
def test_exposure_of_training_views_is_told_apart_from_the_scene(street, tmp_path):
    gains = np.random.default_rng(0).uniform(0.6, 1.0, len(street.capture.views))
    views = tuple(
        view if view.split == "test" else replace(view, image=Dimmed(view.image, gain / gains.mean() * 0.8))
        for view, gain in zip(street.capture.views, gains, strict=True)
    )
    dim = replace(street.capture, views=views)
    config = replace(SMALL, exposure=True, exposure_rate=1e-2)
    context = run(dim, config, tmp_path)
    learned = context.live.exposures[:, :3].mean(1).exp().numpy()
    true = np.array([gain for view, gain in zip(street.capture.views, gains, strict=True) if view.split == "train"])
    assert np.corrcoef(learned, true)[0, 1] > 0.9


class Dimmed:
    """A photograph at another exposure."""

    def __init__(self, image, gain: float) -> None:
        self.image, self.gain = image, gain

    def read(self, width: int, height: int) -> np.ndarray:
        return np.rint(self.image.read(width, height) * min(self.gain, 1.0)).astype(np.uint8)


def test_a_state_of_other_networks_is_refused(street, finished, tmp_path):
    other = replace(SMALL, width=32)
    context = Context(seed=0, device="cpu", cache=tmp_path, resume=finished.live.state())
    with pytest.raises(RunError, match="other networks"):
        list(METHOD.run(street.capture, other, context))


def test_torch_keeps_its_threads(street, tmp_path):
    before = torch.get_num_threads()
    context = Context(seed=0, device="cpu", cache=tmp_path)
    events = train(street.capture, replace(SMALL, steps=20, geometry_part=1.0, bake_part=0.0), context)
    assert sum(isinstance(event, Step) for event in events) == 20
    assert torch.get_num_threads() == before
    assert context.result is None


def test_a_picture_drawn_in_bands_is_the_same(street, finished, monkeypatch):
    camera = street.capture.test[0].camera
    drawer = drawer_of_state(finished.live.state(), SMALL, "cpu")
    whole = drawer.draw(camera, sky=True)
    monkeypatch.setattr(drawing, "BAND", 7 * camera.width)
    np.testing.assert_allclose(drawer.draw(camera, sky=True).color, whole.color, atol=1e-4)
