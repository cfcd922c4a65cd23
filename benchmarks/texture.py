"""Ways to paint one mesh from its photographs: seconds, and likeness to photographs that were held out.

Run with `python -m benchmarks.texture RUN [--faces 30000] [--texture 1024]`, where RUN is the folder of a run of method
`surface`. Its mesh is simplified, unwrapped and painted anew: by the weighted mean of all photographs alone ("plain
back-projection"), feathered towards outlines and borders, fitted to the photographs, and with light. Seconds are those
from the mesh and its places on the texture on, photographs read and mesh drawn beside them included; unwrapping stands
by itself. PSNR is over the pixels that the mesh covers.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from recon.evaluate import describe_mesh
from recon.io import prepare, read_mesh
from recon.meshes import simplify, with_normals
from recon.methods.surfacing.options import MeshOptions
from recon.methods.surfacing.painting import bake, painted, see
from recon.methods.surfacing.texturing import texture_mesh
from recon.methods.surfacing.unwrap import texels_of, unwrap
from recon.runs import load_run
from recon.scene import Mesh, View


def back_projected(mesh: Mesh, views: Sequence[View], size: int, *, feathered: bool) -> Mesh:
    """The mesh with the mean of the photographs."""
    return painted(mesh, bake(texels_of(mesh, size), [see(mesh, view) for view in views], feathered=feathered)[0])


def ways(mesh: Mesh, views: Sequence[View], size: int) -> Iterator[tuple[str, Callable[[], Mesh]]]:
    """Names of all ways, and what does them."""
    yield "plain back-projection", lambda: back_projected(mesh, views, size, feathered=False)
    yield "feathered", lambda: back_projected(mesh, views, size, feathered=True)
    for name, light in (("fitted", False), ("with light", True)):
        options = MeshOptions(texture=size, light=light)
        yield name, lambda options=options: list(texture_mesh(mesh, views, options))[-1][2]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--faces", type=int, default=30_000)
    parser.add_argument("--texture", type=int, default=1024)
    asked = parser.parse_args()
    run = load_run(asked.run)
    capture = run.capture.load()
    prepare(capture, lambda *_: None)
    mesh = simplify(replace(read_mesh(run.path / "result.glb"), normals=None), asked.faces)
    start = time.perf_counter()
    mesh = unwrap(with_normals(mesh), asked.texture)
    print(f"{asked.run.name}: {len(mesh):,} faces, {len(capture.train)} photographs, {asked.texture} texels")
    print(f"unwrapping {time.perf_counter() - start:.1f} s")
    list(texture_mesh(mesh, capture.train[:1], MeshOptions(texture=asked.texture)))  # compiles
    for name, paint in ways(mesh, capture.train, asked.texture):
        start = time.perf_counter()
        made = paint()
        seconds = time.perf_counter() - start
        told = describe_mesh(made, capture.test)
        print(f"{name:22} {seconds:5.1f} s  {told['psnr_covered']:.2f} dB on {told['coverage']:.1%}", flush=True)


if __name__ == "__main__":
    main()
