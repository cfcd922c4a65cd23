"""Held-out photographs of a run beside what it made of them: splats, mesh, and the mesh's normals.

Run with `python -m benchmarks.mesh_pictures RUN OUT.png [--views 2]`, where RUN is the folder of a run of method
`surface` or `primitives`, which leave splats beside their mesh. Where there is no mesh, its pictures are white.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recon.evaluate.part_pictures import beside
from recon.io import prepare, read_mesh, read_splats
from recon.io.pictures import eight_bits
from recon.meshes import with_normals
from recon.render.draw import WHITE, Drawer
from recon.render.draw_mesh import MeshDrawer
from recon.runs import load_run
from recon.scene import Camera, Mesh, View

SIDE = 360  # pixels of a picture's longer side

Floats = NDArray[np.float32]


def by_normals(mesh: Mesh, camera: Camera) -> Mesh:
    """The mesh coloured by its normals in the camera's axes, right, up and towards, as the window does."""
    right, down, forward = camera.world_from_camera[:3, :3].T
    turned = with_normals(mesh).normals @ np.stack([right, -down, -forward], axis=1)
    return replace(mesh, uv=None, texture=None, light=None, colors=(turned / 2 + 0.5).clip(0, 1).astype(np.float32))


def row(view: View, splats: Drawer, mesh: Mesh) -> list[Floats]:
    """Photograph, splats, mesh and normals of one view; the first two in the size of the photograph, made larger."""
    camera, scale = view.camera, SIDE / max(view.camera.width, view.camera.height)
    larger = camera.resized(round(camera.width * scale), round(camera.height * scale))
    small = [view.image.read(camera.width, camera.height), eight_bits(splats.draw(camera).color)]
    enlarged = [Image.fromarray(each).resize((larger.width, larger.height), Image.Resampling.BICUBIC) for each in small]
    drawn = [MeshDrawer(each, "cpu").draw(larger, background=WHITE).color for each in (mesh, by_normals(mesh, camera))]
    return [*(np.asarray(each, np.float32) / 255 for each in enlarged), *drawn]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--views", type=int, default=2)
    asked = parser.parse_args()
    run = load_run(asked.run)
    capture = run.capture.load()
    prepare(capture, lambda *_: None)
    mesh, splats = read_mesh(run.path / "result.glb"), Drawer(read_splats(run.path / "result.ply"), "cpu")
    views = [capture.test[index] for index in np.linspace(0, len(capture.test) - 1, asked.views).round().astype(int)]
    picture = beside([beside(row(view, splats, mesh), axis=1) for view in views], axis=0)
    Image.fromarray(eight_bits(picture)).save(asked.out)


if __name__ == "__main__":
    main()
