"""Files that are wrong in the ways files are wrong: a sentence that names the file and the fault, for every format."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import tracemalloc
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from block_samples import some_blocks

from recon.errors import InputError, UnreadableFile
from recon.io import FORMATS, describe, read_geometry, readable, writable
from recon.scene import Mesh, Splats

READABLE = readable()
WRITABLE = [form for kind in ("splats", "mesh", "blocks") for form in writable(kind)]
MARK = np.float32(0.7654321)
NAN, INF, MINUS = np.float32(np.nan), np.float32(np.inf), np.float32(-0.5)
# Formats that hold the numbers of splats as they are, and what can be found in them.
FLOATS = ("ply", "splat", "gltf-splats", "ksplat")
LARGEST_MEMORY = 64 << 20


def named(name):
    return next(form for form in FORMATS if form.name == name)


def some_splats(mean=0.5, scale=0.25, quaternion=(1.0, 0.0, 0.0, 0.0)):
    """Four splats, one of them with marks to be found in the file."""
    means = np.full((4, 3), 0.5, np.float32)
    scales = np.full((4, 3), 0.25, np.float32)
    quaternions = np.tile(np.float32(quaternion), (4, 1))
    means[2, 0], scales[2] = mean, scale
    return Splats(means, quaternions, scales, np.full(4, 0.5, np.float32), np.full((4, 4, 3), 0.125, np.float32))


def a_mesh(x=1.0):
    return Mesh(np.array([[x, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32), np.array([[0, 1, 2]], np.int32))


def an_example(form):
    return {"splats": some_splats, "mesh": a_mesh, "blocks": lambda: some_blocks(2, side=2)}[form.kind]()


@pytest.fixture(params=READABLE, ids=lambda form: form.name)
def form(request):
    return request.param


@pytest.fixture
def written(tmp_path):
    """A whole small file of a format."""

    def write(form, geometry=None):
        path = tmp_path / f"whole{form.suffixes[0]}"
        if form.write is None:
            return ksplat(path)
        form.write(path, geometry or an_example(form), form.default_options())
        return path

    return write


def ksplat(path):
    rows = np.zeros(2, [("mean", "<f4", 3), ("scale", "<f4", 3), ("rotation", "<f4", 4), ("color", "u1", 4)])
    rows["scale"], rows["rotation"] = 0.25, (1, 0, 0, 0)
    rows["mean"][1, 0] = MARK
    header = struct.pack("<BB2xIIIIH14xff", 0, 1, 1, 1, 2, 2, 0, -1.5, 1.5).ljust(4096, b"\0")
    section = struct.pack("<IIIIfHxxI4xIIH", 2, 2, 0, 0, 1.0, 0, 1, 0, 0, 0).ljust(1024, b"\0")
    path.write_bytes(header + section + rows.tobytes())
    return path


def refused(path, *words, kind=None):
    with pytest.raises(UnreadableFile) as caught:
        read_geometry(path, kind)
    said = str(caught.value)
    assert path.name in said
    assert said.endswith(".")
    for word in words:
        assert word in said
    if path.suffix != ".usdc":  # which is opened three times for that, each time by a process of its own
        with pytest.raises(InputError):
            describe(path)


def test_an_empty_file(form, tmp_path):
    path = tmp_path / f"empty{form.suffixes[0]}"
    path.touch()
    refused(path, kind=form.kind)


def test_half_a_file(form, written):
    path = written(form)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 + 1])
    refused(path, kind=form.kind)


def test_a_picture_of_that_name(form, tmp_path):
    path = tmp_path / f"picture{form.suffixes[0]}"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(50)))
    refused(path, kind=form.kind)


def test_a_folder_of_that_name(form, tmp_path):
    path = tmp_path / f"folder{form.suffixes[0]}"
    path.mkdir()
    refused(path, "folder", kind=form.kind)


@pytest.fixture
def stranger():
    """Whoever runs the tests, without the rights of root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    yield
    if is_root:
        os.seteuid(0)


