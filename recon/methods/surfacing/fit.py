"""The run of the method: splats, then their mesh, as events."""

from __future__ import annotations

from collections.abc import Iterator

from recon.errors import MethodError
from recon.methods.base import Context, Event, Warned
from recon.methods.splatting.fit import train as train_splats
from recon.methods.surface import Config
from recon.methods.surfacing.options import MeshOptions
from recon.methods.surfacing.pipeline import mesh_from_splats
from recon.methods.surfacing.trainer import SurfaceTrainer
from recon.scene import Capture, Splats


def train(capture: Capture, config: Config, context: Context) -> Iterator[Event]:
    """Fit flat splats and make a mesh of them; `recon.methods.surface.run` documents it.

    Where the splats show no surface yet, they are the result, with a warning.
    """
    yield from train_splats(capture, config, context, SurfaceTrainer)
    splats = context.live.geometry() if context.live is not None else None
    if not isinstance(splats, Splats):
        return
    try:
        made = yield from mesh_from_splats(splats, capture, options_of(config), context.device)
    except MethodError as error:
        yield Warned(f"{error} The splats are kept as the result.")
        return
    yield from (Warned(notice) for notice in made.notices)
    context.result = made.mesh


def options_of(config: Config) -> MeshOptions:
    """How the mesh is made, from the parameters of the method."""
    return MeshOptions(
        resolution=config.resolution,
        depth=config.depth,
        bounded=config.bounded,
        faces=config.faces,
        close_holes=config.close_holes,
        texture=config.texture,
        light=config.light,
    )
