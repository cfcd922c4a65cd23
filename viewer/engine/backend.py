"""What really draws: recon's renderer. Made inside the engine process; only there is torch loaded.

Meshes are drawn by the window itself; here they are compared with photographs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from recon.editing import Edited as EditedSplats
from recon.editing import Editing, shown, summary
from recon.editing.meshes import MeshOperation, apply_to_mesh
from recon.errors import InputError, OutOfMemory
from recon.io import read_geometry
from recon.runs import Commands, Job, Reconstruction, resume, start
from recon.runs.carrying import found_beside, splats_of_capture
from recon.scene import Blocks, Camera, Geometry, Mesh, Splats, View
from recon.scene.block_surfaces import mesh_of, splats_of
from viewer.engine.held_blocks import HeldBlocks
from viewer.engine.messages import Edited, Kind, Opened, Shot
from viewer.model import Score

if TYPE_CHECKING:
    from recon.evaluate.error_maps import ErrorMap
    from recon.render.draw import Drawer, Drawing
    from recon.render.draw_mesh import MeshDrawer

SAMPLE = 4000
OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")  # CUDA's and the CPU's, by torch
SOLID = 0.3  # opacity from which a splat counts as part of what there is to see
LONGEST_COMPARED = 1200  # pixels of a photograph's longer side at which the error is looked at
OUTERMOST = 1.0  # per cent of the splats, on either side of each axis, that bounds leave out


class SplatBackend:
    """Draws splats with `recon.render`, on the GPU where there is one that works."""

    def __init__(self) -> None:
        self._drawers: dict[str, Drawer] = {}
        self._editings: dict[str, Editing] = {}
        self._whole: dict[str, Drawer] = {}  # of edited geometries: all of them, in their own colours
        self._meshes: dict[str, Mesh] = {}  # as they were made
        self._mesh_edits: dict[str, tuple[MeshOperation, ...]] = {}  # not applied yet
        self._mesh_drawers: dict[str, MeshDrawer] = {}
        self._blocks: dict[str, HeldBlocks] = {}
        self._carried: WeakValueDictionary[Path, EditedSplats] = WeakValueDictionary()  # those that are not open
        self._errors: dict[str, tuple[Drawer | MeshDrawer, str, ErrorMap]] = {}

    def prepare(self) -> str:
        """Load torch and compile the kernels by drawing one splat."""
        from recon.render.draw import Drawer  # before torch, as threads are told there how to wait

        import torch  # isort: skip

        drawer = Drawer(_one_splat())
        drawer.draw(Camera(32, 32, 32, 32, 16, 16), depth=True)
        if drawer.device == "cuda":
            return torch.cuda.get_device_name()
        threads = torch.get_num_threads()
        return f"CPU, {threads} thread{'s' if threads > 1 else ''}"

    def open(self, key: str, path: str) -> Opened:
        """Read a file, and keep what is in it ready."""
        with _sentence_for_memory(f"{path} does not fit into memory"):
            geometry = read_geometry(path)
        if isinstance(geometry, Splats):
            return self.hold(key, geometry)
        return self._hold_surface(key, Path(path), geometry)

    def hold(self, key: str, geometry: Geometry) -> Opened:
        """Keep splats ready to draw, or blocks as splats."""
        from recon.render.draw import Drawer

        if isinstance(geometry, Mesh):
            raise InputError(f"{key} is a mesh, which is drawn elsewhere.")
        if isinstance(geometry, Blocks):
            geometry = splats_of(geometry)
        self.forget(key)  # before the next one is made: both may not fit
        with _sentence_for_memory(f"{key} does not fit into memory"):
            self._drawers[key] = Drawer(geometry)
        self._editings[key] = Editing(geometry)
        solid = geometry.means[geometry.opacities > SOLID]
        return _opened(key, "splats", len(geometry), solid if len(solid) else geometry.means)

    def _hold_surface(self, key: str, path: Path, geometry: Mesh | Blocks) -> Opened:
        """Keep what the window draws itself ready to be compared with photographs."""
        from recon.render.draw_mesh import MeshDrawer

        if isinstance(geometry, Blocks) and not len(geometry):
            raise InputError(f"{key} holds no blocks.")
        self.forget(key)
        if isinstance(geometry, Blocks):
            self._blocks[key] = HeldBlocks(geometry, partial(self._splats_at, path))
            mesh = mesh_of(geometry)
        else:
            with _sentence_for_memory(f"{key} does not fit into memory"):
                self._mesh_drawers[key] = MeshDrawer(geometry)
            mesh = self._meshes[key] = geometry
        return replace(_opened(key, "mesh", len(mesh), mesh.vertices), colored=self._is_colored(key))

    def _splats_at(self, blocks: Path, named: str) -> EditedSplats:
        """Splats that blocks are to carry, as their edits leave them; those that are open as these do now."""
        path = found_beside(blocks, named)
        if str(path) in self._editings:
            return self._editings[str(path)].current
        splats = self._carried.get(path)
        if splats is None:
            splats = self._carried[path] = EditedSplats.of(splats_of_capture(path, blocks))
        return splats

    def _is_colored(self, key: str) -> bool:
        return self._mesh_drawers[key].colored if key in self._mesh_drawers else True

    def forget(self, key: str) -> None:
        """Let a geometry go."""
        splats = self._drawers, self._editings, self._whole
        for held in (*splats, self._meshes, self._mesh_edits, self._mesh_drawers, self._blocks, self._errors):
            held.pop(key, None)

    def draw(self, shot: Shot, rgba: NDArray[np.uint8], depth: NDArray[np.float32]) -> None:
        """Draw; colour times alpha and alpha, first row lowest."""
        from recon.render.modes import MODES, to_screen

        with _sentence_for_memory("This picture does not fit into memory"):
            if shot.mode == "error":
                drawing = self._error(shot)
            else:
                drawing = MODES[shot.mode](self._drawer(shot.key), shot.camera)
            to_screen(drawing, rgba, depth)

    def edit(self, key: str, operations: tuple[Any, ...]) -> Edited:
        """Show splats as operations leave them, selected ones tinted; compare blocks and meshes as these leave them."""
        from recon.render.draw import Drawer

        if key in self._meshes:
            # Applied when it is looked at: the window works it out for itself, and pictures of splats shall not wait.
            self._mesh_edits[key] = operations
            return Edited(key, len(self._meshes[key]), 0, 0)
        if key in self._blocks:
            with _sentence_for_memory("The splats that blocks are to carry do not fit into memory"):
                problem = self._blocks[key].edit(operations)
            held, left = self._blocks[key], self._blocks[key].edited
            return Edited(key, len(left.blocks), 0, len(left.hidden), carries=held.carries, problem=problem)
        if key not in self._editings:
            raise InputError(f"{key} is not open as splats, so it cannot be edited.")
        with _sentence_for_memory("These edits do not fit into memory"):
            edited = self._editings[key].apply(operations)
            wanted = shown(edited)
            if wanted is not self._drawers[key].geometry:
                self._drawers[key] = Drawer(wanted)
        told = summary(edited)
        return Edited(key, **{each.name: getattr(told, each.name) for each in fields(told)})

    def _edit_mesh(self, key: str) -> None:
        from recon.render.draw_mesh import MeshDrawer

        with _sentence_for_memory("These edits do not fit into memory"):
            self._mesh_drawers[key] = MeshDrawer(apply_to_mesh(self._meshes[key], self._mesh_edits[key]))
        del self._mesh_edits[key]

    def measure(self, key: str, view: View) -> Score | None:
        """PSNR and SSIM as metrics.json has them; None of a mesh without colours."""
        from recon.evaluate.comparison import compare
        from recon.evaluate.metrics import measure_view

        if not self._is_colored(key):
            return None
        with _sentence_for_memory(f"{view.name} does not fit into memory"):
            comparison = compare(self._untinted(key), view)
        if comparison.mask is not None and not comparison.mask.any():
            return None
        metrics = measure_view(view.name, comparison)
        return Score(metrics.psnr, metrics.ssim)

    def reconstruct(self, job: Job, commands: Commands) -> Reconstruction:
        """Make a run."""
        return start(job, commands)

    def resume(self, path: Path, commands: Commands) -> Reconstruction:
        """Take a run up again."""
        return resume(path, commands)

    def _untinted(self, key: str) -> Drawer | MeshDrawer:
        """Draws all of a geometry, selected and hidden parts too, in its own colours."""
        from recon.render.draw import Drawer

        if key in self._mesh_edits:
            self._edit_mesh(key)
        if key in self._blocks:
            return self._blocks[key].drawer
        if key in self._mesh_drawers:
            return self._mesh_drawers[key]
        self._drawer(key)
        whole = self._editings[key].current.splats
        for drawers in (self._drawers, self._whole):
            if key in drawers and drawers[key].geometry is whole:
                return drawers[key]
        self._whole[key] = Drawer(whole)
        return self._whole[key]

    def _error(self, shot: Shot) -> Drawing:
        """A picture of the error; what it is compared with is kept while one looks around."""
        from recon.evaluate.error_maps import ErrorMap

        if shot.view is None:
            raise InputError("Choose a photograph to see the error against it.")
        if not self._is_colored(shot.key):
            raise InputError(f"{Path(shot.key).name} has no colours that could be compared with a photograph.")
        drawer = self._untinted(shot.key)
        kept = self._errors.get(shot.key)
        if kept is None or kept[:2] != (drawer, shot.view.name):
            kept = self._errors[shot.key] = drawer, shot.view.name, ErrorMap(drawer, shot.view, LONGEST_COMPARED)
        return kept[2].draw(shot.camera)

    def _drawer(self, key: str) -> Drawer:
        if key in self._blocks:
            return self._blocks[key].splat_drawer
        if key not in self._drawers:
            raise InputError(f"{key} is not open.")
        return self._drawers[key]


def _opened(key: str, kind: Kind, count: int, points: NDArray[np.float32]) -> Opened:
    sample = points[:: max(1, len(points) // SAMPLE)]
    bounds = np.percentile(sample, [OUTERMOST, 100 - OUTERMOST], axis=0) if len(sample) else np.zeros((2, 3))
    return Opened(key, kind, count, sample, bounds.astype(np.float32))


def _one_splat() -> Splats:
    def row(*values: float) -> NDArray[np.float32]:
        return np.array([values], np.float32)

    return Splats(row(0, 0, 1), row(1, 0, 0, 0), row(0.1, 0.1, 0.1), row(0.9)[0], np.zeros((1, 16, 3), np.float32))


@contextmanager
def _sentence_for_memory(what: str) -> Iterator[None]:
    """Turn torch's ways of saying that memory is short into ours."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or any(words in str(error) for words in OUT_OF_MEMORY):
            raise OutOfMemory(f"{what}. Close other programs or make the window smaller.") from error
        raise
