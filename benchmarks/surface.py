"""Surfaces from photographs of synthetic scenes: distances to the true one, seeds, and seconds.

Run with `python -m benchmarks.surface MESH [--steps N] [--seeds N]`, where MESH is a textured mesh with y up. It is
photographed on a textured ground from 36 sides at 160x120, six of them held out. Distances are in per cent of the
object's diagonal, between points of the mesh and points that some photograph sees; "exact depth" fuses the true depth
images of the training views with the same fusion, which no method can do much better than.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.surface_scenes import Scene, make_scene
from recon.evaluate import measure, measure_surface, sample_surface
from recon.evaluate.surfaces import Sampled
from recon.fields import DepthImage, extract, fuse
from recon.io import read_mesh
from recon.meshes import keep_components
from recon.methods.base import Context, Step
from recon.methods.registry import method_named
from recon.scene import Mesh

LOW, HIGH = np.array([-0.62, -0.62, -0.06]), np.array([0.62, 0.62, 0.78])
VOXELS = 160
SAMPLES = 80_000
ABOVE_GROUND, WITHIN = 0.012, 0.6


def scores(mesh: Mesh, scene: Scene) -> tuple[str, str]:
    """Figures of the object alone and of object and ground."""
    points = sample_surface(mesh, SAMPLES, np.random.default_rng(0))
    inside = np.abs(points.positions[:, :2]).max(1) < WITHIN
    own = inside & (points.positions[:, 2] > ABOVE_GROUND)
    lines = []
    for mask, truth in ((own, scene.object_points), (inside, scene.all_points)):
        found = measure_surface(Sampled(points.positions[mask], points.normals[mask]), truth, [0.5, 1.0], unit=0.01)
        lines.append(
            f"CD {found.chamfer:.3f} (acc {found.accuracy:.3f} comp {found.completeness:.3f})  "
            f"F@1 {found.f_scores[1.0]:.3f}  F@.5 {found.f_scores[0.5]:.3f}  normals {found.normal_degrees:.1f} deg"
        )
    return lines[0], lines[1]


def exact(scene: Scene) -> Mesh:
    """The true depth of the training views, fused."""
    images = []
    for view in scene.capture.train:
        depth = np.where(scene.depth[view.name] > 0, scene.depth[view.name], np.float32(-1)).astype(np.float32)
        images.append(DepthImage(view.camera, depth, np.ones_like(depth)))
    return keep_components(extract(fuse(images, LOW, HIGH, float((HIGH - LOW).max()) / VOXELS)), count=1)


def reconstructed(scene: Scene, seed: int, changes: dict[str, Any]) -> None:
    method = method_named("surface")
    with tempfile.TemporaryDirectory() as cache:
        context = Context(seed=seed, device="cpu", cache=Path(cache))
        start, trained = time.perf_counter(), 0.0
        for event in method.run(scene.capture, replace(method.presets["standard"], **changes), context):
            if isinstance(event, Step):
                trained = time.perf_counter() - start
        seconds = time.perf_counter() - start
    splats = measure(context.live.geometry(), scene.capture.test).mean("psnr")
    if context.result is None:
        print(f"seed {seed}: no surface")
        return
    textured = measure(context.result, scene.capture.test).mean("psnr")
    own, everything = scores(context.result, scene)
    print(
        f"seed {seed}: {trained:.0f} s to the splats ({splats:.2f} dB), {seconds:.0f} s to the mesh ({textured:.2f} dB)"
    )
    print(f"  object  {own}\n  all     {everything}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("mesh", type=Path)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args()
    scene = make_scene(read_mesh(asked.mesh))
    own, everything = scores(exact(scene), scene)
    print(f"synthetic, {asked.mesh.name}\nexact depth\n  object  {own}\n  all     {everything}", flush=True)
    changes = {"steps": asked.steps, "cap": 12_000, "resolution": VOXELS, "evaluations": 0}
    for seed in range(asked.seeds):
        reconstructed(scene, seed, changes)


if __name__ == "__main__":
    main()
