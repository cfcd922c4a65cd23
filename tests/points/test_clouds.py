"""Any result as points: which, with what normals, and on which side these are."""

from __future__ import annotations

import numpy as np
import pytest
from block_samples import some_blocks
from point_shapes import cloud, directions, pebble_mesh

from recon.errors import InputError, ResourceError
from recon.points import cloud_of, library, require_open3d, with_normals
from recon.scene import SH_C0, Points, Splats


def discs(count, rng, *, thickness=0.1):
    """Flat splats on the unit ball, and as many transparent ones around it."""
    outwards = directions(count, rng)
    halfway = outwards + np.array([0, 0, 1])
    halfway /= np.linalg.norm(halfway, axis=1, keepdims=True)
    quaternions = np.concatenate([np.zeros((count, 1)), halfway], axis=1)  # half a turn: z becomes the normal
    return outwards, Splats(
        means=np.concatenate([outwards, 3 * outwards]).astype(np.float32),
        quaternions=np.tile(quaternions, (2, 1)).astype(np.float32),
        scales=np.tile(np.float32([0.1, 0.1, 0.1 * thickness]), (2 * count, 1)),
        opacities=np.repeat(np.float32([0.9, 0.1]), count),
        sh=np.full((2 * count, 1, 3), 0.25 / SH_C0, np.float32),
    )


def test_opaque_splats_stand_for_a_surface_with_their_shortest_axis_across():
    outwards, splats = discs(500, np.random.default_rng(0))
    points = cloud_of(splats, 10_000)
    np.testing.assert_allclose(points.positions, outwards, atol=1e-6)
    np.testing.assert_allclose(np.abs((points.normals * outwards).sum(1)), 1, atol=1e-5)
    np.testing.assert_allclose(points.colors, 0.75, atol=1e-6)
    assert not points.outwards


def test_round_splats_get_their_normals_from_their_neighbours():
    outwards, splats = discs(2000, np.random.default_rng(0), thickness=0.9)
    points = cloud_of(splats, 10_000)
    assert not points.normals.any()
    turned = with_normals(points)
    assert ((turned.normals * outwards).sum(1) > 0.9).mean() > 0.99


def test_cameras_say_which_side_is_out():
    """Seen from within, a room's walls face inwards."""
    points = cloud(directions(2000, np.random.default_rng(0)))
    inside = with_normals(points, np.array([[0.1, 0, 0], [-0.1, 0, 0]]))
    assert (inside.normals * points.positions).sum(1).max() < 0
    assert ((with_normals(points).normals * points.positions).sum(1) > 0).all()


@pytest.mark.parametrize("shape", [pebble_mesh(), some_blocks(2, whole=False)])
def test_surfaces_are_drawn_from_evenly(shape):
    points = cloud_of(shape, 3000, 5)
    assert len(points) == 3000
    assert points.outwards
    np.testing.assert_allclose(np.linalg.norm(points.normals, axis=1), 1, atol=1e-6)
    assert np.array_equal(points.positions, cloud_of(shape, 3000, 5).positions)
    assert not np.array_equal(points.positions, cloud_of(shape, 3000, 6).positions)


def test_too_few_points_are_refused():
    few = Points(np.zeros((20, 3), np.float32), np.zeros((20, 3), np.float32))
    with pytest.raises(InputError, match=r"few\.ply holds 20 points; at least 100"):
        cloud_of(few, 1000, name="few.ply")


def test_without_open3d_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(library, "find_spec", lambda _: None)
    with pytest.raises(ResourceError, match="pip install open3d"):
        require_open3d()


def test_an_open3d_that_cannot_be_loaded_says_what_it_lacks(monkeypatch):
    def fail(_):
        raise ImportError("libusb-1.0.so.0: cannot open shared object file")

    monkeypatch.setattr(library, "import_module", fail)
    with pytest.raises(ResourceError, match=r"libusb-1\.0\.so\.0.*apt install libusb-1\.0-0"):
        library.open3d()
