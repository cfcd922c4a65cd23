"""Captures of other programs: each is written from known cameras by its published conventions, and read back."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from PIL import Image

from recon.errors import TriptychError, UnreadableFile, UnusableCapture
from recon.io import load_capture
from recon.scene import Camera, Distortion

FLIP = np.diag([1.0, -1.0, -1.0, 1.0])
SIZE = 40, 30
COUNT = 6
NAMES = [f"{index:03}.png" for index in range(COUNT)]
POINTS = np.random.default_rng(0).uniform(-0.5, 0.5, (40, 3))


def photos(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(NAMES):
        Image.new("RGB", SIZE, (20 * index, 50, 90)).save(folder / name)


def centred(cameras, distortion=None):
    width, height = SIZE
    more = {"distortion": distortion} if distortion else {}
    return [
        Camera(width, height, 50.0, 50.0, width / 2, height / 2, camera.world_from_camera, **more) for camera in cameras
    ]


def write_llff(folder, cameras):
    photos(folder / "images")
    made, rows = centred(cameras), []
    for camera in made:
        right, down, forward, center = camera.world_from_camera[:3].T
        columns = np.stack([down, right, -forward, center, [camera.height, camera.width, camera.fx]], axis=1)
        rows.append([*columns.ravel(), 1.0, 9.0])
    np.save(folder / "poses_bounds.npy", np.array(rows))
    return made


def write_idr(folder, cameras):
    photos(folder / "image")
    (folder / "mask").mkdir()
    matrices = {}
    for index, (name, camera) in enumerate(zip(NAMES, cameras, strict=True)):
        mask = np.zeros(SIZE[::-1], np.uint8)
        mask[:, : 5 + index] = 255
        Image.fromarray(mask).save(folder / "mask" / name)
        calibration = camera.matrix - [[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]]
        projection = np.eye(4)
        projection[:3] = calibration @ camera.camera_from_world[:3]
        matrices[f"world_mat_{index}"] = projection * (-2.0 if index == 1 else 3.0)
        matrices[f"scale_mat_{index}"] = np.diag([2.0, 2, 2, 1])
    np.savez(folder / "cameras_sphere.npz", **matrices)
    return list(cameras)


def write_bundler(folder, cameras):
    photos(folder / "images")
    made = centred(cameras, Distortion("opencv", (0.02, -0.005)))
    lines = ["# Bundle file v0.3", f"{len(made)} {len(POINTS)}"]
    for camera in made:
        transform = FLIP @ camera.camera_from_world
        lines += [f"{camera.fx} 0.02 -0.005", *(" ".join(map(repr, row.tolist())) for row in transform[:3, :3])]
        lines.append(" ".join(map(repr, transform[:3, 3].tolist())))
    for point in POINTS:
        lines += [" ".join(map(repr, point.tolist())), "255 128 0", "1 0 5 0.5 -3.5"]
    (folder / "bundle.out").write_text("\n".join(lines))
    (folder / "list.txt").write_text("".join(f"images/{name} 0 50.0\n" for name in NAMES))
    return made


def write_polycam(folder, cameras):
    photos(folder / "keyframes" / "corrected_images")
    for kind in ("corrected_cameras", "depth"):
        (folder / "keyframes" / kind).mkdir()
    for name, camera in zip(NAMES, cameras, strict=True):
        pose = camera.world_from_camera @ FLIP
        record = {f"t_{row}{column}": pose[row, column] for row in range(3) for column in range(4)}
        record |= {"fx": camera.fx, "fy": camera.fy, "cx": camera.cx, "cy": camera.cy, "width": 40, "height": 30}
        (folder / "keyframes" / "corrected_cameras" / name).with_suffix(".json").write_text(json.dumps(record))
        Image.fromarray(np.full(SIZE[::-1], 2500, np.uint16)).save(folder / "keyframes" / "depth" / name)
    return list(cameras)


BENT = {"k1": 0.03, "k2": -0.01, "k3": 0.002, "t1": 0.001, "t2": -0.002}
BROWN = Distortion("opencv", (BENT["k1"], BENT["k2"], BENT["t1"], BENT["t2"], BENT["k3"]))


def brown(cameras):
    return [
        Camera(*SIZE, 50.0, 50.0, 21.0, 14.5, camera.world_from_camera, BROWN) for camera in cameras
    ]  # principal point off the middle


def write_reality_csv(folder, cameras):
    photos(folder)
    made, rows = brown(cameras), ["#name,x,y,alt,heading,pitch,roll,f,px,py,k1,k2,k3,k4,t1,t2"]
    for name, camera in zip(NAMES, made, strict=True):
        turned = (camera.world_from_camera @ FLIP)[:3, :3]  # about z by -heading, then x by pitch, then y by roll
        pitch = np.arcsin(turned[2, 1])
        heading, roll = -np.arctan2(-turned[0, 1], turned[1, 1]), np.arctan2(-turned[2, 0], turned[2, 2])
        values = [*camera.center, *np.degrees([heading, pitch, roll]), 50 * 36 / 40, 36 / 40, -0.5 * 36 / 40]
        values += [BENT["k1"], BENT["k2"], BENT["k3"], 0.0, BENT["t1"], BENT["t2"]]
        rows.append(",".join([name, *(repr(float(value)) for value in values)]))
    (folder / "cameras.csv").write_text("\n".join(rows))
    return made


XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:xcr="http://www.capturingreality.com/ns/xcr/1.1#" xcr:Version="3" xcr:DistortionModel="brown3t2"
 xcr:FocalLength35mm="{focal!r}" xcr:PrincipalPointU="{u!r}" xcr:PrincipalPointV="{v!r}">
<xcr:Rotation>{rotation}</xcr:Rotation><xcr:Position>{position}</xcr:Position>
<xcr:DistortionCoeficients>{bent}</xcr:DistortionCoeficients></rdf:Description></rdf:RDF></x:xmpmeta>"""


