"""Small whole files of every format, to be damaged; and the one format that is only read, written here."""

from __future__ import annotations

import base64
import dataclasses
import json
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from block_samples import some_blocks
from PIL import Image

from recon.io import CaptureOptions, load_capture, write_geometry
from recon.io.captures.writing import write_colmap, write_transforms
from recon.io.splats import spz
from recon.scene import Mesh, Splats

OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])


def random_splats(count=1000, degree=3, seed=0):
    """Splats like those of real scenes, but for their places."""
    rng = np.random.default_rng(seed)
    quaternions = rng.normal(size=(count, 4))
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    sh = np.concatenate(
        [rng.uniform(-1.5, 1.5, (count, 1, 3)), rng.normal(0, 0.15, (count, (degree + 1) ** 2 - 1, 3))], axis=1
    )
    arrays = [
        rng.uniform(-3, 3, (count, 3)), quaternions, np.exp(rng.uniform(-6, 0, (count, 3))),
        rng.uniform(0.02, 1, count), sh,
    ]  # fmt: skip
    return Splats(*(array.astype(np.float32) for array in arrays))


def octahedron(textured=False):
    """A small mesh with normals, and with colours or a texture."""
    corners = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)
    faces = [(0, 1, 2), (1, 3, 2), (3, 4, 2), (4, 0, 2), (1, 0, 5), (3, 1, 5), (4, 3, 5), (0, 4, 5)]
    mesh = Mesh(corners, np.array(faces, np.int32), normals=corners, name="an octahedron")
    if textured:
        texture = np.random.default_rng(0).integers(0, 256, (8, 16, 3)).astype(np.uint8)
        return dataclasses.replace(mesh, uv=np.abs(corners[:, :2]), texture=texture)
    return dataclasses.replace(mesh, colors=np.abs(corners))


def ksplat_bytes(splats, mode):
    """Splats as a .ksplat of one section: one full bucket, and one that is not."""
    count, full = len(splats), len(splats) // 2
    types = (("<f4", "<f4", "<f4"), ("<u2", "<f2", "<f2"), ("<u2", "<f2", "u1"))[mode]
    rest = splats.sh[:, 1:].shape[1] * 3
    row = np.dtype(
        [("mean", types[0], 3), ("scale", types[1], 3), ("rotation", types[1], 4), ("color", "u1", 4),
         ("sh", types[2], rest)]
    )  # fmt: skip
    rows = np.zeros(count, row)
    centers = np.array([splats.means[:full].mean(0), splats.means[full:].mean(0)], "<f4")
    block = 2.01 * float(np.abs(splats.means - np.repeat(centers, [full, count - full], axis=0)).max())
    steps = (splats.means - np.repeat(centers, [full, count - full], axis=0)) / (block / 2 / 32767) + 32767
    rows["mean"] = splats.means if mode == 0 else np.rint(steps)
    rows["scale"], rows["rotation"] = splats.scales, splats.quaternions
    rows["color"][:, :3] = np.clip((0.5 + 0.28209479 * splats.sh[:, 0]) * 255, 0, 255)
    rows["color"][:, 3] = splats.opacities * 255
    bands = [
        splats.sh[:, d**2 : (d + 1) ** 2].transpose(0, 2, 1).reshape(count, -1) for d in range(1, splats.degree + 1)
    ]
    if bands:
        values = np.concatenate(bands, axis=1)
        rows["sh"] = values if mode < 2 else np.clip((values + 1.5) / 3 * 255, 0, 255)
    header = struct.pack("<BB2xIIIIH14xff", 0, 1, 1, 1, count, count, mode, -1.5, 1.5).ljust(4096, b"\0")
    section = struct.pack("<IIIIfHxxI4xIIH", count, count, full, 2, block, 12, 32767, 1, 1, splats.degree)
    partial = struct.pack("<I", count - full)
    return header + section.ljust(1024, b"\0") + partial + centers.tobytes() + rows.tobytes()


def seeds_of(form, folder: Path) -> list[tuple[str, bytes]]:
    """Endings and contents of small whole files of a format."""
    if form.name == "ksplat":
        return [(".ksplat", ksplat_bytes(random_splats(7, degree), mode)) for mode in range(3) for degree in (0, 1, 3)]
    return [(suffix, (folder / f"seed{i}{suffix}").read_bytes()) for i, suffix in _written(form, folder)]


