"""Which faces stay in a mesh without transparency: those with which photographs look better."""

import numpy as np
import pytest
import torch

from recon.methods.shaping.baking import Baked
from recon.methods.shaping.layers import Surface, draw_front, layers_of
from recon.methods.shaping.opaque import opaque
from recon.methods.shaping.views import Views, cameras_of
from recon.methods.splatting.frame import Frame
from recon.render import interpolate
from recon.scene import Camera

CAMERA = cameras_of(Camera(64, 48, 60.0, 60.0, 32.0, 24.0), Frame(np.zeros(3), 1.0), "cpu")
COLUMNS, ROWS = 9, 7
WALL = 2 * (COLUMNS - 1) * (ROWS - 1)  # faces
RIGHT, WRONG = WALL, WALL + 1  # the faces before it
RED = [1.0, 0.0, 0.0]


def wall_and_two_faces_before_it():
    x, y = np.meshgrid(np.linspace(-2.4, 2.4, COLUMNS), np.linspace(-1.8, 1.8, ROWS))
    wall = np.stack([x, y, np.full_like(x, 4)], 2).reshape(-1, 3)
    corner = np.arange(len(wall)).reshape(ROWS, COLUMNS)
    a, b, c, d = (part.reshape(-1) for part in (corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:]))
    near = np.array([[-0.7, -0.5, 2], [-0.1, -0.5, 2], [-0.4, 0.5, 2], [0.1, -0.5, 2], [0.7, -0.5, 2], [0.4, 0.5, 2]])
    faces = np.concatenate(
        [np.stack([a, c, b], 1), np.stack([b, c, d], 1), len(wall) + np.array([[0, 2, 1], [3, 5, 4]])]
    )
    vertices = torch.from_numpy(np.concatenate([wall, near])).float()
    return Surface.of(vertices, torch.from_numpy(faces).int(), len(faces), (3, 0))


@pytest.fixture
def scene():
    """The photograph shows the wall and one of the faces before it; the other is as opaque, and red as well."""
    surface, generator = wall_and_two_faces_before_it(), torch.Generator().manual_seed(0)
    colors = torch.rand(len(surface.vertices), 3, generator=generator)
    colors[-6:] = torch.tensor(RED)
    shown = surface.faces[: RIGHT + 1]
    photograph = interpolate(colors, shown, draw_front(surface.vertices, shown, CAMERA, 1))[0, ..., 0, :].reshape(-1, 3)
    bytes_ = (255 * photograph).round().to(torch.uint8)
    pixels = np.arange(len(bytes_))
    views = Views((CAMERA,), bytes_, CAMERA.directions().reshape(-1, 3), pixels, (0, len(bytes_)), (None,))
    look = Baked(len(colors), 4)
    with torch.no_grad():
        look.logits.fill_(4.0)
        look.harmonics[:, :3] = colors
    return surface, views, look


def kept_faces(surface, views, look):
    return set(opaque(look, surface, layers_of(surface, CAMERA), views)[0].tolist())


def test_a_face_that_hides_what_photographs_show_goes_and_others_stay(scene):
    assert kept_faces(*scene) == set(range(WALL + 1))


def test_a_faint_face_that_photographs_show_comes_back(scene):
    surface, views, look = scene
    with torch.no_grad():
        look.logits[-6:-3] = -4.0
    assert RIGHT in kept_faces(surface, views, look)


def test_pixels_that_do_not_count_decide_nothing(scene):
    surface, views, look = scene
    outside = np.flatnonzero(np.arange(64 * 48) % 64 < 32)
    masked = Views(views.cameras, views.colors, views.directions, outside, views.starts, views.depths)
    assert {RIGHT, WRONG} <= kept_faces(surface, masked, look)