def words(values):
    return " ".join(repr(float(value)) for value in np.ravel(values))


def write_reality_xmp(folder, cameras):
    photos(folder)
    made = brown(cameras)
    for name, camera in zip(NAMES, made, strict=True):
        text = XMP.format(
            focal=50 * 36 / 40,
            u=1 / 40,
            v=-0.5 / 40,
            rotation=words(camera.camera_from_world[:3, :3]),
            position=words(camera.center),
            bent=words([BENT["k1"], BENT["k2"], BENT["k3"], 0.0, BENT["t1"], BENT["t2"]]),
        )
        (folder / name).with_suffix(".xmp").write_text(text)
    return made


def write_metashape(folder, cameras):
    photos(folder)
    made = brown(cameras)
    rows = "".join(
        f'<camera id="{index}" sensor_id="0" component_id="0" label="{name[:-4]}"><transform>'
        f"{words(camera.world_from_camera)}</transform></camera>"
        for index, (name, camera) in enumerate(zip(NAMES, made, strict=True))
    )
    (folder / "cameras.xml").write_text(
        '<?xml version="1.0"?><document version="2.0.0"><chunk label="Chunk 1"><sensors next_id="1">'
        '<sensor id="0" label="a" type="frame"><resolution width="40" height="30"/>'
        '<calibration type="frame" class="adjusted"><resolution width="40" height="30"/><f>50</f><cx>1</cx>'
        f"<cy>-0.5</cy><k1>{BENT['k1']}</k1><k2>{BENT['k2']}</k2><k3>{BENT['k3']}</k3>"
        f"<p1>{BENT['t2']}</p1><p2>{BENT['t1']}</p2></calibration></sensor></sensors>"
        f'<cameras next_id="9">{rows}<camera id="8" sensor_id="0" label="lost"/></cameras></chunk></document>'
    )
    return made


WRITERS = {
    "llff": (write_llff, "poses_bounds.npy"),
    "idr": (write_idr, "cameras_sphere.npz"),
    "bundler": (write_bundler, "bundle.out"),
    "polycam": (write_polycam, "keyframes/corrected_cameras/000.json"),
    "reality_csv": (write_reality_csv, "cameras.csv"),
    "reality_xmp": (write_reality_xmp, "000.xmp"),
    "metashape": (write_metashape, "cameras.xml"),
}


@pytest.fixture
def written(tmp_path, cameras, request):
    """A capture of a kind, its folder, its file of cameras, and the cameras it was written from."""
    write, name = WRITERS[request.param]
    made = write(tmp_path / "scene", cameras(COUNT, *SIZE))
    return tmp_path / "scene", tmp_path / "scene" / name, made


every_kind = pytest.mark.parametrize("written", WRITERS, indirect=True)


