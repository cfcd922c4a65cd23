"""A mesh textured from photographs: the stages of painting it, in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from recon.methods.surfacing.light import lit
from recon.methods.surfacing.options import MeshOptions
from recon.methods.surfacing.painting import bake, painted, refine, see
from recon.methods.surfacing.unwrap import texels_of
from recon.scene import Mesh, View

PAINTING, LIGHTING = "Painting the texture", "Fitting the light"


def texture_mesh(mesh: Mesh, views: Sequence[View], options: MeshOptions) -> Iterator[tuple[str, float, Mesh]]:
    """Paint an unwrapped mesh; yields what is being done, how far it is, and the mesh so far."""
    texels = texels_of(mesh, options.texture)
    photographs = []
    for done, view in enumerate(views):
        yield PAINTING, 0.5 * done / len(views), mesh
        photographs.append(see(mesh, view))
    texture, _ = bake(texels, photographs)
    for done, better in enumerate(refine(texture, photographs, options.refinement), start=1):
        texture = better
        yield PAINTING, 0.5 + 0.5 * done / options.refinement, mesh
    mesh = painted(mesh, texture)
    yield PAINTING, 1.0, mesh
    if options.light:
        for fraction, shining in lit(mesh, photographs):
            yield LIGHTING, fraction, shining
