"""All stages in a row, as events."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from recon.errors import MethodError
from recon.fields import DepthImage, extract, fuse
from recon.meshes import close_holes, keep_components, repair, simplify, smooth
from recon.methods.base import Event, Stage
from recon.methods.surfacing.depths import depth_images, pixel_width, scene_box
from recon.methods.surfacing.options import MeshOptions
from recon.methods.surfacing.texturing import texture_mesh
from recon.methods.surfacing.unwrap import unwrap
from recon.poses import scene_focus
from recon.scene import Capture, Mesh, Splats

FINEST = 0.5  # of a pixel's width on the surface: finer voxels hold nothing more
NO_SURFACE = (
    "No surface was found in the splats: nowhere did several photographs agree on an opaque one. Train longer, or make "
    "the mesh with a lower resolution."
)


@dataclass(frozen=True, eq=False)
class TexturedMesh:
    """What the pipeline makes.

    Parameters
    ----------
    mesh : Mesh
        In the capture's frame; textured where that was asked for.
    notices : tuple of str
        What a person should know.
    """

    mesh: Mesh
    notices: tuple[str, ...] = ()


def mesh_from_splats(
    splats: Splats, capture: Capture, options: MeshOptions, device: str = "cpu"
) -> Generator[Event, None, TexturedMesh]:
    """Make a textured mesh of splats and the photographs of a capture's training views.

    Parameters
    ----------
    splats : Splats
    capture : Capture
        Undistorted. Its test views are not looked at.
    options : MeshOptions
    device : {"cpu", "cuda"}
        Where splats are drawn.

    Yields
    ------
    Event
        Stages.

    Returns
    -------
    TexturedMesh

    Raises
    ------
    MethodError
        If there is no surface.
    """
    images: list[DepthImage] = []
    for image in depth_images(splats, capture.train, options, device):
        images.append(image)
        yield Stage("Drawing depth", len(images) / len(capture.train))
    yield Stage("Fusing depth")
    mesh = _surface(images, scene_focus(capture), options)
    yield Stage("Cleaning the surface")
    mesh, notices = _cleaned(mesh, options)
    if not options.texture:
        return TexturedMesh(mesh, notices)
    yield Stage("Unwrapping the surface")
    mesh = unwrap(mesh, options.texture)
    for name, fraction, painted in texture_mesh(mesh, capture.train, options):
        yield Stage(name, fraction)
        mesh = painted
    return TexturedMesh(mesh, notices)


def _surface(images: Sequence[DepthImage], focus: np.ndarray, options: MeshOptions) -> Mesh:
    low, high = scene_box(images, np.asarray(focus, np.float64), options.bounded)
    finest = FINEST * float(np.median([pixel_width(image) for image in images]))
    mesh = extract(fuse(images, low, high, max(float((high - low).max()) / options.resolution, finest)))
    if not len(mesh):
        raise MethodError(NO_SURFACE)
    return replace(mesh, one_sided=True)  # nobody knows its back


def _cleaned(mesh: Mesh, options: MeshOptions) -> tuple[Mesh, tuple[str, ...]]:
    mesh = keep_components(mesh, smallest=options.smallest_component)
    mesh = smooth(mesh, options.smoothing) if options.smoothing else mesh
    mesh = repair(simplify(replace(mesh, normals=None), options.faces), turn=False).mesh
    if options.close_holes:
        mesh = close_holes(mesh, longest=options.close_holes)
    if len(mesh) > options.faces:  # the lids of holes
        mesh = simplify(mesh, max(4, 2 * options.faces - len(mesh)))
    mended = repair(mesh, turn=False)
    return mended.mesh, mended.notices
