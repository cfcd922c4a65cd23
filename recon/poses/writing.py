"""A model as a capture on disk: upright, its photographs without lens distortion, masks with them."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pycolmap
from numpy.typing import NDArray

from recon.io import atomic_write
from recon.io.captures.colmap import camera_of
from recon.io.captures.colmap_files import CameraRecord
from recon.io.images import ImageFile
from recon.io.undistort import Lens, Warp, encode_png
from recon.poses.progress import Job, Progress, followed
from recon.poses.workspace import Workspace
from recon.scene import Camera
from recon.scene.paths import up_direction

JPEG_QUALITY = 97


def write_capture(model: Any, workspace: Workspace) -> Generator[Progress, None, None]:
    """Write a model into the capture folder, in the place of one that stood there.

    The model is turned so that the world's y axis points down and its z axis ahead, as those of the first camera do.
    """
    model.transform(pycolmap.Sim3d(np.hstack([_upright(model), np.zeros((3, 1))])))
    with TemporaryDirectory(dir=workspace.hidden) as name:
        draft = Path(name)
        work = partial(_undistort, model, workspace, draft)
        yield from followed("Undistorting photographs", work, pycolmap.CancellationToken())
        for part in ("images", "sparse", "masks"):
            shutil.rmtree(workspace.folder / part, ignore_errors=True)
            if (draft / part).is_dir():
                (draft / part).rename(workspace.folder / part)


def _upright(model: Any) -> NDArray[np.float64]:
    """(3, 3) rotation: rows are rightward, downward and ahead in the model's world."""
    images = sorted((image for image in model.images.values() if image.has_pose), key=lambda image: image.name)
    poses = [image.cam_from_world().inverse().matrix() for image in images]
    cameras = [Camera(1, 1, 1.0, 1.0, 0.5, 0.5, np.vstack([pose, [0, 0, 0, 1]])) for pose in poses]
    down = -up_direction(cameras)
    # Ahead is where the first camera looks, or, should that be straight down, where its picture's top is.
    ahead = max((poses[0][:, 2], -poses[0][:, 1]), key=lambda axis: np.linalg.norm(np.cross(axis, down)))
    right = np.cross(down, ahead)
    right /= np.linalg.norm(right)
    return np.stack([right, down, np.cross(right, down)])


def _undistort(model: Any, workspace: Workspace, draft: Path, job: Job) -> None:
    (draft / "model").mkdir()
    model.write(draft / "model")
    pycolmap.undistort_images(
        draft, draft / "model", workspace.photos, jpeg_quality=JPEG_QUALITY, cancellation_token=job.token
    )
    # COLMAP's own layout has the model in sparse/; splat trainers look in sparse/0.
    (draft / "sparse").rename(draft / "0")
    (draft / "sparse").mkdir()
    (draft / "0").rename(draft / "sparse" / "0")
    flat = pycolmap.Reconstruction(draft / "sparse" / "0")
    for image in flat.images.values():
        mask = workspace.masks / f"{image.name}.png"
        if mask.is_file():
            source, target = _lens(model.find_image_with_name(image.name).camera), _lens(image.camera)
            pixels = ImageFile(mask, "mask").read(source.width, source.height)
            with atomic_write((draft / "masks" / image.name).with_suffix(".png")) as file:
                file.write(encode_png(Warp(source, target).apply(pixels, nearest=True)))


def _lens(camera: Any) -> Lens:
    record = CameraRecord(camera.camera_id, camera.model.name, camera.width, camera.height, tuple(camera.params))
    return Lens.of(camera_of(record, np.eye(4), Path("the model")))