def _written(form, folder: Path) -> Iterator[tuple[int, str]]:
    shapes = {
        "splats": [
            random_splats(3, 0),
            random_splats(6, 1),
            dataclasses.replace(random_splats(20, 3), antialiased=True),
        ],
        "mesh": [octahedron(), octahedron(textured=True)],
        "blocks": [some_blocks(2, side=2), some_blocks(1, side=2, whole=False)],
    }[form.kind]
    suffixes = [suffix for suffix in form.suffixes if suffix.startswith(".") and suffix != ".gltf"]
    number = 0
    for suffix in suffixes:
        for shape in shapes:
            options = [spz.Options("3"), spz.Options("4")] if form.name == "spz" else [None]
            for each in options:
                write_geometry(folder / f"seed{number}{suffix}", shape, each)
                yield number, suffix
                number += 1


def ascii_ply(splats) -> bytes:
    """A 3DGS PLY as text."""
    names = [
        "x",
        "y",
        "z",
        "f_dc_0",
        "f_dc_1",
        "f_dc_2",
        "opacity",
        "scale_0",
        "scale_1",
        *(f"rot_{i}" for i in range(4)),
    ]
    parts = [splats.means, splats.sh[:, 0], splats.opacities[:, None], np.log(splats.scales[:, :2]), splats.quaternions]
    rows = np.concatenate(parts, axis=1)
    lines = ["ply", "format ascii 1.0", f"element vertex {len(rows)}", *(f"property float {name}" for name in names)]
    return "\n".join([*lines, "end_header", *(" ".join(map(str, row)) for row in rows), ""]).encode()


def gltf_of(glb: bytes) -> bytes:
    """A .glb as a .gltf whose buffer is in its JSON."""
    size = struct.unpack_from("<I", glb, 12)[0]
    document, binary = json.loads(glb[20 : 20 + size]), glb[28 + size :]
    document["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(binary).decode()
    return json.dumps(document).encode()


def write_captures(folder: Path) -> dict[str, tuple[Path, list[Path]]]:
    """Captures by name: what is opened, and the files of each that may be damaged."""
    made = _first_capture(folder / "first")
    capture = load_capture(made, CaptureOptions(cache=folder / "cache"))
    write_transforms(capture, folder / "transforms" / "transforms.json")
    write_colmap(capture, folder / "colmap")
    write_colmap(capture, folder / "colmap-text", text=True)
    model = {name: folder / name / "sparse" / "0" for name in ("colmap", "colmap-text")}
    files = {name: sorted(path.iterdir()) for name, path in model.items()}
    return {
        "transforms": (folder / "transforms", [folder / "transforms" / "transforms.json"]),
        **{name: (folder / name, files[name]) for name in model},
        "nerf-synthetic": _nerf_synthetic(folder / "nerf"),
    }


def _first_capture(folder: Path) -> Path:
    (folder / "images").mkdir(parents=True)
    frames = []
    for i in range(3):
        Image.new("RGB", (16, 12), (80 * i, 90, 100)).save(folder / "images" / f"{i}.png")
        matrix = np.eye(4)
        matrix[:3, 3] = (i, 0, -4)
        frames.append({"file_path": f"images/{i}.png", "transform_matrix": (matrix @ OPENGL).tolist()})
    record = {"w": 16, "h": 12, "fl_x": 20.0, "fl_y": 20.0, "cx": 8.0, "cy": 6.0, "frames": frames}
    header = "ply\nformat ascii 1.0\nelement vertex 2\n" + "".join(f"property float {axis}\n" for axis in "xyz")
    header += "".join(f"property uchar {name}\n" for name in ("red", "green", "blue")) + "end_header\n"
    (folder / "points.ply").write_text(header + "0 0 0 1 2 3\n1 1 1 4 5 6\n")
    (folder / "transforms.json").write_text(json.dumps({**record, "ply_file_path": "points.ply"}))
    return folder / "transforms.json"


def _nerf_synthetic(folder: Path) -> tuple[Path, list[Path]]:
    files = []
    for split in ("train", "val", "test"):
        (folder / split).mkdir(parents=True)
        Image.new("RGBA", (16, 12), (9, 90, 100, 200)).save(folder / split / "r_0.png")
        frames = [{"file_path": f"./{split}/r_0", "transform_matrix": np.eye(4).tolist()}]
        files.append(folder / f"transforms_{split}.json")
        files[-1].write_text(json.dumps({"camera_angle_x": 0.7, "frames": frames}))
    return folder, files
