"""What is fitted before anything has a colour: primitives, their codes and places, and the points they stand on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recon.errors import MethodError
from recon.methods.base import State
from recon.methods.primitives import Config
from recon.methods.shaping.cells import choose_voxel, coarse_cells, fine_cells
from recon.methods.shaping.layers import Surface
from recon.methods.shaping.primitives import Primitives, first_codes, primitives_of
from recon.methods.shaping.shapes import Decoder, trained_shapes
from recon.methods.splatting.frame import Frame
from recon.scene import Points


@dataclass(eq=False)
class Scene:
    """A scene in its local frame, whose unit is the side of a fine voxel.

    Parameters
    ----------
    frame : Frame
    primitives : Primitives
    codes, offsets : (N, 8) and (N, 3) float32
        Leaves that are learned.
    positions, colors : (M, 3) float32
        Of points; positions are local.
    vertices : (N * 42, 3) float32
        Empty until shapes are fixed.
    """

    frame: Frame
    primitives: Primitives
    codes: Tensor
    offsets: Tensor
    positions: NDArray[np.float32]
    colors: NDArray[np.float32]
    vertices: Tensor

    def __post_init__(self) -> None:
        self.faces = self.primitives.faces()

    @classmethod
    def begun(cls, points: Points, config: Config, generator: np.random.Generator, device: torch.device) -> Scene:
        """Place primitives where there are points, with the shapes that these suggest."""
        voxel = config.voxel or choose_voxel(points.positions, config.points_per_voxel, config.most_primitives)
        # The ground, where most points lie, shall pass through the middle of voxels, not along their sides.
        frame = Frame(np.median(points.positions.astype(np.float64), axis=0) - voxel / 2, voxel)
        positions = frame.local_from_world(points.positions)
        fine = fine_cells(positions, generator)
        coarse = coarse_cells(positions, generator) if config.coarse or not len(fine) else None
        primitives = primitives_of(fine, coarse, config.inflation, device)
        if not len(primitives):
            raise MethodError("No voxel holds two points or more, so there is no primitive. Set a larger voxel.")
        codes = first_codes(fine, coarse, trained_shapes(device), learned=config.shape == "learned")
        offsets = torch.zeros(len(primitives), 3, device=device)
        empty = torch.zeros(0, 3, device=device)
        leaves = codes.requires_grad_(), offsets.requires_grad_()
        return cls(frame, primitives, *leaves, positions, points.colors.astype(np.float32), empty)

    def shape_parameters(self) -> dict[str, Tensor]:
        """What the first stage learns."""
        return {"codes": self.codes, "offsets": self.offsets}

    @torch.no_grad()
    def current_vertices(self, decoder: Decoder) -> Tensor:
        """(V, 3): as codes and offsets are now."""
        return self.primitives.vertices(decoder, self.codes, self.offsets)

    def freeze(self, decoder: Decoder) -> None:
        """Fix the shapes as they are now."""
        self.vertices = self.current_vertices(decoder)

    def surface(self, config: Config) -> Surface:
        """The fixed faces."""
        depth = (config.fine_layers, config.coarse_layers if len(self.primitives) > self.primitives.fine else 0)
        return Surface.of(self.vertices, self.faces, self.primitives.fine_faces, depth)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """For a checkpoint."""
        primitives = self.primitives
        tensors = {
            "centers": primitives.centers,
            "sizes": primitives.sizes,
            "codes": self.codes,
            "offsets": self.offsets,
            "vertices": self.vertices,
        }
        copied = {name: tensor.detach().cpu().numpy().copy() for name, tensor in tensors.items()}
        return {**copied, "positions": self.positions.copy(), "colors": self.colors.copy()}

    def values(self) -> dict[str, Any]:
        """For a checkpoint."""
        primitives = self.primitives
        return {"frame": self.frame.values(), "fine": primitives.fine, "inflation": primitives.inflation}

    @classmethod
    def of_state(cls, state: State, device: torch.device) -> Scene:
        """What `arrays` and `values` wrote."""
        saved = {
            name: torch.from_numpy(state.arrays[name].copy()).to(device)
            for name in ("centers", "sizes", "codes", "offsets", "vertices")
        }
        values = state.values
        primitives = Primitives(saved["centers"], saved["sizes"], values["fine"], values["inflation"])
        leaves = saved["codes"].requires_grad_(), saved["offsets"].requires_grad_()
        points = state.arrays["positions"].copy(), state.arrays["colors"].copy()
        return cls(Frame.from_values(values["frame"]), primitives, *leaves, *points, saved["vertices"])
