"""What has been learned: takes shapes of a kind apart, each part with the number that it has in every other shape."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recon.errors import InputError
from recon.families.cubes import Cube, cell_middles
from recon.families.network import Network, loss
from recon.families.sampling import Samples
from recon.families.tidying import worths
from recon.families.wiring import Matrix, Start
from recon.scene import Mesh
from recon.shapes.blocks import colors
from recon.shapes.convexes import Convexes
from recon.shapes.polytopes import polytope

Floats = NDArray[np.float64]

FITTED, RATE = 100, 1e-2  # steps by which a shape's code is fitted to it, and their length
POINTS = 4096
SHARPNESS = 100.0, 60.0  # of the maximum over planes, and of the surface
KIND = "triptych family 1"
CORNERS = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])


class Family:
    """Takes shapes of one kind apart.

    Parameters
    ----------
    network : Network
    """

    def __init__(self, network: Network) -> None:
        self._network = network.eval().requires_grad_(False)

    @property
    def wiring(self) -> Matrix:
        """(P, C) bool: whether a plane bounds a part."""
        return self._network.wiring

    @property
    def parts(self) -> int:
        """Number of parts, of which a shape may lack some."""
        return int(self.wiring.shape[1])

    def take_apart(self, cube: Cube, *, fitted: bool = True) -> tuple[Mesh, ...]:
        """Closed convex parts of a shape.

        Parameters
        ----------
        cube : Cube
        fitted : bool
            Whether the code that the encoder makes is fitted to the shape, for a second or two.

        Returns
        -------
        tuple of Mesh
            World coordinates. A part is named for its number ("part 3") and has the same colour in every shape; parts
            that the shape lacks are left out. They may reach into each other.
        """
        code = self._code(cube, fitted=fitted)
        with torch.no_grad():
            normals, offsets = (made[0].double().numpy() for made in self._network.planes(code))
        tints = colors(self.parts).astype(np.float32) / 255
        made = []
        for part in self._present(normals, offsets, cube):
            planes = self.wiring[:, part]
            convex = Convexes(np.zeros((1, 3)), normals[planes][None], offsets[planes][None])
            mesh = polytope(convex, 0, CORNERS)
            if mesh is not None:
                vertices = cube.to_world(mesh.vertices.astype(np.float64)).astype(np.float32)
                tint = np.tile(tints[part], (len(vertices), 1))
                made.append(dataclasses.replace(mesh, vertices=vertices, colors=tint, name=f"part {part + 1}"))
        return tuple(made)

    def save(self, path: Path) -> None:
        """Write it as safetensors."""
        from safetensors.torch import save

        from recon.io import atomic_write

        tensors = {**self._network.state_dict(), "wiring": torch.from_numpy(self.wiring)}
        with atomic_write(path) as file:
            file.write(save(tensors, {"kind": KIND}))

    @classmethod
    def load(cls, path: Path) -> Family:
        """Read what `save` wrote.

        Raises
        ------
        InputError
            If it is not a family.
        """
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="pt") as file:
                if (file.metadata() or {}).get("kind") != KIND:
                    raise InputError(
                        f"{path} holds no family. Give the family.safetensors of `triptych decompose-set`."
                    )
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  it is no dict
            wiring = tensors.pop("wiring").numpy()
            if wiring.dtype != bool or wiring.ndim != 2 or not wiring.size:
                raise InputError(f"{path} cannot be read as a family: it does not say which planes bound which part.")
            network = Network(Start(np.zeros((len(wiring), 3)), np.zeros(len(wiring)), wiring))
            network.load_state_dict(tensors)
        except (OSError, SafetensorError, KeyError, RuntimeError) as error:
            raise InputError(f"{path} cannot be read as a family: {error}") from error
        return cls(network)

    def _code(self, cube: Cube, *, fitted: bool) -> Tensor:
        """(1, 64): what the encoder says, moved to where the parts fit best."""
        samples, rows, scales = Samples([cube], seed=0), torch.zeros(1, dtype=torch.int64), torch.ones(1, 3)
        code = self._network.encode(samples.seen(rows, scales)).detach().requires_grad_(True)
        optimizer = torch.optim.Adam([code], RATE)
        for _ in range(FITTED if fitted else 0):
            points, true = samples.points(rows, scales, POINTS)
            optimizer.zero_grad()
            loss(self._network.distances(code, points, SHARPNESS[0]), true, SHARPNESS[1]).backward()
            optimizer.step()
        return code.detach()

    def _present(self, normals: Floats, offsets: Floats, cube: Cube) -> list[int]:
        """Parts that make the shape more like itself; those that make it less are left out, the worst first."""
        points, true = cell_middles().reshape(-1, 3), cube.distances.ravel() < 0
        inside = np.stack(
            [(points @ normals[column].T <= offsets[column]).all(1) & column.any() for column in self.wiring.T]
        )
        kept = [part for part in range(self.parts) if inside[part].any()]
        while len(kept) > 1:
            worth = worths(inside[kept], true)
            if worth.min() > 0:
                break
            del kept[int(worth.argmin())]
        return kept
