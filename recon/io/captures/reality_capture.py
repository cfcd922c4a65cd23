"""RealityCapture (RealityScan): cameras as a CSV table, or as an XMP file beside each photograph.

Focal lengths and, in the table, principal points are millimetres on a film 36 mm wide; the XMP's principal point is a
share of the longer side. In the table a camera whose three angles are zero looks down, the top of its picture north.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

from recon.errors import UnreadableFile
from recon.io.captures.json_frames import OPENCV_FROM_OPENGL
from recon.io.captures.lenses import distortion
from recon.io.captures.poses import Matrix, camera_for, numbers, photos_in, read_text, rigid_pose
from recon.io.captures.source import CaptureOptions, CaptureReader, Frame, Source, clean_name, find_photo
from recon.io.images import read_header

FILM = 36.0
COLUMNS = {"x", "y", "alt", "heading", "pitch", "roll", "f", "px", "py", "k1", "k2", "k3", "k4", "t1", "t2"}
SPACE = "{http://www.capturingreality.com/ns/xcr/1.1#}"
COEFFICIENTS = ("k1", "k2", "k3", "k4", "t1", "t2")
# What OpenCV's rational model would take for a fourth radial term is another thing.
OURS = {"k1": "k1", "k2": "k2", "k3": "k3", "p1": "t1", "p2": "t2"}


def find(path: Path) -> Path | None:
    """A CSV table of cameras at a path, or the folder that holds XMP files with a pose; else None."""
    if path.is_file():
        return path if path.suffix.lower() == ".csv" and _is_table(path) else None
    if not path.is_dir():
        return None
    tables = (entry for entry in sorted(path.glob("*.csv")) if _is_table(entry))
    folders = (folder for folder in (path, path / "images") if _has_poses(folder))
    return next(tables, None) or next(folders, None)


def read(path: Path, options: CaptureOptions) -> Source:
    """Read the table, or all XMP files of a folder."""
    source = Source(f"RealityCapture, {'XMP' if path.is_dir() else 'CSV'}", path)
    try:
        if path.is_dir():
            _read_sidecars(source, path, options)
        else:
            _read_table(source, path, options)
    except (ValueError, csv.Error, ET.ParseError, KeyError, TypeError) as error:
        raise UnreadableFile(f"{path} could not be read as RealityCapture's cameras ({error}).") from error
    return source


def _is_table(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            first = file.readline(1000).decode("utf-8-sig", "replace").strip().lstrip("#").lower()
    except OSError:
        return False
    return {"name"} | COLUMNS - {"k4"} <= set(first.split(","))


def _has_poses(folder: Path) -> bool:
    return any(b"xcr:Rotation" in file.read_bytes()[:20000] for file in sorted(folder.glob("*.xmp"))[:3])


def _read_table(source: Source, path: Path, options: CaptureOptions) -> None:
    rows = csv.DictReader(read_text(path).lstrip("#").splitlines())
    for row in rows:
        name = clean_name(row["name"] or "")
        photo = find_photo(path.parent, name, options.images) or find_photo(path.parent / "images", name)
        if photo is None:
            source.skip(name or "?", "the file is missing")
            continue
        value = {column: numbers(row.get(column) or "0", 1)[0] for column in COLUMNS}
        rotation = _turned(-value["heading"], value["pitch"], value["roll"]) @ OPENCV_FROM_OPENGL[:3, :3]
        pose = rigid_pose(rotation, [value["x"], value["y"], value["alt"]])
        _add(source, photo, pose, value["f"], (value["px"] / FILM, value["py"] / FILM), value)


def _turned(yaw: float, pitch: float, roll: float) -> Matrix:
    """(3, 3) rotation about z, then x, then y, of degrees."""
    (sin_yaw, sin_pitch, sin_roll), (cos_yaw, cos_pitch, cos_roll) = (
        wave(np.radians([yaw, pitch, roll])) for wave in (np.sin, np.cos)
    )
    about_x = np.array([[1, 0, 0], [0, cos_pitch, -sin_pitch], [0, sin_pitch, cos_pitch]])
    about_y = np.array([[cos_roll, 0, sin_roll], [0, 1, 0], [-sin_roll, 0, cos_roll]])
    about_z = np.array([[cos_yaw, -sin_yaw, 0], [sin_yaw, cos_yaw, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y, np.float64)


def _read_sidecars(source: Source, folder: Path, options: CaptureOptions) -> None:
    for photo in photos_in(options.images or folder):
        sidecar = folder / f"{photo.stem}.xmp"
        values = dict(_values(sidecar)) if sidecar.is_file() else {}
        if "Rotation" not in values or "Position" not in values:
            source.skip(photo.name, "it has no pose")
            continue
        camera_from_world = np.reshape(numbers(values["Rotation"], 9), (3, 3))
        pose = rigid_pose(camera_from_world.T, numbers(values["Position"], 3))
        focal, u, v = (numbers(values.get(name, "0"), 1)[0] for name in _LENS)
        bent = numbers(values.get("DistortionCoeficients", "0 0 0 0 0 0"), len(COEFFICIENTS))
        _add(source, photo, pose, focal, (u, v), dict(zip(COEFFICIENTS, bent, strict=True)))


_LENS = ("FocalLength35mm", "PrincipalPointU", "PrincipalPointV")


def _values(sidecar: Path) -> Iterator[tuple[str, str]]:
    """What RealityCapture says, whether as attributes or as elements."""
    # Python's expat bounds what entities may grow to, and opens no other file.
    for element in ET.fromstring(read_text(sidecar)).iter():  # noqa: S314
        yield from ((name[len(SPACE) :], text) for name, text in element.attrib.items() if name.startswith(SPACE))
        if element.tag.startswith(SPACE) and element.text:
            yield element.tag[len(SPACE) :], element.text


def _add(
    source: Source,
    photo: Path,
    pose: Matrix | None,
    focal: float,
    shift: tuple[float, float],
    bent: Mapping[str, float],
) -> None:
    """Add a frame; the shift of the principal point is a share of the longer side."""
    if pose is None:
        source.skip(photo.name, "the pose is not a rigid transform")
        return
    header = read_header(photo)
    side = max(header.width, header.height)
    pixels = focal * side / FILM
    middle = header.width / 2 + shift[0] * side, header.height / 2 + shift[1] * side
    lens = distortion("opencv", lambda name: bent.get(OURS.get(name, "")))
    if bent.get("k4"):
        source.warnings.append(f"{photo.name} has a fourth radial term of distortion, which was left out.")
    source.frames.append(Frame(photo.name, photo, camera_for(photo, pose, (pixels, pixels, *middle), lens)))


READER = CaptureReader("RealityCapture's cameras (CSV or XMP)", find, read)