@every_kind
def test_cameras_come_back(written, options):
    from recon.io.captures import read_source

    folder, _, made = written
    frames = sorted(read_source(folder, options()).frames, key=lambda frame: frame.name)
    assert [frame.name.split("/")[-1] for frame in frames] == NAMES
    for frame, camera in zip(frames, made, strict=True):
        pixels, depth = frame.camera.project(POINTS)
        wanted, wanted_depth = camera.project(POINTS)
        np.testing.assert_allclose(pixels, wanted, atol=1e-6)
        np.testing.assert_allclose(depth, wanted_depth, atol=1e-9)
        assert (frame.camera.width, frame.camera.height) == SIZE


@every_kind
def test_it_is_a_whole_capture(written, options):
    folder, file, _ = written
    capture = load_capture(folder, options())
    assert len(capture.views) == COUNT
    assert all(view.image.read(*SIZE).shape == (*SIZE[::-1], 3) for view in capture.views)
    if file.suffix not in {".xmp", ".json"}:
        assert len(load_capture(file, options()).views) == COUNT


@pytest.mark.parametrize("written", ["idr"], indirect=True)
def test_masks_of_idr_go_with_their_photos(written, options):
    folder, _, _ = written
    for index, view in enumerate(load_capture(folder, options()).views):
        assert (view.mask.read(*SIZE) > 0).sum() == (5 + index) * SIZE[1]


@pytest.mark.parametrize("written", ["polycam"], indirect=True)
def test_depth_of_polycam_is_in_metres(written, options):
    folder, _, _ = written
    assert load_capture(folder, options()).views[0].depth.read(*SIZE) == pytest.approx(2.5)


@pytest.mark.parametrize("written", ["bundler"], indirect=True)
def test_points_of_bundler_come_along(written, options):
    folder, _, _ = written
    points = load_capture(folder, options()).points
    np.testing.assert_allclose(points.positions, POINTS, atol=1e-6)
    np.testing.assert_allclose(points.colors[0], [1, 128 / 255, 0], atol=1e-6)


@pytest.mark.parametrize("written", ["metashape"], indirect=True)
def test_what_metashape_did_not_align_is_named(written, options):
    folder, _, _ = written
    assert "did not align" in " ".join(load_capture(folder, options()).warnings)


@pytest.mark.parametrize(("written", "message"), [("llff", "6 poses"), ("idr", "6 cameras")], indirect=["written"])
def test_another_number_of_photos_is_refused(written, options, message):
    folder, _, _ = written
    Image.new("RGB", SIZE).save((folder / "images" if (folder / "images").is_dir() else folder / "image") / "999.png")
    with pytest.raises(UnusableCapture, match=message):
        load_capture(folder, options())


def test_a_pickle_is_not_opened(tmp_path, options):
    photos(tmp_path / "images")
    np.save(tmp_path / "poses_bounds.npy", np.array([{"a": 1}], object), allow_pickle=True)
    with pytest.raises(UnreadableFile, match="array of poses"):
        load_capture(tmp_path, options())


def test_a_header_that_promises_terabytes_takes_no_memory(tmp_path, options):
    photos(tmp_path / "images")
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 17), }"
    header += b" " * (64 - (len(header) + 11) % 64) + b"\n"
    (tmp_path / "poses_bounds.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header)
    with pytest.raises(UnreadableFile):
        load_capture(tmp_path, options())


def mutated(data, rng):
    """Bytes with a few of them changed, cut off, doubled or put in from elsewhere."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        at, length = int(rng.integers(0, max(len(data), 1))), int(rng.integers(1, 40))
        kind = rng.integers(0, 5)
        if kind == 0:
            data[at : at + length] = rng.integers(0, 256, length).astype(np.uint8).tobytes()
        elif kind == 1:
            del data[at : at + length]
        elif kind == 2:
            data[at:at] = data[at : at + length]
        elif kind == 3:
            data[at:at] = rng.choice([b"nan", b"inf", b"-1", b"1e999", b"99999999999", b"\0", b'"', b"<", b"\n"])
        else:
            del data[at:]
    return bytes(data)


def survive(written, options, rounds):
    folder, file, _ = written
    original = file.read_bytes()
    rng = np.random.default_rng(0)
    refused = []
    for _ in range(rounds):
        file.write_bytes(mutated(original, rng))
        try:
            load_capture(folder, options())
        except TriptychError as error:
            refused.append(str(error))
    assert refused
    assert min(map(len, refused)) > 20


@every_kind
def test_damaged_files_end_in_a_sentence(written, options):
    survive(written, options, 150)


@pytest.mark.slow
@every_kind
def test_twenty_thousand_damaged_files_end_in_a_sentence(written, options):
    survive(written, options, 20_000)