@pytest.fixture
def forbidden(written):
    """Files of each format that may not be read, in a folder that may."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)

        def forbid(form):
            whole = written(form)
            read_geometry(whole, form.kind)  # whatever is imported late is imported now
            path = Path(folder) / whole.name
            path.write_bytes(whole.read_bytes())
            path.chmod(0)
            return path

        yield {form.name: forbid(form) for form in READABLE}


def test_files_that_may_not_be_read(forbidden, stranger):
    for name, path in forbidden.items():
        refused(path, "Permission denied", kind=named(name).kind)


def test_a_folder_that_may_not_be_entered(tmp_path, stranger):
    refused(tmp_path / "scene.ply", "Permission denied")


@pytest.mark.parametrize("form", WRITABLE, ids=lambda form: form.name)
def test_names_that_are_no_utf8(form, tmp_path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/f\xfclder"))
    path = folder / os.fsdecode(b"sc\xe8ne" + form.suffixes[0].encode())
    geometry = an_example(form)
    form.write(path, geometry, form.default_options())
    assert path in folder.iterdir()
    assert not [entry for entry in folder.iterdir() if ".part" in entry.name]
    if form.read:
        assert len(read_geometry(path, form.kind)) == len(geometry)


@pytest.mark.parametrize(
    ("name", "value"), [("usd-splats", NAN), *((name, value) for name in FLOATS for value in (NAN, INF, -INF))]
)
def test_positions_that_are_no_numbers(name, value, written):
    path = written(named(name), some_splats(mean=MARK))
    content = path.read_bytes()
    assert content.count(MARK.tobytes()) >= 1
    path.write_bytes(content.replace(MARK.tobytes(), value.tobytes()))
    refused(path, "not finite", "means of 1 of")


def test_ranges_that_are_no_numbers(written):
    path = written(named("compressed-ply"), some_splats(mean=MARK))
    path.write_bytes(path.read_bytes().replace(MARK.tobytes(), NAN.tobytes()))
    refused(path, "not finite")
    sog = written(named("sog"))
    change_meta(sog, lambda meta: meta["means"].update(mins=[float("nan")] * 3))
    refused(sog, "not finite")


@pytest.mark.parametrize("name", ["ply-mesh", "stl", "gltf-mesh"])
def test_vertices_that_are_no_numbers(name, written):
    path = written(named(name), a_mesh(MARK))
    content = path.read_bytes()
    assert MARK.tobytes() in content
    path.write_bytes(content.replace(MARK.tobytes(), NAN.tobytes()))
    refused(path, "finite", kind="mesh")


@pytest.mark.parametrize("name", ["splat", "gltf-splats", "usd-splats"])
def test_negative_sizes(name, written):
    path = written(named(name), some_splats(scale=MARK))
    content = path.read_bytes()
    assert content.count(MARK.tobytes()) >= 3
    path.write_bytes(content.replace(MARK.tobytes(), MINUS.tobytes()))
    refused(path, "negative")


@pytest.mark.parametrize("name", ["ply", "gltf-splats", "usd-splats"])
def test_quaternions_of_no_length_are_no_turn(name, written):
    path = written(named(name), some_splats(quaternion=(MARK, 0, 0, 0)))
    content = path.read_bytes()
    assert content.count(MARK.tobytes()) >= 4
    path.write_bytes(content.replace(MARK.tobytes(), bytes(4)))
    found = read_geometry(path).quaternions
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


COUNTS = (5, 1 << 31, (1 << 32) - 1)


def with_count(name, path, count):
    """A file that speaks of another number of splats, vertices or triangles than it has."""
    content = path.read_bytes()
    put = {"ksplat": 4096, "stl": 80}
    if name in put:
        at = put[name]
        return content[:at] + struct.pack("<I", count) + content[at + 4 :]
    if name == "spz":
        content = bytearray(gzip.decompress(content))
        content[8:12] = struct.pack("<I", count)
        return gzip.compress(bytes(content))
    if name == "sog":
        change_meta(path, lambda meta: meta.update(count=count))
        return path.read_bytes()
    if name.startswith("gltf"):
        return with_json(content, lambda about: [each.update(count=count) for each in about["accessors"]])
    old = b"element vertex 4\n" if name in ("ply", "compressed-ply") else b"element vertex 3\n"
    assert old in content
    return content.replace(old, b"element vertex %d\n" % count)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(
    "name", ["ply", "compressed-ply", "spz", "sog", "gltf-splats", "ksplat", "gltf-mesh", "ply-mesh", "stl"]
)
def test_counts_that_the_file_does_not_hold(name, count, written):
    path = written(named(name))
    path.write_bytes(with_count(name, path, count))
    tracemalloc.start()
    try:
        # One picture of a SOG has room for sixteen splats; of those that were not written, nothing is known.
        if not (name == "sog" and count == 5):
            refused(path, kind=named(name).kind)
        assert tracemalloc.get_traced_memory()[1] < LARGEST_MEMORY
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("corner", [3, 1 << 31, (1 << 32) - 1])
@pytest.mark.parametrize("name", ["gltf-mesh", "ply-mesh", "obj"])
def test_faces_of_vertices_that_are_not_there(name, corner, written):
    path = written(named(name))
    content, whole = path.read_bytes(), struct.pack("<3I", 0, 1, 2)
    if name == "obj":
        path.write_bytes(content.replace(b"f 1 2 3", b"f 1 2 %d" % (corner + 1)))
    else:
        assert whole in content
        path.write_bytes(content.replace(whole, struct.pack("<3I", 0, 1, corner)))
    refused(path, kind="mesh")


def test_usd_arrays_of_different_lengths(tmp_path, written):
    pxr = pytest.importorskip("pxr")
    from pxr import Usd

    for name, prim, attribute in (
        ("usd-splats", "/World/splats", "scales"),
        ("usd-mesh", "/World/mesh", "faceVertexIndices"),
    ):
        path = written(named(name))
        stage = Usd.Stage.Open(str(path))
        values = stage.GetPrimAtPath(prim).GetAttribute(attribute)
        values.Set(values.Get()[:-1])
        stage.Save()
        del stage
        refused(path, kind=named(name).kind)
    assert pxr


def test_a_bomb_of_zeros_takes_no_memory(tmp_path):
    """SPZ streams and SOG pictures that unpack to far more than their header speaks of."""
    header = struct.pack("<4sIIBBBB", b"NGSP", 3, 10, 0, 12, 0, 0)
    spz, sog = tmp_path / "bomb.spz", tmp_path / "bomb.sog"
    spz.write_bytes(gzip.compress(header + bytes(100 << 20), 1))
    with zipfile.ZipFile(sog, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("meta.json", bytes(100 << 20))
    tracemalloc.start()
    try:
        assert len(read_geometry(spz)) == 10  # what its header speaks of is there
        refused(sog, "larger than")
        assert tracemalloc.get_traced_memory()[1] < LARGEST_MEMORY
    finally:
        tracemalloc.stop()


def test_a_picture_of_a_sog_that_is_far_too_large(tmp_path, written):
    from PIL import Image

    path = written(named("sog"))
    packed = io.BytesIO()
    Image.new("RGB", (4000, 2000)).save(packed, "WEBP", lossless=True, method=0)
    change_entries(path, lambda entries: entries.update({"quats.webp": packed.getvalue()}))
    refused(path, "4000x2000")


@pytest.mark.parametrize("name", ["../secret.webp", "/etc/passwd", "..\\secret.webp", "a/../../secret.webp"])
@pytest.mark.parametrize("as_folder", [False, True])
def test_names_that_climb_out_of_a_sog(name, as_folder, tmp_path, written):
    path = written(named("sog"))
    with zipfile.ZipFile(path) as archive:
        secret = archive.read("quats.webp")
    (tmp_path / "secret.webp").write_bytes(secret)
    change_meta(path, lambda meta: meta["quats"].update(files=[name]))
    if as_folder:
        folder = tmp_path / "folder"
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        path = folder / "meta.json"
    refused(path)
    # Were it there under that very name, it would still only be read from the archive.
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("uri", ["../secret.bin", "/etc/passwd", "http://example.com/a.bin", "file:///etc/passwd"])
def test_buffers_that_lie_elsewhere(uri, tmp_path, written):
    content = written(named("gltf-splats")).read_bytes()
    size = struct.unpack_from("<I", content, 12)[0]
    about = json.loads(content[20 : 20 + size])
    (tmp_path.parent / "secret.bin").write_bytes(content[28 + size :])
    about["buffers"][0]["uri"] = uri
    path = tmp_path / "scene.gltf"
    path.write_text(json.dumps(about))
    refused(path)


def change_entries(path, change):
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def change_meta(path, change):
    def apply(entries):
        meta = json.loads(entries["meta.json"])
        change(meta)
        entries["meta.json"] = json.dumps(meta).encode()

    change_entries(path, apply)


def with_json(content, change):
    size = struct.unpack_from("<I", content, 12)[0]
    about = json.loads(content[20 : 20 + size])
    change(about)
    text = json.dumps(about).encode()
    text += b" " * (-len(text) % 4)
    rest = content[20 + size :]
    return content[:8] + struct.pack("<III", 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest
