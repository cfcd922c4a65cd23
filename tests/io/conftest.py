"""Small captures on disk, in the formats that are read."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recon.io import CaptureOptions
from recon.scene import Camera

OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])


@pytest.fixture
def options(tmp_path):
    """Options whose disk cache is the test's own."""

    def make(**values):
        return CaptureOptions(cache=tmp_path / "cache", **values)

    return make


@pytest.fixture
def write_photo():
    """Write a photo that can be told from others by its colour."""

    def write(path, width=40, height=30, color=(200, 100, 50)):
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = {1: "L", 3: "RGB", 4: "RGBA"}[len(color)]
        Image.new(mode, (width, height), color if len(color) > 1 else color[0]).save(path)
        return path

    return write


@pytest.fixture(scope="session")
def cameras():
    """Cameras around the origin, all looking at it."""

    def make(count=9, width=40, height=30, seed=0):
        rng = np.random.default_rng(seed)
        made = []
        for _ in range(count):
            center = rng.normal(size=3)
            center *= 4 / np.linalg.norm(center)
            forward = -center / np.linalg.norm(center)
            right = np.cross(rng.normal(size=3), forward)
            right /= np.linalg.norm(right)
            pose = np.eye(4)
            pose[:3] = np.stack([right, np.cross(forward, right), forward, center], axis=1)
            made.append(Camera(width, height, 50.0, 51.0, 19.5, 15.5, pose))
        return made

    return make


@pytest.fixture
def write_transforms(write_photo):
    """Write a transforms.json with its photos; `record` and `frame` add values to the file and to each frame."""

    def write(folder, cameras, record=None, frame=None, names=None):
        names = names or [f"images/{i:04d}.png" for i in range(len(cameras))]
        first = cameras[0]
        values = {
            "w": first.width,
            "h": first.height,
            "fl_x": first.fx,
            "fl_y": first.fy,
            "cx": first.cx,
            "cy": first.cy,
        }
        frames = []
        for name, camera in zip(names, cameras, strict=True):
            write_photo(folder / name, camera.width, camera.height)
            matrix = (camera.world_from_camera @ OPENGL).tolist()
            frames.append({"file_path": name, "transform_matrix": matrix, **(frame or {})})
        path = folder / "transforms.json"
        content = {key: value for key, value in {**values, **(record or {})}.items() if value is not None}
        path.write_text(json.dumps({**content, "frames": frames}))
        return path

    return write


TOOLS = Path(__file__).resolve().parents[1] / "tools"


def run_node(*arguments):
    """Run a program of tests/tools by node; the test is skipped where it was not installed."""
    if shutil.which("node") is None or not (TOOLS / "node_modules" / "gltf-validator").is_dir():
        pytest.skip("node or the programs of tests/tools are not there; `make setup` installs them where npm is")
    done = subprocess.run(["node", *map(str, arguments)], capture_output=True, text=True, cwd=TOOLS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def browse(tmp_path):
    """Open a page in headless Chromium, do some steps there, and tell what became of it; see page_pictures.mjs."""
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    chromium = next(filter(None, found), None)
    if chromium is None:
        pytest.skip("Chromium is not there; `make test-tools` installs it on Debian, as root")

    def run(page, *steps, size=(320, 240), before=""):
        work = {"chromium": chromium, "size": size, "steps": steps, "before": before}
        (tmp_path / "work.json").write_text(json.dumps(work, default=str))
        return json.loads(run_node("page_pictures.mjs", page, tmp_path / "work.json"))

    return run


@pytest.fixture
def gltf_report():
    """The Khronos validator's report on a .glb file."""
    return lambda path: json.loads(run_node("validate_gltf.mjs", path))


@pytest.fixture
def splat_transform():
    """Convert a file of splats by PlayCanvas' program."""
    program = "node_modules/@playcanvas/splat-transform/bin/cli.mjs"
    return lambda source, target, *more: run_node(program, "-q", "-w", "-g", "cpu", source, *more, target)
