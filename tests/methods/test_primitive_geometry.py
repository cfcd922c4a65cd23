"""Where primitives stand, which faces cameras see, and how depth moves shapes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from recon.methods.primitives import Config
from recon.methods.shaping.cells import choose_voxel, coarse_cells, fine_cells
from recon.methods.shaping.depths import depth_loss, targets
from recon.methods.shaping.icosphere import VERTICES
from recon.methods.shaping.layers import Hits, Surface, draw_front, layers_of
from recon.methods.shaping.primitives import Primitives, face_normals, vertex_normals
from recon.methods.shaping.scene import Scene
from recon.methods.shaping.shapes import HALF_DIAGONAL, Decoder, trained_shapes
from recon.methods.shaping.views import Views, cameras_of
from recon.methods.splatting.frame import Frame
from recon.scene import Camera, Points

CAMERA = Camera(64, 48, 60.0, 60.0, 32.0, 24.0)  # at the origin, looking along z
HERE = Frame(np.zeros(3), 1.0)


def cameras(camera: Camera = CAMERA):
    return cameras_of(camera, HERE, "cpu")


def sphere_at(
    *centers: tuple[float, float, float], fine: int = 1, radius: float = 0.5
) -> tuple[Primitives, torch.Tensor]:
    count = len(centers)
    primitives = Primitives(torch.tensor(centers), torch.full((count,), radius / HALF_DIAGONAL), fine, 1.0)
    return primitives, primitives.vertices(Decoder(), torch.zeros(count, 8), torch.zeros(count, 3)).detach()


def plane_points(count: int = 4000, seed: int = 0) -> np.ndarray:
    """On z = 5, four by four."""
    generator = np.random.default_rng(seed)
    flat = generator.uniform(-2, 2, (count, 2))
    return np.concatenate([flat, np.full((count, 1), 5.0)], 1).astype(np.float32)


def test_the_front_of_a_sphere_is_seen_and_not_its_back():
    primitives, vertices = sphere_at((0.0, 0.0, 3.0))
    drawn = draw_front(vertices, primitives.faces(), cameras(), 4)
    assert float(drawn.depth[0, 24, 32, 0]) == pytest.approx(2.5, abs=0.03)
    assert int(drawn.hit[..., 1:].sum()) == 0
    normals = face_normals(vertices, primitives.faces())[drawn.faces[drawn.hit].long()]
    assert (normals[:, 2] < 0.15 * normals.norm(dim=1)).all()


def test_a_camera_inside_a_primitive_looks_through_it():
    primitives, vertices = sphere_at((0.0, 0.0, 0.0), (0.0, 0.0, 3.0), fine=2)
    drawn = draw_front(vertices, primitives.faces(), cameras(), 2)
    assert float(drawn.depth[0, 24, 32, 0]) == pytest.approx(2.5, abs=0.03)


def test_coarse_faces_lie_behind_fine_ones_whatever_their_depth():
    primitives, vertices = sphere_at((0.0, 0.0, 6.0), (0.0, 0.0, 3.0), fine=1)
    layers = layers_of(Surface.of(vertices, primitives.faces(), primitives.fine_faces, (2, 1)), cameras())
    middle = layers.faces.reshape(48, 64, 3)[24, 32]
    assert 0 <= middle[0] < primitives.fine_faces
    assert middle[1] == -1
    assert middle[2] >= primitives.fine_faces


def test_hits_are_composed_front_to_back():
    primitives, vertices = sphere_at((0.0, 0.0, 3.0), (0.0, 0.0, 6.0), fine=2)
    surface = Surface.of(vertices, primitives.faces(), primitives.fine_faces, (2, 0))
    layers = layers_of(surface, cameras())
    middle = torch.tensor([24 * 64 + 32])
    hits = Hits.of(layers, middle, surface)
    assert len(hits.faces) == 2
    colors, behind = torch.tensor([[1.0, 0, 0], [0, 1.0, 0]]), torch.tensor([[0, 0, 1.0]])
    seen, left = hits.composed(torch.tensor([0.25, 0.5]), colors, behind)
    assert float(left) == pytest.approx(0.375, abs=1e-5)
    torch.testing.assert_close(seen, torch.tensor([[0.25, 0.375, 0.375]]), atol=1e-5, rtol=0)


def test_values_at_vertices_are_blended_where_the_ray_meets_them():
    primitives, vertices = sphere_at((0.0, 0.0, 3.0))
    surface = Surface.of(vertices, primitives.faces(), primitives.fine_faces, (1, 0))
    layers = layers_of(surface, cameras())
    hits = Hits.of(layers, slice(None), surface)
    met = hits.blended(vertices)
    rays = cameras().directions().reshape(-1, 3)[hits.rays]
    along = (met * rays).sum(1, keepdim=True)
    assert float((met - along * rays).norm(dim=1).max()) < 2e-3  # half precision of the weights


def test_normals_of_vertices_point_outside_and_areas_add_up():
    primitives, vertices = sphere_at((0.0, 0.0, 3.0))
    normals, areas = vertex_normals(vertices, primitives.faces())
    outward = torch.nn.functional.normalize(vertices - torch.tensor([0, 0, 3.0]), dim=1)
    assert float((normals * outward).sum(1).min()) > 0.99
    faces = face_normals(vertices, primitives.faces()).norm(dim=1) / 2
    assert float(areas.sum()) == pytest.approx(float(faces.sum()), rel=1e-5)


def test_a_shape_is_moved_along_the_ray_by_depth_and_its_gradient_is_that_of_finite_differences():
    primitives, vertices = sphere_at((0.1, -0.05, 3.0))
    vertices = vertices.double().requires_grad_()
    target = torch.full((64 * 48,), 2.6)
    loss = depth_loss(vertices, primitives.faces(), primitives, cameras(), target)
    loss.backward()
    generator = np.random.default_rng(0)
    direction = torch.from_numpy(generator.normal(size=vertices.shape))
    step = 1e-5
    with torch.no_grad():
        ends = [
            float(depth_loss(vertices + sign * step * direction, primitives.faces(), primitives, cameras(), target))
            for sign in (1, -1)
        ]
    assert float((vertices.grad * direction).sum()) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=0.05)


def test_a_depth_farther_than_a_voxel_is_somebody_elses():
    primitives, vertices = sphere_at((0.0, 0.0, 3.0))
    vertices.requires_grad_()
    depth_loss(vertices, primitives.faces(), primitives, cameras(), torch.full((64 * 48,), 9.0)).backward()
    assert float(vertices.grad.abs().max()) == 0


def test_the_voxel_is_the_smallest_that_holds_enough_points():
    points = plane_points(8000)
    voxel = choose_voxel(points, 8, 10_000)
    sparse = choose_voxel(points[:2000], 8, 10_000)
    assert sparse == pytest.approx(2 * voxel, rel=0.15)
    middle = np.median(points, 0)
    assert np.median(np.unique(np.floor((points - middle) / voxel + 0.5), axis=0, return_counts=True)[1]) >= 8
    assert choose_voxel(points, 8, 50) > 1.5 * voxel


def test_lone_points_get_no_primitive_and_far_ones_a_large_one():
    generator = np.random.default_rng(0)
    near = generator.uniform(0, 4, (3000, 3)) * [1, 1, 0.01]
    lone, far = np.array([[50.0, 0.5, 0.5]]), 30 + generator.uniform(0, 7, (12, 3))
    points = np.concatenate([near, lone, far]).astype(np.float32)
    fine, coarse = fine_cells(points, generator), coarse_cells(points, generator)
    assert fine.centers.max() < 40
    assert not (np.abs(coarse.centers - lone) < coarse.sizes[:, None] / 2).all(1).any()
    beyond = coarse.centers.min(1) > 20
    assert beyond.any()
    assert coarse.sizes[beyond].max() > 2
    assert (np.abs(fine.points) <= 0.6 / HALF_DIAGONAL + 1e-5).all()


def test_primitives_of_a_plane_lie_on_it_and_cover_it():
    scene = Scene.begun(
        Points(plane_points(), np.ones((4000, 3), np.float32)), Config(), np.random.default_rng(0), torch.device("cpu")
    )
    scene.freeze(trained_shapes().decoder)
    view = cameras_of(CAMERA, scene.frame, "cpu")
    fine, both = scene.faces[: scene.primitives.fine_faces], scene.faces
    inside, covered = (
        draw_front(scene.vertices, faces, view, 1).depth[0, 12:36, 12:52, 0].numpy() * scene.frame.radius
        for faces in (fine, both)
    )
    assert (covered > 0).mean() > 0.999
    assert (inside > 0).mean() > 0.95
    assert np.median(np.abs(inside[inside > 0] - 5)) < 0.05 * scene.frame.radius


def test_points_are_depths_where_nearer_ones_do_not_hide_them():
    near = np.array([[0.0, 0.0, 4.0]], np.float32)
    positions = np.concatenate([near, 2 * near, [[1.0, 0.5, 8.0]], [[0, 0, -3.0]]]).astype(np.float32)
    empty = torch.zeros(0, 3)
    views = Views((cameras(),), empty, empty, np.zeros(0, np.int64), (0, 64 * 48), (None,))
    found = targets(views, positions)[0]
    assert sorted(found[found > 0]) == [4, 8]
    measured = replace(views, depths=(np.full(64 * 48, 7, np.float32),))
    assert (targets(measured, positions)[0] == 7).all()


def test_inflation_keeps_the_middle_and_the_plane():
    codes = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    shapes, offsets = trained_shapes().decoder, torch.zeros(3, 3)
    centers, sizes = torch.zeros(3, 3), torch.ones(3)
    plain, larger = (Primitives(centers, sizes, 3, k).vertices(shapes, codes, offsets) for k in (1.0, 1.25))
    plain, larger = plain.reshape(3, VERTICES, 3), larger.reshape(3, VERTICES, 3)
    torch.testing.assert_close(plain.mean(1), larger.mean(1), atol=1e-5, rtol=0)
    spread = (larger - larger.mean(1, keepdim=True)).norm() / (plain - plain.mean(1, keepdim=True)).norm()
    assert float(spread) == pytest.approx(1.25, rel=1e-4)
