"""Metashape's XML of cameras, as "Export Cameras" writes it: sensors, and a pose for each aligned photograph.

Poses are camera to chunk with OpenCV's axes, and the chunk's own frame is kept: its transform leads to the earth's
centre, whose coordinates are of no use here. p1 and p2 are swapped against OpenCV's.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np

from recon.errors import UnreadableFile, UnusableCapture
from recon.io.captures.lenses import distortion
from recon.io.captures.poses import numbers, read_text, rigid_pose, sized_camera
from recon.io.captures.source import CaptureOptions, CaptureReader, Frame, Source, clean_name, find_photo
from recon.scene import Distortion

SUPPORTED = {"frame": "opencv", "fisheye": "fisheye", "equidistant_fisheye": "fisheye"}

Lens = tuple[tuple[int, int], tuple[float, float, float, float], Distortion]


def find(path: Path) -> Path | None:
    """The XML file of cameras at a path, or None."""
    places = [path] if path.is_file() else sorted(path.glob("*.xml")) if path.is_dir() else []
    return next((place for place in places if place.suffix.lower() == ".xml" and _starts(place)), None)


def read(path: Path, options: CaptureOptions) -> Source:
    """Read sensors and cameras."""
    source = Source("Metashape cameras", path)
    try:
        # Python's expat bounds what entities may grow to, and opens no other file.
        document = ET.fromstring(read_text(path))  # noqa: S314
        lenses = {sensor.get("id"): _lens(sensor, path) for sensor in document.iter("sensor")}
        cameras = [camera for camera in document.iter("camera") if camera.get("label")]
        component = _largest_component(cameras, source)
        for camera in cameras:
            _add(source, camera, lenses, component, options)
    except (ET.ParseError, ValueError, OverflowError) as error:
        raise UnreadableFile(f"{path} could not be read as Metashape's cameras ({error}).") from error
    return source


def _starts(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(2000)
    except OSError:
        return False
    return b"<document" in start and b"<chunk" in start


def _lens(sensor: ET.Element, path: Path) -> Lens | None:
    """The lens of a sensor, by its adjusted calibration; None where it has none."""
    calibrations = [each for each in sensor.iter("calibration") if each.find("f") is not None]
    if not calibrations:
        return None
    chosen = next((each for each in calibrations if each.get("class") == "adjusted"), calibrations[-1])
    kind = chosen.get("type") or sensor.get("type") or "frame"
    if kind not in SUPPORTED:
        raise UnusableCapture(
            f"{path} has cameras of type {kind}, which is not supported ({', '.join(SUPPORTED)} are)."
        )
    value = {each.tag: numbers(each.text, 1)[0] for each in chosen if each.tag != "resolution" and each.text}
    size = chosen.find("resolution")
    size = sensor.find("resolution") if size is None else size
    if size is None:
        raise ValueError("a sensor has no resolution")
    width, height = (int(size.get(side) or 0) for side in ("width", "height"))
    focal = value.get("f", 0.0)
    middle = width / 2 + value.get("cx", 0.0), height / 2 + value.get("cy", 0.0)
    names = {"k1": "k1", "k2": "k2", "k3": "k3", "p1": "p2", "p2": "p1"}
    if SUPPORTED[kind] == "fisheye":
        lens = distortion("fisheye", value.get)
    else:
        lens = distortion("opencv", lambda name: value.get(names.get(name, "")))
    return (width, height), (focal + value.get("b1", 0.0), focal, *middle), lens


def _largest_component(cameras: list[ET.Element], source: Source) -> str | None:
    """The component that most cameras belong to: each has a frame of its own."""
    counts = Counter(camera.get("component_id") for camera in cameras if camera.find("transform") is not None)
    if len(counts) > 1:
        source.warnings.append(f"The cameras are in {len(counts)} components that do not join; the largest was taken.")
    return counts.most_common(1)[0][0] if counts else None


def _add(
    source: Source,
    camera: ET.Element,
    lenses: dict[str | None, Lens | None],
    component: str | None,
    options: CaptureOptions,
) -> None:
    label, transform = camera.get("label") or "", camera.find("transform")
    name, lens = clean_name(label), lenses.get(camera.get("sensor_id"))
    if transform is None or lens is None:
        source.skip(name, "Metashape did not align it" if transform is None else "its sensor has no calibration")
        return
    if camera.get("component_id") != component:
        source.skip(name, "it belongs to another component")
        return
    matrix = np.reshape(numbers(transform.text, 16), (4, 4))
    folder = source.path.parent
    photo = find_photo(folder, label, options.images) or find_photo(folder / "images", label)
    pose = rigid_pose(matrix[:3, :3], matrix[:3, 3])
    if photo is None or pose is None:
        source.skip(name, "the file is missing" if photo is None else "the pose is not a rigid transform")
        return
    size, intrinsics, bent = lens
    source.frames.append(Frame(clean_name(photo.name), photo, sized_camera(size, pose, intrinsics, bent, name)))


READER = CaptureReader("Metashape's cameras (XML)", find, read)
