"""Scenes on disk and in memory: a nerfstudio capture, and beside it the truth no method may look at.

images/0001.png        the photographs; transforms.json, their cameras (pinhole, OpenGL axes)
truth/depth/0001.png   16 bits, in units of scene.json's depth_unit; z at pixel centres, 0 where nothing is
truth/labels/0001.png  8 bits: the block seen at the pixel's centre, from 1 (the ground); 0 where nothing is
truth/blocks.json      the superquadrics; truth/mesh.glb, their surface with vertex colours, z up
truth/scene.json       name, seed, depth_unit
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recon.errors import InputError
from recon.scene import Capture, View, hold_out
from sample_scenes.mesh import truth_mesh
from sample_scenes.render import Picture, render
from sample_scenes.scene import Scene

DEPTH_UNIT = 5e-5
OPENGL_FROM_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])


@dataclass(frozen=True, eq=False)
class DrawnImage:
    """The pixels of a picture, as a capture wants them."""

    array: NDArray[np.uint8]

    def read(self, width: int, height: int) -> NDArray[np.uint8]:
        """Read at a size, area-filtered: (height, width, 3) uint8."""
        if self.array.shape[:2] == (height, width):
            return self.array
        return np.asarray(Image.fromarray(self.array).resize((width, height), Image.Resampling.BOX))


def view_name(index: int) -> str:
    """Name of the index-th view, its path in the capture."""
    return f"images/{index + 1:04d}.png"


def draw(scene: Scene, supersampling: int = 4, progress: Callable[[float], None] | None = None) -> list[Picture]:
    """Draw every view of a scene; `progress` is told the share that is done."""
    pictures = []
    for index, camera in enumerate(scene.cameras):
        pictures.append(render(scene, camera, supersampling))
        if progress:
            progress((index + 1) / len(scene.cameras))
    return pictures


def as_capture(scene: Scene, pictures: list[Picture]) -> Capture:
    """What `recon.load_capture` gives for the written scene, without the disk."""
    views = [
        View(view_name(index), camera, DrawnImage(picture.image))
        for index, (camera, picture) in enumerate(zip(scene.cameras, pictures, strict=True))
    ]
    return Capture(scene.name, hold_out(views), source=f"sample scene {scene.name}")


def _transforms(scene: Scene) -> dict[str, Any]:
    camera = scene.cameras[0]
    frames = [
        {"file_path": view_name(index), "transform_matrix": (pose.world_from_camera @ OPENGL_FROM_OPENCV).tolist()}
        for index, pose in enumerate(scene.cameras)
    ]
    intrinsics = {"fl_x": camera.fx, "fl_y": camera.fy, "cx": camera.cx, "cy": camera.cy}
    return {"camera_model": "PINHOLE", "w": camera.width, "h": camera.height, **intrinsics, "frames": frames}


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def _write_picture(folder: Path, index: int, picture: Picture) -> None:
    name = Path(view_name(index)).name
    depth = np.round(picture.depth / DEPTH_UNIT)
    if depth.max() > np.iinfo(np.uint16).max:
        raise InputError(f"Depth must stay under {65535 * DEPTH_UNIT:.2f} units to fit 16 bits; view {index} goes on.")
    Image.fromarray(picture.image).save(folder / "images" / name, optimize=True)
    Image.fromarray(depth.astype(np.uint16)).save(folder / "truth" / "depth" / name, optimize=True)
    Image.fromarray(picture.labels).save(folder / "truth" / "labels" / name, optimize=True)


def write(scene: Scene, folder: Path, supersampling: int = 4, progress: Callable[[float], None] | None = None) -> None:
    """Draw a scene into a new folder, as listed at the top of this module.

    Parameters
    ----------
    scene : Scene
        All its cameras must share their intrinsics.
    folder : Path
        Created; must not exist or be empty.
    supersampling : int
        Rays per pixel along each axis.
    progress : callable, optional
        Told the share of views that are drawn, in [0, 1].

    Raises
    ------
    InputError
        If the folder holds anything, or a depth does not fit 16 bits.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"A sample scene needs a new or empty folder, and {folder} is neither. Name another one.")
    for part in ("images", "truth/depth", "truth/labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for index, picture in enumerate(draw(scene, supersampling, progress)):
        _write_picture(folder, index, picture)
    _write_json(folder / "transforms.json", _transforms(scene))
    _write_json(folder / "truth" / "blocks.json", scene.truth())
    _write_json(folder / "truth" / "scene.json", {"name": scene.name, "seed": scene.seed, "depth_unit": DEPTH_UNIT})
    truth_mesh(scene).export(folder / "truth" / "mesh.glb")


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known about a written scene beyond its photographs.

    Parameters
    ----------
    blocks : list of dict
        Fields of `sample_scenes.scene.Block`; the first is the ground.
    depth : mapping of view name to (height, width) float32
        z at pixel centres, world units, 0 where nothing is.
    labels : mapping of view name to (height, width) uint8
        Index into `blocks` plus one, 0 where nothing is.
    """

    blocks: list[dict[str, Any]]
    depth: dict[str, NDArray[np.float32]]
    labels: dict[str, NDArray[np.uint8]]


def load_truth(folder: Path) -> Truth:
    """Read the truth beside a written scene."""
    truth = folder / "truth"
    unit = json.loads((truth / "scene.json").read_text(encoding="utf-8"))["depth_unit"]
    depth, labels = {}, {}
    for path in sorted((truth / "depth").glob("*.png")):
        depth[f"images/{path.name}"] = (np.asarray(Image.open(path)) * unit).astype(np.float32)
        labels[f"images/{path.name}"] = np.asarray(Image.open(truth / "labels" / path.name))
    return Truth(json.loads((truth / "blocks.json").read_text(encoding="utf-8")), depth, labels)
