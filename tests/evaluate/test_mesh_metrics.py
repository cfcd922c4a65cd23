"""Numbers and error maps of meshes, by the protocol of splats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from evaluation_scenes import Still, camera, eight_bits

from recon.evaluate import measure, silhouette_iou
from recon.evaluate.error_maps import ErrorMap
from recon.evaluate.report import Entry, compare_views
from recon.render.draw import WHITE
from recon.render.draw_mesh import MeshDrawer
from recon.scene import Mesh, View

CORNERS = np.array([[-1, -0.8, 4], [1, -0.8, 4], [1, 0.8, 4], [-1, 0.8, 4]], np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def board(brightness: float = 1.0) -> Mesh:
    colors = np.array([[0.9, 0.1, 0.2], [0.2, 0.8, 0.3], [0.1, 0.2, 0.9], [0.8, 0.8, 0.1]], np.float32)
    return Mesh(CORNERS, FACES, colors=brightness * colors)


def photographs(mesh: Mesh, *, clear: bool = False) -> list[View]:
    views = []
    for index in range(3):
        seen_by = camera(0.2 * index)
        drawing = MeshDrawer(mesh, "cpu").draw(seen_by, background=WHITE if clear else (0, 0, 0))
        view = View(f"{index:03}.png", seen_by, Still(eight_bits(drawing.color)), split="test")
        views.append(replace(view, alpha=Still(eight_bits(drawing.alpha))) if clear else view)
    return views


def test_a_mesh_matches_its_own_photographs_to_their_eight_bits() -> None:
    metrics = measure(board(), photographs(board()), device="cpu")
    assert metrics.mean("psnr") > 55
    assert metrics.mean("ssim") > 0.999
    assert metrics.protocol["antialiased"] == "four samples of each pixel"


def test_a_darker_mesh_scores_as_its_colours_differ() -> None:
    bright, dark = board(), board(0.5)
    (view,) = photographs(bright)[:1]
    difference = MeshDrawer(bright, "cpu").draw(view.camera).color - MeshDrawer(dark, "cpu").draw(view.camera).color
    wanted = -10 * np.log10(np.square(difference).mean())
    assert measure(dark, [view], device="cpu").mean("psnr") == pytest.approx(wanted, abs=0.05)


def test_outlines_count_where_photographs_have_transparency() -> None:
    views = photographs(board(), clear=True)
    assert silhouette_iou(board(), views) > 0.97
    half = Mesh(CORNERS, FACES[:1], colors=board().colors)
    assert silhouette_iou(half, views) == pytest.approx(0.5, abs=0.05)


def test_the_error_is_seen_on_the_mesh() -> None:
    (view,) = photographs(board())[:1]
    same = ErrorMap(MeshDrawer(board(), "cpu"), view, 1000).draw(view.camera)
    other = ErrorMap(MeshDrawer(board(0.5), "cpu"), view, 1000).draw(view.camera)
    inside = np.s_[14:22, 20:28]
    assert same.color[inside].max() < 0.05
    assert other.color[inside].mean() > 0.3
    aside = ErrorMap(MeshDrawer(board(0.5), "cpu"), view, 1000).draw(camera(0.3))
    assert aside.color[14:22, 18:24].mean() > 0.3


def test_meshes_stand_in_comparisons() -> None:
    views = photographs(board())
    entries = [Entry("same", board()), Entry("dark", board(0.5))]
    for compared in compare_views(entries, views, device="cpu"):
        assert compared.metrics[0].psnr > compared.metrics[1].psnr + 20
