"""COLMAP models: found in the folders COLMAP and its users put them in, with the photographs beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableFile, UnusableCapture
from recon.io.captures.colmap_files import CameraRecord, ImageRecord, ModelFiles
from recon.io.captures.lenses import COLMAP_MODELS, COLMAP_NUMBERS, SUPPORTED, distortion
from recon.io.captures.masks import mask_of
from recon.io.captures.source import CaptureOptions, CaptureReader, Frame, Source, clean_name, find_photo
from recon.io.points import finite_points
from recon.scene import Camera

DEEPEST_MODEL = 3
# At each depth, so that a home folder given by mistake is not searched for minutes.
MOST_FOLDERS = 500
HIGHEST_IMAGES = 3
NAMES_TRIED = 20


def find(path: Path) -> Path | None:
    """The path itself, if a model stands in it or below it, else None."""
    if path.name.split(".")[0] in {"cameras", "images", "points3D"} and path.suffix in {".bin", ".txt"}:
        path = path.parent
    return path if next(_models(path), None) else None


def read(path: Path, options: CaptureOptions) -> Source:
    """Read the largest model of the folder nearest to the path, and masks that lie beside its photographs."""
    model, others = _choose(path)
    source = Source(f"COLMAP model, {'binary' if model.suffix == '.bin' else 'text'}", model.folder)
    if others:
        names = ", ".join(f"{other.folder} ({other.image_count()} images)" for other in others)
        source.warnings.append(
            f"{model.folder} was read, the largest of {len(others) + 1} models; left aside: {names}."
        )
    cameras, images = model.cameras(), model.images()
    folder = options.images or _images_folder(model.folder, [image.name for image in images])
    masks = folder.parent / "masks"
    for image in images:
        _add(source, image, cameras, folder)
    if masks.is_dir():
        source.frames = [replace(frame, mask=mask_of(frame.name, masks)) for frame in source.frames]
    points = model.points()
    source.points = points and finite_points(points.positions, points.colors, source.warnings)
    return source


def _models(path: Path) -> Iterator[ModelFiles]:
    """Models at and below a path, nearest first, those in a folder named sparse before others as near."""
    level = [path]
    for _ in range(DEEPEST_MODEL + 1):
        yield from filter(None, map(ModelFiles.find, level))
        level = [below for folder in level for below in _subfolders(folder)][:MOST_FOLDERS]


def _subfolders(folder: Path) -> list[Path]:
    try:
        below = [entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    except OSError:
        return []
    return sorted(below, key=lambda entry: (entry.name != "sparse", entry.name))


def _choose(path: Path) -> tuple[ModelFiles, list[ModelFiles]]:
    """The model to read, and those of the same folder that were left aside."""
    models = list(_models(path))
    home = models[0].folder.parent
    in_place = models[0].folder == path or models[0].folder.name == "sparse"
    siblings = [] if in_place else [model for model in models if model.folder.parent == home]
    best = max(siblings or models[:1], key=ModelFiles.image_count)
    return best, [model for model in siblings if model != best]


def _images_folder(model: Path, names: Sequence[str]) -> Path:
    """The folder near a model that holds the photographs it names.

    Raises
    ------
    UnusableCapture
        If there is none.
    """
    tried = names[:: max(1, len(names) // NAMES_TRIED)]
    above = [model.resolve(), *model.resolve().parents[:HIGHEST_IMAGES]]
    for folder in [*(base / "images" for base in above), *above]:
        if any(find_photo(folder, name) for name in tried):
            return folder
    first = f" (such as {names[0]})" if names else ""
    raise UnusableCapture(
        f"The photos of the COLMAP model in {model}{first} were not found in a folder named images beside or above it. "
        "Say where they are with --images."
    )


def _add(source: Source, image: ImageRecord, cameras: dict[int, CameraRecord], folder: Path) -> None:
    if image.camera not in cameras:
        raise UnreadableFile(f"{source.path}: {image.name} speaks of camera {image.camera}, which is not there.")
    name = clean_name(image.name)
    photo = find_photo(folder, image.name)
    pose = _world_from_camera(image)
    if photo is None:
        source.skip(name, "the file is missing")
    elif pose is None:
        source.skip(name, "the pose is not a rigid transform")
    else:
        source.frames.append(Frame(name, photo, camera_of(cameras[image.camera], pose, source.path)))


def _world_from_camera(image: ImageRecord) -> NDArray[np.float64] | None:
    quaternion, translation = np.array(image.quaternion), np.array(image.translation)
    length = float(np.linalg.norm(quaternion))
    if not (0 < length < np.inf and np.isfinite(translation).all()):
        return None
    w, x, y, z = quaternion / length
    camera_from_world = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = camera_from_world.T
    matrix[:3, 3] = -camera_from_world.T @ translation
    return matrix


def camera_of(record: CameraRecord, world_from_camera: NDArray[np.float64], model: Path) -> Camera:
    """The camera of a COLMAP record and a pose.

    Raises
    ------
    UnusableCapture
        If its lens is of a kind that is not supported, or its numbers make no camera; `model` is who is blamed.
    """
    _, family, names = COLMAP_MODELS[COLMAP_NUMBERS[record.model]]
    if family is None:
        raise UnusableCapture(
            f"{model}: camera {record.number} is of model {record.model}, which is not supported "
            f"({', '.join(SUPPORTED)} are). Undistort the photos first, with colmap image_undistorter."
        )
    values = dict(zip(names.split(), record.parameters, strict=True))
    fx, fy = (values.get(name, values.get("f", 0.0)) for name in ("fx", "fy"))
    try:
        return Camera(
            width=record.width,
            height=record.height,
            fx=fx,
            fy=fy,
            cx=values["cx"],
            cy=values["cy"],
            world_from_camera=world_from_camera,
            distortion=distortion(family, values.get),
        )
    except ValueError as error:
        raise UnusableCapture(f"{model}: camera {record.number} cannot be used; {error}.") from error


READER = CaptureReader("a COLMAP model (cameras and images, .bin or .txt)", find, read)
