"""Camera paths as JSON files, with everything that a film of them depends on. docs/camera-paths.md has the schema."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recon.errors import UnreadableFile
from recon.io.files import atomic_write
from recon.scene.camera_path import CameraPath, Film, Keyframe

SCHEMA = 1
TYPE = "triptych camera path"


def write_film(path: Path, film: Film) -> None:
    """Write a camera path, whole or not at all.

    Raises
    ------
    DiskFull, InputError
        If the file cannot be written.
    """
    with atomic_write(path) as file:
        file.write((json.dumps(to_json(film), indent=1) + "\n").encode())


def read_film(path: Path) -> Film:
    """Read a camera path.

    Raises
    ------
    UnreadableFile
        If there is no such file, or it is damaged.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableFile(f"{path} could not be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise UnreadableFile(f"{path} is no camera path: {error}. A JSON file made by Triptych was wanted.") from error
    if not isinstance(document, dict) or document.get("type") != TYPE:
        raise UnreadableFile(f'{path} is no camera path: "type": "{TYPE}" was wanted in it.')
    if document.get("schema") != SCHEMA:
        raise UnreadableFile(f"{path} was made by another version of Triptych (schema {document.get('schema')}).")
    try:
        return from_json(document)
    except KeyError as error:
        raise UnreadableFile(f"{path} is damaged: {error} is missing.") from error
    except (TypeError, ValueError) as error:
        raise UnreadableFile(f"{path} is damaged: {error}.") from error


def to_json(film: Film) -> dict[str, Any]:
    """A film as plain values."""
    path = film.path
    return {
        "type": TYPE,
        "schema": SCHEMA,
        "duration": path.duration,
        "loop": path.loop,
        "constant_speed": path.constant_speed,
        "frames_per_second": film.frames_per_second,
        "width": film.width,
        "height": film.height,
        "mode": film.mode,
        "background": None if film.background is None else list(film.background),
        "keyframes": [_keyframe_to_json(each) for each in path.keyframes],
    }


def from_json(document: Mapping[str, Any]) -> Film:
    """A film from plain values.

    Raises
    ------
    KeyError, TypeError, ValueError
        If a value is missing or wrong.
    """
    path = CameraPath(
        tuple(_keyframe(each) for each in document["keyframes"]),
        float(document["duration"]),
        bool(document["loop"]),
        bool(document["constant_speed"]),
    )
    background = document["background"]
    return Film(
        path,
        int(document["width"]),
        int(document["height"]),
        float(document["frames_per_second"]),
        document["mode"],
        None if background is None else tuple(float(value) for value in background),  # type: ignore[arg-type]
    )


def _keyframe_to_json(keyframe: Keyframe) -> dict[str, Any]:
    from scipy.spatial.transform import Rotation  # takes a while to load

    rotation = Rotation.from_matrix(keyframe.world_from_camera[:3, :3])
    return {
        "name": keyframe.name,
        "time": keyframe.time,
        "position": keyframe.position.tolist(),
        "rotation": rotation.as_quat(canonical=True, scalar_first=True).tolist(),
        "field_of_view": math.degrees(keyframe.field_of_view),
        "focus_distance": keyframe.focus_distance,
    }


def _keyframe(values: Mapping[str, Any]) -> Keyframe:
    from scipy.spatial.transform import Rotation

    world_from_camera = np.eye(4)
    world_from_camera[:3, :3] = Rotation.from_quat(values["rotation"], scalar_first=True).as_matrix()
    world_from_camera[:3, 3] = values["position"]
    return Keyframe(
        float(values["time"]),
        world_from_camera,
        math.radians(float(values["field_of_view"])),
        float(values["focus_distance"]),
        str(values["name"]),
    )
